import { defineProtocol, rawCodec, Socket, type SocketOptions } from "wireline";
import * as z from "zod";

// A Goyave handler reads and writes what it likes: text or bytes.
const data = z.union([z.string(), z.instanceof(ArrayBuffer)]);
const protocol = defineProtocol({ inbound: { message: data }, outbound: { message: data } });

/** The other end of Goyave's echo handler: text and bytes as they are. */
export function openEcho(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  return new Socket({ ...options, url, codec: rawCodec(), protocol });
}
