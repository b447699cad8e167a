/** The newest values, up to a number of them. Nothing is moved when one is added. */
export class Ring<T> {
  readonly #size: number;
  #values: T[] = [];
  /** Where the oldest is, once it is full. */
  #start = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(value: T): void {
    if (this.#values.length < this.#size) {
      this.#values.push(value);
      return;
    }
    this.#values[this.#start] = value;
    this.#start = (this.#start + 1) % this.#size;
  }

  /** A copy, the oldest first. */
  toArray(): T[] {
    return [...this.#values.slice(this.#start), ...this.#values.slice(0, this.#start)];
  }

  clear(): void {
    this.#values = [];
    this.#start = 0;
  }
}
