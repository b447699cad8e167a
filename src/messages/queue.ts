import { SocketError } from "../errors";
import { type Contract, type Outgoing, outgoing } from "./contract";
import type { Message, OutgoingData } from "./message";
import { type Delivery, type RequestOptions, rulesOf, type SendOptions } from "./protocol";

/** The limits of the queue. */
export interface QueueOptions {
  /** How many messages may wait, or be kept until they are confirmed. @default 100 */
  max: number;
  /** How long a message may wait or be kept, in milliseconds. @default Infinity */
  ttl: number;
  /** What happens when the queue is full: the oldest or the new message is dropped, or `send` throws. @default "drop-oldest" */
  overflow: "drop-oldest" | "drop-newest" | "throw";
}

/** How many wait, and for how long, unless told otherwise. */
export const defaultQueue: QueueOptions = { max: 100, ttl: Infinity, overflow: "drop-oldest" };

/** The outcome of `send`: see {@link Socket.send}. */
export type SendResult = "sent" | "queued" | "replaced" | "dropped";

/**
 * Why a message was dropped.
 *
 * - `overflow`: the queue was full.
 * - `expired`: its `ttl` has passed.
 * - `identity`: the identity has changed.
 * - `disconnected`: its delivery is `drop`, and the connection was not open.
 * - `closed`: the socket has closed.
 * - `refused`: the WebSocket threw.
 * - `buffer`: an inbound message did not fit into the buffer of an iterator.
 */
export type DropReason = "overflow" | "expired" | "identity" | "disconnected" | "closed" | "refused" | "buffer";

/** Hands data to a WebSocket; `false` where that takes none. */
export type Transmit = (data: OutgoingData) => boolean;

/** What a queue needs to know; `SocketOptions` says what each means. */
export interface SendingOptions extends Contract {
  readonly queue: QueueOptions;
  readonly highWaterMark: number;
}

/** What a queue needs of the socket it belongs to. */
export interface QueueHost {
  readonly transmit: Transmit;
  /** How many bytes the WebSocket still holds. */
  buffered(): number;
  /** Whether nothing will ever be sent. */
  closed(): boolean;
  dropped(message: Message, reason: DropReason): void;
  failed(error: SocketError): void;
  /** Where a queue may tell what it likes. */
  readonly emitter: {
    has(name: symbol): boolean;
    emit(name: symbol): void;
    once<Event>(name: symbol, signal: AbortSignal | undefined): Promise<Event>;
  };
}

/** What a queue may be able to do beyond sending. */
export interface Replies {
  /** How many replies came too late. */
  readonly late: number;
  /** Sends a message, and gives the param of its reply. */
  request(message: Message, options?: RequestOptions, transmit?: Transmit): Promise<unknown>;
  /** Resolves when nothing waits any more. */
  drained(signal: AbortSignal | undefined): Promise<void>;
  /** Whether a command answers something. */
  awaits(cmd: string): boolean;
  /** The server has said what may be a reply; with an error, it was one that does not fit. */
  heard(message: Message, error?: SocketError): void;
}

/** What only our own part has. */
declare const part: unique symbol;

/** A part for the option `deliveries`, which `wireline/deliveries` has; what it can do is between it and its socket. */
export interface Deliveries {
  /** Nobody else's class is one. */
  readonly [part]: true;
}

/** A class of queues, which may be able to do more. */
export type QueueClass = new (options: SendingOptions, host: QueueHost) => Queue & Partial<Replies>;

/** A message on its way: what the user said, what will be sent, and how. */
export interface Entry extends Outgoing {
  readonly message: Message;
  readonly delivery: Delivery;
  /** Who has said it. */
  readonly speaker: number;
  /** When it is given up, in milliseconds of `Date.now()`. */
  readonly expires: number;
  /** What became of it, once that is known. */
  fate?: "sent" | "dropped";
  /** It has left, and is kept until it is confirmed. */
  kept?: boolean;
}

/** The longest time a timer takes, in milliseconds; more would fire at once. */
const longest = 2_147_483_647;

/** What we say: it leaves, waits in order, or is given up, and its sender is told which. */
export class Queue {
  protected readonly options: SendingOptions;
  protected readonly host: QueueHost;
  // A set keeps the order and gives up an entry in constant time.
  protected readonly entries = new Set<Entry>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first may expire. */
  #due = Infinity;
  /** What is sent may leave. */
  #open = false;
  #flushing = false;
  /** Counts who has spoken. */
  #speaker = 0;

  constructor(options: SendingOptions, host: QueueHost) {
    this.options = options;
    this.host = host;
  }

  /** How many messages wait or are kept. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * Checks and encodes a message, and sends it as its delivery says.
   *
   * @param transmit sends it past the queue, now or not at all
   * @throws SocketError `validation`, `codec` or `overflow`; `usage` for a delivery that this class does not know.
   */
  send(message: Message, options: SendOptions = {}, transmit?: Transmit): SendResult {
    const entry = this.entry(message, options);
    // Latest or confirm.
    if (/la|co/.test(entry.delivery)) throw missing();
    return this.dispatch(entry, transmit);
  }

  /** Says what an option does, where that is possible now; a protocol need not name it. */
  tell(message: Message, _reply?: string): void {
    this.host.transmit(outgoing(message, this.options, false).data);
  }

  /** What waits may leave. */
  opened(): void {
    this.#open = true;
    this.flush();
  }

  /** The connection is lost; nothing of it will come any more. */
  lost(_why?: DropReason): void {
    this.#open = false;
    this.flush();
  }

  /** Gives up all that waits, and what is being said at this moment. */
  clear(reason: "closed" | "identity"): void {
    this.#speaker++;
    for (const entry of this.entries) this.drop(entry, reason);
    this.lost(reason);
  }

  /** Sends what may leave, in order; gives up what is too old, and what the WebSocket throws at. */
  protected flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    let stuck = !this.#open;
    let due = Infinity;
    for (const entry of this.entries) {
      const { expires } = entry;
      if (expires <= Date.now()) this.drop(entry, "expired");
      else {
        try {
          if (!stuck && !this.waits(entry)) {
            if (!this.transmit(entry)) stuck = true;
            else if (entry.delivery !== "confirm") this.entries.delete(entry);
          }
        } catch {
          this.drop(entry, "refused");
        }
        due = Math.min(due, expires);
      }
    }
    this.#flushing = false;
    // What has left is due no more.
    this.#due = due = this.size ? due : Infinity;
    clearTimeout(this.#timer);
    if (due < Infinity) this.#timer = setTimeout(() => this.flush(), Math.min(due - Date.now(), longest));
  }

  /** Whether a message must wait though others may leave. */
  protected waits(_entry: Entry): boolean | void {}

  /** Checks and encodes a message. */
  protected entry(message: Message, options: SendOptions): Entry {
    const { protocol, queue } = this.options;
    const rules = rulesOf(protocol?.outbound, message.cmd);
    const { delivery = rules?.delivery ?? "queue", ttl = rules?.ttl ?? queue.ttl } = options;
    const speaker = this.#speaker;
    const { sent, data } = outgoing(message, this.options, true);
    return { message, delivery, speaker, expires: Date.now() + ttl, sent, data };
  }

  /** @param keep lets it wait in any case, to be sent from there */
  protected dispatch(entry: Entry, transmit?: Transmit, keep?: boolean): SendResult {
    const { max, overflow } = this.options.queue;
    // A schema or codec of the user's may have closed the socket, or changed who speaks.
    if (entry.speaker !== this.#speaker) return this.drop(entry, this.host.closed() ? "closed" : "identity");
    const free = transmit ?? (this.#open && !this.#flushing && !keep && !this.waits(entry));
    if (free && this.transmit(entry, transmit)) return "sent";
    if (this.host.closed()) return this.drop(entry, "closed");
    if (transmit || entry.delivery === "drop") return this.drop(entry, "disconnected");
    if (this.size >= max && overflow === "throw") throw new SocketError("overflow");
    this.entries.add(entry);
    // What has left may well arrive: want of room is no reason to give it up.
    if (this.size > max) this.drop(overflow === "drop-newest" ? entry : [...this.entries].find(({ kept }) => !kept)!, "overflow");
    // Nothing is to be done for what waits as long as others, or for ever.
    if (this.#open || entry.expires < this.#due) this.flush();
    return entry.fate ?? "queued";
  }

  protected transmit(entry: Entry, transmit = this.host.transmit): boolean {
    if (!transmit(entry.data)) return false;
    entry.fate ??= "sent";
    return true;
  }

  protected drop(entry: Entry, reason: DropReason): "dropped" {
    this.entries.delete(entry);
    this.host.dropped(entry.message, reason);
    return (entry.fate = "dropped");
  }
}

/** What is thrown where a part is missing. */
export function missing(): SocketError {
  return new SocketError("usage", { message: "A part is missing; pass deliveries." });
}
