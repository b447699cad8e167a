import type { InboundMessage, Protocol, Socket, Unsubscribe } from "../index";
import { Emitter } from "./emitter";
import { type Feed, SocketFeed } from "./feed";

/**
 * - `loading`: there is no value yet.
 * - `live`: the value is what the server has.
 * - `stale`: the connection is lost, or messages are missing and the snapshot is being fetched; the value is an older one.
 */
export type QueryStatus = "loading" | "live" | "stale";

/** How a value is fetched and kept up to date. */
export interface LiveQueryOptions<P extends Protocol, V> {
  /** Fetches the whole value: by `fetch`, or by a request of the socket. The signal aborts when the result is not needed any more. */
  snapshot: (options: { signal: AbortSignal }) => V | PromiseLike<V>;
  /** Returns the value after a message, or the same value where the message does not change it. */
  apply: (value: V, message: InboundMessage<P>) => V;
  /**
   * What a message is about. Of those that come during a fetch, only the newest of each key is applied.
   * @default every message is applied
   */
  key?: ((message: InboundMessage<P>) => string | number) | undefined;
  /**
   * The number of the newest message that a snapshot contains; older ones are not applied to it. Without it, those that came during
   * the fetch are applied to a snapshot that may contain them.
   */
  version?: ((value: V) => number | undefined) | undefined;
  /** Closes the query when aborted. */
  signal?: AbortSignal | undefined;
}

/** A value of the server: fetched once, changed by messages, and fetched again after each gap. Made by {@link liveQuery}. */
export interface LiveQuery<V> {
  /** The value; `undefined` while it is loading. */
  readonly value: V | undefined;
  /** Whether the value is what the server has. */
  readonly status: QueryStatus;
  /** What the last snapshot, or `apply`, failed with. The snapshot is fetched again after a wait. */
  readonly error: unknown;
  /** Listens to changes of the value, the status and the error. */
  onChange(listener: (query: LiveQuery<V>) => void): Unsubscribe;
  /** Fetches the snapshot again: now, after the fetch under way, or as soon as the feed is live. */
  refetch(): void;
  /** Ends the query. Its value remains, and is stale. */
  close(): void;
}

/** How many messages wait for a snapshot at most; with one more, another snapshot is fetched. */
const maxBuffered = 1000;

/** The waits before a failed snapshot is fetched again, in milliseconds: twice as long each time. */
const retryMin = 1000;
const retryMax = 30_000;

/** Whether a snapshot is missing, or the value changes with each message. */
type Phase = "waiting" | "following" | "closed";

/** Keeps the value of a {@link LiveQuery}. */
export class Query<V> extends Emitter<{ change: LiveQuery<V> }> implements LiveQuery<V> {
  value: V | undefined;
  status: QueryStatus = "loading";
  error: unknown;
  readonly #feed: SocketFeed;
  readonly #options: LiveQueryOptions<Protocol, V>;
  readonly #subscriptions: Unsubscribe[];
  #phase: Phase = "waiting";
  /** The fetch under way, which it aborts. */
  #fetch: AbortController | undefined;
  /** The messages that wait for the fetch, by what they are about. */
  #buffer = new Map<unknown, InboundMessage<Protocol>>();
  /** Whether another fetch has to follow, because messages were missing meanwhile. */
  #again = false;
  /** The number of the newest message that the snapshot contains. */
  #version: number | undefined;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(feed: SocketFeed, options: LiveQueryOptions<Protocol, V>, ownsFeed: boolean) {
    super();
    const { signal } = options;
    const close = () => this.close();
    this.#feed = feed;
    this.#options = options;
    this.#subscriptions = [
      feed.onMessage((message) => this.#received(message)),
      feed.onGap(({ reason }) => {
        // A slow reader of an iterator is another one.
        if (reason !== "buffer") this.refetch();
      }),
      feed.onResume(({ outcome }) => {
        if (outcome === "new") this.refetch();
        else this.#catchUp();
      }),
      feed.listen("lost", () => this.#lost()),
      () => signal?.removeEventListener("abort", close),
    ];
    if (ownsFeed) this.#subscriptions.push(() => feed.stop());
    signal?.addEventListener("abort", close);
    if (signal?.aborted) this.close();
    else this.#catchUp();
  }

  onChange(listener: (query: LiveQuery<V>) => void): Unsubscribe {
    return this.listen("change", listener);
  }

  refetch(): void {
    if (this.#phase === "closed") return;
    this.#phase = "waiting";
    this.#again = true;
    this.#catchUp();
  }

  close(): void {
    this.#phase = "closed";
    this.#lost();
    clearTimeout(this.#retry);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  /** The result of a fetch over a connection that is lost may never come: the next opening fetches again. */
  #lost(): void {
    this.#fetch?.abort();
    this.#fetch = undefined;
    this.#show(this.value, this.error);
  }

  /** Fetches a snapshot if one is missing and messages are received. */
  #catchUp(): void {
    if (this.#phase === "waiting" && !this.#fetch && this.#feed.live) void this.#load();
    this.#show(this.value, this.error);
  }

  async #load(): Promise<void> {
    const fetch = new AbortController();
    const { snapshot, version } = this.#options;
    clearTimeout(this.#retry);
    this.#fetch = fetch;
    this.#buffer.clear();
    this.#again = false;
    try {
      let value: V = await snapshot({ signal: fetch.signal });
      if (this.#fetch !== fetch) return;
      this.#version = version?.(value);
      for (const message of this.#buffer.values()) value = this.#apply(value, message);
      this.#fetch = undefined;
      this.#failures = 0;
      if (!this.#again) this.#phase = "following";
      this.#show(value);
      this.#catchUp();
    } catch (error) {
      if (this.#fetch === fetch) this.#failed(error);
    }
  }

  /** Fetches again after a random wait, or when the channel is resumed. */
  #failed(error: unknown): void {
    this.#fetch = undefined;
    this.#phase = "waiting";
    this.#retry = setTimeout(() => this.#catchUp(), Math.min(retryMax, retryMin * 2 ** this.#failures++) * (0.5 + Math.random() / 2));
    this.#show(this.value, error);
  }

  #received(message: InboundMessage<Protocol>): void {
    if (this.#fetch) {
      const key = this.#options.key?.(message) ?? message;
      // At the end, because what came in between may concern it.
      this.#buffer.delete(key);
      if (this.#buffer.size < maxBuffered) this.#buffer.set(key, message);
      else this.#again = true;
    }
    // Otherwise the next snapshot contains it.
    if (this.#phase !== "following") return;
    try {
      this.#show(this.#apply(this.value as V, message));
    } catch (error) {
      this.#failed(error);
    }
  }

  #apply(value: V, message: InboundMessage<Protocol>): V {
    // Without a number or a version, it is not older.
    const isOld = this.#feed.idOf(message)! <= this.#version!;
    return isOld ? value : this.#options.apply(value, message);
  }

  /** Takes over a value and an error, and calls the listeners if something has changed. */
  #show(value: V | undefined, error?: unknown): void {
    const status = value === undefined ? "loading" : this.#phase === "following" && this.#feed.live ? "live" : "stale";
    if (this.value === value && this.status === status && this.error === error) return;
    this.value = value;
    this.status = status;
    this.error = error;
    this.emit("change", this);
  }
}

/**
 * Keeps a value as the server has it. It subscribes, fetches a snapshot, and applies the messages that are newer. It does so again
 * after each gap, and after a failed snapshot.
 *
 * @param source a feed; or a socket, for messages without numbers
 *
 * @example
 * const tasks = liveQuery(socket, {
 *   snapshot: async ({ signal }): Promise<Task[]> => (await fetch("/api/tasks", { signal })).json(),
 *   apply: (tasks, { cmd, param }) => (cmd === "task" ? [...tasks.filter(({ id }) => id !== param.id), param] : tasks),
 * });
 * tasks.onChange(({ value, status }) => show(value, status));
 */
export function liveQuery<P extends Protocol, V>(source: Socket<P> | Feed<P>, options: LiveQueryOptions<P, V>): LiveQuery<V> {
  // Not by its class, of which a project may have two copies: a module and a CommonJS file.
  const feed = "idOf" in source ? source : new SocketFeed(source, {});
  return new Query(feed as never, options as never, feed !== source);
}
