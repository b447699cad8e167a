/**
 * What went wrong, as a name to switch on. "Emitted" means reported to `onError`.
 *
 * - `usage`: thrown; a call or an option is wrong. Emitted for what only an attempt can show, and the socket is closed.
 * - `unsupported`: thrown by `connect()`; this runtime has no WebSocket.
 * - `validation`: thrown when the message is yours; emitted when it is the server's, which is then dropped.
 * - `codec`: thrown by `send` for what cannot be encoded; emitted for what cannot be decoded, and was dropped.
 * - `overflow`: thrown by `send`; the queue is full, and its `overflow` is `"throw"`.
 * - `address`: thrown for a fixed `url`; emitted for a `url` or `protocols` function, and the attempt is retried.
 * - `timeout`: emitted, and the attempt is retried. Rejects a request, with a sentence of its own.
 * - `authentication`: emitted; `authenticate` failed, and the attempt is retried.
 * - `heartbeat`: emitted; nothing came in time after a heartbeat or probe, and the socket reconnects.
 * - `transport`: emitted, and the attempt is retried; the WebSocket could not be made, or reported an error.
 * - `refused`: emitted; the server closed the connection for good, and the socket is closed.
 * - `retries`: emitted; all retries failed, and the socket is closed.
 * - `size`: emitted; a message of the server was too large, and was dropped.
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
  | "refused"
  | "retries"
  | "size"
  | "closed"
  | "listener"
  | RequestErrorCode;

/**
 * What went wrong with a request or a confirmation alone.
 *
 * - `aborted`: its signal aborted; the reason is the `cause`.
 * - `lost`: the connection ended before the reply came.
 * - `dropped`: the message was dropped; the `cause` is the reason that `onDrop` gets.
 * - `expired`: the message was not answered within its `ttl`.
 */
export type RequestErrorCode = "aborted" | "lost" | "dropped" | "expired";

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
  /** The sentence, in place of that of the code. */
  readonly message?: string | undefined;
  /** What was thrown below, or what explains the error. */
  readonly cause?: unknown;
  /** The channel of the message in question. */
  readonly channel?: string | undefined;
  /** The command of the message in question. */
  readonly cmd?: string | undefined;
  /** What the schema found, for code `validation`. */
  readonly issues?: readonly Issue[] | undefined;
  /** Whether a request that failed had left. */
  readonly sent?: boolean | undefined;
}

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

/** The one error class of Wireline. Its `message` is one sentence that ends with the remedy and holds no user data. */
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
  constructor(code: SocketErrorCode, details: SocketErrorDetails = {}) {
    const { message = sentences[code], cause, channel, cmd, issues, sent } = details;
    super(cmd ? `${cmd}: ${message}` : message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (channel !== undefined) this.channel = channel;
    if (cmd !== undefined) this.cmd = cmd;
    if (issues !== undefined) this.issues = issues;
    if (sent !== undefined) this.sent = sent;
  }
}
