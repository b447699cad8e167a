import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Answers an upgrade request with an HTTP status and one sentence, and hangs up; `headers` are further lines. */
export function refuse(socket: Duplex, status: number, sentence: string, ...headers: string[]): void {
  if (!socket.writable) return;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(sentence)}`,
    ...headers,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${sentence}`, () => socket.destroy());
}
