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
 * `onError` and dropped. An inbound command that is not named is counted in `state.unknown`.
 *
 * **Subscriptions** are per command: `on` calls a listener and gives its undo, `once` is a promise, `messages` an async
 * iterator. `onOpen`, `onMessage`, `onError`, `onClose`, `onStatus` and `onDrop` tell of the rest.
 *
 * **The connection** is lost and found again without a word of yours: see {@link Status} for its five states,
 * {@link SocketOptions} for what can be decided about it, `state` and `explain()` for where it stands. While it is not
 * open, what is sent waits, up to a limit; what is given up is told to `onDrop`.
 *
 * **Replies** need a part of their own, `deliveries` of `wireline/deliveries`: with it `request` asks and is answered,
 * messages are kept until they are confirmed or replaced by later ones (see {@link Delivery}), and `drained` waits.
 *
 * **Who speaks** is told to the server by `authenticate`, and is the `identity`: what was said under one never leaves
 * under another.
 *
 * **A dead link** is noticed by a `heartbeat`, which needs a command that the server answers: see {@link Heartbeat}. On
 * wake an open connection is asked at once, and one that waits tries at once: see {@link Environment}.
 *
 * **Channels** narrow a socket: `socket.channel("room")` sends to and hears from one channel, joins it again after
 * every reconnect ahead of the queue, and knows its members.
 *
 * **Order on every opening:** `authenticate` is done, channels are joined, the queue leaves, `onStatus` and `onOpen` are told. Openings and messages
 * are told as they come; other news of the connection in microtasks, in order, so that listeners may call anything.
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
export type { ConnectionState, SocketState, Status } from "./connection/state";
export type { WebSocketClass, WebSocketLike } from "./connection/transport";
export { type Issue, type PathSegment, type RequestErrorCode, SocketError, type SocketErrorCode, type SocketErrorDetails } from "./errors";
export type { Validate } from "./messages/contract";
export type { DropReason, SendResult } from "./messages/deliveries";
export { type Codec, type IncomingData, jsonCodec, type Message, type OutgoingData, rawCodec } from "./messages/message";
export type { QueueOptions } from "./messages/queue";
export type { InputOf, OutputOf, Schema, ValidationResult } from "./messages/schema";
export type { Authentication, Heartbeat, JoinCommand, PositionalOptions, Rejoin, SocketOptions } from "./options";
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
  type ParamArgument,
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
export type { PresenceChange } from "./subscriptions/room";
