import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { iterate, next, type Source } from "../../../src/subscriptions/iterate";

/** A source of events, what it is told to do, and whether it was unsubscribed. */
function makeSource() {
  let push!: (event: number) => void;
  let end!: () => void;
  const unsubscribe = vi.fn();
  const source: Source<number> = (...ends) => {
    [push, end] = ends;
    return unsubscribe;
  };
  const pushAll = (...events: number[]) => {
    for (const event of events) push(event);
  };
  return { source, push: pushAll, end: () => end(), unsubscribe };
}

/** An iterator, and the two ends of its subscription. */
function make(buffer?: number, signal?: AbortSignal) {
  const { source, ...ends } = makeSource();
  const dropped: number[] = [];
  const iterator = iterate<number>(source, (event) => dropped.push(event), { buffer, signal });
  return { iterator, dropped, ...ends };
}

/** What is left, to the end. */
async function list(iterator: AsyncIterable<number>): Promise<number[]> {
  const events: number[] = [];
  for await (const event of iterator) events.push(event);
  return events;
}

const done = { done: true, value: undefined };
const value = (value: number) => ({ done: false, value });

test("subscribes when it is created: events before the first next() are not missed", async () => {
  const { iterator, push } = make();
  push(1, 2);
  expect(await iterator.next()).toEqual(value(1));
  expect(await iterator.next()).toEqual(value(2));
});

test("wakes a waiting reader", async () => {
  const { iterator, push } = make();
  const next = iterator.next();
  push(1);
  expect(await next).toEqual(value(1));
  const later = iterator.next();
  push(2);
  expect(await later).toEqual(value(2));
});

test("serves readers that wait together in their order", async () => {
  const { iterator, push, end } = make();
  const nexts = [iterator.next(), iterator.next(), iterator.next()];
  push(1, 2);
  end();
  expect(await Promise.all(nexts)).toEqual([value(1), value(2), done]);
});

test("is its own iterator", () => {
  const { iterator } = make();
  expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
});

describe("a full buffer", () => {
  test("drops the oldest, and reports it", async () => {
    const { iterator, push, end, dropped } = make(2);
    push(1, 2, 3, 4);
    end();
    expect(dropped).toEqual([1, 2]);
    expect(await list(iterator)).toEqual([3, 4]);
  });

  test("holds a hundred by default", async () => {
    const { iterator, push, end, dropped } = make();
    for (let event = 0; event < 101; event++) push(event);
    end();
    expect(dropped).toEqual([0]);
    expect(await list(iterator)).toHaveLength(100);
  });
});

describe("the end", () => {
  test("comes after buffered events, and unsubscribes at once", async () => {
    const { iterator, push, end, unsubscribe } = make();
    push(1);
    end();
    expect(unsubscribe).toHaveBeenCalled();
    expect(await iterator.next()).toEqual(value(1));
    expect(await iterator.next()).toEqual(done);
    expect(await iterator.next()).toEqual(done);
  });

  test("wakes a waiting reader", async () => {
    const { iterator, end } = make();
    const next = iterator.next();
    end();
    expect(await next).toEqual(done);
  });

  test("comes at once on break, and releases buffered events", async () => {
    const { iterator, push, unsubscribe } = make();
    push(1, 2, 3);
    for await (const event of iterator) {
      expect(event).toBe(1);
      break;
    }
    expect(unsubscribe).toHaveBeenCalled();
    expect(await iterator.next()).toEqual(done);
  });

  test("comes where the loop throws", async () => {
    const { iterator, push, unsubscribe } = make();
    push(1);
    const loop = async () => {
      for await (const event of iterator) throw new Error(`at ${event}`);
    };
    await expect(loop()).rejects.toThrow("at 1");
    expect(unsubscribe).toHaveBeenCalled();
  });

  test("comes with return() before the first next()", async () => {
    const { iterator, push, unsubscribe } = make();
    push(1);
    expect(await iterator.return?.()).toEqual(done);
    expect(unsubscribe).toHaveBeenCalled();
    expect(await iterator.next()).toEqual(done);
  });

  test("comes with return() while a reader waits", async () => {
    const { iterator, unsubscribe } = make();
    const next = iterator.next();
    expect(await iterator.return?.()).toEqual(done);
    expect(await next).toEqual(done);
    expect(unsubscribe).toHaveBeenCalled();
  });

  test("comes with return() before an event that the reader has not received yet", async () => {
    const { iterator, push } = make();
    const next = iterator.next();
    push(1);
    expect(await iterator.return?.()).toEqual(done);
    expect(await next).toEqual(done);
  });

  test.each(["before the first next()", "after it"])("comes with throw() %s, which a delegating generator may call", async (when) => {
    const { iterator, push, unsubscribe } = make();
    push(1, 2);
    if (when === "after it") await iterator.next();
    // An iterator without throw() is ended by whoever would call it.
    if (!iterator.throw) return;
    await expect(iterator.throw(new Error("mine"))).rejects.toThrow("mine");
    expect(unsubscribe).toHaveBeenCalled();
  });
});

describe("a signal", () => {
  test("ends the iterator after what it holds, and leaves nothing behind", async () => {
    const controller = new AbortController();
    const { iterator, push, unsubscribe } = make(undefined, controller.signal);
    push(1);
    controller.abort();
    expect(unsubscribe).toHaveBeenCalled();
    expect(await list(iterator)).toEqual([1]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("ends an iterator that is made after the abort", async () => {
    const { iterator, unsubscribe } = make(undefined, AbortSignal.abort());
    expect(await iterator.next()).toEqual(done);
    expect(unsubscribe).toHaveBeenCalled();
  });

  test("holds nothing of an iterator that has ended", () => {
    const { signal } = new AbortController();
    const { end } = make(undefined, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    end();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("next", () => {
  const closed = () => "closed";

  test("subscribes when it is called, and delivers one event that comes before it is awaited", async () => {
    const { source, push, unsubscribe } = makeSource();
    const promise = next(source, closed);
    push(1);
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    expect(await promise).toBe(1);
  });

  test("tells of the event before anybody who awaits it runs", async () => {
    const { source, push } = makeSource();
    const log: string[] = [];
    const promise = next(source, closed, undefined, () => log.push("heard")).then(() => log.push("awaited"));
    push(1);
    log.push("pushed");
    await promise;
    expect(log).toEqual(["heard", "pushed", "awaited"]);
  });

  test("rejects with the signal's reason, also if it has aborted before", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { source, unsubscribe } = makeSource();
    const promise = next(source, closed, controller.signal);
    controller.abort(reason);
    await expect(promise).rejects.toBe(reason);
    await expect(next(source, closed, controller.signal)).rejects.toBe(reason);
    expect(unsubscribe).toHaveBeenCalledTimes(2);
  });

  test("rejects with an AbortError where the engine knows no reason", async () => {
    const signal = Object.assign(new EventTarget(), { aborted: true }) as AbortSignal;
    await expect(next(makeSource().source, closed, signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  test("rejects when its source ends", async () => {
    const { source, end, unsubscribe } = makeSource();
    const promise = next(source, closed);
    end();
    await expect(promise).rejects.toBe("closed");
    expect(unsubscribe).toHaveBeenCalledTimes(1);
  });

  test("leaves nothing on the signal after the event", async () => {
    const { signal } = new AbortController();
    const { source, push } = makeSource();
    const promise = next(source, closed, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    push(1);
    await promise;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

type Step = { push: true } | { next: true } | { end: true };

test("does what a bounded list does", async () => {
  const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 6, arbitrary: fc.constant({ push: true }) },
    { weight: 4, arbitrary: fc.constant({ next: true }) },
    { weight: 1, arbitrary: fc.constant({ end: true }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), async (buffer, steps) => {
      const { iterator, push, end, dropped, unsubscribe } = make(buffer);
      // A subscription that has ended gets no events.
      const live = (event: number) => unsubscribe.mock.calls.length || push(event);
      const held: number[] = [];
      const lost: number[] = [];
      let ended = false;
      for (const [event, step] of steps.entries()) {
        if ("push" in step) {
          live(event);
          if (!ended && held.push(event) > buffer) lost.push(held.shift()!);
        } else if ("end" in step) {
          end();
          ended = true;
        } else {
          const next = iterator.next();
          // A reader that waits gets the next event, or the end.
          if (!held.length && !ended) {
            live(event);
            held.push(event);
          }
          const first = held.shift();
          expect(await next).toEqual(first === undefined ? done : value(first));
        }
      }
      expect(dropped).toEqual(lost);
      end();
      expect(await list(iterator)).toEqual(held);
    }),
  );
});
