interface Entry {
  readonly time: number;
  readonly order: number;
  readonly call: () => void;
}

type Global = { -readonly [name in "setTimeout" | "clearTimeout"]: unknown };

/**
 * A clock that stands still until a test advances it, in place of the timers, of `Date.now` and of `performance.now`.
 * Between two calls of timers the real event loop turns once, so that all promises are settled.
 */
export class Clock {
  readonly #entries: Entry[] = [];
  readonly #waiting = new Map<number, Entry>();
  #order = 0;
  #now = 0;

  /** The time, in milliseconds since the clock was created. */
  get now(): number {
    return this.#now;
  }

  /** Is the clock of everybody while `work` runs. */
  async rule<T>(work: () => Promise<T>): Promise<T> {
    const real = { setTimeout, clearTimeout, dateNow: Date.now, performanceNow: performance.now };
    const { setTimeout: set, clearTimeout: clear } = this;
    Object.assign(globalThis as Global, { setTimeout: set, clearTimeout: clear });
    Date.now = performance.now = () => this.#now;
    try {
      return await work();
    } finally {
      Object.assign(globalThis as Global, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      Date.now = real.dateNow;
      performance.now = real.performanceNow;
    }
  }

  readonly setTimeout = (call: () => void, delay = 0): number => {
    const entry = { time: this.#now + delay, order: ++this.#order, call };
    this.#waiting.set(entry.order, entry);
    this.#push(entry);
    return entry.order;
  };

  readonly clearTimeout = (order: number | undefined): void => {
    this.#waiting.delete(order!);
  };

  /** Lets the time pass until `end`, in milliseconds. */
  async until(end: number): Promise<void> {
    await settled();
    for (let entry = this.#entries[0]; entry && entry.time <= end; entry = this.#entries[0]) {
      this.#shift();
      if (!this.#waiting.delete(entry.order)) continue;
      this.#now = entry.time;
      entry.call();
      await settled();
    }
    this.#now = end;
  }

  #push(entry: Entry): void {
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    for (let above = (at - 1) >> 1; at && isBefore(entry, entries[above]!); above = (at - 1) >> 1) {
      entries[at] = entries[above]!;
      at = above;
    }
    entries[at] = entry;
  }

  #shift(): void {
    const entries = this.#entries;
    const last = entries.pop()!;
    if (!entries.length) return;
    let at = 0;
    for (let below = 1; below < entries.length; below = 2 * at + 1) {
      if (below + 1 < entries.length && isBefore(entries[below + 1]!, entries[below]!)) below++;
      if (!isBefore(entries[below]!, last)) break;
      entries[at] = entries[below]!;
      at = below;
    }
    entries[at] = last;
  }
}

const isBefore = (one: Entry, other: Entry) => (one.time - other.time || one.order - other.order) < 0;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
