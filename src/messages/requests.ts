import { SocketError, type SocketErrorCode, type SocketErrorDetails } from "../errors";
import type { Message } from "./message";

/** A reply that is owed to a message of ours. */
export interface Expected {
  /** What was sent. */
  readonly message: Message;
  /** The command that answers, in the same channel. */
  readonly reply: string;
  readonly match: ((sent: never, reply: never) => boolean) | undefined;
  /** Gets the reply, or why there is none. */
  settle(error: SocketError | undefined, reply?: unknown): void;
  /** Nobody waits for it any more. */
  abandoned?: boolean;
  /** One ahead, that nobody waited for any more, was given a reply that may have been this one's. */
  doubtful?: boolean;
}

const sentences: Partial<Record<SocketErrorCode, string>> = {
  aborted: "The request was aborted; see the cause.",
  lost: "The connection was lost; see sent.",
  dropped: "The request was given up; see the cause.",
  timeout: "No reply came in time; check its command, channel and timeout.",
};

/** What a request fails with. */
export function failure(code: SocketErrorCode, { channel, cmd }: Message, cause?: unknown): SocketError {
  const details: SocketErrorDetails = { channel, cmd };
  if (sentences[code]) details.message = sentences[code];
  if (cause !== undefined) details.cause = cause;
  return new SocketError(code, details);
}

/** How many that nobody waits for any more are remembered, of one command. */
const most = 100;

/**
 * The replies that are owed on one connection. Without an id on the wire a reply belongs to the oldest message that it
 * may answer: of its channel and command, and where there is a `match`, of the right params.
 *
 * So one that came too late must not be taken for the next one's: who has given up stays in line.
 */
export class Requests {
  readonly #threw: (cause: unknown) => void;
  readonly #expected = new Map<string, Set<Expected>>();
  /** How many replies came too late. */
  late = 0;

  /** @param threw gets what a `match` throws, which then does not */
  constructor(threw: (cause: unknown) => void) {
    this.#threw = threw;
  }

  /** Whether a command answers anything. */
  has(cmd: string): boolean {
    return this.#expected.has(cmd);
  }

  /** From now on a reply is owed. */
  add(expected: Expected): void {
    const { reply } = expected;
    const line = this.#expected.get(reply) ?? new Set();
    this.#expected.set(reply, line.add(expected));
    // It may have been sent before, on another connection.
    expected.doubtful = false;
  }

  /** No reply is owed any more. */
  remove(expected: Expected): void {
    const line = this.#expected.get(expected.reply);
    line?.delete(expected);
    if (!line?.size) this.#expected.delete(expected.reply);
  }

  /** Nobody waits for the reply any more, but it may come. */
  abandon(expected: Expected): void {
    const line = this.#expected.get(expected.reply);
    if (!line?.has(expected)) return;
    expected.abandoned = true;
    const gone = [...line].filter((other) => other.abandoned && other.message.channel === expected.message.channel);
    // What one ahead was given was meant for this one, then: the server has left questions without an answer.
    if (expected.doubtful) gone.forEach((other) => this.remove(other));
    else if (gone.length > most) this.remove(gone[0]!);
  }

  /**
   * Gives a reply to the message that it answers.
   *
   * @param error what is wrong with it: then only the order tells whose it is, among those without a `match`
   */
  answer({ channel, cmd, param }: Message, error?: SocketError): void {
    const line = [...(this.#expected.get(cmd) ?? [])].filter((expected) => expected.message.channel === channel);
    const answered = line.find((expected) => this.#matches(expected, param, error));
    if (!answered) return;
    this.remove(answered);
    if (!answered.abandoned) return answered.settle(error, param);
    this.late++;
    // Only a match is sure.
    if (!answered.match) for (const other of line) other.doubtful = true;
  }

  /** The connection is lost: no reply will come. */
  clear(code: SocketErrorCode): void {
    for (const line of this.#expected.values()) {
      for (const expected of line) {
        this.remove(expected);
        if (!expected.abandoned) expected.settle(failure(code, expected.message));
      }
    }
  }

  #matches({ match, message }: Expected, reply: unknown, error: unknown): boolean {
    if (!match) return true;
    try {
      return !error && match(message.param as never, reply as never);
    } catch (cause) {
      this.#threw(cause);
      return false;
    }
  }
}
