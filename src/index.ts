export { Channel, type Presence, type SendResult } from "./channel";
export type { Backoff } from "./connection/backoff";
export type { SocketClose } from "./connection/close";
export type { Attempt, PerAttempt } from "./connection/connection";
export type { SocketState, Status } from "./connection/state";
export type { WebSocketClass, WebSocketLike } from "./connection/transport";
export { type Issue, SocketError, type SocketErrorCode, type SocketErrorDetails } from "./errors";
export { type Codec, type IncomingData, jsonCodec, type Message, type OutgoingData, rawCodec } from "./messages/message";
export {
  defineProtocol,
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
} from "./messages/protocol";
export type { DropReason, QueueOptions } from "./messages/queue";
export type { InputOf, OutputOf, Schema, Verdict } from "./messages/schema";
export type { JoinCommand, PositionalOptions, SocketOptions } from "./options";
export { Socket } from "./socket";
export type { Undo } from "./subscriptions/emitter";
export type { IterateOptions } from "./subscriptions/iterate";
