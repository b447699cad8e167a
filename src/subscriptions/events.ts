import mitt, { type Emitter } from "mitt";
import { requireListener } from "../usage";

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** What the events need of the client they belong to. */
export interface EventsParent {
  /** A listener threw. */
  listenerThrew(cause: unknown, event?: string): void;
}

/**
 * The socket's own events, carried by mitt: commands from the network never come here, so none can be called `*` or
 * by the name of an event. A listener that throws hurts no other.
 */
export class Events<Types extends Record<string, unknown>> {
  // Created on first use, because it takes 400 bytes, and many sockets have no such listeners.
  #mitt: Emitter<Types> | undefined;
  readonly #parent: EventsParent;

  constructor(parent: EventsParent) {
    this.#parent = parent;
  }

  /** Whether anybody listens to an event. */
  has(name: keyof Types): boolean {
    return this.#mitt?.all.has(name) ?? false;
  }

  /** Calls the listeners of an event. */
  emit<Name extends keyof Types>(name: Name, event: Types[Name]): void {
    this.#mitt?.emit(name, event);
  }

  /** Adds a listener. Once it is removed it is not called again, not even by an event under way. */
  on<Name extends keyof Types & string>(name: Name, listener: (event: Types[Name]) => void): Unsubscribe {
    requireListener(listener);
    this.#mitt ??= mitt<Types>();
    const { all, on, off } = this.#mitt;
    let active = true;
    const handler = (event: Types[Name]) => {
      if (!active) return;
      try {
        listener(event);
      } catch (cause) {
        this.#parent.listenerThrew(cause, name);
      }
    };
    on(name, handler);
    return () => {
      if (!active) return;
      active = false;
      off(name, handler);
      // mitt would keep the name of an event without listeners.
      if (!all.get(name)?.length) all.delete(name);
    };
  }
}
