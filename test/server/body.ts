import type { IncomingMessage } from "node:http";

/** The body of a request; `undefined` when it is longer than so many bytes, of which the rest is read and thrown away. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= limit) return void parts.push(part);
      parts.length = 0;
      resolve(undefined);
    });
    request.once("close", () => resolve(Buffer.concat(parts)));
    request.once("end", () => resolve(Buffer.concat(parts)));
  });
}
