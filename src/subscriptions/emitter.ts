import mitt from "mitt";
import { SocketError } from "../errors";
import { type IterateOptions, iterate } from "./iterate";
import { onAbort, type Undo } from "./undo";

/** What events are called: strings for commands of the network, symbols for our own, so that they never meet. */
export type EventName = string | symbol;

/** What an emitter needs of the socket it belongs to. */
export interface EmitterHost {
  /** Gets what a listener of a name throws. */
  threw(cause: unknown, name: EventName): void;
  /** Gets what a full iterator pushes out. */
  dropped(event: unknown): void;
  /** Adds a listener for the end of the socket, which also hears of it if that has come already. */
  onClosed(listener: () => void): Undo;
}

/** A command may be called `*`, which mitt keeps for itself (ERRATA M1). */
const star = Symbol();
const keyOf = (name: EventName) => (name === "*" ? star : name);

/** Who listens to what. Listeners are called in the order in which they were added; none can hurt another. */
export class Emitter {
  readonly #mitt = mitt<Record<EventName, unknown>>();
  readonly #host: EmitterHost;

  constructor(host: EmitterHost) {
    this.#host = host;
  }

  /** Whether anybody listens to a name. */
  has(name: EventName): boolean {
    return this.#mitt.all.has(keyOf(name));
  }

  /** Calls the listeners of a name. */
  emit(name: EventName, event?: unknown): void {
    this.#mitt.emit(keyOf(name), event);
  }

  /** Adds a listener. One that was undone is not called again, not even by an event under way. */
  on<Event>(name: EventName, listener: (event: Event) => void): Undo {
    const { all, on, off } = this.#mitt;
    const key = keyOf(name);
    let active = true;
    const handler = (event: unknown) => {
      if (!active) return;
      try {
        listener(event as Event);
      } catch (cause) {
        this.#host.threw(cause, name);
      }
    };
    on(key, handler);
    return () => {
      if (!active) return;
      active = false;
      off(key, handler);
      // mitt would keep the empty list (ERRATA M4).
      if (!all.get(key)!.length) all.delete(key);
    };
  }

  /** The next event. Rejects with the signal's reason, or `closed` when the socket is. */
  once<Event>(name: EventName, signal?: AbortSignal): Promise<Event> {
    const first = async () => {
      for await (const event of this.iterate<Event>(name, { signal, buffer: Infinity })) return event;
      throw signal?.aborted ? signal.reason : new SocketError("closed");
    };
    const promise = first();
    // Whoever awaits it is told; whoever does not is not to lose a Node process for it.
    promise.catch(() => {});
    return promise;
  }

  /** The events from now on; see {@link iterate}. */
  iterate<Event>(name: EventName, options: IterateOptions = {}): AsyncIterableIterator<Event> {
    return iterate<Event>(
      (push, end) => [this.on(name, push), this.#host.onClosed(end), onAbort(options.signal, end)],
      (event) => this.#host.dropped(event),
      options.buffer,
    );
  }
}
