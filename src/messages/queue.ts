import { SocketError } from "../errors";
import type { Message, OutgoingData } from "./message";

/** How many messages wait for the connection, and what happens to one too many. */
export interface QueueOptions {
  /** How many messages wait. @default 100 */
  max: number;
  /** What gives way when it is full: the oldest message, the new one, or `send` throws. @default "drop-oldest" */
  overflow: "drop-oldest" | "drop-newest" | "throw";
}

/** How many wait unless told otherwise. */
export const defaultQueue: QueueOptions = { max: 100, overflow: "drop-oldest" };

/** Why a message was given up: the queue or (inbound) an iterator's buffer was full, the socket was closed, the WebSocket refused it. */
export type DropReason = "overflow" | "closed" | "refused" | "buffer";

/** A message as it waits: what the user said, and what will be sent. */
export interface Entry {
  readonly message: Message;
  readonly data: OutgoingData;
}

/** What waits to be sent, in order. */
export class Queue {
  readonly #options: QueueOptions;
  readonly #dropped: (message: Message, reason: DropReason) => void;
  // A set keeps the order and gives up its first entry in constant time.
  readonly #entries = new Set<Entry>();

  /** @param dropped told of each message that is given up */
  constructor(options: QueueOptions, dropped: (message: Message, reason: DropReason) => void) {
    this.#options = options;
    this.#dropped = dropped;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Lets a message wait.
   *
   * @throws SocketError `overflow` when it is full and `overflow` is `"throw"`.
   */
  add(entry: Entry): "queued" | "dropped" {
    const { max, overflow } = this.#options;
    if (this.size >= max && overflow === "throw") {
      throw new SocketError("overflow");
    }
    this.#entries.add(entry);
    if (this.size <= max) return "queued";
    const [oldest] = this.#entries;
    const victim = overflow === "drop-newest" ? entry : oldest!;
    this.#drop(victim, "overflow");
    return victim === entry ? "dropped" : "queued";
  }

  /** Sends what waits, in order, until `send` gives `false`; what it throws at is given up, and the rest goes on. */
  flush(send: (entry: Entry) => boolean): void {
    for (const entry of this.#entries) {
      try {
        if (!send(entry)) return;
        this.#entries.delete(entry);
      } catch {
        this.#drop(entry, "refused");
      }
    }
  }

  /** Gives up all that waits. */
  clear(reason: DropReason): void {
    for (const entry of this.#entries) this.#drop(entry, reason);
  }

  #drop(entry: Entry, reason: DropReason): void {
    this.#entries.delete(entry);
    this.#dropped(entry.message, reason);
  }
}
