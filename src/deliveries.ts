/**
 * What a `Socket` can do with messages that are answered, confirmed or out of date.
 *
 * @module wireline/deliveries
 */

import { Timer } from "./connection/timer";
import { SocketError, type SocketErrorCode } from "./errors";
import type { Message } from "./messages/message";
import { type RequestOptions, rulesOf, type SendOptions } from "./messages/protocol";
import { type Deliveries, type DropReason, type Entry, Queue, type QueueHost, type Replies, type SendingOptions, type SendResult, type Transmit } from "./messages/queue";
import { type Expected, failure, Requests } from "./messages/requests";
import { onAbort } from "./subscriptions/undo";

/** How often to look whether a WebSocket has got rid of what it holds, of which no event tells, in milliseconds. */
const glance = 25;

const DRAINED = Symbol();

/** A message with what else is to be known of it here. */
interface Delivered extends Entry {
  /** Of those with the same slot, one waits. */
  readonly slot?: string;
  /** The reply that it is owed. */
  readonly expected?: Expected;
}

/** For the option `deliveries`: a socket with it has `request`, `drained`, and the deliveries `latest` and `confirm`. */
export const deliveries = class extends Queue implements Replies {
  readonly #requests: Requests;
  readonly #timer = new Timer();
  /** What the heartbeat is owed. */
  #told: Expected | undefined;

  constructor(options: SendingOptions, host: QueueHost) {
    super(options, host);
    this.#requests = new Requests((cause) => host.failed(new SocketError("listener", { cause })));
  }

  get late(): number {
    return this.#requests.late;
  }

  override send(message: Message, options: SendOptions = {}, transmit?: Transmit): SendResult {
    const entry = this.entry(message, options);
    const { channel, cmd, param } = entry.sent;
    if (entry.delivery === "latest") {
      const { key = rulesOf(this.options.protocol?.outbound, cmd)?.key?.(param as never) } = options;
      return this.#replace({ ...entry, slot: JSON.stringify([channel, cmd, key]) }, transmit);
    }
    if (entry.delivery !== "confirm") return this.dispatch(entry, transmit);
    const confirmed: Delivered = this.#asking(entry, options, (error) => {
      // What was lost is sent again; a reply that nobody can understand is one.
      if (error?.code !== "lost") this.#settle(confirmed);
    });
    return this.dispatch(confirmed, transmit, true);
  }

  request(message: Message, { signal, timeout = 10_000, ...options }: RequestOptions = {}, transmit?: Transmit): Promise<unknown> {
    let mistaken = false;
    const promise = new Promise((resolve, reject) => {
      let entry: Delivered | undefined;
      const timer = new Timer();
      const settle: Expected["settle"] = (error, reply) => {
        timer.clear();
        undo();
        if (entry) this.#settle(entry);
        if (error) reject(Object.assign(error, { sent: entry?.fate === "sent" }));
        else resolve(reply);
      };
      const fail = (code: SocketErrorCode, cause?: unknown) => {
        if (entry) this.#requests.abandon(entry.expected!);
        settle(failure(code, message, cause));
      };
      const undo = onAbort(signal, () => fail("aborted", signal!.reason));
      try {
        entry = this.#asking(this.entry(message, { delivery: "queue" }), options, settle);
        if (signal?.aborted) return;
        timer.limit(timeout, () => fail("timeout"));
        this.dispatch(entry, transmit);
      } catch (error) {
        mistaken = true;
        settle(error as SocketError);
      }
    });
    // Whoever awaits it is told; whoever does not is not to lose a Node process for what happened to it.
    if (!mistaken) promise.catch(() => {});
    return promise;
  }

  override tell(message: Message, reply?: string): void {
    super.tell(message);
    if (reply === undefined) return;
    // One that was not answered by the time of the next question is not remembered.
    if (this.#told) this.#requests.remove(this.#told);
    const rules = rulesOf(this.options.protocol?.outbound, message.cmd);
    this.#told = { message, reply, match: rules?.match, settle: () => {} };
    // In line with requests, one of which might take its reply for theirs.
    this.#requests.add(this.#told);
  }

  drained(signal: AbortSignal | undefined): Promise<void> {
    if (this.#idle()) return Promise.resolve();
    const drained = this.host.emitter.once<void>(DRAINED, signal);
    this.flush();
    return drained;
  }

  awaits(cmd: string): boolean {
    return this.#requests.has(cmd);
  }

  heard(message: Message, error?: SocketError): void {
    this.#requests.answer(message, error);
  }

  override lost(why?: DropReason): void {
    for (const entry of this.entries) entry.kept = false;
    super.lost();
    this.#requests.clear(why === "closed" ? why : "lost");
  }

  protected override flush(): void {
    super.flush();
    const { emitter } = this.host;
    if (this.#idle()) emitter.emit(DRAINED);
    if (this.#congested() && (this.size || emitter.has(DRAINED))) this.#timer.set(glance, () => this.flush());
    else this.#timer.clear();
  }

  protected override waits({ kept, delivery }: Entry): boolean {
    return kept || (delivery === "latest" && this.#congested());
  }

  protected override transmit(entry: Delivered, transmit?: Transmit): boolean {
    const { expected, fate } = entry;
    if (!expected) return super.transmit(entry, transmit);
    // Before it leaves: the connection may be lost with it.
    this.#requests.add(expected);
    entry.fate = "sent";
    entry.kept = entry.delivery === "confirm";
    let left = false;
    try {
      left = super.transmit(entry, transmit);
    } finally {
      if (!left) {
        this.#requests.remove(expected);
        entry.kept = false;
        if (entry.fate === "sent") Object.assign(entry, { fate });
      }
    }
    return left;
  }

  protected override drop(entry: Delivered, reason: DropReason): "dropped" {
    const { expected, message } = entry;
    // Its reply may still come, where it was sent and never confirmed.
    if (expected) this.#requests.abandon(expected);
    super.drop(entry, reason);
    expected?.settle(failure(reason === "closed" ? reason : "dropped", message, reason));
    return "dropped";
  }

  /** Sends a message, or lets it wait, in place of the one that it makes out of date. */
  #replace(entry: Delivered, transmit?: Transmit): SendResult {
    const older = [...this.entries].find(({ slot }: Delivered) => slot === entry.slot);
    if (older) this.entries.delete(older);
    let result: SendResult = "dropped";
    try {
      result = this.dispatch(entry, transmit);
    } finally {
      // What was given up makes nothing out of date.
      if (older && result === "dropped") this.dispatch(older, undefined, true);
    }
    return older && result === "queued" ? "replaced" : result;
  }

  /** @throws SocketError `usage` where no reply is named. */
  #asking(entry: Entry, options: Pick<RequestOptions, "reply" | "match">, settle: Expected["settle"]): Delivered {
    const { protocol } = this.options;
    const { channel, cmd } = entry.message;
    const rules = rulesOf(protocol?.outbound, cmd);
    const { reply = rules?.reply, match = reply === rules?.reply ? rules?.match : undefined } = options;
    if (reply !== undefined && (!protocol || rulesOf(protocol.inbound, reply))) {
      return { ...entry, expected: { message: entry.sent, reply, match, settle } };
    }
    throw new SocketError("usage", { message: "It has no reply; name a command of the server's.", channel, cmd });
  }

  /** Nobody waits for its reply any more. */
  #settle(entry: Entry): void {
    this.entries.delete(entry);
    this.flush();
  }

  /** Whether nothing waits, and the WebSocket holds no more than it should. */
  #idle(): boolean {
    return !this.size && !this.#congested() && !this.host.closed();
  }

  #congested(): boolean {
    return this.host.buffered() > this.options.highWaterMark;
  }
} as unknown as Deliveries;
