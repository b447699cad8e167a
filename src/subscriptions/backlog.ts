/** What a backlog needs of the client it belongs to. */
export interface BacklogParent<Data> {
  /** Reads one that was held back. */
  read(data: Data): void;
}

/** What the network delivers while code after an `await once(…)` has not run yet, and could not subscribe to it. */
export class Backlog<Data> {
  readonly #parent: BacklogParent<Data>;
  /** What is held back; `undefined` while nothing has to be. */
  #held: Data[] | undefined;
  /** How many of them were read. */
  #read = 0;
  /** Delivery is paused for that code. */
  #paused = false;

  constructor(parent: BacklogParent<Data>) {
    this.#parent = parent;
  }

  /** Holds it back, or has it read. */
  received(data: Data): void {
    if (this.#held) this.#held.push(data);
    else this.#parent.read(data);
  }

  /** Pauses delivery, so that the code can subscribe before the next message. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#held ??= [];
    queueMicrotask(() => {
      // Browsers run microtasks between two messages. Node may deliver several in one task.
      if (this.#held?.length) setTimeout(() => this.#release());
      else this.#release();
    });
  }

  /** Has all of it read now. */
  flush(): void {
    while (this.#held) this.#release();
  }

  clear(): void {
    this.#held = undefined;
    this.#read = 0;
  }

  /** Has it read, until another pause holds back the rest. */
  #release(): void {
    const held = this.#held;
    this.#paused = false;
    // A listener may close the socket, which drops the list.
    while (held && held === this.#held && !this.#paused) {
      if (this.#read === held.length) {
        this.clear();
        return;
      }
      const data = held[this.#read]!;
      this.#read++;
      this.#parent.read(data);
    }
  }
}
