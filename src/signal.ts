/** Calls a listener when a signal aborts, or in a microtask if it already has; returns the function that stops listening. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal?.aborted) queueMicrotask(listener);
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}

/** What an aborted signal rejects with. Older engines know no `reason`: they get an error of the name that theirs would have. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
}
