/** How long after the last sign of it somebody is thought to be typing, in milliseconds. */
const patience = 6_000;
/** How long a sign of it is good, so that no other is needed, in milliseconds. */
export const signLasts = 3_000;

/** Who is typing in a room. Nobody has to say that they have stopped: a sign of it wears off. */
export class Typists {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** A sign that somebody is typing. */
  typing(user: string): void {
    const known = this.#timers.get(user);
    clearTimeout(known);
    this.#timers.set(
      user,
      setTimeout(() => this.stopped(user), patience),
    );
    if (known === undefined) this.#changed();
  }

  /** Somebody is not typing any more. */
  stopped(user: string): void {
    clearTimeout(this.#timers.get(user));
    if (this.#timers.delete(user)) this.#changed();
  }

  /** Only these are still here. */
  keep(users: readonly string[]): void {
    for (const user of this.#timers.keys()) if (!users.includes(user)) this.stopped(user);
  }

  /** Who is typing, as a sentence; from three on it names nobody, and so is not read out again and again. */
  get sentence(): string {
    const [first, second, third] = this.#timers.keys();
    if (third !== undefined) return "Several people are typing …";
    if (second !== undefined) return `${first} and ${second} are typing …`;
    return first === undefined ? "" : `${first} is typing …`;
  }
}
