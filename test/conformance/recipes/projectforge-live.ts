import { defineProtocol, Socket, type SocketOptions } from "wireline";
import { resume } from "wireline/resume";
import * as z from "zod";

const protocol = defineProtocol({
  inbound: {
    pong: z.object({ timestamp: z.number() }),
    chat: z.object({ user: z.string(), text: z.string(), time: z.number(), seq: z.number() }),
    joined: z.object({ epoch: z.string(), last: z.number(), recovered: z.boolean() }),
    members: z.array(z.object({ userID: z.string(), name: z.string() })),
  },
  outbound: { chat: z.object({ text: z.string().min(1) }) },
});

/** A room of LiveHandler, which is joined while anybody holds it, and a feed of its chats, in which none is missing. */
export function openRoom(url: string, name: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  const socket = new Socket({
    ...options,
    url,
    protocol,
    heartbeat: { cmd: "ping", reply: "pong" },
    rejoin: { join: { cmd: "join", reply: "joined" } },
    presence: { list: "members", ask: "who" },
  });
  const feed = resume(socket, {
    channel: name,
    id: (message) => (message.cmd === "chat" ? message.param.seq : undefined),
    replay: "joined",
  });
  const room = socket.channel(name);
  return { socket, room, feed, hold: () => room.hold(feed.position) };
}
