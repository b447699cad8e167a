import type { Unsubscribe } from "../index";

/** What has listeners of events by name. One that throws hurts no other. */
export abstract class Emitter<Events> {
  readonly #listeners = new Set<readonly [keyof Events, (event: never) => void]>();

  /** Adds a listener. The same function may listen twice. */
  listen<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe {
    const entry = [name, listener] as const;
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Calls the listeners of an event. A timer may do so, and has no socket that could report what they throw: it is printed. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    // Those that are added meanwhile wait for the next event; those that are removed are not called again.
    for (const entry of [...this.#listeners]) {
      const [other, listener] = entry;
      try {
        if (other === name && this.#listeners.has(entry)) listener(event as never);
      } catch (error) {
        console.error("wireline:", error);
      }
    }
  }
}
