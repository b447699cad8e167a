import type { Inspected } from "./event";

/** The sockets and recordings that the panel shows. */
export class Registry {
  readonly #all = new Set<Inspected>();
  readonly #listeners = new Set<() => void>();

  get all(): readonly Inspected[] {
    return [...this.#all];
  }

  /** Adds one; returns the function that removes it. */
  add(inspected: Inspected): () => void {
    this.#all.add(inspected);
    this.#changed();
    return () => {
      if (this.#all.delete(inspected)) this.#changed();
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** That of this page or worker. */
export const registry = /* @__PURE__ */ new Registry();
