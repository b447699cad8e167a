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

type Handler = (event: unknown) => void;

/** Who listens to one name, in order. An undo costs the same among many as among few, as it would not in a list. */
class Handlers extends Set<Handler> {
  // What mitt calls, which takes it for a list of its own.
  push(handler: Handler): void {
    this.add(handler);
  }

  /** Calls them with an event; those that are added meanwhile wait for the next. */
  tell(event: unknown): void {
    let left = this.size;
    for (const handler of this) {
      if (!left--) break;
      handler(event);
    }
  }
}

/** Who listens to what. Listeners are called in the order in which they were added; none can hurt another. */
export class Emitter {
  readonly #mitt = mitt<Record<EventName, unknown>>();
  readonly #host: EmitterHost;

  constructor(host: EmitterHost) {
    this.#host = host;
  }

  /** Calls the listeners of a name. */
  emit(name: EventName, event?: unknown): void {
    // Not by mitt's emit, which copies the list each time, and calls for the name `*` what listens to all (ERRATA M1).
    this.of(name)?.tell(event);
  }

  /** Who listens to a name, if anybody does. */
  of(name: EventName): Handlers | undefined {
    return this.#mitt.all.get(name) as unknown as Handlers | undefined;
  }

  /** Adds a listener. One that was undone is not called again, not even by an event under way. */
  on<Event>(name: EventName, listener: (event: Event) => void): Undo {
    const { all, on } = this.#mitt;
    const handlers = this.of(name) ?? new Handlers();
    all.set(name, handlers as never);
    const handler = (event: unknown) => {
      try {
        listener(event as Event);
      } catch (cause) {
        this.#host.threw(cause, name);
      }
    };
    on(name, handler);
    return () => {
      if (handlers.delete(handler) && !handlers.size) all.delete(name);
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
