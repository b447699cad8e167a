import { abortReason, onAbort } from "../signal";
import type { Unsubscribe } from "./events";

/** How an iterator of messages buffers and ends. */
export interface IterateOptions {
  /** Ends the iterator. */
  signal?: AbortSignal | undefined;
  /** How many messages wait for a slow reader; a further one pushes out the oldest. @default 100 */
  buffer?: number | undefined;
}

/** Adds a listener for events, and one for their end, and returns what removes both. */
export type Source<Event> = (push: (event: Event) => void, end: () => void) => Unsubscribe;

/**
 * A subscription as an async iterator. It subscribes at once, so nothing is missed before the first `next()`. After the
 * end of its source it gives what it still holds; on `break` it ends at once.
 *
 * @param dropped gets each event that a full buffer pushes out
 */
export function iterate<Event>(
  source: Source<Event>,
  dropped: (event: Event) => void,
  { signal, buffer = 100 }: IterateOptions = {},
): AsyncIterableIterator<Event> {
  const events: Event[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const push = (event: Event) => {
    events.push(event);
    // A reader that waits takes one at once.
    const room = wake ? buffer + 1 : buffer;
    if (events.length > room) dropped(events.shift()!);
    wake?.();
  };
  const end = () => {
    ended = true;
    unsubscribe();
    removeAbort();
    wake?.();
  };
  const unsubscribe = source(push, end);
  const removeAbort = onAbort(signal, end);

  async function* read(): AsyncGenerator<Event, undefined> {
    while (events.length > 0 || !ended) {
      if (events.length > 0) {
        yield events.shift()!;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  }
  const reader = read();
  return {
    next: () => reader.next(),
    // A generator that waits, or was never asked, does not run its `finally` on return.
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

/**
 * The next event of a source. Rejects with the signal's reason, or with what `closed` makes once the source ends.
 *
 * @param heard called when the event has come, before anybody who awaits it runs
 */
export function next<Event>(source: Source<Event>, closed: () => unknown, signal?: AbortSignal, heard?: () => void): Promise<Event> {
  const promise = new Promise<Event>((resolve, reject) => {
    const stop = () => {
      unsubscribe();
      removeAbort();
    };
    const unsubscribe = source(
      (event) => {
        stop();
        heard?.();
        resolve(event);
      },
      () => {
        stop();
        reject(closed());
      },
    );
    const removeAbort = onAbort(signal, () => {
      stop();
      reject(abortReason(signal!));
    });
  });
  // Whoever awaits it gets the rejection. Where nobody does, it must not end a Node process.
  promise.catch(() => {});
  return promise;
}
