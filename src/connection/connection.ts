import { SocketError } from "../errors";
import { sizeOf } from "../text";
import { clampDelay, Timer } from "../timer";
import { type Attempt, CurrentAttempt, type PerAttempt, valueFor } from "./attempt";
import { backgroundDelay, randomBackgroundDelay } from "./backoff";
import { abnormalClose, checkClose, type SocketClose } from "./close";
import { baseAddress, type Environment, type EnvironmentEvent } from "./environment";
import { Liveness, type LivenessOptions, type LivenessParent } from "./liveness";
import { type Decision, Policy, type PolicyOptions, type PolicyParent } from "./policy";
import { type ConnectionState, initialState } from "./state";
import { type Frame, Transport, type TransportParent, type WebSocketClass } from "./transport";
import { toSubprotocols } from "./subprotocols";
import { redact, toWebSocketUrl } from "./url";

/** What a connection is told; `SocketOptions` says what each means. */
export interface ConnectionOptions extends PolicyOptions {
  readonly url: PerAttempt<string | URL>;
  readonly protocols: PerAttempt<string | readonly string[]>;
  readonly minUptime: number;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly WebSocket?: WebSocketClass | undefined;
  readonly heartbeat?: LivenessOptions | false | undefined;
  readonly probe: number | false;
  readonly environment?: Environment | false | undefined;
  readonly identity?: string | undefined;
  readonly authenticate?: unknown;
}

/** What `onOpen` gets. */
export interface OpenEvent {
  /** Whether there was a connection before, so that messages may have been missed. */
  readonly reconnected: boolean;
  /** How long the server was not heard, in milliseconds; 0 at first. */
  readonly downFor: number;
  /** Which attempt in a row this was, from 1. */
  readonly attempt: number;
}

/** The connection calls these while it changes. The client reports most of them later, in a microtask. */
export interface ConnectionParent {
  /**
   * Runs the `authenticate` of the options: the connection is open when its promise resolves.
   *
   * @param transmit sends, as long as the attempt lasts; then returns `false`
   */
  authenticate(attempt: Attempt, transmit: (data: Frame) => boolean): unknown;
  /** A session starts: what is sent waits for its connection. */
  started(): void;
  /** Called before the status is `open`: channels are joined, then the queue is sent. */
  opened(): void;
  /** The attempt or connection is over: nothing of it will come any more. */
  lost(close: SocketClose): void;
  /** The socket is closed for good: nothing will go out. */
  stopped(): void;
  /** The moment to ask the server for a sign of life. */
  sendHeartbeat(): void;
  received(data: string | ArrayBuffer): void;
  stateChanged(): void;
  ended(close: SocketClose): void;
  failed(error: SocketError): void;
  /** A WebSocket is about to be made for the attempt. */
  attempted(): void;
}

/** Why we end a connection ourselves: the server is silent; or another connection is wanted, after so many milliseconds. */
type Cause = "silent" | number;

/**
 * Staying connected: the five states, the attempts, the close policy, sleep and wake.
 *
 * Each attempt is an object. What comes of an earlier one is ignored, because it is not the current one any more. The state is
 * complete before anything is reported, so listeners may call any method.
 */
export class Connection implements TransportParent, LivenessParent, PolicyParent {
  readonly #options: ConnectionOptions;
  readonly #parent: ConnectionParent;
  readonly #policy: Policy;
  /** For the wait before a retry, the limit of what the attempt does now, or the delay before `leave` closes. */
  readonly #timer = new Timer();
  /** There is one from `connect()` to `close()`. */
  #transport: Transport | undefined;
  /** There is none while a retry is waited for. */
  #attempt: CurrentAttempt | undefined;
  /** How long the wait for the next attempt is, in milliseconds. */
  #retryDelay = 0;
  /** Where the last attempt connected, with its secrets. */
  #url: string | undefined;
  #stopListening: (() => void) | undefined;
  /** The server asked us to leave: the end, however it comes, is final. */
  #leaving = false;
  /** Reports the end of the session before, while its closing handshake is not done. */
  #reportClose: (() => void) | undefined;
  /** When the server was heard last, in milliseconds of `Date.now()`, as of the end of the connection before; `undefined` before the first. */
  #heardLast: number | undefined;
  /** Where the connection stands; frozen, and replaced on every change. */
  state: ConnectionState = Object.freeze(initialState());
  /** Whose connection it is. */
  identity: string | undefined;

  constructor(options: ConnectionOptions, parent: ConnectionParent) {
    this.#options = options;
    this.#parent = parent;
    this.identity = options.identity;
    this.#policy = new Policy(options, this);
  }

  /** How long the last heartbeat took, in milliseconds. */
  get latency(): number | null {
    return this.#attempt?.liveness?.latency ?? null;
  }

  /** Where the last attempt connected, without secrets. */
  get address(): string | undefined {
    return this.#url === undefined ? undefined : redact(this.#url);
  }

  /** What there is to know about the opening of this moment. */
  get openEvent(): OpenEvent {
    const { attempt } = this.state;
    const reconnected = this.#heardLast !== undefined;
    return { reconnected, downFor: reconnected ? Math.max(0, Date.now() - this.#heardLast!) : 0, attempt };
  }

  /** How many bytes the WebSocket holds that have not left yet. */
  get buffered(): number {
    return this.#isOpen ? this.#transport!.buffered : 0;
  }

  /** What makes retries rare. */
  get slowedBy(): "offline" | "hidden" | undefined {
    const { environment } = this.#options;
    if (!environment) return undefined;
    return this.guard(() => {
      if (!environment.online) return "offline";
      return environment.visible ? undefined : "hidden";
    });
  }

  /**
   * Starts connecting, from `idle` and `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` without a WebSocket; `address` and `usage` for a fixed address or subprotocol that
   * cannot be used.
   */
  connect(): void {
    const { url, protocols, environment } = this.#options;
    if (this.#transport) return;
    this.webSocketClass();
    if (typeof url !== "function") toWebSocketUrl(url, baseAddress());
    if (typeof protocols !== "function") toSubprotocols(protocols);
    // Events of the old session never follow those of the new one.
    this.#reportClose?.();
    if (environment) this.#stopListening = this.guard(() => environment.listen((event) => this.#environmentChanged(event)));
    this.#policy.reset();
    this.#heardLast = undefined;
    this.#transport = new Transport(this);
    this.#parent.started();
    this.#start({ status: "connecting", attempt: 1 });
  }

  /** Ends the wait before a retry; does nothing in any other state. */
  retryNow(): void {
    if (this.state.retryAt !== null) this.#start();
  }

  /** Sends, if the connection is open; otherwise returns `false`. */
  send(data: Frame): boolean {
    if (!this.#isOpen) return false;
    const liveness = this.#attempt!.liveness;
    liveness?.sampleBuffered();
    const sent = this.#transport!.send(data);
    liveness?.sampleBuffered();
    if (sent) liveness?.sent(sizeOf(data));
    return sent;
  }

  /** What came last answers the heartbeat. */
  heartbeatAnswered(): void {
    this.#attempt?.liveness?.replied();
  }

  /** Another identity: the attempt or connection of the one before ends, and another attempt starts at once. */
  identify(identity: string | undefined): void {
    this.identity = identity;
    this.#policy.reset();
    this.#reconnect(0);
    if (this.state.retryAt !== null) this.#start({ attempt: 1 });
  }

  /**
   * Closes for good. The status is `closed` at once; `ended` follows when the closing handshake is done, after
   * `closeTimeout` at the latest.
   *
   * @throws SocketError `usage` for a code or reason that a client cannot send.
   */
  close(code = 1000, reason = ""): void {
    checkClose(code, reason);
    if (this.state.status === "closed") return;
    const transport = this.#transport;
    this.#stop({ lastError: null });
    let reported = false;
    const report = (lastClose: SocketClose) => {
      if (reported) return;
      reported = true;
      this.#reportClose = undefined;
      this.#setState({ lastClose });
      this.#parent.ended(lastClose);
    };
    if (!transport) {
      report({ code, reason, wasClean: false });
      return;
    }
    this.#reportClose = () => report(abnormalClose);
    transport.close(code, reason, clampDelay(this.#options.closeTimeout), report);
  }

  /** Closes after a delay in milliseconds, and does not come back if the link ends before. */
  leave(delay: number, reason: string): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#timer.set(delay, () => {
      const refused = new SocketError("refused", {
        message: "The server asked the client to leave; call connect() once the reason is gone.",
      });
      this.#parent.failed(refused);
      this.close(1000, reason);
      this.#setState({ lastError: refused });
    });
  }

  // What the transport reports.

  webSocketClass(): WebSocketClass {
    const implementation = this.#options.WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined);
    if (!implementation) throw new SocketError("unsupported");
    return implementation;
  }

  /** The WebSocket is open: authenticate, if the options want it. */
  connected(): void {
    const attempt = this.#attempt!;
    attempt.phase = "authenticating";
    if (!this.#options.authenticate) {
      this.#open(attempt);
      return;
    }
    this.#limit();
    const isCurrent = () => attempt === this.#attempt && attempt.phase === "authenticating";
    const transmit = (data: Frame) => isCurrent() && this.#transport!.send(data);
    valueFor((context) => this.#parent.authenticate(context, transmit), attempt.context!).then(
      () => {
        // If the server has asked us to leave, do not open: the socket closes soon.
        if (isCurrent() && !this.#leaving) this.#open(attempt);
      },
      (cause) => {
        if (isCurrent()) this.#giveUp(abnormalClose, new SocketError("authentication", { cause }));
      },
    );
  }

  received(data: string | ArrayBuffer): void {
    this.#attempt?.liveness?.received();
    this.#parent.received(data);
  }

  /** The attempt or connection is over, once: what now? */
  ended(close: SocketClose, error?: SocketError, cause?: Cause): void {
    const attempt = this.#attempt!;
    const wasOpen = attempt.phase === "open";
    // No close code can arrive before the handshake is done; some runtimes invent one.
    const end = attempt.phase === "preparing" || attempt.phase === "connecting" ? { ...close, code: abnormalClose.code } : close;
    // A connection without any sign of life does not reset the retries.
    const heard = cause !== "silent" || attempt.liveness!.answered;
    if (wasOpen && heard && performance.now() - attempt.openedAt >= this.#options.minUptime) this.#policy.reset();
    if (wasOpen) this.#heardLast = Date.now() - (cause === "silent" ? attempt.liveness!.silentFor : 0);
    const transport = this.#transport;
    const { identity } = this;
    this.#endAttempt();
    this.#parent.lost(end);
    // A listener of a message that arrived before the end may have closed the socket, which has reported the end.
    if (transport !== this.#transport) return;
    if (error) this.#parent.failed(error);
    this.#parent.ended(end);

    let next = this.#next(end, error, cause);
    const { slowedBy } = this;
    // A function of the options may have closed the socket, and even connected it again.
    if (transport !== this.#transport || this.#attempt) return;
    // Or it changed the identity: a refusal of the other one says nothing about this one.
    if (identity !== this.identity && !this.#leaving) {
      next = 0;
      this.#policy.reset();
    }

    if (typeof next !== "number") {
      // What the options decline is no news to them.
      const final = next === "declined" ? undefined : new SocketError(next, { cause: error });
      if (final) this.#parent.failed(final);
      transport!.stop();
      this.#stop({ lastClose: end, lastError: final ?? error ?? null });
      return;
    }
    const { status, attempt: number } = this.state;
    this.#waitToRetry(slowedBy ? Math.max(next, randomBackgroundDelay()) : next, {
      status: status === "open" ? "reconnecting" : status,
      attempt: status === "open" ? Math.max(1, this.#policy.retry) : number + 1,
      lastClose: end,
      lastError: error ?? null,
    });
  }

  // What the check of liveness asks and reports.

  ask(): boolean {
    return (
      this.guard(() => {
        this.#parent.sendHeartbeat();
        return true;
      }) ?? false
    );
  }

  died(): void {
    this.#giveUp(abnormalClose, new SocketError("heartbeat"), "silent");
  }

  /** Calls a function of the options; reports what it throws, and then returns `undefined`. */
  guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (cause) {
      this.#parent.failed(cause instanceof SocketError ? cause : new SocketError("listener", { cause }));
      return undefined;
    }
  }

  get #isOpen(): boolean {
    return this.#attempt?.phase === "open";
  }

  /** Starts an attempt: asks for the address, then connects, then authenticates; each may take `connectTimeout`. */
  #start(patch?: Partial<ConnectionState>): void {
    const { url, protocols } = this.#options;
    const { lastClose } = this.state;
    const attempt = new CurrentAttempt({ attempt: patch?.attempt ?? this.state.attempt, reason: lastClose, identity: this.identity });
    this.#attempt = attempt;
    this.#limit();
    this.#setState({ ...patch, retryAt: null });
    const context = attempt.context!;
    Promise.all([valueFor(url, context), valueFor(protocols, context)])
      .then(([url, protocols]) => {
        const address = { url: toWebSocketUrl(url, baseAddress()), protocols: toSubprotocols(protocols) };
        if (attempt !== this.#attempt) return;
        this.#url = address.url;
        this.#parent.attempted();
        attempt.phase = "connecting";
        this.#limit();
        this.#transport!.dial(address);
      })
      .catch((cause) => {
        const error = cause instanceof SocketError ? cause : new SocketError("address", { cause });
        if (attempt === this.#attempt) this.ended(abnormalClose, error);
      });
  }

  /** What the attempt does next may take `connectTimeout`. */
  #limit(): void {
    this.#timer.limit(this.#options.connectTimeout, () => this.#giveUp(abnormalClose, new SocketError("timeout")));
  }

  #open(attempt: CurrentAttempt): void {
    const { heartbeat, probe } = this.#options;
    this.#timer.clear();
    attempt.abort();
    attempt.phase = "open";
    attempt.openedAt = performance.now();
    if (heartbeat) attempt.liveness = new Liveness(heartbeat, probe, this);
    this.#parent.opened();
    // A function of the options may have closed it, and so may a listener.
    if (attempt === this.#attempt) this.#setState({ status: "open", lastError: null });
    if (attempt === this.#attempt) attempt.liveness?.start();
  }

  /** Something happened around us. */
  #environmentChanged(event: EnvironmentEvent): void {
    const waiting = this.state.retryAt !== null;
    if (event === "pagehide" || event === "freeze") {
      // The browser would cut the connection, and the server would not know.
      this.#reconnect(randomBackgroundDelay());
    } else if (event === "offline" || event === "hidden") {
      if (waiting && this.#retryDelay < backgroundDelay) this.#waitToRetry(randomBackgroundDelay());
    } else if (waiting) {
      this.#policy.shortenBackoff();
      this.#start({ attempt: 1 });
    } else this.#attempt?.liveness?.probe();
  }

  /** Ends the attempt or connection, if there is one, and starts another after a delay. */
  #reconnect(delay: number): void {
    if (this.#attempt) this.#giveUp({ ...abnormalClose, code: 1000 }, undefined, delay);
  }

  /** Gives the attempt or connection up, whatever its socket may report. */
  #giveUp(close: SocketClose, error?: SocketError, cause?: Cause): void {
    // What left on a link that works may take its time to arrive.
    this.#transport!.drop(typeof cause === "number" ? clampDelay(this.#options.closeTimeout) : undefined);
    this.ended(close, error, cause);
  }

  #waitToRetry(delay: number, patch?: Partial<ConnectionState>): void {
    this.#retryDelay = delay;
    this.#timer.set(delay, () => this.#start());
    this.#setState({ ...patch, retryAt: Date.now() + delay });
  }

  /** What follows an end. */
  #next(close: SocketClose, error: SocketError | undefined, cause: Cause | undefined): Decision {
    if (this.#leaving) return "refused";
    if (typeof cause === "number") return cause;
    // A mistake in the code is still there at the next attempt.
    if (error?.code === "usage") return "declined";
    // A silent link is usually our own network: few others retry at the same moment.
    const onlyUs = cause === "silent";
    return this.#policy.next(close, onlyUs);
  }

  #stop(patch?: Partial<ConnectionState>): void {
    this.#endAttempt();
    this.guard(() => this.#stopListening?.());
    this.#stopListening = undefined;
    this.#leaving = false;
    this.#transport = undefined;
    this.#parent.stopped();
    this.#setState({ ...patch, status: "closed", attempt: 0, retryAt: null });
  }

  /** Nothing of the attempt or connection is left to wait for. */
  #endAttempt(): void {
    this.#timer.clear();
    this.#attempt?.liveness?.stop();
    this.#attempt?.abort();
    this.#attempt = undefined;
  }

  #setState(patch: Partial<ConnectionState>): void {
    const state = { ...this.state, ...patch };
    if (state.status !== this.state.status) state.since = Date.now();
    this.state = Object.freeze(state);
    this.#parent.stateChanged();
  }
}
