import type { Unsubscribe } from "../index";

/** A value that changes, in the form that every framework can follow: React's `useSyncExternalStore` takes it as it is. */
export interface Store<T> {
  /** The value before anything has happened: what a server renders, and a page while it hydrates. */
  readonly idle: T;
  /** The current value: the same one until it changes. */
  readonly read: () => T;
  /** Calls a function after each change. */
  readonly subscribe: (changed: () => void) => Unsubscribe;
}

/**
 * A store of something that can be read at any time. While the value is the same, property by property, `read` gives the same
 * object.
 */
export function storeOf<T>(idle: T, compute: () => T, subscribe: Store<T>["subscribe"]): Store<T> {
  let shown = idle;
  const read = () => {
    shown = sameOr(shown, compute());
    return shown;
  };
  return { idle, read, subscribe };
}

/** The `subscribe` of a store that works only while it is followed: `start` runs with the first who subscribes, what it returns with the last. */
export function followers(start: (changed: () => void) => Unsubscribe): Store<unknown>["subscribe"] {
  const listeners = new Set<() => void>();
  let stop: Unsubscribe | undefined;
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  return (listener) => {
    // One of its own, because the same function may be passed twice.
    const own = () => listener();
    listeners.add(own);
    stop ??= start(changed);
    return () => {
      if (!listeners.delete(own) || listeners.size) return;
      stop?.();
      stop = undefined;
    };
  };
}

/** What a selector makes of a store. While the selection is the same, property by property, `read` gives the same object. */
export function selectedStore<T, S>({ idle, read, subscribe }: Store<T>, selector: (value: T) => S): Store<S> {
  return storeOf(selector(idle), () => selector(read()), subscribe);
}

/** The old value, if the new one is the same: identical, or a plain object or list with identical properties. */
export function sameOr<T>(old: T, value: T): T {
  if (Object.is(old, value)) return old;
  if (!isPlain(old) || !isPlain(value)) return value;
  const names = Object.keys(value);
  if (names.length !== Object.keys(old).length) return value;
  return names.every((name) => name in old && Object.is(old[name], value[name])) ? old : value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
