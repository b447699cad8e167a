/** What an import has done beside giving what it exports. */
export interface Effects {
  /** The globals that are there since. */
  readonly added: string[];
  /** What it has called that starts or asks for something. */
  readonly called: string[];
}

const starters = [
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame", "addEventListener"],
  ...["fetch", "WebSocket", "Worker", "EventSource", "BroadcastChannel", "MessageChannel", "AbortController"],
];

/** Watches an import from now on; call what it gives to end that. */
export function watch(): () => Effects {
  const scope = globalThis as unknown as Record<string, unknown>;
  // Some engines create these on first access, which leaves a global behind.
  for (const name of starters) void scope[name];
  const before = new Set(Reflect.ownKeys(scope));
  const called: string[] = [];
  const unsubscribes: (() => void)[] = [];
  for (const name of starters) {
    const original = scope[name];
    if (typeof original !== "function") continue;
    const own = Object.getOwnPropertyDescriptor(scope, name);
    const spy = function (this: unknown, ...args: unknown[]): unknown {
      called.push(name);
      return new.target ? Reflect.construct(original, args) : Reflect.apply(original, this ?? scope, args);
    };
    Object.defineProperty(scope, name, { value: spy, configurable: true, writable: true, enumerable: own?.enumerable });
    unsubscribes.push(() => (own ? Object.defineProperty(scope, name, own) : delete scope[name]));
  }
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
    return {
      added: Reflect.ownKeys(scope)
        .filter((key) => !before.has(key))
        .map(String),
      called,
    };
  };
}
