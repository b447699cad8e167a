import type { Delivery } from "../protocol";
import type { Outgoing } from "./contract";
import type { Message } from "./message";
import type { Expected } from "./requests";

/** How many messages wait, for how long, and what happens to one too many. */
export interface QueueOptions {
  /** How many messages wait, or are kept until they are confirmed. @default 100 */
  max: number;
  /** How long a message waits, or is kept, in milliseconds. @default Infinity */
  ttl: number;
  /** What gives way when the queue is full: the oldest message, the new one, or `send` throws. @default "drop-oldest" */
  overflow: "drop-oldest" | "drop-newest" | "throw";
}

/** The queue unless the options say otherwise. */
export const defaultQueue: QueueOptions = { max: 100, ttl: Infinity, overflow: "drop-oldest" };

/** A message on its way. */
export interface Entry extends Outgoing {
  /** The message as the caller gave it. */
  readonly message: Message;
  readonly delivery: Delivery;
  /** The generation of messages that it belongs to; see `Deliveries`. */
  readonly generation: number;
  /** When it is dropped, in milliseconds of the monotonic clock. */
  readonly expires: number;
  /** Of the messages of one slot, only one waits. */
  readonly slot?: string | undefined;
  /** The reply that it waits for. */
  readonly expected?: Expected | undefined;
  /** Its outcome, once it has one. */
  outcome?: "sent" | "dropped";
  /** Whether it has ever left, so that the server may have seen it. */
  left?: boolean;
  /** Whether it has left on this connection, and is kept until it is confirmed. */
  kept?: boolean;
}

/** The messages that wait, or are kept until they are confirmed, in order. */
export class Queue {
  // A Set keeps the order and removes an entry in constant time. Created on first use, because an empty one takes 300 bytes.
  #entries: Set<Entry> | undefined;

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  add(entry: Entry): void {
    this.#entries ??= new Set();
    this.#entries.add(entry);
  }

  has(entry: Entry): boolean {
    return this.#entries?.has(entry) ?? false;
  }

  remove(entry: Entry): void {
    this.#entries?.delete(entry);
  }

  /** The oldest message that has not left. What has left may well arrive, so lack of room is no reason to drop it. */
  oldestWaiting(): Entry | undefined {
    for (const entry of this) if (!entry.kept) return entry;
    return undefined;
  }

  /** The largest message that is kept until it is confirmed. */
  largestKept(): Entry | undefined {
    let largest: Entry | undefined;
    for (const entry of this) {
      if (entry.kept && (!largest || sizeOf(entry) > sizeOf(largest))) largest = entry;
    }
    return largest;
  }

  inSlot(slot: string): Entry | undefined {
    for (const entry of this) if (entry.slot === slot) return entry;
    return undefined;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return (this.#entries ?? []).values();
  }
}

/** How large a message is, in characters or bytes. */
function sizeOf({ data }: Entry): number {
  if (typeof data === "string") return data.length;
  return "size" in data ? data.size : data.byteLength;
}
