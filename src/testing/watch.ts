import type { DropReason, Message, Protocol, Socket, SocketClose, SocketError, SocketState, TapEvent } from "../index";

/** What a socket has reported since it is watched, in order. */
export interface SocketLog {
  /** Each change of the state. */
  readonly states: SocketState[];
  /** The end of each connection and attempt. */
  readonly closes: SocketClose[];
  /** The errors that were emitted. */
  readonly errors: SocketError[];
  /** The messages that have come, before any schema has seen them. */
  readonly messages: Message[];
  /** Everything that `Socket.tap` reports. */
  readonly events: TapEvent[];
  /** The messages that were dropped, with the reason. */
  readonly drops: { readonly message: Message; readonly reason: DropReason }[];
}

const logs = /* @__PURE__ */ new WeakMap<object, SocketLog>();

/** Records what a socket reports from now on. The matcher `toHaveDropped` needs it. The same socket gives the same log. */
export function watch<P extends Protocol>(socket: Socket<P>): SocketLog {
  const known = logOf(socket);
  if (known) return known;
  const log: SocketLog = { states: [], closes: [], errors: [], messages: [], events: [], drops: [] };
  logs.set(socket, log);
  // A tap is no listener of errors: they are printed as before.
  socket.tap((event) => {
    log.events.push(event);
    if (event.type === "status") log.states.push(event.state);
    else if (event.type === "close") log.closes.push(event.close);
    else if (event.type === "error") log.errors.push(event.error);
    else if (event.type === "in") log.messages.push(event.message);
    else if (event.type === "drop") log.drops.push({ message: event.message, reason: event.reason });
  });
  return log;
}

/** The log of a socket that is watched. */
export function logOf(socket: object): SocketLog | undefined {
  return logs.get(socket);
}
