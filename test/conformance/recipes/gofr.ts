import { type Codec, defineProtocol, Socket, type SocketOptions } from "wireline";
import { deliveries } from "wireline/deliveries";
import * as z from "zod";

const message = z.object({ content: z.string(), user: z.string() });
const protocol = defineProtocol({
  inbound: { chat: message.extend({ length: z.number() }), done: z.null() },
  outbound: { chat: { param: message, reply: "done" } },
});

// One struct a frame, as JSON. An answer without content only says that a handler has run, for a heartbeat, too.
const codec: Codec = {
  encode: ({ param }) => JSON.stringify(param),
  decode: (data) => {
    const param = JSON.parse(String(data)) as { content?: string } | null;
    return param?.content ? { channel: "", cmd: "chat", param } : { channel: "", cmd: "done", param: null };
  },
};

/** A chat with GoFr's handlers that bind `{content, user}`. */
export function openChat(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff" | "heartbeat"> = {}) {
  return new Socket({ heartbeat: { cmd: "ping", param: null, reply: "done" }, ...options, url, codec, protocol, deliveries });
}
