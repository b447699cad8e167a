import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { readBody } from "../test/server/body";
import { isSameOrigin } from "../test/server/origin";
import { forgetOldest } from "./history";
import { userName } from "./protocol";

/** How many tokens are good at a time. */
const limit = 1_000;
/** How many bytes a request for one may have. */
const most = 1_024;

const wanted = z.object({ name: userName });

/** Who may log in, and as whom: a token for each. This is a playground: whoever says a name gets one for it. */
export class Tokens {
  readonly #names = new Map<string, string>();

  /** Makes a token for a user. */
  issue(name: string): string {
    const token = randomUUID();
    this.#names.set(token, name);
    forgetOldest(this.#names, limit);
    return token;
  }

  /** The user that a token is for; `undefined` where it is no good. */
  nameOf(token: string): string | undefined {
    return this.#names.get(token);
  }

  /** From now on a token is no good. */
  revoke(token: string): void {
    this.#names.delete(token);
  }

  /** Answers a request for a token. */
  async answer(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>): Promise<void> {
    const { method, headers: asked } = request;
    const refuse = (status: number, sentence: string, more: Record<string, string> = {}): void => {
      response.writeHead(status, { ...headers, ...more, "Content-Type": "text/plain; charset=utf-8" }).end(sentence);
    };
    if (method !== "POST") return refuse(405, "A token is asked for: use POST.", { Allow: "POST" });
    if (!isSameOrigin(asked.origin, asked.host)) return refuse(403, "The origin is not the host's: ask from its pages.");
    // A form of a strange page cannot send this type.
    if (asked["content-type"] !== "application/json") return refuse(415, "The request is no JSON: say so in its Content-Type.");
    const body = await readBody(request, most);
    if (!body) return refuse(413, `The request is too large: send at most ${most} bytes.`);
    const { success, data } = wanted.safeParse(parsed(body));
    if (!success) return refuse(400, "The name is missing: send {name}, of 1 to 40 characters.");
    // For whoever asked, and no cache.
    response.writeHead(200, { ...headers, "Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8" });
    response.end(JSON.stringify({ token: this.issue(data.name) }));
  }
}

/** The JSON in a body; `undefined` where there is none. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
