import { type Codec, defineProtocol, rawCodec, Socket, type SocketOptions } from "wireline";
import * as z from "zod";

// A Goyave handler reads and writes what it likes: text or bytes.
const data = z.union([z.string().min(1), z.instanceof(ArrayBuffer)]);
const protocol = defineProtocol({ inbound: { message: data, alive: z.literal("") }, outbound: { message: data } });

// The heartbeat is an empty text, which comes back as one.
const raw = rawCodec();
const codec: Codec = { ...raw, decode: (said) => (said === "" ? { channel: "", cmd: "alive", param: said } : raw.decode(said)) };

/** The other end of Goyave's echo handler: text and bytes as they are. */
export function openEcho(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  return new Socket({ ...options, url, codec, protocol, heartbeat: { cmd: "ping", param: "", reply: "alive" } });
}
