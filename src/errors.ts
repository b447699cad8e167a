/**
 * What went wrong. "Emitted" means passed to `onError`.
 *
 * - `usage`: thrown. A call or an option is wrong.
 * - `unsupported`: thrown by `connect()`. This runtime has no WebSocket.
 * - `validation`: thrown for an outbound message; emitted for an inbound one, which is dropped.
 * - `codec`: thrown if a message cannot be encoded; emitted if it cannot be decoded, and it is dropped.
 * - `overflow`: thrown by `send`. The queue is full, and its `overflow` is `"throw"`.
 * - `address`: thrown for a fixed `url`; emitted for a `url` or `protocols` function, and retried.
 * - `timeout`: emitted, and the attempt is retried; or a request is rejected.
 * - `authentication`: emitted. `authenticate` failed, and the attempt is retried.
 * - `heartbeat`: emitted. The server is silent, and the connection is replaced.
 * - `transport`: emitted. The WebSocket failed, and the attempt is retried.
 * - `retries`: emitted. All retries failed, and the socket is closed.
 * - `size`: emitted. An inbound message was too large, and is dropped.
 * - `closed`: a promise is rejected, because the socket has closed.
 * - `listener`: emitted. A listener or a function of the options threw.
 * - `aborted`: a request is rejected, because its signal was aborted; the `cause` is the reason.
 * - `lost`: a request is rejected, because the connection closed before the reply came.
 * - `dropped`: a request is rejected, because it was dropped; the `cause` is the reason of `onDrop`.
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
  | "retries"
  | "size"
  | "closed"
  | "listener"
  | "aborted"
  | "lost"
  | "dropped";

/** One finding of a schema. */
export interface Issue {
  /** What is wrong. */
  readonly message: string;
  /** Where in the param. */
  readonly path?: ReadonlyArray<PropertyKey | PathSegment> | undefined;
}

/** A key of a path, as some schemas report it. */
export interface PathSegment {
  /** The key itself. */
  readonly key: PropertyKey;
}

/** The details of a {@link SocketError}, beside its code. */
export type SocketErrorDetails = {
  -readonly [K in "message" | "cause" | "channel" | "cmd" | "issues" | "sent"]?: SocketError[K] | undefined;
};

/** One code, one sentence, one remedy. None holds user data, so each may be logged. */
const sentences: Record<Exclude<SocketErrorCode, "aborted" | "lost" | "dropped">, string> = {
  usage: "Check the call.",
  unsupported: "There is no WebSocket; pass the WebSocket option.",
  validation: "The message does not fit the protocol; see the issues.",
  codec: "The message does not fit the codec; see the cause.",
  overflow: "The queue is full; raise its max.",
  address: "There is no address; see the cause.",
  timeout: "The attempt took too long; raise connectTimeout.",
  authentication: "The authentication failed; see the cause.",
  heartbeat: "The server is silent; check heartbeat.",
  transport: "The WebSocket failed; check the server.",
  retries: "All retries failed; call connect().",
  size: "The message is too large; raise maxMessageBytes.",
  closed: "The socket is closed; call connect().",
  listener: "A function of yours threw; see the cause.",
};

/** The error class of Wireline. Its `message` says what to do, and contains no user data. */
export class SocketError extends Error {
  /** To recognize it where `instanceof` fails, as in another frame. */
  override readonly name = "SocketError";
  /** What went wrong. */
  readonly code: SocketErrorCode;
  /** The channel of the message, if there is one. */
  declare readonly channel?: string;
  /** The command of the message, if there is one. */
  declare readonly cmd?: string;
  /** What the schema found, for code `validation`. */
  declare readonly issues?: readonly Issue[];
  /** For a request: whether it had left, so that the server may have seen it. */
  declare readonly sent?: boolean;

  /** Has the message of its code, unless the details have another. */
  constructor(code: SocketErrorCode, { message = sentences[code as keyof typeof sentences], ...details }: SocketErrorDetails = {}) {
    super(details.cmd ? `${details.cmd}: ${message}` : message, details);
    this.code = code;
    Object.assign(this, details);
  }
}
