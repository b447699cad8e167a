import { type Backoff, backoffDelay, clamp, defaultBackoff } from "./backoff";
import { asks, type SocketClose } from "./close";

/** What the user has to say of retries; `SocketOptions` says what each means. */
export interface PolicyOptions {
  readonly backoff: Backoff | ((retry: number) => number);
  readonly maxRetries: number;
  readonly shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
}

/** How long to wait for the next attempt, in milliseconds; or why there is none. */
export type Decision = number | "final" | "exhausted";

/** Calls a function of the options, and reports what it throws. */
export type Guard = <T>(call: () => T) => T | undefined;

/** Whether and when to try again, for attempts in a row. */
export class Policy {
  readonly #options: PolicyOptions;
  readonly #guard: Guard;
  /** The last end asked for other credentials: a second one in a row is final. */
  #unauthorized = false;
  #retry = 0;

  constructor(options: PolicyOptions, guard: Guard) {
    this.#options = options;
    this.#guard = guard;
  }

  /** Which retry in a row is next or under way, from 1; 0 before the first. */
  get retry(): number {
    return this.#retry;
  }

  /** Nothing that failed before counts any more. */
  reset(): void {
    this.#retry = 0;
    this.#unauthorized = false;
  }

  /** Makes the next attempt the first retry in a row at most: what failed before the page slept says little. */
  forgive(): void {
    this.#retry = Math.min(this.#retry, 1);
  }

  /**
   * What follows an end.
   *
   * @param alone whether nobody else can have lost the server in this moment, so that there is no herd to keep clear of
   */
  next(close: SocketClose, alone: boolean): Decision {
    const { backoff, maxRetries, shouldReconnect } = this.#options;
    const retry = ++this.#retry;
    const unauthorized = asks(close.code, "credentials");
    let verdict = this.#guard(() => shouldReconnect?.(close));
    verdict ??= !asks(close.code, "final") && !(unauthorized && this.#unauthorized);
    this.#unauthorized = unauthorized;
    if (verdict === false) return "final";
    if (retry > maxRetries) return "exhausted";
    if (verdict === true && typeof backoff === "function") verdict = this.#guard(() => backoff(retry));
    // What is no time would be no wait at all, for ever.
    if (typeof verdict === "number" && verdict >= 0) return clamp(verdict);
    // A function has nothing to spread over the defaults.
    return clamp(backoffDelay({ ...defaultBackoff, ...backoff }, retry, close.code, alone));
  }
}
