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
   * @returns the function that stops waiting for the answer; `undefined` if the join did not leave: the connection is ending, or
   * a function of the options threw, which is reported
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
  /** Nobody may need the channel any more. */
  roomChanged(channel: string): void;
}

/** A join that was sent on this connection. */
interface Join {
  readonly param: unknown;
  /** Whether the server had nothing to leave before it. */
  readonly isFirst: boolean;
  /** Whether the server has agreed to it. */
  agreed: boolean;
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
  /** The join that was sent last on this connection, unless it was refused or followed by a leave. */
  #sent: Join | undefined;
  /** Whether the server may have let us in on this connection, so that it must be told when we leave. */
  #mayBeIn = false;
  /**
   * What ends the wait for the answer to each join. One that is out of date is waited for, too: its answer would be taken for that
   * of the next one.
   */
  #unanswered: Map<Join, () => void> | undefined;
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
    return this.#isUpToDate && this.#sent!.agreed ? "joined" : "joining";
  }

  /** Whether anybody wants to be in the channel. */
  get wanted(): boolean {
    return this.#joinedByHand || this.#holders > 0;
  }

  /** Whether it can be forgotten. */
  get unused(): boolean {
    return !this.wanted && !this.#mayBeIn && !this.#unanswered?.size && (this.#listeners?.empty ?? true);
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
   * @param open whether the connection is
   */
  settle(open: boolean): void {
    if (!this.wanted) this.#end("aborted", "The channel was left before it was joined; call join() again.");
    if (open) this.tell();
  }

  /** The connection is open: the server knows nothing of us. */
  opened(): void {
    this.#forgetConnection();
    this.tell();
  }

  /** The connection is lost: the server has forgotten us. */
  lost(): void {
    this.#forgetConnection();
    this.#announce();
  }

  /** The socket is closed. */
  stopped(): void {
    this.lost();
    this.#end("closed");
  }

  /** The user is another one: a refusal of the one before says nothing about this one. */
  identityChanged(): void {
    this.refusal = undefined;
    this.#announce();
  }

  /**
   * Sends a join or a leave, if the server does not know yet what is wanted. Nothing is sent for what was asked for and taken
   * back in between, because a server that handles messages at the same time might handle the last one first.
   */
  tell(): void {
    if (!this.wanted) this.#tellLeave();
    else if (!this.refusal && !this.#isUpToDate) this.#tellJoin();
    else if (this.status === "joined") {
      this.#resolve();
      // What was sent while another param was wanted still waits.
      this.#parent.released(this.#channel);
    }
  }

  /** Whether the join that is wanted was sent. */
  get #isUpToDate(): boolean {
    return this.#sent !== undefined && isSameParam(this.#sent.param, this.#param);
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
    if (!this.#mayBeIn) return;
    this.#mayBeIn = false;
    this.#sent = undefined;
    this.#parent.tellLeave(this.#channel, this.#leaveParam);
    this.#announce();
  }

  #tellJoin(): void {
    const before = this.#sent;
    const join: Join = { param: this.#param, isFirst: !this.#mayBeIn, agreed: false };
    this.#sent = join;
    this.#mayBeIn = true;
    const stopWaiting = this.#parent.tellJoin(this.#channel, join.param, (refusal, reply) => this.#answered(join, refusal, reply));
    // The connection may have been lost meanwhile.
    if (this.#sent !== join) {
      stopWaiting?.();
      return;
    }
    const { answerTimeout } = this.#parent;
    if (!stopWaiting) {
      this.#sent = before;
      this.#mayBeIn = !join.isFirst;
    } else if (answerTimeout === undefined) this.#answered(join, undefined);
    else if (!join.agreed) this.#awaitAnswer(join, answerTimeout, stopWaiting);
    this.#announce();
  }

  #awaitAnswer(join: Join, timeout: number, stopWaiting: () => void): void {
    const timer = new Timer();
    timer.limit(timeout, () => this.#notAnswered(join));
    this.#unanswered ??= new Map();
    this.#unanswered.set(join, () => {
      timer.clear();
      stopWaiting();
    });
  }

  #answered(join: Join, refusal: { readonly cause: unknown } | undefined, reply?: unknown): void {
    if (this.#endWait(join)) return;
    if (refusal) this.#refuse(join, refusal.cause);
    else {
      join.agreed = true;
      this.#reply = reply;
      if (this.#isUpToDate) this.#resolve();
      this.#parent.joined(this.#channel);
    }
    this.#announce();
  }

  #refuse(join: Join, cause: unknown): void {
    const isOutOfDate = !this.#isUpToDate;
    this.#sent = undefined;
    // After another join, the server may have refused no more than the new param. An answer that does not fit its schema may agree.
    this.#mayBeIn = !join.isFirst || cause instanceof SocketError;
    // Another param is wanted since, and will be sent once the work at hand is done.
    if (isOutOfDate) return;
    const refused = new SocketError("refused", {
      message: "The server refused the channel; see `cause`, and join again once the reason is gone.",
      channel: this.#channel,
      cause,
    });
    this.refusal = refused;
    this.#reject(refused);
    this.#parent.failed(refused);
    this.#parent.released(this.#channel);
  }

  /** The server did not answer a join in time: it is asked again. */
  #notAnswered(join: Join): void {
    if (this.#endWait(join)) return;
    this.#sent = undefined;
    this.#parent.failed(
      new SocketError("timeout", {
        message: "The server did not answer a join; check `rejoin.join.reply`, or raise `connectTimeout`.",
        channel: this.#channel,
      }),
    );
    this.#changed();
  }

  /** Ends the wait for the answer to a join; returns whether that is out of date: another join or a leave has followed it. */
  #endWait(join: Join): boolean {
    this.#unanswered?.get(join)?.();
    this.#unanswered?.delete(join);
    if (join === this.#sent) return false;
    this.#parent.roomChanged(this.#channel);
    return true;
  }

  /** Nothing of the connection counts any more. */
  #forgetConnection(): void {
    this.#sent = undefined;
    this.#mayBeIn = false;
    for (const endWait of this.#unanswered?.values() ?? []) endWait();
    this.#unanswered = undefined;
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

/** Whether two params are the same on the wire, where none is `{}`. Functions make theirs when it is sent. */
function isSameParam(one: unknown = {}, other: unknown = {}): boolean {
  if (one === other) return true;
  if (typeof one === "function" || typeof other === "function") return typeof one === typeof other;
  try {
    return JSON.stringify(one) === JSON.stringify(other);
  } catch {
    // JSON has no words for it.
    return false;
  }
}
