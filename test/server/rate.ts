/** How many messages a connection may send in how many milliseconds. */
export interface RateLimit {
  messages: number;
  per: number;
}

/** A bucket of `messages` tokens that fills evenly, once every `per` milliseconds. */
export class Bucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filled: number;

  constructor(limit: RateLimit, now = performance.now()) {
    this.#limit = limit;
    this.#tokens = limit.messages;
    this.#filled = now;
  }

  /** Takes one token; false when there is none. */
  take(now = performance.now()): boolean {
    const { messages, per } = this.#limit;
    this.#tokens = Math.min(messages, this.#tokens + ((now - this.#filled) * messages) / per);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
