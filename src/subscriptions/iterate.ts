import type { Undo } from "./undo";

/** How to stop waiting. */
export interface WaitOptions {
  /** Ends the wait when aborted. */
  signal?: AbortSignal | undefined;
}

/** The options of an iterator. */
export interface IterateOptions extends WaitOptions {
  /** How many messages may wait for the reader before the oldest is dropped. @default 100 */
  buffer?: number | undefined;
}

/**
 * A subscription as an async iterator. It subscribes when it is made, so that nothing is missed before the first
 * `next()`. It ends after what it holds when `end` is called, and at once on `break`.
 *
 * @param subscribe adds the listeners, and gives their undos
 * @param dropped gets each event that a full buffer pushes out
 */
export function iterate<Event>(
  subscribe: (push: (event: Event) => void, end: () => void) => Undo[],
  dropped: (event: Event) => void,
  buffer = 100,
): AsyncIterableIterator<Event> {
  const events: Event[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const end = () => {
    ended = true;
    for (const undo of undos) undo();
    wake?.();
  };
  const undos = subscribe((event) => {
    // A reader that waits takes one at once.
    if (events.push(event) > buffer + (wake ? 1 : 0)) dropped(events.shift()!);
    wake?.();
  }, end);
  async function* read(): AsyncGenerator<Event, undefined> {
    while (events.length || !ended) {
      if (events.length) yield events.shift()!;
      else {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      }
    }
  }
  const reader = read();
  return {
    next: () => reader.next(),
    // A generator that waits, or was never asked, would not hear of its return.
    return() {
      events.length = 0;
      end();
      return reader.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
