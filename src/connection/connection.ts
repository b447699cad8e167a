import { SocketError } from "../errors";
import { type Backoff, backoffDelay, clamp, defaultBackoff } from "./backoff";
import { abnormal, asks, checkClose, type SocketClose } from "./close";
import { initialState, type SocketState } from "./state";
import { Transport, type WebSocketClass, type WebSocketLike } from "./transport";
import { absolute, redact } from "./url";

/** What a `url` or `protocols` function is told of the attempt it serves. */
export interface Attempt {
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal;
  /** Which attempt in a row this is, from 1. */
  readonly attempt: number;
}

/** A value, or a function that gives it anew for each attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>);

/** What a connection needs to know; `SocketOptions` says what each means. */
export interface ConnectionOptions {
  readonly url: PerAttempt<string | URL>;
  readonly protocols: PerAttempt<string | readonly string[]>;
  readonly backoff: Backoff | ((retry: number) => number);
  readonly minUptime: number;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly maxRetries: number;
  readonly shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
  readonly WebSocket?: WebSocketClass | undefined;
}

/** What a connection tells its socket, in the middle of its work: what the user may hear of it, leaves later. */
export interface ConnectionEvents {
  /** The moment for what goes out first. */
  opened(): void;
  /** Closed for good: nothing will go out. */
  stopped(): void;
  received(this: void, data: string | ArrayBuffer): void;
  counters(): Pick<SocketState, "queued" | "unknown">;
  changed(state: SocketState, previous: SocketState): void;
  ended(close: SocketClose): void;
  failed(error: SocketError): void;
  debug(line: () => string): void;
}

/**
 * Staying connected: the five states, the attempts and the close policy.
 *
 * Listeners hear of it last, or in microtasks, in the order in which things came about: they find a transition that is
 * whole, and may call anything. A generation number belongs to each attempt; what comes from an older one is nobody's.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #state = Object.freeze(initialState());
  #transport: Transport | undefined;
  #generation = 0;
  #abort = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retries = 0;
  /** When the connection opened, by the monotonic clock. */
  #openedAt: number | undefined;
  /** The last end asked for other credentials: a second one in a row is final. */
  #unauthorized = false;
  /** The server asked us to leave: the end, however it comes, is final. */
  #leaving = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** The state, with counters as they are now; nobody is told of those alone. */
  get state(): SocketState {
    const { queued, unknown } = this.#events.counters();
    if (queued !== this.#state.queued || unknown !== this.#state.unknown) {
      this.#state = Object.freeze({ ...this.#state, queued, unknown });
    }
    return this.#state;
  }

  /**
   * Starts connecting, from `idle` and `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` without a WebSocket; `address` for a fixed address that cannot be used.
   */
  connect(): void {
    const { url } = this.#options;
    if (this.#transport) return;
    this.#implementation();
    if (typeof url !== "function") absolute(url);
    this.#retries = 0;
    this.#unauthorized = this.#leaving = false;
    this.#transport = new Transport(
      {
        opened: () => this.#opened(),
        received: this.#events.received,
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

  /** Sends, if open; otherwise gives `false`. */
  send(data: Parameters<WebSocketLike["send"]>[0]): boolean {
    return this.#openedAt !== undefined && this.#transport!.send(data);
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
    this.#stop();
    if (transport) transport.close(code, reason, clamp(this.#options.closeTimeout), report);
    else report({ code, reason, wasClean: false });
  }

  /** Closes after a delay, and does not come back if the link ends before. */
  leave(delay: number, reason: string): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#wait(delay, () => this.close(1000, reason));
  }

  /** Looked up late, so that a WebSocket that was patched after the import is used. */
  #implementation(): WebSocketClass {
    const implementation = this.#options.WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined);
    if (implementation) return implementation;
    throw new SocketError("unsupported");
  }

  /** Begins an attempt: asks for the address, then dials it; each may take `connectTimeout`. */
  #try(patch?: Partial<SocketState>): void {
    const { url, protocols, connectTimeout } = this.#options;
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const abort = new AbortController();
    const giveUp = () => {
      this.#transport!.drop();
      this.#ended(abnormal, new SocketError("timeout"));
    };
    this.#abort = () => abort.abort();
    this.#set({ ...patch, retryAt: null });
    this.#wait(connectTimeout, giveUp);
    const attempt: Attempt = { signal: abort.signal, attempt: this.#state.attempt };
    Promise.all([ask(url, attempt), ask(protocols, attempt)])
      .then(([url, protocols]) => {
        const address = { url: absolute(url), protocols: [protocols ?? []].flat() as string[] };
        if (!current()) return;
        this.#events.debug(() => `connecting to ${redact(address.url)}`);
        this.#wait(connectTimeout, giveUp);
        this.#transport!.dial(address);
      })
      .catch((cause) => {
        const error = cause instanceof SocketError ? cause : new SocketError("address", { cause });
        if (current()) this.#ended(abnormal, error);
      });
  }

  #opened(): void {
    this.#settle();
    this.#openedAt = performance.now();
    this.#events.opened();
    // A function of the options may have closed it.
    if (this.#openedAt !== undefined) this.#set({ status: "open", lastError: null });
  }

  /** The attempt or connection is over, once: what now? */
  #ended(close: SocketClose, error?: SocketError): void {
    const { minUptime, maxRetries, backoff, shouldReconnect } = this.#options;
    const transport = this.#transport!;
    // Before the opening no server can have said a code, whatever a runtime makes of a refused handshake.
    if (this.#openedAt === undefined) close = { ...close, code: abnormal.code };
    else if (performance.now() - this.#openedAt >= minUptime) {
      this.#retries = 0;
      this.#unauthorized = false;
    }
    this.#settle();
    if (error) this.#events.failed(error);
    this.#events.ended(close);

    const retry = ++this.#retries;
    const unauthorized = asks(close.code, "credentials");
    let next = this.#guard(() => shouldReconnect?.(close));
    next ??= !asks(close.code, "final") && !(unauthorized && this.#unauthorized);
    if (next === true && typeof backoff === "function") next = this.#guard(() => backoff(retry));
    // A function of the options may have closed it, and even started it anew.
    if (transport !== this.#transport) return;

    this.#unauthorized = unauthorized;
    let lastError = error ?? this.#state.lastError;
    if (this.#leaving) next = false;
    if (next !== false && retry > maxRetries) {
      next = false;
      lastError = new SocketError("retries", { cause: error });
      this.#events.failed(lastError);
    }
    if (next === false) {
      transport.close(1000, "", 0, () => {});
      return this.#stop({ lastClose: close, lastError });
    }
    // What is no time would be no wait at all, for ever. (A function has nothing to spread over the defaults.)
    const asked = typeof next === "number" && next >= 0;
    const delay = clamp(asked ? (next as number) : backoffDelay({ ...defaultBackoff, ...backoff }, retry, close.code));
    const first = this.#state.status === "connecting";
    this.#set({
      status: first ? "connecting" : "reconnecting",
      // The first attempt of all was no retry.
      attempt: first ? retry + 1 : retry,
      retryAt: Date.now() + delay,
      lastClose: close,
      lastError,
    });
    this.#wait(delay, () => this.#try());
  }

  #stop(patch?: Partial<SocketState>): void {
    this.#settle();
    this.#transport = undefined;
    this.#events.stopped();
    this.#set({ ...patch, status: "closed", attempt: 0, retryAt: null });
  }

  /** Nothing of the attempt or connection is left to wait for. */
  #settle(): void {
    clearTimeout(this.#timer);
    this.#generation++;
    // Not now: who listens to the signal may call anything.
    queueMicrotask(this.#abort);
    this.#openedAt = undefined;
  }

  #wait(delay: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, clamp(delay));
  }

  /** Calls a function of the options; what it throws is reported. */
  #guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (cause) {
      this.#events.failed(new SocketError("listener", { cause }));
      return undefined;
    }
  }

  #set(patch: Partial<SocketState>): void {
    const previous = this.#state;
    const state = { ...previous, ...patch, ...this.#events.counters() };
    if (state.status !== previous.status) state.since = Date.now();
    this.#state = Object.freeze(state);
    this.#events.changed(state, previous);
  }
}

async function ask<T>(option: PerAttempt<T>, attempt: Attempt): Promise<T> {
  return typeof option === "function" ? (option as (attempt: Attempt) => T | Promise<T>)(attempt) : option;
}
