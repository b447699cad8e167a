import { clampDelay } from "../timer";
import { type Backoff, backoffDelay, defaultBackoff } from "./backoff";
import { closeMeaning, type SocketClose } from "./close";

/** What the options say of retries; `SocketOptions` says what each means. */
export interface PolicyOptions {
  readonly backoff: Backoff | ((retry: number) => number);
  readonly maxRetries: number;
  readonly shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
}

/** What a policy needs of the connection it belongs to. */
export interface PolicyParent {
  /** Calls a function of the options; reports what it throws, and then returns `undefined`. */
  guard<T>(call: () => T): T | undefined;
}

/**
 * How long to wait for the next attempt, in milliseconds; or why there is none: the server refuses us, the options decline
 * to retry, or all retries failed.
 */
export type Decision = number | "refused" | "declined" | "retries";

/** Whether and when to try again, for attempts in a row. */
export class Policy {
  readonly #options: PolicyOptions;
  readonly #parent: PolicyParent;
  /** The last end asked for new credentials: a second one in a row is final. */
  #unauthorized = false;
  #retry = 0;

  constructor(options: PolicyOptions, parent: PolicyParent) {
    this.#options = options;
    this.#parent = parent;
  }

  /** Which retry in a row is next or under way, from 1; 0 before the first. */
  get retry(): number {
    return this.#retry;
  }

  /** Retries are counted from the beginning again. */
  reset(): void {
    this.#retry = 0;
    this.#unauthorized = false;
  }

  /** Counts the next attempt as the first retry at most: what failed before the page slept says little. */
  shortenBackoff(): void {
    this.#retry = Math.min(this.#retry, 1);
  }

  /**
   * What follows an end.
   *
   * @param onlyUs whether probably only this client is affected, so that retries need not spread
   */
  next(close: SocketClose, onlyUs: boolean): Decision {
    const { backoff, maxRetries, shouldReconnect } = this.#options;
    this.#retry++;
    const retry = this.#retry;
    const meaning = closeMeaning(close.code);
    const refused = meaning === "final" || (meaning === "credentials" && this.#unauthorized);
    this.#unauthorized = meaning === "credentials";
    const wanted = this.#parent.guard(() => shouldReconnect?.(close));
    if (wanted === false) return "declined";
    if (wanted === undefined && refused) return "refused";
    if (retry > maxRetries) return "retries";
    const delay = typeof wanted !== "number" && typeof backoff === "function" ? this.#parent.guard(() => backoff(retry)) : wanted;
    // An invalid delay would mean retrying without a pause: it waits as by default.
    if (typeof delay === "number" && delay >= 0) return clampDelay(delay);
    const bounds = typeof backoff === "function" ? defaultBackoff : backoff;
    return clampDelay(backoffDelay(bounds, retry, meaning, onlyUs));
  }
}
