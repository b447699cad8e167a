import { SocketError } from "../errors";
import { Timer } from "../timer";
import type { EventsParent, Unsubscribe } from "./events";
import { ListenerList } from "./listeners";

/**
 * Whether a channel is joined.
 *
 * - `left`: nobody wants it.
 * - `joining`: it is wanted, and will be joined once the connection is open and the server has agreed.
 * - `joined`: the server has agreed; or it was asked, if it does not answer joins.
 * - `refused`: the server said no.
 */
export type ChannelStatus = "left" | "joining" | "joined" | "refused";

/** Gets the answer to a join: the param of the reply, or why it is a refusal. */
export type JoinAnswer = (refusal: { readonly cause: unknown } | undefined, reply?: unknown) => void;

/** What a membership needs of the rooms it belongs to. */
export interface MembershipParent extends EventsParent {
  /** How long the server may take to answer a join, in milliseconds; `undefined` if it does not answer. */
  readonly answerTimeout: number | undefined;
  /**
   * Asks the server to join a channel.
   *
   * @param param a value, or a function that makes it
   * @returns the function that stops waiting for the answer; `undefined` if the server cannot be asked, which is reported
   */
  tellJoin(channel: string, param: unknown, answer: JoinAnswer): (() => void) | undefined;
  /** Tells the server that a channel is left. */
  tellLeave(channel: string, param: unknown): void;
  /** There is something to tell once the work at hand is done. */
  membershipPending(channel: string): void;
  /** The server has agreed. */
  joined(channel: string): void;
  /** Messages to a channel do not wait for it any more. */
  released(channel: string): void;
  /** The status has changed. */
  channelChanged(channel: string, status: ChannelStatus, previous: ChannelStatus): void;
  /** The server said no, or nothing. */
  failed(error: SocketError): void;
}

/** Somebody waits for the outcome of a join. */
interface Waiter {
  resolve(reply: unknown): void;
  reject(error: SocketError): void;
}

/** Who wants to be in a channel, and what the server says to it. */
export class Membership {
  readonly #channel: string;
  readonly #parent: MembershipParent;
  /** Whether `join()` was called last, not `leave()`. */
  #joinedByHand = false;
  #holders = 0;
  /** What the next join is sent with: a value, or a function that makes it. */
  #param: unknown;
  #leaveParam: unknown;
  /** The join that the server of this connection was sent last. */
  #told: { readonly param: unknown } | undefined;
  /** Stops waiting for the answer to it; there is none while no answer is awaited. */
  #stopWaiting: (() => void) | undefined;
  readonly #timer = new Timer();
  #reply: unknown;
  #waiters: Waiter[] | undefined;
  #listeners: ListenerList<readonly [status: ChannelStatus, previous: ChannelStatus]> | undefined;
  /** The status that was reported last. */
  #announced: ChannelStatus = "left";
  /** Why the server said no. */
  refusal: SocketError | undefined;

  constructor(channel: string, parent: MembershipParent) {
    this.#channel = channel;
    this.#parent = parent;
  }

  get status(): ChannelStatus {
    if (!this.wanted) return "left";
    if (this.refusal) return "refused";
    return this.#upToDate && !this.#stopWaiting ? "joined" : "joining";
  }

  /** Whether anybody wants to be in the channel. */
  get wanted(): boolean {
    return this.#joinedByHand || this.#holders > 0;
  }

  /** Whether it can be forgotten. */
  get unused(): boolean {
    return !this.wanted && !this.#told && (this.#listeners?.empty ?? true);
  }

  join(param: unknown): Promise<unknown> {
    this.#want(param);
    this.#joinedByHand = true;
    this.#changed();
    const outcome = new Promise<unknown>((resolve, reject) => {
      this.#waiters ??= [];
      this.#waiters.push({ resolve, reject });
    });
    // A refusal is emitted, too, and must not end a Node process.
    outcome.catch(() => {});
    return outcome;
  }

  leave(param: unknown): void {
    if (!this.#joinedByHand) return;
    this.#joinedByHand = false;
    this.#leaveParam = param;
    this.#changed();
  }

  hold(param: unknown): Unsubscribe {
    this.#want(param);
    this.#holders++;
    this.#changed();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders--;
      this.#leaveParam = undefined;
      this.#changed();
    };
  }

  onStatus(listener: (status: ChannelStatus, previous: ChannelStatus) => void): Unsubscribe {
    this.#listeners ??= new ListenerList(this.#parent);
    return this.#listeners.on(([status, previous]) => listener(status, previous));
  }

  /**
   * What is wanted has changed, and the work that changed it is done.
   *
   * @param open whether the server can be told
   */
  settle(open: boolean): void {
    if (!this.wanted) this.#end("aborted", "The channel was left before it was joined; call join() again.");
    if (open) this.tell();
  }

  /** The connection is open: the server knows nothing of us. */
  opened(): void {
    this.#told = undefined;
    this.tell();
  }

  /** The connection is lost: the server has forgotten us. */
  lost(): void {
    this.#told = undefined;
    this.#stopAwaiting();
    this.#announce();
  }

  /** The socket is closed. */
  stopped(): void {
    this.lost();
    this.#end("closed");
  }

  /** Whoever was refused is somebody else now. */
  identityChanged(): void {
    this.refusal = undefined;
    this.#announce();
  }

  /**
   * Tells the server what is wanted now, if it was told otherwise. What was asked for and taken back in between is no
   * message: a server that handles messages at the same time might handle the last one first.
   */
  tell(): void {
    if (!this.wanted) this.#tellLeave();
    else if (!this.refusal && !this.#upToDate) this.#tellJoin();
    else if (this.status === "joined") this.#resolve();
  }

  /** Whether the server was told of the join that is wanted. */
  get #upToDate(): boolean {
    return this.#told !== undefined && isSameParam(this.#told.param, this.#param);
  }

  #want(param: unknown): void {
    // Whoever names no param takes that of the others.
    if (param !== undefined || !this.wanted) this.#param = param;
    this.refusal = undefined;
  }

  #changed(): void {
    this.#parent.membershipPending(this.#channel);
    this.#announce();
  }

  #tellLeave(): void {
    if (!this.#told) return;
    this.#told = undefined;
    this.#stopAwaiting();
    this.#parent.tellLeave(this.#channel, this.#leaveParam);
    this.#announce();
  }

  #tellJoin(): void {
    const before = this.#told;
    const told = { param: this.#param };
    this.#told = told;
    this.#stopAwaiting();
    let answered = false;
    const stopWaiting = this.#parent.tellJoin(this.#channel, told.param, (refusal, reply) => {
      answered = true;
      if (this.#told === told) this.#answered(refusal, reply);
    });
    // A function of the options may have changed everything.
    if (this.#told !== told) {
      stopWaiting?.();
      return;
    }
    if (!stopWaiting) {
      this.#told = before;
      this.#announce();
      return;
    }
    const { answerTimeout } = this.#parent;
    if (answered) return;
    if (answerTimeout === undefined) {
      this.#answered(undefined);
      return;
    }
    this.#stopWaiting = stopWaiting;
    this.#timer.limit(answerTimeout, () => this.#unanswered());
    this.#announce();
  }

  #answered(refusal: { readonly cause: unknown } | undefined, reply?: unknown): void {
    this.#stopAwaiting();
    if (refusal) this.#refuse(refusal.cause);
    else {
      this.#reply = reply;
      this.#resolve();
      this.#parent.joined(this.#channel);
    }
    this.#announce();
  }

  #refuse(cause: unknown): void {
    const refused = new SocketError("refused", {
      message: "The server refused the channel; see `cause`, and join again once the reason is gone.",
      channel: this.#channel,
      cause,
    });
    this.#told = undefined;
    this.refusal = refused;
    this.#reject(refused);
    this.#parent.failed(refused);
    this.#parent.released(this.#channel);
  }

  /** The server did not answer the join: it is asked again. */
  #unanswered(): void {
    this.#stopAwaiting();
    this.#told = undefined;
    this.#parent.failed(
      new SocketError("timeout", {
        message: "The server did not answer a join; check `rejoin.join.reply`, or raise `connectTimeout`.",
        channel: this.#channel,
      }),
    );
    this.tell();
  }

  #stopAwaiting(): void {
    this.#timer.clear();
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #end(code: "aborted" | "closed", message?: string): void {
    this.refusal = undefined;
    this.#reject(new SocketError(code, { message, channel: this.#channel }));
    this.#announce();
    this.#parent.released(this.#channel);
  }

  #resolve(): void {
    const waiters = this.#waiters ?? [];
    this.#waiters = undefined;
    for (const { resolve } of waiters) resolve(this.#reply);
  }

  #reject(error: SocketError): void {
    const waiters = this.#waiters ?? [];
    this.#waiters = undefined;
    for (const { reject } of waiters) reject(error);
  }

  /** Reports once the work at hand is done, if the status is another one then. */
  #announce(): void {
    if (this.status === this.#announced) return;
    queueMicrotask(() => {
      const { status } = this;
      const previous = this.#announced;
      if (status === previous) return;
      this.#announced = status;
      this.#parent.channelChanged(this.#channel, status, previous);
      this.#listeners?.emit([status, previous]);
    });
  }
}

/** Whether two params are the same on the wire. Functions make theirs when it is sent. */
function isSameParam(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one === "function" || typeof other === "function") return typeof one === typeof other;
  try {
    return JSON.stringify(one) === JSON.stringify(other);
  } catch {
    // JSON has no words for it.
    return false;
  }
}
