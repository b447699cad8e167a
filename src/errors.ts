/**
 * What went wrong, as a name to switch on. "Emitted" is told to `onError`.
 *
 * - `usage`: thrown; a call or an option is wrong.
 * - `unsupported`: thrown by `connect()`; this runtime has no WebSocket.
 * - `validation`: thrown when the message is yours, emitted when it is the server's, which is then dropped.
 * - `codec`: thrown by `send` for what cannot be encoded; emitted for what cannot be decoded, and was dropped.
 * - `overflow`: thrown by `send`; the queue is full, and its `overflow` is `"throw"`.
 * - `address`: thrown for a fixed `url`; emitted for a `url` or `protocols` function, and the attempt is retried.
 * - `timeout`: emitted, and the attempt is retried. Rejects a request, with a sentence of its own.
 * - `authentication`: emitted; `authenticate` failed, and the attempt is retried.
 * - `heartbeat`: emitted; nothing came in time after a heartbeat or probe, and the connection is made anew.
 * - `transport`: emitted, and the attempt is retried; the WebSocket could not be made, or reported an error.
 * - `retries`: emitted; all retries failed, and the socket is closed.
 * - `size`: emitted; the server's message was too large, and dropped.
 * - `closed`: rejects what waits for something that cannot come any more.
 * - `listener`: emitted; a listener or a function of the options threw.
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
  | RequestErrorCode;

/**
 * What went wrong with a request alone.
 *
 * - `aborted`: its signal was, with the reason as `cause`.
 * - `lost`: the connection ended before the reply came.
 * - `dropped`: it was given up before it left; its `cause` is the reason that `onDrop` is told.
 */
export type RequestErrorCode = "aborted" | "lost" | "dropped";

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

/** What a {@link SocketError} may carry beside its code. */
export interface SocketErrorDetails {
  /** What to say in place of the code's own sentence. */
  message?: string;
  /** What was thrown below. */
  cause?: unknown;
  /** The channel of the message in question. */
  channel?: string;
  /** The command of the message in question. */
  cmd?: string;
  /** What the schema found, for code `validation`. */
  issues?: readonly Issue[];
  /** Whether a request had left, for one that failed. */
  sent?: boolean;
}

/** One code, one sentence, one remedy. None holds user data, so each may be logged. */
const sentences: Record<Exclude<SocketErrorCode, RequestErrorCode>, string> = {
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

/** The one error class of Wireline. Its `message` is a sentence that ends with the remedy and holds no user data. */
export class SocketError extends Error {
  /** Of every one the same, also where `instanceof` cannot tell. */
  override readonly name = "SocketError";
  /** What went wrong, as a name to switch on. */
  readonly code: SocketErrorCode;
  /** The channel of the message in question, where there is one. */
  declare readonly channel?: string;
  /** The command of the message in question, where there is one. */
  declare readonly cmd?: string;
  /** What the schema found, for code `validation`. */
  declare readonly issues?: readonly Issue[];
  /** For a request that failed: whether it had left, so that the server may have seen it. */
  declare readonly sent?: boolean;

  /** Makes one with the sentence of its code, unless the details have another. */
  constructor(code: SocketErrorCode, { message = sentences[code as keyof typeof sentences], ...details }: SocketErrorDetails = {}) {
    super(details.cmd ? `${details.cmd}: ${message}` : message, details);
    this.code = code;
    Object.assign(this, details);
  }
}
