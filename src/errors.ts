/** What went wrong, as a name to switch on. */
export type SocketErrorCode = keyof typeof sentences | RequestErrorCode;

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
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
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
const sentences = {
  /** Thrown: a call or an option is wrong. */
  usage: "Check the call.",
  /** Thrown by `connect()`: this runtime has no WebSocket. */
  unsupported: "There is no WebSocket; pass the WebSocket option.",
  /** Thrown when the message is yours, emitted when it is the server's, which is then dropped. */
  validation: "The message does not fit the protocol; see the issues.",
  /** Thrown by `send`: it cannot be encoded. Emitted: it cannot be decoded, and was dropped. */
  codec: "The message does not fit the codec; see the cause.",
  /** Thrown by `send`: the queue is full, and its `overflow` is `"throw"`. */
  overflow: "The queue is full; raise its max.",
  /** Thrown for a fixed `url`; emitted for a `url` or `protocols` function, and the attempt is retried. */
  address: "There is no address; see the cause.",
  /** Emitted, and the attempt is retried. Rejects a request, with a sentence of its own. */
  timeout: "The attempt took too long; raise connectTimeout.",
  /** Emitted: `authenticate` failed, and the attempt is retried. */
  authentication: "The authentication failed; see the cause.",
  /** Emitted: nothing came in time after a heartbeat or probe, and the connection is made anew. */
  heartbeat: "The server is silent; check heartbeat.",
  /** Emitted, and the attempt is retried: the WebSocket could not be made, or reported an error. */
  transport: "The WebSocket failed; check the server.",
  /** Emitted, and the socket is closed. */
  retries: "All retries failed; call connect().",
  /** Emitted: the server's message was dropped. */
  size: "The message is too large; raise maxMessageBytes.",
  /** Rejects what waits for something that cannot come any more. */
  closed: "The socket is closed; call connect().",
  /** Emitted: a listener or a function of the options threw. */
  listener: "A function of yours threw; see the cause.",
};

/** The one error class of Wireline. Its `message` is a sentence that ends with the remedy and holds no user data. */
export class SocketError extends Error {
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

  constructor(code: SocketErrorCode, { message = sentences[code as keyof typeof sentences], ...details }: SocketErrorDetails = {}) {
    super(details.cmd ? `${details.cmd}: ${message}` : message, details);
    this.code = code;
    Object.assign(this, details);
  }
}
