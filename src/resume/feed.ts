import type { InboundCommand, InboundMessage, InboundParam, Protocol, Socket, TapEvent, Unsubscribe } from "../index";
import { Emitter } from "./emitter";
import {
  type FeedEvents,
  type Gap,
  type GapReason,
  Line,
  type LineParent,
  type Outcome,
  type Position,
  type ReplayAnswer,
  type Resumption,
} from "./line";

/** The commands whose param says how a replay went. */
export type ReplayCommand<P extends Protocol> = {
  [C in InboundCommand<P>]: unknown extends InboundParam<P, C> ? C : InboundParam<P, C> extends ReplayAnswer ? C : never;
}[InboundCommand<P>];

/** How a feed follows the server. Times are in milliseconds. */
export interface ResumeOptions<P extends Protocol = Protocol> {
  /** The only channel that it follows, once somebody joins or holds it. @default every channel */
  channel?: string | undefined;
  /** The number of a message, which the server raises by one for each in its channel; `undefined` for one without. @default none has */
  id?: ((message: InboundMessage<P>) => number | undefined) | undefined;
  /** The command that answers a join, with a {@link ReplayAnswer} as its param. Needs `id`. @default the server replays nothing */
  replay?: ReplayCommand<P> | undefined;
  /** How long to wait for a missing number, since messages may overtake each other. @default 1000 */
  patience?: number | undefined;
}

/** Follows what the server sends: each numbered message once and in order, and every gap. Made by {@link resume}. */
export interface Feed<P extends Protocol = Protocol> {
  /** The socket that it follows. */
  readonly socket: Socket<P>;
  /** Whether messages are delivered as they come: the connection is open, the channel joined, and no replay is waited for. */
  readonly live: boolean;
  /**
   * Where this client stands in a channel, as the param of a join: `channel.hold(feed.position)`.
   *
   * @param channel the channel, if the feed follows several
   */
  readonly position: (channel?: string) => Position;
  /** The number of a message; `undefined` for one without. */
  idOf(message: InboundMessage<P>): number | undefined;
  /** Listens to a command. */
  on<C extends InboundCommand<P>>(cmd: C, listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void): Unsubscribe;
  /** Listens to every message. */
  onMessage(listener: (message: InboundMessage<P>) => void): Unsubscribe;
  /** Listens to gaps: each time messages may be missing. Fetch the state again there. */
  onGap(listener: (gap: Gap) => void): Unsubscribe;
  /** Listens to how channels continue after each opening and each answered join. */
  onResume(listener: (resumption: Resumption) => void): Unsubscribe;
  /** Stops following. */
  stop(): void;
}

/** How many channels a feed remembers: a limit against abuse. */
const maxChannels = 1000;

/** A feed of a socket, with what its lines and its live queries need. */
export class SocketFeed<P extends Protocol = Protocol>
  extends Emitter<FeedEvents<InboundMessage<P>>>
  implements Feed<P>, LineParent<InboundMessage<P>>
{
  readonly socket: Socket<P>;
  readonly position = (channel = this.#options.channel ?? ""): Position => this.#lines.get(channel)?.position ?? {};
  readonly #options: ResumeOptions<P>;
  readonly #lines = new Map<string, Line<InboundMessage<P>>>();
  readonly #subscriptions: Unsubscribe[];
  /** Whether messages come: the connection is open, and the only channel is joined. */
  #open: boolean;
  /** When they were last known to come; `undefined` before the first loss. */
  #heard: number | undefined;

  constructor(socket: Socket<P>, options: ResumeOptions<P>) {
    super();
    const { channel, id } = options;
    this.socket = socket;
    this.#options = options;
    this.#open = this.#joined;
    // No listener of errors and drops, because those that have none are printed.
    this.#subscriptions = [socket.tap((event) => this.#tapped(event))];
    if (id) this.#subscriptions.push(socket.onMessage((message) => this.#received(message)));
    if (channel !== undefined) this.#line(channel);
  }

  get live(): boolean {
    return this.#open && [...this.#lines.values()].every(({ live }) => live);
  }

  idOf(message: InboundMessage<P>): number | undefined {
    const id = this.#options.id?.(message);
    return Number.isSafeInteger(id) ? id : undefined;
  }

  on<C extends InboundCommand<P>>(cmd: C, listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void): Unsubscribe {
    return this.onMessage((message) => {
      if (message.cmd === cmd) listener(message.param as never, message as never);
    });
  }

  onMessage(listener: (message: InboundMessage<P>) => void): Unsubscribe {
    if (this.#options.id) return this.listen("message", listener);
    return this.socket.onMessage((message) => {
      if (this.#follows(message.channel)) listener(message);
    });
  }

  onGap(listener: (gap: Gap) => void): Unsubscribe {
    return this.listen("gap", listener);
  }

  onResume(listener: (resumption: Resumption) => void): Unsubscribe {
    return this.listen("resume", listener);
  }

  stop(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#forget();
  }

  missing(reason: GapReason, channel?: string, since = Date.now(), after?: number): void {
    if (this.#follows(channel)) this.emit("gap", { channel, since, after, reason });
  }

  resumed(outcome: Outcome, channel?: string, replayed = 0): void {
    this.emit("resume", { channel, outcome, replayed });
  }

  #lost(): void {
    if (this.#open) this.#heard = Date.now();
    this.#open = false;
    this.emit("lost", undefined);
    if (this.#options.replay) for (const line of this.#lines.values()) line.lost();
  }

  #opened(): void {
    if (this.#open || !this.#joined) return;
    const { channel, replay } = this.#options;
    this.#open = true;
    // The answer to a join tells how it continues.
    if (replay) return;
    const isNew = this.#heard === undefined;
    if (!isNew) {
      // The next message may have any number.
      this.#forget();
      this.missing("reopened", channel, this.#heard);
    }
    this.resumed(isNew ? "new" : "cannot", channel);
  }

  #received(message: InboundMessage<P>): void {
    const { channel, cmd, param } = message;
    if (!this.#follows(channel)) return;
    // The event of a join comes in a microtask. Several messages may come before.
    this.#opened();
    const id = this.idOf(message);
    if (id === undefined) this.emit("message", message);
    else this.#line(channel).received(id, message);
    if (cmd === this.#options.replay) this.#line(channel).answered(param as ReplayAnswer);
  }

  /** Whether the connection is open, and the only channel joined. */
  get #joined(): boolean {
    const { channel } = this.#options;
    return this.socket.state.status === "open" && (channel === undefined || this.socket.channel(channel).status === "joined");
  }

  #tapped(event: TapEvent): void {
    const { type } = event;
    if (type === "status" && event.previous.status === "open") this.#lost();
    if (type === "open") {
      // The loss is known later than it was.
      if (event.reconnected && this.#heard !== undefined) this.#heard = Date.now() - event.downFor;
      this.#opened();
    }
    if (type === "channel" && event.channel === this.#options.channel) {
      if (event.status === "left" || event.status === "refused") this.#lost();
      this.#opened();
    }
    if (type === "drop" && event.reason === "buffer") this.missing("buffer", event.message.channel);
    if (type === "error") {
      const { code, channel, cmd } = event.error;
      // The error about too many members has a channel. One about a message that cannot be written has a command.
      if (code === "size" && !channel) this.missing("size");
      if (code === "validation" || (code === "codec" && !cmd)) this.missing("invalid", channel);
    }
  }

  /** @param channel `undefined` for any channel */
  #follows(channel?: string): boolean {
    const own = this.#options.channel;
    return own === undefined || channel === undefined || own === channel;
  }

  #line(channel: string): Line<InboundMessage<P>> {
    let line = this.#lines.get(channel);
    if (!line) {
      const { replay, patience = 1000 } = this.#options;
      if (this.#lines.size === maxChannels) this.#forget();
      // A channel that is joined already had its answer.
      const waits = replay !== undefined && this.socket.channel(channel).status !== "joined";
      line = new Line(this, channel, waits, patience);
      this.#lines.set(channel, line);
    }
    return line;
  }

  #forget(): void {
    for (const line of this.#lines.values()) line.stop();
    this.#lines.clear();
  }
}

/**
 * Listens to gaps: after each reopening, and after each message that was too large, did not fit, or was pushed out of a buffer.
 *
 * @example
 * const unsubscribe = onGap(socket, () => queryClient.invalidateQueries());
 */
export function onGap<P extends Protocol>(socket: Socket<P>, listener: (gap: Gap) => void): Unsubscribe {
  const feed = new SocketFeed(socket, {});
  feed.onGap(listener);
  return () => feed.stop();
}

/**
 * Follows a socket, or one channel of it, until `stop()`. Make it before the connection opens, beside the socket.
 *
 * @example
 * const news = resume(socket, {
 *   channel: "news",
 *   id: (message) => (message.cmd === "item" ? message.param.seq : undefined),
 *   replay: "joined",
 * });
 * news.on("item", (item) => show(item));
 * news.onGap(() => refetch());
 * socket.channel("news").join(news.position);
 */
export function resume<P extends Protocol>(socket: Socket<P>, options: ResumeOptions<P> = {}): Feed<P> {
  return new SocketFeed(socket, options);
}
