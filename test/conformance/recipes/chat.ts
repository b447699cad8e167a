import { Socket, type SocketOptions } from "wireline";
import { protocol } from "./protocol";

/** A chat with a handler of generated code. */
export function openChat(url: string, options: Pick<SocketOptions, "WebSocket" | "backoff"> = {}) {
  return new Socket({ ...options, url, channel: "lobby", protocol, heartbeat: { cmd: "ping", reply: "pong" } });
}
