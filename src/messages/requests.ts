import { SocketError, type SocketErrorCode } from "../errors";
import type { Message } from "./message";

/** A reply that one of our messages waits for. */
export interface Expected {
  /** The message that was sent. */
  readonly message: Message;
  /** The command that answers it, in the same channel. */
  readonly reply: string;
  readonly match: ((sent: never, reply: never) => boolean) | undefined;
  /** Its message is sent again until it is answered. */
  readonly resent?: boolean;
  /** Gets the param of the reply, or the reason why there is none. */
  settle(error: SocketError | undefined, reply?: unknown): void;
  /** Its place among all that were sent on this connection. */
  order?: number;
  /** Its request was given up. */
  abandoned?: boolean;
  /** A late reply went to an abandoned request ahead of it, though it may have been meant for this one. */
  doubtful?: boolean;
}

/** What the replies need of the deliveries they belong to. */
export interface RequestsParent {
  /** A `match` function threw; the reply is taken not to match. */
  listenerThrew(cause: unknown): void;
}

/** How many abandoned requests of one command and channel are remembered. */
const maxAbandoned = 100;

/**
 * The replies that are expected on one connection. The wire has no ids, so a reply belongs to the oldest message that it
 * may answer: of its channel and command and, where there is a `match`, of the right params.
 *
 * A late reply must not be taken for the reply to the next request, so an abandoned request keeps its place in line.
 */
export class Requests {
  readonly #parent: RequestsParent;
  /** The lines, by the command that answers. */
  readonly #lines = new Map<string, Set<Expected>>();
  #order = 0;
  /** How many replies arrived after their request was given up. */
  late = 0;

  constructor(parent: RequestsParent) {
    this.#parent = parent;
  }

  /** Whether a command answers anything. */
  has(cmd: string): boolean {
    return this.#lines.has(cmd);
  }

  /** A reply is expected from now on. */
  add(expected: Expected): void {
    const { reply } = expected;
    let line = this.#lines.get(reply);
    if (!line) {
      line = new Set();
      this.#lines.set(reply, line);
    }
    line.add(expected);
    expected.order = this.#order++;
    // It may have been sent on an earlier connection, too.
    expected.doubtful = false;
  }

  /** The reply is not expected any more. */
  remove(expected: Expected): void {
    const line = this.#lines.get(expected.reply);
    line?.delete(expected);
    if (line?.size === 0) this.#lines.delete(expected.reply);
  }

  /** The request was given up, but its reply may still come. */
  abandon(expected: Expected): void {
    const line = this.#lines.get(expected.reply);
    if (!line?.has(expected)) return;
    expected.abandoned = true;
    const abandoned = [...line].filter((other) => other.abandoned && other.message.channel === expected.message.channel);
    // The reply that an abandoned one ahead got was meant for this one: the server leaves some requests unanswered.
    if (expected.doubtful) for (const other of abandoned) this.remove(other);
    else if (abandoned.length > maxAbandoned) this.remove(abandoned[0]!);
  }

  /**
   * Gives a reply to the message that it answers.
   *
   * @param error why the reply does not fit; then a `match` cannot be asked, and only messages without one may be meant
   */
  answer({ channel, cmd, param }: Message, error?: SocketError): void {
    const line = [...(this.#lines.get(cmd) ?? [])].filter((expected) => expected.message.channel === channel);
    const answered = line.find((expected) => this.#matches(expected, param, error));
    if (!answered) return;
    this.remove(answered);
    if (!answered.abandoned) {
      answered.settle(error, param);
      return;
    }
    this.late++;
    // Only a `match` is certain.
    if (!answered.match) for (const other of line) other.doubtful = true;
  }

  /**
   * A message could not be read at all: whose turn it was, of those without a `match`, cannot get its reply any more. What
   * is sent again keeps its place, because the message need not have been its reply.
   */
  unreadable(error: SocketError): void {
    let first: Expected | undefined;
    for (const line of this.#lines.values()) {
      for (const expected of line) {
        if (!expected.match && !expected.resent && expected.order! < (first?.order ?? Infinity)) first = expected;
      }
    }
    if (!first) return;
    this.remove(first);
    if (!first.abandoned) first.settle(requestError(error.code, first.message, error));
  }

  /** The connection is lost: no reply will come. */
  clear(code: SocketErrorCode): void {
    for (const line of this.#lines.values()) {
      for (const expected of line) {
        this.remove(expected);
        if (!expected.abandoned) expected.settle(requestError(code, expected.message));
      }
    }
  }

  #matches({ match, message }: Expected, reply: unknown, error: SocketError | undefined): boolean {
    if (!match) return true;
    if (error) return false;
    try {
      return match(message.param as never, reply as never);
    } catch (cause) {
      this.#parent.listenerThrew(cause);
      return false;
    }
  }
}

/** The sentences of codes that mean something else where a request fails. */
const sentences: Partial<Record<SocketErrorCode, string>> = {
  timeout: "No reply came in time; check `reply`, the channel and `timeout`.",
  size: "A message that may have been the reply was too large; raise `maxMessageBytes`.",
  codec: "A message that may have been the reply cannot be decoded; see `cause`.",
};

/** The error that a request or a confirmation rejects with. */
export function requestError(
  code: SocketErrorCode,
  { channel, cmd }: Message,
  cause?: unknown,
  message: string | undefined = sentences[code],
): SocketError {
  return new SocketError(code, { message, channel, cmd, cause });
}
