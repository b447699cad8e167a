import { type Codec, defineProtocol, Socket, type SocketOptions } from "wireline";
import { deliveries } from "wireline/deliveries";
import * as z from "zod";

const message = z.object({ content: z.string(), user: z.string() });
const protocol = defineProtocol({
  inbound: { chat: message.extend({ length: z.number() }), done: z.null() },
  // With the reply, `request` waits until the handler has run.
  outbound: { chat: { param: message, reply: "done" } },
});

// One struct a frame, as JSON; a handler that returns nothing answers `null`.
const codec: Codec = {
  encode: ({ param }) => JSON.stringify(param),
  decode: (data) => {
    const param: unknown = JSON.parse(String(data));
    return { channel: "", cmd: param === null ? "done" : "chat", param };
  },
};

/** A chat with a GoFr handler that binds `{content, user}`. */
export function openChat(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff" | "heartbeat"> = {}) {
  return new Socket({ ...options, url, codec, protocol, deliveries });
}
