/**
 * Wireline: a client for servers that speak `{channel, cmd, param}` over a WebSocket.
 *
 * **A socket** is made once and lives as long as its user wants a connection:
 *
 * ```ts
 * const protocol = defineProtocol({
 *   inbound: { chat: z.object({ user: z.string(), text: z.string() }) },
 *   outbound: { chat: z.object({ text: z.string().min(1) }) },
 * });
 * const socket = new Socket({ url: "/example/socket?ch=lobby", channel: "lobby", protocol });
 * ```
 *
 * **The protocol** names the commands of both sides. Their params are typed in `send`, `on`, `once`, `messages` and
 * `onMessage`, and checked there: an outbound one that does not fit throws at the caller, an inbound one is reported to
 * `onError` and dropped. Inbound commands that it does not name are counted in `state.unknown`.
 *
 * **Subscriptions** are per command: `on` calls a listener and returns the unsubscribe function, `once` is a promise,
 * `messages` an async iterator. `onOpen`, `onMessage`, `onError`, `onClose`, `onStatus` and `onDrop` report the rest.
 *
 * **The connection** reconnects by itself: see {@link Status} for its five states, {@link SocketOptions} for what can be
 * decided about it, `state` and `explain()` for where it stands. While it is not open, messages wait, up to a limit. What is
 * dropped is reported to `onDrop`.
 *
 * **Replies:** `request` sends a command and resolves with its reply. `confirm` resends a message until the server has
 * replied. `drained` resolves when nothing waits.
 *
 * **Identity:** `authenticate` logs in on every opening. A message that was sent under one identity never leaves under
 * another.
 *
 * **A dead link** is noticed by a `heartbeat`, which needs a command that the server answers: see {@link Heartbeat}. On
 * wake, an open connection is checked at once, and one that waits tries at once: see {@link Environment}.
 *
 * **Channels** narrow a socket: `socket.channel("room")` sends to one channel and listens to it, joins it again after every
 * reconnect before the queue is sent, and knows its members. `hold()` joins it while a part of a page needs it.
 *
 * **Order on every opening:** `authenticate` is done, channels are joined, the queue is sent, `onStatus` and `onOpen` are
 * called. Openings and messages are reported as they come, other events in microtasks, in order, so listeners may call
 * anything.
 *
 * **Errors:** what you did wrong throws, what happened to you is emitted. Both are a {@link SocketError}.
 *
 * @module wireline
 */

export type { Channel } from "./channel";
export type { Commands } from "./commands";
export type { Attempt, PerAttempt } from "./connection/attempt";
export type { Backoff } from "./connection/backoff";
export type { SocketClose } from "./connection/close";
export type { OpenEvent } from "./connection/connection";
export type { Environment, EnvironmentEvent } from "./connection/environment";
export type { SocketState, Status } from "./connection/state";
export type { WebSocketClass, WebSocketLike } from "./connection/transport";
export { type Issue, type PathSegment, SocketError, type SocketErrorCode, type SocketErrorDetails } from "./errors";
export type { Validate } from "./messages/contract";
export type { DropReason, SendResult } from "./messages/deliveries";
export { type Codec, type IncomingData, jsonCodec, type Message, type OutgoingData, rawCodec } from "./messages/message";
export type { QueueOptions } from "./messages/queue";
export type { InputOf, OutputOf, Schema, ValidationResult } from "./messages/schema";
export type { AnsweredJoin, Authentication, Heartbeat, JoinCommand, Presence, Rejoin, SocketOptions } from "./options";
export {
  type ConfirmOptions,
  defineProtocol,
  type Delivery,
  type InboundCommand,
  type InboundDefinition,
  type InboundMessage,
  type InboundParam,
  type Listener,
  type OutboundCommand,
  type OutboundDefinition,
  type OutboundMessage,
  type OutboundParam,
  type Protocol,
  type ReplyCommand,
  type ReplyOptions,
  type RequestCommand,
  type RequestOptions,
  type Rules,
  type SendOptions,
} from "./protocol";
export { Socket } from "./socket";
export type { Unsubscribe } from "./subscriptions/events";
export type { IterateOptions } from "./subscriptions/iterate";
export type { MemberUpdate, PresenceChange } from "./subscriptions/members";
export type { ChannelStatus } from "./subscriptions/membership";
export type { TapEvent } from "./tap";
