import { clamp } from "./backoff";

/** How late a timer may fire until what has come meanwhile may still wait behind it, in milliseconds (EDGES 36, 47). */
const tolerance = 50;

/** A timer that knows when it fires late, because the machine slept or the page was held back or busy. */
export class Timer {
  #id: ReturnType<typeof setTimeout> | undefined;

  /** Starts it anew; `then` hears whether it was late. */
  set(delay: number, then: (late: boolean) => void): void {
    const time = clamp(delay);
    // Asleep, one clock may stand still; set by hand, the other may jump.
    const clocks = () => [Date.now(), performance.now()];
    const from = clocks();
    this.clear();
    this.#id = setTimeout(() => then(clocks().some((now, index) => now - from[index]! - time > tolerance)), time);
  }

  /** Starts it anew as a limit: what was answered while the machine slept is heard after a late timer, so that one waits once more. */
  limit(delay: number, then: () => void): void {
    this.set(delay, (late) => (late ? this.set(delay, then) : then()));
  }

  /** Stops it. */
  clear(): void {
    // Not to be held on to: Node's has what it would have called.
    this.#id = clearTimeout(this.#id) as undefined;
  }
}
