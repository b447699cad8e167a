import { defineProtocol, Socket, type SocketOptions } from "wireline";
import * as z from "zod";

const protocol = defineProtocol({
  inbound: {
    pong: z.object({ timestamp: z.number() }),
    chat: z.object({ user: z.string(), text: z.string(), time: z.number() }),
  },
  outbound: { chat: z.object({ text: z.string().min(1) }) },
});

/** A chat over Project Forge's WebSocket module, in one room from the beginning. */
export function openChat(url: string, room: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  return new Socket({
    ...options,
    url: `${url}?ch=${encodeURIComponent(room)}`,
    channel: room,
    protocol,
    heartbeat: { cmd: "ping", reply: "pong" },
  });
}
