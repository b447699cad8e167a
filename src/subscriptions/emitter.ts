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

/** A listener, until it is undone. */
interface Handler {
  listener?: (event: never) => void;
}

/** Who listens to one name, in order. Those that were undone stay, empty, until they are over half: an undo costs the same among many. */
class Handlers extends Array<Handler> {
  undone = 0;
}

/** mitt with such lists in place of its own, which its `on` adds to. */
interface Lists {
  readonly all: Map<EventName, Handlers>;
  on(name: EventName, handler: Handler): void;
}

/** Who listens to what. Listeners are called in the order in which they were added; none can hurt another. */
export class Emitter {
  readonly #mitt = mitt() as unknown as Lists;
  readonly #host: EmitterHost;

  constructor(host: EmitterHost) {
    this.#host = host;
  }

  /** Whether anybody listens to a name. */
  has(name: EventName): boolean {
    return this.#mitt.all.has(name);
  }

  /** Calls the listeners of a name. */
  emit(name: EventName, event?: unknown): void {
    // Not by mitt's emit, which copies the list each time, and calls who listens to all for a command that is called `*` (ERRATA M1).
    const handlers = this.#mitt.all.get(name);
    if (!handlers) return;
    // Those that are added meanwhile wait for the next event.
    for (let index = 0, end = handlers.length; index < end; index++) {
      // Not called as a method of the handler, which is nobody's.
      const { listener } = handlers[index]!;
      try {
        listener?.(event as never);
      } catch (cause) {
        this.#host.threw(cause, name);
      }
    }
  }

  /** Adds a listener. One that was undone is not called again, not even by an event under way. */
  on<Event>(name: EventName, listener: (event: Event) => void): Undo {
    const { all, on } = this.#mitt;
    const handler: Handler = { listener };
    // What is pushed to an empty list takes room for sixteen.
    if (all.has(name)) on(name, handler);
    else all.set(name, Handlers.of(handler) as Handlers);
    return () => {
      if (!handler.listener) return;
      handler.listener = undefined;
      const handlers = all.get(name)!;
      if (++handlers.undone * 2 <= handlers.length) return;
      // An event under way goes on with the list that it has. Without anybody, mitt would keep the name (ERRATA M4).
      const left = handlers.filter(({ listener }) => listener) as Handlers;
      if (left.length) all.set(name, left);
      else all.delete(name);
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
