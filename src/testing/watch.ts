import type { DropReason, Message, Protocol, Socket, SocketClose, SocketError, SocketState } from "../index";

/** What a socket has reported since it is watched, in order. */
export interface SocketLog {
  /** Each change of the state. */
  readonly states: SocketState[];
  /** The end of each connection and attempt. */
  readonly closes: SocketClose[];
  /** The errors that were emitted. */
  readonly errors: SocketError[];
  /** The messages that have come. */
  readonly messages: Message[];
  /** The messages that were dropped, with the reason. */
  readonly drops: { readonly message: Message; readonly reason: DropReason }[];
}

const logs = /* @__PURE__ */ new WeakMap<object, SocketLog>();

/** Records what a socket reports from now on. The matcher `toHaveDropped` needs it. The same socket gives the same log. */
export function watch<P extends Protocol>(socket: Socket<P>): SocketLog {
  const known = logOf(socket);
  if (known) return known;
  const log: SocketLog = { states: [], closes: [], errors: [], messages: [], drops: [] };
  logs.set(socket, log);
  socket.onStatus((state) => log.states.push(state));
  socket.onClose((close) => log.closes.push(close));
  socket.onError((error) => log.errors.push(error));
  socket.onMessage((message) => log.messages.push(message));
  socket.onDrop((message, reason) => log.drops.push({ message, reason }));
  return log;
}

/** The log of a socket that is watched. */
export function logOf(socket: object): SocketLog | undefined {
  return logs.get(socket);
}
