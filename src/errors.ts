/**
 * What went wrong, as a name to switch on. "Emitted" means passed to `onError`.
 *
 * - `usage`: thrown. A call or an option is wrong. Emitted if only an attempt can show it; then the socket closes.
 * - `unsupported`: thrown by `connect()`. This runtime has no WebSocket.
 * - `validation`: thrown for an outbound message; emitted for an inbound one, which is dropped.
 * - `codec`: thrown if a message cannot be encoded; emitted if one cannot be decoded, which is dropped.
 * - `overflow`: thrown by `send`. The queue is full, and its `overflow` is `"throw"`.
 * - `address`: thrown for a fixed `url`; emitted for a `url` or `protocols` function, and retried.
 * - `timeout`: emitted, and the attempt is retried, or the join with a `channel`; or a request is rejected.
 * - `authentication`: emitted. `authenticate` failed, and the attempt is retried.
 * - `heartbeat`: emitted. The server is silent, and the socket reconnects.
 * - `transport`: emitted. The WebSocket failed, and the attempt is retried.
 * - `refused`: emitted. The server closed the connection for good, and the socket closes; with a `channel`, it refused that.
 * - `retries`: emitted. All retries failed, and the socket closes.
 * - `size`: emitted. An inbound message was too large, and is dropped.
 * - `closed`: a promise is rejected, because the socket has closed.
 * - `listener`: emitted. A listener or a function of the options threw.
 * - `aborted`: a request is rejected, because its signal was aborted; the `cause` is the reason. Or a join, because the channel was left.
 * - `lost`: a request is rejected, because the connection ended before the reply came.
 * - `dropped`: a request is rejected, because its message was dropped; the `cause` is the reason.
 * - `expired`: a request is rejected, because its message was not answered within its `ttl`.
 */
export type SocketErrorCode =
  | "usage"
  | "unsupported"
  | "validation"
  | "codec"
  | "overflow"
  | "address"
  | "timeout"
  | "authentication"
  | "heartbeat"
  | "transport"
  | "refused"
  | "retries"
  | "size"
  | "closed"
  | "listener"
  | "aborted"
  | "lost"
  | "dropped"
  | "expired";

/** One finding of a schema: what is wrong, and where in the param. */
export interface Issue {
  /** What is wrong, in the schema's words. */
  readonly message: string;
  /** Where, as keys from the outside in. */
  readonly path?: ReadonlyArray<PropertyKey | PathSegment> | undefined;
}

/** A key of a path, as some schemas wrap it. */
export interface PathSegment {
  /** The key itself. */
  readonly key: PropertyKey;
}

/** The details of a {@link SocketError}, beside its code. */
export type SocketErrorDetails = {
  -readonly [K in "message" | "cause" | "channel" | "cmd" | "issues" | "sent"]?: SocketError[K] | undefined;
};

/** One code, one sentence, one remedy. None holds user data, so each may be logged. */
const sentences: Record<SocketErrorCode, string> = {
  usage: "The call is wrong; check its arguments.",
  unsupported: "This runtime has no WebSocket; pass a class as the option `WebSocket`.",
  validation: "The param does not fit the protocol; see `issues`.",
  codec: "The message does not fit the codec; see `cause`.",
  overflow: "The queue is full; raise `queue.max`, or send less.",
  address: "`url` did not produce a ws: or wss: address; see `cause`.",
  timeout: "The attempt took too long; check the server, or raise `connectTimeout`.",
  authentication: "`authenticate` failed; see `cause`.",
  heartbeat: "The server did not answer in time; check that it answers `heartbeat.cmd`.",
  transport: "The WebSocket failed: the server is down or refuses it, or a Content-Security-Policy forbids it; check these.",
  refused: "The server closed the connection for good; see `state.lastClose`, and call connect() once the reason is gone.",
  retries: "All retries failed; check the server, then call connect().",
  size: "A message of the server was too large; raise `maxMessageBytes`.",
  closed: "The socket is closed; call connect() to open it again.",
  listener: "A function of yours threw; see `cause`.",
  aborted: "The request was aborted; see `cause`.",
  lost: "The connection was lost before the reply came; see `sent`, and ask again if that does no harm.",
  dropped: "The message was dropped before it left; see `cause` for the reason.",
  expired: "The message was not answered within its `ttl`; see `sent`, or raise it.",
};

/** The error class of Wireline. Its `message` is one sentence that ends with the remedy and holds no user data. */
export class SocketError extends Error {
  /** The same for every one, also where `instanceof` cannot tell. */
  override readonly name = "SocketError";
  /** What went wrong, as a name to switch on. */
  readonly code: SocketErrorCode;
  /** The channel of the message in question, if there is one. */
  declare readonly channel?: string;
  /** The command of the message in question, if there is one. */
  declare readonly cmd?: string;
  /** What the schema found, for code `validation`. */
  declare readonly issues?: readonly Issue[];
  /** For a request or confirmation that failed: whether it had left, so that the server may have seen it. */
  declare readonly sent?: boolean;

  /** Makes one with the sentence of its code, unless the details have another. */
  constructor(code: SocketErrorCode, { message = sentences[code], cause, ...context }: SocketErrorDetails = {}) {
    super(context.cmd ? `${context.cmd}: ${message}` : message, cause === undefined ? undefined : { cause });
    this.code = code;
    // Engines from before 2021 ignore the second argument of an Error.
    if (cause !== undefined && this.cause === undefined)
      Object.defineProperty(this, "cause", { value: cause, configurable: true, writable: true });
    Object.assign(this, context);
  }
}
