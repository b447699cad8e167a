/** Numbers on their way, in order, kept as runs: without gaps they take one pair, however many they are. */
export class Numbers {
  readonly #runs: [first: number, last: number][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that is due. */
  get first(): number | undefined {
    return this.#runs[0]?.[0];
  }

  push(number: number): void {
    const run = this.#runs.at(-1);
    if (run?.[1] === number - 1) run[1] = number;
    else this.#runs.push([number, number]);
    this.#size++;
  }

  /** Takes away the one that is due. */
  shift(): void {
    const run = this.#runs[0];
    if (!run) return;
    if (++run[0] > run[1]) this.#runs.shift();
    this.#size--;
  }

  toString(): string {
    return this.#runs.map(([first, last]) => (first === last ? first : `${first}–${last}`)).join(" ") || "none";
  }
}
