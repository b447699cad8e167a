import { defineProtocol, Socket, type SocketOptions } from "wireline";
import * as z from "zod";

const protocol = defineProtocol({
  inbound: {
    pong: z.object({ timestamp: z.number() }),
    chat: z.object({ user: z.string(), text: z.string(), time: z.number() }),
  },
  outbound: {
    ping: z.object({}),
    chat: z.object({ text: z.string().min(1) }),
    "join-room": z.object({ room: z.string().min(1) }),
  },
});

/** A chat in one room, over Project Forge's WebSocket module: its messages are the default codec's. */
export function openChat(url: string, room: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  return new Socket({
    ...options,
    url: `${url}?ch=${encodeURIComponent(room)}`,
    channel: room,
    protocol,
    // It never asks whether we are there, so we do.
    heartbeat: { cmd: "ping", reply: "pong" },
    // Other rooms are joined by a command of the handler's.
    rejoin: { join: (channel) => ({ channel: room, cmd: "join-room", param: { room: channel } }) },
  });
}
