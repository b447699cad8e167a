import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Socket } from "../../../src/index";
import { Emitter, type EventName } from "../../../src/subscriptions/emitter";
import { FakeWebSocket, fake } from "../../harness/fake";

/** An emitter, and what its host hears. */
function make() {
  const threw = vi.fn<(cause: unknown) => void>();
  const dropped = vi.fn<(event: unknown) => void>();
  const ends = new Set<() => void>();
  const onClosed = (listener: () => void) => {
    ends.add(listener);
    return () => void ends.delete(listener);
  };
  const close = () => {
  for (const end of [...ends]) end();
};
  return { emitter: new Emitter({ threw, dropped, onClosed }), threw, dropped, ends, close };
}

/** Adds a listener that writes down what it gets. */
function note(emitter: Emitter, name: EventName, log: unknown[], as: unknown = name) {
  return emitter.on(name, (event) => log.push([as, event]));
}

/** What is left, to the end. */
async function list(iterator: AsyncIterable<unknown>): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const event of iterator) events.push(event);
  return events;
}

describe("on", () => {
  test("calls listeners in the order in which they were added", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    for (const id of [1, 2, 3]) note(emitter, "x", log, id);
    emitter.emit("x", "event");
    expect(log).toEqual([[1, "event"], [2, "event"], [3, "event"]]);
  });

  test("distinguishes strings and symbols of one description", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const own = Symbol("open");
    note(emitter, own, log);
    note(emitter, Symbol("open"), log);
    note(emitter, "open", log);
    emitter.emit("open", 1);
    emitter.emit(own, 2);
    expect(log).toEqual([["open", 1], [own, 2]]);
  });

  test("calls a listener without a this", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    emitter.on("x", function (this: unknown) {
      log.push(this);
    });
    emitter.emit("x");
    expect(log).toEqual([undefined]);
  });

  test("a removed listener receives nothing more, not even the current event", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    emitter.on("x", () => unsubscribe());
    const unsubscribe = note(emitter, "x", log);
    emitter.emit("x");
    expect(log).toEqual([]);
  });

  test("a listener that unsubscribes itself does not make the next one miss the event", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const unsubscribe = emitter.on("x", () => unsubscribe());
    note(emitter, "x", log);
    emitter.emit("x", 1);
    expect(log).toEqual([["x", 1]]);
  });

  test("a listener added during an event receives the next one first", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const unsubscribe = emitter.on("x", () => {
      unsubscribe();
      note(emitter, "x", log);
    });
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    expect(log).toEqual([["x", 2]]);
  });
});

test("a listener added during an event waits for the next one, also where a later listener unsubscribes", () => {
  const { emitter } = make();
  const log: unknown[] = [];
  emitter.on("x", () => {
    unsubscribe();
    note(emitter, "x", log, "added");
  });
  const unsubscribe = note(emitter, "x", log, "undone");
  note(emitter, "x", log, "third");
  emitter.emit("x", 1);
  expect(log).toEqual([["third", 1]]);
});

describe("mitt", () => {
  test("[M1] a command named * from the network reaches only its own listeners", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    note(emitter, "*", log);
    note(emitter, "chat", log);
    const own = Symbol("message");
    note(emitter, own, log);
    emitter.emit("*", 1);
    emitter.emit("chat", 2);
    emitter.emit(own, 3);
    expect(log).toEqual([["*", 1], ["chat", 2], [own, 3]]);
  });

  test("[M2] a listener that throws is reported, stops no other and does not throw in emit", () => {
    const { emitter, threw } = make();
    const log: unknown[] = [];
    const cause = new Error("mine");
    emitter.on("x", () => {
      throw cause;
    });
    note(emitter, "x", log);
    emitter.emit("x", 1);
    expect(log).toEqual([["x", 1]]);
    expect(threw.mock.calls).toEqual([[cause, "x"]]);
  });

  test("[M3] unsubscribing removes one listener, and never all", () => {
    const { emitter } = make();
    const listener = vi.fn();
    const unsubscribe = emitter.on("x", listener);
    emitter.on("x", listener);
    unsubscribe();
    emitter.emit("x");
    expect(listener).toHaveBeenCalledTimes(1);
    // Nor one of the same listener that was added after it.
    emitter.on("x", listener);
    unsubscribe();
    emitter.emit("x");
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("[M4] a thousand names subscribed and unsubscribed leave no name behind", () => {
    const { emitter } = make();
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`).concat("*", "__proto__");
    for (const name of names) {
      const [first, second] = [emitter.on(name, () => {}), emitter.on(name, () => {})];
      first();
      expect(emitter.has(name)).toBe(true);
      second();
    }
    expect(names.filter((name) => emitter.has(name))).toEqual([]);
  });

  test("[M5] on returns its unsubscribe function; calling it twice does nothing, even if the name is in use again", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const unsubscribe = note(emitter, "x", log, "first");
    unsubscribe();
    unsubscribe();
    note(emitter, "x", log, "second");
    unsubscribe();
    emitter.emit("x", 1);
    expect(log).toEqual([["second", 1]]);
  });

  test("[M5] once delivers one event and ends", async () => {
    const { emitter } = make();
    const next = emitter.once("x");
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    expect(await next).toBe(1);
    expect(emitter.has("x")).toBe(false);
  });

  test("[M7] channel and command are never joined to one name", async () => {
    FakeWebSocket.reset();
    using socket = new Socket({ url: "ws://example.com", WebSocket: fake });
    const log: unknown[] = [];
    // Whatever stands between the two, these pairs would meet.
    const pairs = ["", ":", "/", ".", " ", "\0", ","].flatMap((it): [string, string][] => [
      [`a${it}b`, "c"],
      ["a", `b${it}c`],
    ]);
    for (const [channel, cmd] of pairs) socket.channel(channel).on(cmd, (_, message) => log.push([channel, cmd, message.param]));
    await vi.waitFor(() => expect(FakeWebSocket.made).toHaveLength(1));
    FakeWebSocket.last.open();
    for (const [param, [channel, cmd]] of pairs.entries()) FakeWebSocket.last.says({ channel, cmd, param });
    expect(log).toEqual(pairs.map(([channel, cmd], param) => [channel, cmd, param]));
  });
});

describe("once", () => {
  test("subscribes when it is called, and delivers an event that comes before it is awaited", async () => {
    const { emitter } = make();
    const next = emitter.once("x");
    emitter.emit("x", undefined);
    expect(await next).toBeUndefined();
  });

  test("rejects with the signal's reason, also if it was aborted before", async () => {
    const { emitter, ends } = make();
    const reason = new Error("enough");
    const abort = new AbortController();
    const next = emitter.once("x", abort.signal);
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(emitter.once("x", abort.signal)).rejects.toBe(reason);
    expect(emitter.has("x")).toBe(false);
    expect(ends.size).toBe(0);
  });

  test("rejects when the socket closes", async () => {
    const { emitter, close } = make();
    const next = emitter.once("x");
    close();
    await expect(next).rejects.toMatchObject({ code: "closed" });
    expect(emitter.has("x")).toBe(false);
  });

  test("leaves nothing on the signal or the socket after the event", async () => {
    const { emitter, ends } = make();
    const { signal } = new AbortController();
    const next = emitter.once("x", signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    emitter.emit("x");
    await next;
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(ends.size).toBe(0);
  });
});

describe("iterate", () => {
  test("ends with the socket and with the signal, and reports what a full buffer drops", async () => {
    const { emitter, dropped, close } = make();
    const abort = new AbortController();
    const first = emitter.iterate("x", { buffer: 1 });
    const second = emitter.iterate("x", { signal: abort.signal });
    for (const event of [1, 2]) emitter.emit("x", event);
    expect(dropped.mock.calls).toEqual([[1]]);
    abort.abort();
    emitter.emit("x", 3);
    expect(await list(second)).toEqual([1, 2]);
    close();
    expect(await list(first)).toEqual([3]);
    expect(emitter.has("x")).toBe(false);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });
});

/** What a listener does when it is called: it unsubscribes another one, or adds one. */
type Act = { unsubscribe: number } | { on: EventName };
type Step = { on: EventName; throws: boolean; acts: Act[] } | { unsubscribe: number } | { emit: EventName };

/** The promises of an emitter, in the simplest form. */
class Plain {
  readonly #listeners: { name: EventName; listener: (event: never) => void }[] = [];

  has(wanted: EventName): boolean {
    return this.#listeners.some(({ name }) => name === wanted);
  }

  on<Event>(name: EventName, listener: (event: Event) => void): () => void {
    const entry = { name, listener };
    this.#listeners.push(entry);
    return () => {
      if (this.#listeners.includes(entry)) this.#listeners.splice(this.#listeners.indexOf(entry), 1);
    };
  }

  emit(wanted: EventName, event: unknown): void {
    for (const entry of [...this.#listeners]) {
      if (entry.name !== wanted || !this.#listeners.includes(entry)) continue;
      try {
        entry.listener(event as never);
      } catch {
        // Reported elsewhere.
      }
    }
  }
}

test("does what a plain list of listeners does, whatever their names, and whatever they do to each other", () => {
  const own = Symbol("own");
  const names: EventName[] = ["*", "__proto__", "constructor", "chat", "", own];
  const name = fc.constantFrom(...names);
  const unsubscribe = fc.record({ unsubscribe: fc.nat(12) });
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ on: name, throws: fc.boolean(), acts: fc.array(fc.oneof<fc.Arbitrary<Act>[]>(unsubscribe, fc.record({ on: name })), { maxLength: 3 }) }),
    unsubscribe,
    fc.record({ emit: name }),
  );
  const run = (emitter: Plain | Emitter, steps: readonly Step[]): unknown[] => {
    const log: unknown[] = [];
    const unsubscribes: (() => void)[] = [];
    const add = (name: EventName, throws: boolean, acts: readonly Act[]) => {
      const id = unsubscribes.length;
      unsubscribes.push(
        emitter.on(name, (event) => {
          log.push([id, event]);
          for (const act of acts) {
            if ("unsubscribe" in act) unsubscribes[act.unsubscribe]?.();
            else add(act.on, false, []);
          }
          if (throws) throw id;
        }),
      );
    };
    steps.forEach((step, time) => {
      if ("on" in step) add(step.on, step.throws, step.acts);
      else if ("unsubscribe" in step) unsubscribes[step.unsubscribe]?.();
      else emitter.emit(step.emit, time);
      log.push(names.filter((name) => emitter.has(name)));
    });
    return log;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      expect(run(make().emitter, steps)).toEqual(run(new Plain(), steps));
    }),
    { numRuns: 1000 },
  );
});
