import { SocketError } from "../errors";
import { type Attempt, ask, type PerAttempt } from "./attempt";
import { clamp, slow, slowDelay } from "./backoff";
import { abnormal, checkClose, type SocketClose } from "./close";
import type { Environment, EnvironmentEvent } from "./environment";
import { Liveness, type LivenessOptions } from "./liveness";
import { type Decision, Policy, type PolicyOptions } from "./policy";
import { explain, initialState, type SocketState } from "./state";
import { Timer } from "./timer";
import { type Frame, Transport, type WebSocketClass } from "./transport";
import { absolute, redact } from "./url";

/** What a connection needs to know; `SocketOptions` says what each means. */
export interface ConnectionOptions extends PolicyOptions {
  readonly url: PerAttempt<string | URL>;
  readonly protocols: PerAttempt<string | readonly string[]>;
  readonly minUptime: number;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly WebSocket?: WebSocketClass | undefined;
  readonly heartbeat?: Pick<LivenessOptions, "interval" | "timeout"> | false | undefined;
  readonly probe: LivenessOptions["probe"];
  readonly environment?: Environment | false | undefined;
  readonly identity?: string | undefined;
}

/** What a connection tells its socket, in the middle of its work: what the user may hear of it, leaves later. */
export interface ConnectionEvents {
  /**
   * The moment to say who we are, where that is needed: the connection is open when it is done.
   *
   * @param transmit sends, as long as the attempt lasts; otherwise gives `false`
   */
  readonly authenticate?: ((attempt: Attempt, transmit: (data: Frame) => boolean) => unknown) | undefined;
  /** The moment for what goes out first. */
  opened(): void;
  /** The attempt or connection is over: nothing of it will come any more. */
  lost(): void;
  /** Closed for good: nothing will go out. */
  stopped(): void;
  /** The moment to ask the server for a sign of life. */
  asked(): void;
  received(data: string | ArrayBuffer): void;
  counters(): Pick<SocketState, "queued" | "unknown" | "late">;
  changed(state: SocketState, previous: SocketState): void;
  ended(close: SocketClose): void;
  failed(error: SocketError): void;
  debug(line: () => string): void;
}

/** Why we give a link up that its socket has not ended: nothing was heard; or we want another, after so long. */
type Loss = "silent" | number;

/**
 * Staying connected: the five states, the attempts, the close policy, sleep and wake.
 *
 * Listeners hear of it last, or in microtasks, in the order in which things came about: they find a transition that is
 * whole, and may call anything. A generation number belongs to each attempt; what comes from an older one is nobody's.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #policy: Policy;
  #state = Object.freeze(initialState());
  #transport: Transport | undefined;
  #generation = 0;
  /** Who is to speak. */
  identity: string | undefined;
  #attempt: Attempt | undefined;
  /** Tells the attempt under way that it is over. */
  #abort: (() => void) | undefined;
  /** The attempt has a link: what ends it now can say why. */
  #linked = false;
  readonly #timer = new Timer();
  /** How long the wait for the next attempt was made. */
  #wait = 0;
  #liveness: Liveness | undefined;
  #unlisten: (() => void) | undefined;
  /** When the connection opened, by the monotonic clock. */
  #openedAt: number | undefined;
  /** The server asked us to leave: the end, however it comes, is final. */
  #leaving = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.identity = options.identity;
    this.#policy = new Policy(options, (call) => this.#guard(call));
  }

  /** The state, with counters as they are now; nobody is told of those alone. */
  get state(): SocketState {
    const now = this.#counters();
    if ((Object.keys(now) as (keyof typeof now)[]).some((name) => now[name] !== this.#state[name])) {
      this.#state = Object.freeze({ ...this.#state, ...now });
    }
    return this.#state;
  }

  /** The state in one line for people. */
  explain(): string {
    return explain(this.state, this.#slowed());
  }

  /**
   * Starts connecting, from `idle` and `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` without a WebSocket; `address` for a fixed address that cannot be used.
   */
  connect(): void {
    const { url, environment } = this.#options;
    if (this.#transport) return;
    this.#implementation();
    if (typeof url !== "function") absolute(url);
    if (environment) this.#unlisten = this.#guard(() => environment.listen((event) => this.#heed(event)));
    this.#policy.reset();
    this.#transport = new Transport(
      {
        opened: () => this.#authenticate(),
        received: (data) => {
          this.#liveness?.heard();
          this.#events.received(data);
        },
        ended: (close, error) => this.#ended(close, error),
      },
      () => this.#implementation(),
    );
    this.#try({ status: "connecting", attempt: 1 });
  }

  /** Ends the wait before a retry; does nothing in any other state. */
  retryNow(): void {
    if (this.#state.retryAt) this.#try();
  }

  /** What came last is what the server says when it is asked for a sign of life. */
  replied(): void {
    this.#liveness?.replied();
  }

  /** Sends, if open; otherwise gives `false`. */
  send(data: Frame): boolean {
    return this.#openedAt !== undefined && this.#transport!.send(data);
  }

  /** How many bytes the WebSocket holds that have not left yet. */
  get buffered(): number {
    return this.#openedAt === undefined ? 0 : this.#transport!.buffered;
  }

  /** Somebody else is to speak: what was begun for another ends, and a connection that is wanted is made anew at once. */
  identify(identity: string | undefined): void {
    this.identity = identity;
    this.#policy.reset();
    this.#depart(0);
    if (this.#state.retryAt) this.#try({ attempt: 1 });
  }

  /**
   * Closes for good. The status is `closed` at once; `ended` follows when the closing handshake is done, after
   * `closeTimeout` at the latest.
   *
   * @throws SocketError `usage` for a code or reason that a client cannot send.
   */
  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    if (this.#state.status === "closed") return;
    const transport = this.#transport;
    const report = (lastClose: SocketClose) => {
      // A session that was started meanwhile has a state of its own.
      if (!this.#transport) this.#set({ lastClose });
      this.#events.ended(lastClose);
    };
    this.#stop({ lastError: null });
    if (transport) transport.close(code, reason, clamp(this.#options.closeTimeout), report);
    else report({ code, reason, wasClean: false });
  }

  /** Closes after a delay, and does not come back if the link ends before. */
  leave(delay: number, reason: string): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#timer.set(delay, () => this.close(1000, reason));
  }

  /** Looked up late, so that a WebSocket that was patched after the import is used. */
  #implementation(): WebSocketClass {
    const implementation = this.#options.WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined);
    if (implementation) return implementation;
    throw new SocketError("unsupported");
  }

  /** Begins an attempt: asks for the address, dials it, and says who we are; each may take `connectTimeout`. */
  #try(patch?: Partial<SocketState>): void {
    const { url, protocols } = this.#options;
    const generation = ++this.#generation;
    const abort = new AbortController();
    this.#abort = () => abort.abort();
    this.#set({ ...patch, retryAt: null });
    this.#limit();
    const { attempt, lastClose } = this.#state;
    this.#attempt = { signal: abort.signal, attempt, reason: lastClose, identity: this.identity };
    Promise.all([ask(url, this.#attempt), ask(protocols, this.#attempt)])
      .then(([url, protocols]) => {
        const address = { url: absolute(url), protocols: [protocols ?? []].flat() as string[] };
        if (generation !== this.#generation) return;
        this.#events.debug(() => `connecting to ${redact(address.url)}`);
        this.#limit();
        this.#transport!.dial(address);
      })
      .catch((cause) => {
        const error = cause instanceof SocketError ? cause : new SocketError("address", { cause });
        if (generation === this.#generation) this.#ended(abnormal, error);
      });
  }

  /** What comes next may take `connectTimeout`. */
  #limit(): void {
    this.#timer.limit(this.#options.connectTimeout, () => this.#lost(abnormal, new SocketError("timeout")));
  }

  /** The link is there. */
  #authenticate(): void {
    const { authenticate } = this.#events;
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    this.#linked = true;
    if (!authenticate) return this.#opened();
    this.#limit();
    ask((attempt) => authenticate(attempt, (data) => current() && this.#transport!.send(data)), this.#attempt!).then(
      // One that the server has asked to leave meanwhile is about to.
      () => current() && (this.#leaving || this.#opened()),
      (cause) => current() && this.#lost(abnormal, new SocketError("authentication", { cause })),
    );
  }

  #opened(): void {
    const { heartbeat, probe } = this.#options;
    this.#settle();
    this.#openedAt = performance.now();
    this.#events.opened();
    // A function of the options may have closed it.
    if (this.#openedAt !== undefined) this.#set({ status: "open", lastError: null });
    // And so may a listener.
    if (!heartbeat || this.#openedAt === undefined) return;
    this.#liveness = new Liveness(
      { ...heartbeat, probe },
      {
        ask: () => this.#guard(() => (this.#events.asked(), true)) ?? false,
        died: () => this.#lost(abnormal, new SocketError("heartbeat"), "silent"),
      },
    );
    this.#liveness.start();
  }

  /** Something happened around us. */
  #heed(event: EnvironmentEvent): void {
    const waiting = this.#state.retryAt !== null;
    if (event === "pagehide" || event === "freeze") {
      // The socket would be lost anyway, and the server not told.
      this.#depart(slowDelay());
    } else if (event === "offline" || event === "hidden") {
      if (waiting && this.#wait < slow) this.#rest(slowDelay());
    } else if (waiting) {
      this.#policy.forgive();
      this.#try({ attempt: 1 });
    } else this.#liveness?.probe();
  }

  /** What there is against frequent attempts. */
  #slowed(): "offline" | "hidden" | undefined {
    const { environment } = this.#options;
    return this.#guard(() => {
      if (!environment) return undefined;
      return environment.online ? (environment.visible ? undefined : "hidden") : "offline";
    });
  }

  /** Ends the attempt or connection, if there is one, and begins another after a delay. */
  #depart(delay: number): void {
    if (this.#abort || this.#openedAt !== undefined) this.#lost({ ...abnormal, code: 1000 }, undefined, delay);
  }

  /** Gives the attempt or connection up, whatever its socket may say. */
  #lost(close: SocketClose, error?: SocketError, why?: Loss): void {
    // What left on a link that is well may take its time to arrive.
    this.#transport!.drop(typeof why === "number" ? clamp(this.#options.closeTimeout) : undefined);
    this.#ended(close, error, why);
  }

  /** The attempt or connection is over, once: what now? */
  #ended(close: SocketClose, error?: SocketError, why?: Loss): void {
    // Without a link no server can have said a code, whatever a runtime makes of a refused handshake.
    if (!this.#linked && this.#openedAt === undefined) close = { ...close, code: abnormal.code };
    // A link on which nothing was ever heard has not lived, however long that took to notice.
    if (this.#openedAt !== undefined && (why !== "silent" || this.#liveness!.answered) && performance.now() - this.#openedAt >= this.#options.minUptime) {
      this.#policy.reset();
    }
    this.#settle();
    this.#events.lost();
    const generation = this.#generation;
    const identity = this.identity;
    if (error) this.#events.failed(error);
    this.#events.ended(close);

    let next: Decision = typeof why === "number" ? why : this.#policy.next(close, why === "silent");
    const slowed = this.#slowed();
    // A function of the options may have closed it, and even started it anew.
    if (generation !== this.#generation) return;
    // Or said who speaks: what the server had against the other one is nothing to this one.
    if (identity !== this.identity) {
      next = 0;
      this.#policy.reset();
    }

    let lastError = error ?? this.#state.lastError;
    if (next === "exhausted" && !this.#leaving) this.#events.failed((lastError = new SocketError("retries", { cause: error })));
    if (typeof next !== "number" || this.#leaving) {
      this.#transport!.stop();
      return this.#stop({ lastClose: close, lastError });
    }
    const { status, attempt } = this.#state;
    this.#rest(slowed ? Math.max(next, slowDelay()) : next, {
      ...(status === "open" ? { status: "reconnecting", attempt: Math.max(1, this.#policy.retry) } : { attempt: attempt + 1 }),
      lastClose: close,
      lastError,
    });
  }

  /** Waits for the time of the next attempt. */
  #rest(delay: number, patch?: Partial<SocketState>): void {
    this.#wait = delay;
    this.#set({ ...patch, retryAt: Date.now() + delay });
    this.#timer.set(delay, () => this.#try());
  }

  #stop(patch?: Partial<SocketState>): void {
    this.#settle();
    this.#guard(() => this.#unlisten?.());
    this.#leaving = false;
    this.#transport = undefined;
    this.#events.stopped();
    this.#set({ ...patch, status: "closed", attempt: 0, retryAt: null });
  }

  /** Nothing of the attempt or connection is left to wait for. */
  #settle(): void {
    this.#timer.clear();
    this.#liveness?.stop();
    this.#liveness = undefined;
    this.#generation++;
    // Not now: who listens to the signal may call anything.
    if (this.#abort) queueMicrotask(this.#abort);
    this.#abort = this.#attempt = this.#openedAt = undefined;
    this.#linked = false;
  }

  #counters(): Pick<SocketState, "queued" | "unknown" | "late" | "latency"> {
    return { ...this.#events.counters(), latency: this.#liveness?.latency ?? null };
  }

  /** Calls a function of the options; what it throws is reported. */
  #guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (cause) {
      this.#events.failed(cause instanceof SocketError ? cause : new SocketError("listener", { cause }));
      return undefined;
    }
  }

  #set(patch: Partial<SocketState>): void {
    const previous = this.#state;
    const state = { ...previous, ...patch, ...this.#counters() };
    if (state.status !== previous.status) state.since = Date.now();
    this.#state = Object.freeze(state);
    this.#events.changed(state, previous);
  }
}
