/** Removes a listener. A second call does nothing. */
export type Undo = () => void;

/** Calls a listener when a signal is aborted, or in a moment if it was. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): Undo {
  if (signal?.aborted) queueMicrotask(listener);
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}
