import { SocketError, type SocketErrorCode } from "../errors";
import type { ConfirmOptions, Delivery, RequestOptions, SendOptions } from "../protocol";
import { abortReason, onAbort } from "../signal";
import { Timer } from "../timer";
import { checkKinds, type Kinds, usage } from "../usage";
import type { Contract } from "./contract";
import { type Message, type OutgoingData, snapshot } from "./message";
import { type Entry, Queue, type QueueOptions } from "./queue";
import { type Expected, requestError, Requests, type RequestsParent } from "./requests";

/** What `send` returns. */
export type SendResult = "sent" | "queued" | "replaced" | "dropped";

/**
 * Why a message was dropped.
 *
 * - `overflow`: the queue was full.
 * - `expired`: it waited, or was kept, for its `ttl`.
 * - `identity`: the identity changed.
 * - `disconnected`: its delivery is `drop`, and the connection was not open.
 * - `closed`: the socket is closed.
 * - `refused`: the WebSocket threw at it.
 * - `size`: the server closed with 1009, and this was the largest unconfirmed message.
 * - `buffer`: a slow reader of an iterator missed it.
 * - `channel`: the server refused its channel.
 */
export type DropReason = "overflow" | "expired" | "identity" | "disconnected" | "closed" | "refused" | "size" | "buffer" | "channel";

/** Hands data to the WebSocket; `false` if that takes none. */
export type Transmit = (data: OutgoingData) => boolean;

/** What deliveries are told; `SocketOptions` says what each means. */
export interface DeliveriesOptions {
  readonly queue: QueueOptions;
  readonly highWaterMark: number;
}

/** A command of the server that may answer a message of ours. */
export interface Answer {
  readonly reply: string;
  /** The message is sent again if no answer comes. */
  readonly resent?: boolean;
  /** Gets the param, or why it does not fit. */
  readonly settle: Expected["settle"];
}

/** What deliveries need of the client they belong to. */
export interface DeliveriesParent extends RequestsParent {
  /** Hands data to the WebSocket; `false` while the connection is not open. */
  transmit(data: OutgoingData): boolean;
  /** How many bytes the WebSocket holds that have not left. */
  readonly buffered: number;
  /** Whether a message to a channel may leave now, has to wait until it is joined, or never will leave. */
  permission(channel: string): "now" | "later" | "never";
  /** Whether anybody wants to know of each message. */
  readonly isTapped: boolean;
  /** A message waits. */
  queued(message: Message): void;
  /** A message left. */
  left(message: Message, data: OutgoingData): void;
  /** A request or confirmation has its reply, or failed. */
  settled(message: Message, error: SocketError | undefined, reply: unknown): void;
  /** A message was dropped. */
  dropped(message: Message, reason: DropReason): void;
  /** Nothing waits any more, and little is buffered. */
  drained(): void;
  /** Whether anybody waits for that. */
  readonly awaitsDrain: boolean;
}

const replyKinds: Kinds = { reply: "string", match: "function" };
const sendKinds: Kinds = { ...replyKinds, delivery: '"queue" "drop" "latest" "confirm"', ttl: "number", key: "string number" };
const requestKinds: Kinds = { ...replyKinds, channel: "string", signal: "object", timeout: "number" };
const confirmKinds: Kinds = { ...replyKinds, channel: "string", signal: "object", ttl: "number" };

const waitedTooLong = "The request waited for the connection until its time ran out; call connect(), or raise `timeout`.";

/** How often to look whether the WebSocket holds less, which no event reports, in milliseconds. */
const pollInterval = 25;

/** What becomes of our messages: each leaves, waits in order, is kept until it is confirmed, or is dropped. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #contract: Contract;
  readonly #parent: DeliveriesParent;
  readonly #queue = new Queue();
  /** Created on first use, because many sockets make no requests, and it takes 300 bytes. */
  #requests: Requests | undefined;
  /** For the next look at the queue: when a message expires, or the WebSocket may hold less. */
  readonly #timer = new Timer();
  /** Whether messages may leave, wait for the connection, or will never leave. */
  #phase: "waiting" | "open" | "closed" = "waiting";
  #flushing = false;
  /** When the first message expires. */
  #firstExpiry: number | undefined;
  /** Raised when all that waits is dropped: an entry of an older generation is never sent. */
  #generation = 0;

  constructor(options: DeliveriesOptions, contract: Contract, parent: DeliveriesParent) {
    this.#options = options;
    this.#contract = contract;
    this.#parent = parent;
  }

  /** How many messages wait or are kept. */
  get queued(): number {
    return this.#queue.size;
  }

  /** How many replies arrived after their request was given up. */
  get late(): number {
    return this.#requests?.late ?? 0;
  }

  /**
   * Checks and encodes a message, and sends it by its delivery.
   *
   * @param transmit sends it past the queue, now or not at all
   * @throws SocketError `validation`, `codec` or `overflow`; `usage` for a confirmation that names no reply.
   */
  send(message: Message, options: SendOptions | undefined, transmit?: Transmit): SendResult {
    if (options) checkKinds(options, sendKinds);
    const delivery = options?.delivery ?? this.#contract.rules(message.cmd)?.delivery ?? "queue";
    if (delivery === "latest") return this.#sendLatest(message, options, transmit);
    if (delivery !== "confirm") return this.#dispatch(this.#entry(message, delivery, options), transmit);
    const entry = this.#expecting(message, delivery, options, (error, reply) => {
      // A lost one is sent again. A reply that does not fit still says that the server has the message.
      if (error?.code === "lost") return;
      this.#forget(entry);
      if (this.#parent.isTapped) this.#parent.settled(message, error, reply);
    });
    return this.#dispatch(entry, transmit);
  }

  /** Sends a message once, and resolves with the param of its reply. */
  request(message: Message, options: RequestOptions = {}, transmit?: Transmit): Promise<unknown> {
    return this.#ask(message, "queue", options, options.timeout ?? 10_000, transmit);
  }

  /** Sends a message, again after each loss, until its reply has come; resolves with the param of that. */
  confirm(message: Message, options: ConfirmOptions = {}): Promise<unknown> {
    return this.#ask(message, "confirm", options);
  }

  /**
   * Sends what an option says, such as a join, if that is possible now. A protocol need not name it.
   *
   * @param answers the commands that answer it, the first of which settles it; they take their turn among the replies to
   * requests, because a request could take them otherwise
   * @returns the function that stops waiting for an answer; `undefined` if the message did not leave
   */
  tell(message: Message, answers: readonly Answer[] = []): (() => void) | undefined {
    const { data, sent } = this.#contract.encode(message, false);
    const match = this.#contract.rules(message.cmd)?.match;
    const expected = answers.map(({ reply, resent, settle }): Expected => {
      const settleOnce: Expected["settle"] = (error, param) => {
        forget();
        settle(error, param);
      };
      return { message: sent, reply, match, resent, settle: settleOnce };
    });
    const forget = () => {
      for (const one of expected) this.#requests?.remove(one);
    };
    // Before it leaves, because the connection may be lost while it does.
    for (const one of expected) this.#expect(one);
    let left = false;
    try {
      left = this.#parent.transmit(data);
    } finally {
      if (!left) forget();
    }
    if (!left) return undefined;
    if (this.#parent.isTapped) this.#parent.left(message, data);
    return forget;
  }

  /** Whether a command of the server answers something. */
  awaits(cmd: string): boolean {
    return this.#requests?.has(cmd) ?? false;
  }

  /** A message of the server may be a reply; with an error, one that does not fit. */
  answer(message: Message, error?: SocketError): void {
    this.#requests?.answer(message, error);
  }

  /** A message of the server, which may have been a reply, could not be read. */
  unreadable(error: SocketError): void {
    this.#requests?.unreadable(error);
  }

  /** The socket connects: what is sent waits. */
  started(): void {
    this.#phase = "waiting";
  }

  /** The connection is open: what waits leaves. */
  opened(): void {
    this.#phase = "open";
    this.#flush();
  }

  /**
   * The connection is lost; no reply of it will come any more.
   *
   * @param tooLarge whether the server closed because a message was too large, which would happen again if it were resent
   */
  lost(tooLarge = false): void {
    if (tooLarge) {
      const largest = this.#queue.largestKept();
      if (largest) this.#drop(largest, "size");
    }
    if (this.#phase === "open") this.#phase = "waiting";
    this.#end("lost");
  }

  /** The socket is closed: all that waits is dropped. */
  stopped(): void {
    this.#phase = "closed";
    this.#dropAll("closed");
    this.#end("closed");
  }

  /** The identity changed: all that waits, and what is being sent at this moment, is dropped. */
  identityChanged(): void {
    this.#dropAll("identity");
    this.lost();
  }

  /** A channel was joined, refused or left: what waits for it leaves or is dropped. */
  channelSettled(channel: string): void {
    if (this.#parent.permission(channel) === "never") {
      for (const entry of this.#queue) if (entry.sent.channel === channel) this.#drop(entry, "channel");
    }
    this.#flush();
  }

  /** Whether nothing waits, and the WebSocket holds no more than it should. */
  get idle(): boolean {
    return this.queued === 0 && !this.#congested && this.#phase !== "closed";
  }

  /** Looks until it is idle, and then calls `drained`. */
  watch(): void {
    this.#flush();
  }

  /** Checks and encodes a message. */
  #entry(message: Message, delivery: Delivery, options: SendOptions | undefined): Entry {
    const generation = this.#generation;
    const lifetime = options?.ttl ?? this.#contract.rules(message.cmd)?.ttl ?? this.#options.queue.ttl;
    const { sent, data } = this.#contract.encode(message, true);
    return { message, delivery, generation, expires: lifetime < Infinity ? performance.now() + lifetime : Infinity, sent, data };
  }

  /**
   * Checks and encodes a message that a reply is expected for.
   *
   * @throws SocketError `usage` if neither the options nor the protocol name a reply that the server may send.
   */
  #expecting(message: Message, delivery: Delivery, options: SendOptions | undefined, settle: Expected["settle"]): Entry {
    const entry = this.#entry(message, delivery, options);
    const { channel, cmd } = message;
    const rules = this.#contract.rules(cmd);
    const reply = options?.reply ?? rules?.reply;
    if (reply === undefined) {
      throw usage("The command has no reply; name one in the protocol or in the options.", { channel, cmd });
    }
    if (this.#contract.named && !this.#contract.validator(reply)) {
      throw usage("The protocol has no such inbound command as `reply` names; add it to `inbound`.", { channel, cmd });
    }
    const match = options?.match ?? (reply === rules?.reply ? rules.match : undefined);
    // The caller may change the param before the reply is compared with it.
    const sent = match ? { ...entry.sent, param: snapshot(entry.sent.param) } : entry.sent;
    return { ...entry, expected: { message: sent, reply, match, resent: delivery === "confirm", settle } };
  }

  #ask(
    message: Message,
    delivery: "queue" | "confirm",
    options: RequestOptions | ConfirmOptions,
    timeout?: number,
    transmit?: Transmit,
  ): Promise<unknown> {
    const { signal } = options;
    let thrown = false;
    const promise = new Promise((resolve, reject) => {
      let entry: Entry | undefined;
      const timer = new Timer();
      let removeAbort = () => {};
      const settle: Expected["settle"] = (error, reply) => {
        // What is confirmed is sent again after a loss.
        if (error?.code === "lost" && delivery === "confirm") return;
        timer.clear();
        removeAbort();
        if (entry) this.#forget(entry);
        if (this.#parent.isTapped) this.#parent.settled(message, error, reply);
        if (error) reject(Object.assign(error, { sent: entry?.left === true }));
        else resolve(reply);
      };
      const giveUp = (code: SocketErrorCode, cause?: unknown) => {
        if (entry) this.#requests?.abandon(entry.expected!);
        const neverLeft = code === "timeout" && !entry?.left;
        settle(requestError(code, message, cause, neverLeft ? waitedTooLong : undefined));
      };
      try {
        checkKinds(options, delivery === "confirm" ? confirmKinds : requestKinds);
        removeAbort = onAbort(signal, () => giveUp("aborted", abortReason(signal!)));
        entry = this.#expecting(message, delivery, options, settle);
        // Its rejection follows in a microtask.
        if (signal?.aborted) return;
        if (timeout !== undefined) timer.limit(timeout, () => giveUp("timeout"));
        this.#dispatch(entry, transmit);
      } catch (error) {
        thrown = true;
        settle(error as SocketError);
      }
    });
    // A failed request must not end a Node process; a wrong call may.
    if (!thrown) promise.catch(() => {});
    return promise;
  }

  /** Sends a message, or lets it wait, in place of the one that it makes out of date. */
  #sendLatest(message: Message, options: SendOptions | undefined, transmit: Transmit | undefined): SendResult {
    const plain = this.#entry(message, "latest", options);
    const { channel, cmd, param } = plain.sent;
    const key = options?.key ?? this.#contract.rules(cmd)?.key?.(param as never);
    const entry: Entry = { ...plain, slot: JSON.stringify([channel, cmd, key]) };
    const older = this.#queue.inSlot(entry.slot!);
    if (older) this.#queue.remove(older);
    let result: SendResult = "dropped";
    try {
      result = this.#dispatch(entry, transmit);
    } finally {
      // A message that was dropped makes none out of date.
      if (older && result === "dropped") this.#hold(older);
    }
    return older && result === "queued" ? "replaced" : result;
  }

  /** Sends a message now, or lets it wait, or drops it. */
  #dispatch(entry: Entry, transmit?: Transmit): SendResult {
    const current = entry.generation === this.#generation;
    // A confirmed one is sent from the queue, where it is kept.
    const direct =
      transmit !== undefined || (this.#phase === "open" && !this.#flushing && entry.delivery !== "confirm" && !this.#mustWait(entry));
    if (current && direct && this.#transmit(entry, transmit)) return "sent";
    if (current && this.#phase !== "closed" && (transmit || entry.delivery === "drop")) return this.#drop(entry, "disconnected");
    if (this.#parent.permission(entry.sent.channel) === "never") return this.#drop(entry, "channel");
    return this.#hold(entry);
  }

  /** Lets a message wait, if it still may. */
  #hold(entry: Entry): SendResult {
    const { max, overflow } = this.#options.queue;
    if (this.#phase === "closed") return this.#drop(entry, "closed");
    // A schema or codec of the user's may have changed it.
    if (entry.generation !== this.#generation) return this.#drop(entry, "identity");
    if (this.#queue.size >= max && overflow === "throw") throw new SocketError("overflow");
    this.#queue.add(keepable(entry));
    if (this.#parent.isTapped) this.#parent.queued(entry.message);
    if (this.#queue.size > max) this.#drop(overflow === "drop-newest" ? entry : this.#queue.oldestWaiting()!, "overflow");
    // Only if that can change something: messages may leave, or this one expires first.
    if (this.#phase === "open" || entry.expires < (this.#firstExpiry ?? Infinity)) this.#flush();
    return entry.outcome ?? "queued";
  }

  /** Sends what may leave, in order; drops what has expired, and what the WebSocket throws at. */
  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const now = performance.now();
    let stuck = this.#phase !== "open";
    let firstExpiry = Infinity;
    for (const entry of this.#queue) {
      if (entry.expires <= now) {
        this.#drop(entry, "expired");
        continue;
      }
      if (!stuck && !this.#mustWait(entry)) stuck = !this.#sendQueued(entry);
      if (this.#queue.has(entry)) firstExpiry = Math.min(firstExpiry, entry.expires);
    }
    this.#flushing = false;
    this.#firstExpiry = this.queued > 0 ? firstExpiry : undefined;
    if (this.idle) this.#parent.drained();
    const polls = this.#congested && (this.queued > 0 || this.#parent.awaitsDrain);
    const wait = Math.min((this.#firstExpiry ?? Infinity) - now, polls ? pollInterval : Infinity);
    if (wait < Infinity) this.#timer.set(wait, () => this.#flush());
    else this.#timer.clear();
  }

  /** Sends a message of the queue; `false` if the WebSocket takes none. */
  #sendQueued(entry: Entry): boolean {
    try {
      if (!this.#transmit(entry)) return false;
      if (entry.delivery !== "confirm") this.#queue.remove(entry);
    } catch {
      this.#drop(entry, "refused");
    }
    return true;
  }

  /** Whether to skip a message: it has left and waits for its reply, is `latest` while much is buffered, or its channel is not joined. */
  #mustWait({ kept, delivery, sent }: Entry): boolean {
    return kept === true || (delivery === "latest" && this.#congested) || this.#parent.permission(sent.channel) !== "now";
  }

  #transmit(entry: Entry, transmit?: Transmit): boolean {
    const { expected, delivery } = entry;
    const { outcome, left: leftBefore } = entry;
    // Marked before it leaves, because the connection may be lost while it does.
    if (expected) this.#expect(expected);
    entry.outcome = "sent";
    entry.left = true;
    entry.kept = delivery === "confirm";
    let left = false;
    try {
      left = transmit ? transmit(entry.data) : this.#parent.transmit(entry.data);
    } finally {
      if (!left) {
        if (expected) this.#requests?.remove(expected);
        entry.kept = false;
        entry.left = leftBefore;
        if (entry.outcome === "sent") entry.outcome = outcome;
      }
    }
    if (left && this.#parent.isTapped) this.#parent.left(entry.message, entry.data);
    return left;
  }

  #expect(expected: Expected): void {
    this.#requests ??= new Requests(this.#parent);
    this.#requests.add(expected);
  }

  #drop(entry: Entry, reason: DropReason): "dropped" {
    const { expected, message } = entry;
    this.#queue.remove(entry);
    entry.outcome = "dropped";
    // Its reply may still come, if it has left and was never confirmed.
    if (expected) this.#requests?.abandon(expected);
    this.#parent.dropped(message, reason);
    expected?.settle(requestError(reason === "closed" || reason === "expired" ? reason : "dropped", message, reason));
    return "dropped";
  }

  #dropAll(reason: DropReason): void {
    this.#generation++;
    for (const entry of this.#queue) this.#drop(entry, reason);
  }

  /** No reply of this connection will come any more. */
  #end(code: SocketErrorCode): void {
    for (const entry of this.#queue) entry.kept = false;
    this.#flush();
    this.#requests?.clear(code);
  }

  /** Nobody waits for the reply of a message any more. */
  #forget(entry: Entry): void {
    this.#queue.remove(entry);
    this.#flush();
  }

  get #congested(): boolean {
    return this.#parent.buffered > this.#options.highWaterMark;
  }
}

/** The entry, with bytes that the caller cannot change while it waits. */
function keepable(entry: Entry): Entry {
  if (typeof entry.data === "string") return entry;
  return Object.assign(entry, { data: snapshot(entry.data) });
}
