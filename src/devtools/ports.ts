import type { Action, CommandForm, Inspected, RecordedEvent, View } from "./event";
import { registry } from "./registry";
import { Ring } from "./ring";

/** Either end of a channel between a page and a worker: a MessagePort, a Worker, or the global of a worker. */
export interface Port {
  /** Sends a message to the other end. */
  postMessage(message: unknown): void;
  /** Adds a listener for messages of the other end. */
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  /** Removes it. */
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  /** What a MessagePort needs before it delivers. */
  start?(): void;
}

type ToPage = { readonly wireline: "socket"; readonly key: number } & (
  | {
      readonly name: string;
      readonly startedAt: number;
      readonly commands: readonly CommandForm[];
      readonly view: View | undefined;
      readonly events: readonly RecordedEvent[];
      readonly isFirst: boolean;
    }
  | { readonly isGone: true }
);
type ToWorker = { readonly wireline: "watch" } | { readonly wireline: "act"; readonly key: number; readonly action: Action };

/** How often a worker sends what has happened, in milliseconds. */
const pause = 100;

/**
 * In a worker: lets the page show the inspected sockets of the worker. The page calls {@link receive} with the other end.
 *
 * @param port `self`, or a MessagePort
 * @returns the function that ends it
 */
export function share(port: Port): () => void {
  const shared = new Map<Inspected, { readonly key: number; events: RecordedEvent[]; isFirst: boolean; readonly stop: () => void }>();
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWatched = false;
  const flush = () => {
    timer = undefined;
    for (const [inspected, entry] of shared) {
      const { key, events, isFirst } = entry;
      if (!isFirst && events.length === 0) continue;
      const { name, startedAt, commands, view } = inspected;
      const all = isFirst ? inspected.events : events;
      port.postMessage({ wireline: "socket", key, name, startedAt, commands, view, events: all, isFirst } satisfies ToPage);
      entry.events = [];
      entry.isFirst = false;
    }
  };
  const later = () => {
    timer ??= setTimeout(flush, pause);
  };
  const look = () => {
    if (!isWatched) return;
    const all = new Set(registry.all);
    for (const [inspected, { key, stop }] of shared) {
      if (all.has(inspected)) continue;
      stop();
      shared.delete(inspected);
      port.postMessage({ wireline: "socket", key, isGone: true } satisfies ToPage);
    }
    for (const inspected of all) {
      if (shared.has(inspected)) continue;
      const stop = inspected.onEvent((event) => {
        shared.get(inspected)?.events.push(event);
        later();
      });
      shared.set(inspected, { key: ++count, events: [], isFirst: true, stop });
    }
    later();
  };
  const heard = ({ data }: MessageEvent) => {
    const message = data as Partial<ToWorker> | null;
    if (message?.wireline === "watch") {
      isWatched = true;
      for (const entry of shared.values()) entry.isFirst = true;
      look();
    } else if (message?.wireline === "act") {
      const { key, action } = message as Extract<ToWorker, { readonly wireline: "act" }>;
      for (const [inspected, entry] of shared) if (entry.key === key) inspected.act(action);
      later();
    }
  };
  port.addEventListener("message", heard);
  port.start?.();
  const unlisten = registry.onChange(look);
  return () => {
    clearTimeout(timer);
    unlisten();
    port.removeEventListener("message", heard);
    for (const { stop } of shared.values()) stop();
    shared.clear();
  };
}

/**
 * In a page: shows the sockets that a worker shares, beside those of the page.
 *
 * @param port the Worker, or a MessagePort
 * @returns the function that ends it
 */
export function receive(port: Port): () => void {
  const remotes = new Map<number, { readonly remote: Remote; readonly remove: () => void }>();
  const heard = ({ data }: MessageEvent) => {
    const message = data as ToPage | null;
    if (message?.wireline !== "socket") return;
    const { key } = message;
    if ("isGone" in message) {
      remotes.get(key)?.remove();
      remotes.delete(key);
      return;
    }
    let known = remotes.get(key);
    if (!known) {
      const remote = new Remote(message.name, message.startedAt, message.commands, (action) => {
        port.postMessage({ wireline: "act", key, action } satisfies ToWorker);
      });
      known = { remote, remove: registry.add(remote) };
      remotes.set(key, known);
    }
    if (message.isFirst) known.remote.clear();
    known.remote.add(message.events, message.view);
  };
  port.addEventListener("message", heard);
  port.start?.();
  port.postMessage({ wireline: "watch" } satisfies ToWorker);
  return () => {
    port.removeEventListener("message", heard);
    for (const { remove } of remotes.values()) remove();
    remotes.clear();
  };
}

/** A socket of a worker. */
class Remote implements Inspected {
  readonly name: string;
  readonly startedAt: number;
  readonly commands: readonly CommandForm[];
  readonly #act: (action: Action) => void;
  readonly #events = new Ring<RecordedEvent>(500);
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #view: View | undefined;

  constructor(name: string, startedAt: number, commands: readonly CommandForm[], act: (action: Action) => void) {
    this.name = name;
    this.startedAt = startedAt;
    this.commands = commands;
    this.#act = act;
  }

  get events(): readonly RecordedEvent[] {
    return this.#events.toArray();
  }

  get view(): View | undefined {
    return this.#view;
  }

  add(events: readonly RecordedEvent[], view: View | undefined): void {
    this.#view = view;
    for (const event of events) {
      this.#events.add(event);
      for (const listener of this.#listeners) listener(event);
    }
  }

  act(action: Action): string {
    this.#act(action);
    return "sent to the worker";
  }

  clear(): void {
    this.#events.clear();
  }

  onEvent(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
