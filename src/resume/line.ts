/** What the server says of a channel's numbers when it answers a join: the param of the command that `replay` names. */
export interface ReplayAnswer {
  /** The numbering of the channel. The server takes another one when it starts to count again, as after a restart. */
  readonly epoch: string;
  /** The number of the newest message in the channel at the moment of the join; 0 if there was none yet. */
  readonly last: number;
  /** Whether every message after the position of the join is sent again. */
  readonly recovered: boolean;
}

/** Where a client stands in a channel. It travels in the param of a join. */
export interface Position {
  /** The number of the last message that was delivered. */
  readonly since?: number | undefined;
  /** The numbering that it belongs to. */
  readonly epoch?: string | undefined;
}

/**
 * Why messages may be missing.
 *
 * - `reopened`: the connection was lost, and the server replays nothing.
 * - `replay`: the server does not keep any more what was missed.
 * - `epoch`: the server has started to count again.
 * - `hole`: a number is missing.
 * - `size`: a message was too large.
 * - `invalid`: a message could not be read, or did not fit the protocol.
 * - `buffer`: a slow reader of an iterator missed a message.
 */
export type GapReason = "reopened" | "replay" | "epoch" | "hole" | "size" | "invalid" | "buffer";

/**
 * How a channel continues after an opening or a join.
 *
 * - `new`: nothing was received before, so nothing can be missing.
 * - `current`: nothing was missed.
 * - `replayed`: what was missed has been delivered.
 * - `cannot`: messages may be missing; a gap was reported before.
 */
export type Outcome = "new" | "current" | "replayed" | "cannot";

/** Messages of the server may be missing. */
export interface Gap {
  /** The channel that misses them; `undefined` for any channel. */
  readonly channel: string | undefined;
  /** Since when, in milliseconds of `Date.now()`. */
  readonly since: number;
  /** The number of the last message before; `undefined` where none is known. */
  readonly after: number | undefined;
  /** Why. */
  readonly reason: GapReason;
}

/** A channel continues after an opening or a join. */
export interface Resumption {
  /** The channel; `undefined` for any channel. */
  readonly channel: string | undefined;
  /** How it continues. */
  readonly outcome: Outcome;
  /** How many messages were sent again; 0 unless the outcome is `replayed`. */
  readonly replayed: number;
}

/** What a feed reports. */
export interface FeedEvents<M> {
  /** A message, in order. */
  message: M;
  gap: Gap;
  resume: Resumption;
  /** No messages come any more. */
  lost: undefined;
}

/** What a line needs of the feed it belongs to. */
export interface LineParent<M> {
  /** Calls the listeners of an event. */
  emit<Name extends keyof FeedEvents<M>>(name: Name, event: FeedEvents<M>[Name]): void;
  /** Reports a gap. */
  missing(reason: GapReason, channel: string, since: number, after: number | undefined): void;
  /** Reports how a channel continues. */
  resumed(outcome: Outcome, channel: string, replayed: number): void;
}

/** How many messages are held at most: a limit against abuse. */
const maxHeld = 1000;

/** The numbered messages of one channel: each is delivered once and in order, or a gap is reported. */
export class Line<M> {
  readonly #parent: LineParent<M>;
  readonly #channel: string;
  /** Whether the answer to a join has to come before anything is delivered. */
  #waits: boolean;
  readonly #patience: number;
  #epoch: string | undefined;
  /** The number of the last message that was delivered; `undefined` where the next one may have any. */
  #last: number | undefined;
  /** When that was, in milliseconds of `Date.now()`: until then nothing is missing. */
  #whole = Date.now();
  /** The number that it began with, where the server did not say one. */
  #first = -Infinity;
  /** Messages that wait for an earlier one, or for the answer, by number. */
  readonly #held = new Map<number, M>();
  /** The replay under way: the number that it ends with, and how many messages it has. */
  #replay: { readonly end: number; readonly count: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param waits whether an answer to a join is expected first
   * @param patience how long to wait for a missing number, in milliseconds
   */
  constructor(parent: LineParent<M>, channel: string, waits: boolean, patience: number) {
    this.#parent = parent;
    this.#channel = channel;
    this.#waits = waits;
    this.#patience = patience;
  }

  /** Whether nothing is waited for. */
  get live(): boolean {
    return !this.#waits && !this.#replay;
  }

  /** Where the client stands, for the param of a join. */
  get position(): Position {
    return { since: this.#last, epoch: this.#epoch };
  }

  /** The connection is lost. What is held comes again with the replay. */
  lost(): void {
    this.stop();
    this.#waits = true;
  }

  /** Forgets what it waits for. */
  stop(): void {
    this.#stopTimer();
    this.#held.clear();
    this.#replay = undefined;
  }

  /** A message with a number has come. */
  received(id: number, message: M): void {
    if (!this.#waits) {
      if (this.#last === undefined) {
        this.#first = id;
        this.#last = id - 1;
      }
      if (id <= this.#last) {
        // What comes below the first number was overtaken by it, and is no repetition.
        if (id < this.#first) this.#missing("hole");
        return;
      }
    }
    this.#held.set(id, message);
    if (this.#held.size > maxHeld) this.#giveUp();
    else if (!this.#waits) this.#advance();
  }

  /** The server has answered a join. */
  answered({ epoch, last, recovered }: ReplayAnswer): void {
    const before = this.#last;
    const isNew = before === undefined;
    const isSame = this.#epoch === epoch;
    // What is held from the same connection belongs to the numbers before.
    if (!this.#waits && !isSame) this.#held.clear();
    this.#waits = false;
    this.#first = -Infinity;
    this.#epoch = epoch;
    if (!isNew && isSame && (recovered || last <= before)) {
      this.#replay = { end: last, count: Math.max(0, last - before) };
    } else {
      if (!isNew) this.#missing(isSame ? "replay" : "epoch");
      this.#last = last;
      this.#resumed(isNew ? "new" : "cannot");
    }
    this.#advance();
  }

  /** Delivers what is held and whose turn it is, then waits for what is missing. */
  #advance(): void {
    for (const id of this.#held.keys()) if (id <= this.#last!) this.#held.delete(id);
    const { size } = this.#held;
    for (;;) {
      const replay = this.#replay;
      if (replay && this.#last! >= replay.end) this.#resumed(replay.count ? "replayed" : "current", replay.count);
      if (!this.#held.has(this.#last! + 1)) break;
      this.#deliver(this.#last! + 1);
    }
    const isMissing = this.#held.size > 0 || this.#replay !== undefined;
    // Messages that come meanwhile do not prolong the wait.
    if (this.#held.size < size || !isMissing) this.#stopTimer();
    if (isMissing) this.#timer ??= setTimeout(() => this.#giveUp(), this.#patience);
  }

  #deliver(id: number): void {
    const message = this.#held.get(id)!;
    this.#held.delete(id);
    this.#last = id;
    this.#whole = Date.now();
    this.#parent.emit("message", message);
  }

  #missing(reason: GapReason): void {
    this.#parent.missing(reason, this.#channel, this.#whole, this.#last);
  }

  #resumed(outcome: Outcome, replayed = 0): void {
    this.#replay = undefined;
    this.#parent.resumed(outcome, this.#channel, replayed);
  }

  /** What is missing has not come in time: it goes on with the next message that is there. */
  #giveUp(): void {
    const end = this.#replay ? this.#replay.end + 1 : Infinity;
    this.#missing("hole");
    if (!this.live) this.#resumed("cannot");
    this.#waits = false;
    this.#last = Math.min(end, ...this.#held.keys()) - 1;
    this.#advance();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
