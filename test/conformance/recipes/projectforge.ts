import { Socket, type SocketOptions } from "wireline";
import { protocol } from "./protocol";

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
