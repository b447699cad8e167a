import { type Codec, defineProtocol, Socket, type SocketOptions } from "wireline";
import * as z from "zod";

const message = z.object({ content: z.string().min(1), user: z.string() });
const protocol = defineProtocol({
  inbound: { answer: message.extend({ length: z.number() }).nullable(), alive: z.unknown() },
  outbound: { chat: { param: message, reply: "answer" } },
});

// One struct a frame, as JSON. The answer to a heartbeat is the struct without content.
const codec: Codec = {
  encode: ({ param }) => JSON.stringify(param),
  decode: (data) => {
    // What the handler failed at is `null`, or `<nil>` from GoFr 1.10 to 1.16.
    const param = data === "<nil>" ? null : (JSON.parse(String(data)) as { content: string } | null);
    return { channel: "", cmd: param?.content === "" ? "alive" : "answer", param };
  },
};

/** A chat with a handler of GoFr's that answers with what it was told. */
export function openStruct(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff" | "heartbeat"> = {}) {
  return new Socket({ heartbeat: { cmd: "ping", param: null, reply: "alive" }, ...options, url, codec, protocol });
}
