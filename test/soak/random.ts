/** Draws that are the same again for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0, less than `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let drawn = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    drawn ^= drawn + Math.imul(drawn ^ (drawn >>> 7), drawn | 61);
    return Math.floor((((drawn ^ (drawn >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.below(10_000) < share * 100;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}
