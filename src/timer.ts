/** The longest time a timer takes, in milliseconds; a longer one would fire at once. */
export const longestDelay = 2_147_483_647;

/** A time in milliseconds as `setTimeout` takes it: nothing negative, nothing over {@link longestDelay}, no NaN. */
export function clampDelay(time: number): number {
  return time > 0 ? Math.min(time, longestDelay) : 0;
}

/** A timer that fires later than this, in milliseconds, may run before messages that have already arrived. */
const tolerance = 50;

/** A timer that knows how late it fires, because the machine slept or the page was throttled or busy. */
export class Timer {
  #id: ReturnType<typeof setTimeout> | undefined;

  /** Starts it, in place of an earlier start; `then` gets how many milliseconds too late it was, or 0. */
  set(delay: number, then: (late: number) => void): void {
    const time = clampDelay(delay);
    // While a machine sleeps, one of the clocks may stand still; the other jumps when it is set by hand.
    const wall = Date.now();
    const monotonic = performance.now();
    this.clear();
    this.#id = setTimeout(() => {
      const late = Math.max(Date.now() - wall, performance.now() - monotonic) - time;
      then(late > tolerance ? late : 0);
    }, time);
  }

  /** Starts it as a limit. A late timer waits once more, because the answer may be queued behind it. */
  limit(delay: number, then: () => void): void {
    this.set(delay, (late) => {
      if (late) this.set(delay, then);
      else then();
    });
  }

  /** Stops it. */
  clear(): void {
    clearTimeout(this.#id);
    // Node's timer object would keep what it was to call.
    this.#id = undefined;
  }
}
