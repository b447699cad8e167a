import { requireListener } from "../usage";
import type { EventsParent, Unsubscribe } from "./events";

/** A listener, until it unsubscribes. */
interface Subscription<Event> {
  listener: ((event: Event) => void) | undefined;
}

/** Listeners of one thing, called in the order in which they were added. One that throws hurts no other. */
export class ListenerList<Event> {
  readonly #parent: EventsParent;
  #subscriptions: Subscription<Event>[] = [];
  /** How many of them have unsubscribed. They stay until they are over half, so that unsubscribing costs the same among many. */
  #unsubscribed = 0;

  constructor(parent: EventsParent) {
    this.#parent = parent;
  }

  /** Whether nobody listens. */
  get empty(): boolean {
    return this.#subscriptions.length === 0;
  }

  /** Calls the listeners. Those that are added meanwhile wait for the next event. */
  emit(event: Event): void {
    const subscriptions = this.#subscriptions;
    for (let index = 0, end = subscriptions.length; index < end; index++) {
      // Read first: a call through the subscription would make it `this`.
      const { listener } = subscriptions[index]!;
      try {
        listener?.(event);
      } catch (cause) {
        this.#parent.listenerThrew(cause);
      }
    }
  }

  /** Adds a listener. Once it is removed it is not called again, not even by an event under way. */
  on(listener: (event: Event) => void): Unsubscribe {
    requireListener(listener);
    const subscription: Subscription<Event> = { listener };
    // What is pushed to an empty array takes the room of sixteen, and most commands have one listener.
    if (this.empty) this.#subscriptions = [subscription];
    else this.#subscriptions.push(subscription);
    return () => {
      if (!subscription.listener) return;
      subscription.listener = undefined;
      this.#unsubscribed++;
      if (this.#unsubscribed * 2 <= this.#subscriptions.length) return;
      // A new list, because an event under way goes on with the old one.
      this.#subscriptions = this.#subscriptions.filter((other) => other.listener);
      this.#unsubscribed = 0;
    };
  }
}

/** Listeners by the command of the network that they listen to. */
export class Listeners<Event> {
  readonly #parent: EventsParent;
  // A Map, so that a command may have any name, `__proto__` and `*` included. Created on first use, because an empty one takes 300 bytes.
  #lists: Map<string, ListenerList<Event>> | undefined;

  constructor(parent: EventsParent) {
    this.#parent = parent;
  }

  /** Whether nobody listens to any command. */
  get empty(): boolean {
    return !this.#lists?.size;
  }

  /** Whether anybody listens to a command. */
  has(cmd: string): boolean {
    return this.#lists?.has(cmd) ?? false;
  }

  /** Calls the listeners of a command. */
  emit(cmd: string, event: Event): void {
    this.#lists?.get(cmd)?.emit(event);
  }

  /** Adds a listener to a command. */
  on(cmd: string, listener: (event: Event) => void): Unsubscribe {
    this.#lists ??= new Map();
    const lists = this.#lists;
    const used = lists.get(cmd) ?? new ListenerList<Event>(this.#parent);
    const unsubscribe = used.on(listener);
    lists.set(cmd, used);
    return () => {
      unsubscribe();
      // Commands that nobody listens to any more are not remembered. The list of the command may be another one by now.
      if (used.empty && lists.get(cmd) === used) lists.delete(cmd);
    };
  }
}
