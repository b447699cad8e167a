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

type Handler = (event: never) => void;

/**
 * Who listens to one name, in order, and since when. mitt keeps it by its name, and takes it for the list that it would make itself;
 * in that an undo costs more among many, and its own `emit` copies it for each event.
 */
class Handlers extends Map<Handler, number> {
  readonly #host: EmitterHost;
  readonly #name: EventName;
  #added = 0;

  constructor(host: EmitterHost, name: EventName) {
    super();
    this.#host = host;
    this.#name = name;
  }

  push(handler: Handler): void {
    this.set(handler, this.#added++);
  }

  tell(event: unknown): void {
    const end = this.#added;
    for (const handler of this.keys()) {
      // Those that are added meanwhile wait for the next event.
      if (this.#added > end && this.get(handler)! >= end) break;
      try {
        handler(event as never);
      } catch (cause) {
        this.#host.threw(cause, this.#name);
      }
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

  /** Whether anybody listens to a name. */
  has(name: EventName): boolean {
    return this.#mitt.all.has(name);
  }

  /** Calls the listeners of a name. */
  emit(name: EventName, event?: unknown): void {
    // mitt's emit would also call what listens to all for a command that is called `*` (ERRATA M1).
    this.#of(name)?.tell(event);
  }

  /** Adds a listener. One that was undone is not called again, not even by an event under way. */
  on<Event>(name: EventName, listener: (event: Event) => void): Undo {
    const { all, on } = this.#mitt;
    const handlers = this.#of(name) ?? new Handlers(this.#host, name);
    all.set(name, handlers as never);
    // Who is added twice is called twice.
    let handler: Handler | undefined = handlers.has(listener) ? (event) => listener(event) : listener;
    on(name, handler as never);
    return () => {
      if (handler && handlers.delete(handler) && !handlers.size) all.delete(name);
      handler = undefined;
    };
  }

  #of(name: EventName): Handlers | undefined {
    return this.#mitt.all.get(name) as unknown as Handlers | undefined;
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
