import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Socket } from "../src/index";
import { Emitter, type EventName } from "../src/subscriptions/emitter";
import { FakeWebSocket, fake } from "./harness/fake";

/** An emitter, and what its host hears. */
function make() {
  const threw = vi.fn<(cause: unknown) => void>();
  const dropped = vi.fn<(event: unknown) => void>();
  const ends = new Set<() => void>();
  const onClosed = (listener: () => void) => {
    ends.add(listener);
    return () => void ends.delete(listener);
  };
  const close = () => [...ends].forEach((end) => end());
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

  test("keeps strings and symbols of one description apart", () => {
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

  test("a listener that was undone hears nothing more, not even of the event under way", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    emitter.on("x", () => undo());
    const undo = note(emitter, "x", log);
    emitter.emit("x");
    expect(log).toEqual([]);
  });

  test("a listener that undoes itself does not make the next one miss the event", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const undo = emitter.on("x", () => undo());
    note(emitter, "x", log);
    emitter.emit("x", 1);
    expect(log).toEqual([["x", 1]]);
  });

  test("a listener added during an event hears the next one first", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const undo = emitter.on("x", () => {
      undo();
      note(emitter, "x", log);
    });
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    expect(log).toEqual([["x", 2]]);
  });
});

describe("mitt", () => {
  test("M1: a command named * from the network reaches only its own listeners", () => {
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

  test("M2: a listener that throws is reported, stops no other and does not throw at who emits", () => {
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

  test("M3: an undo removes its own listener alone, and never all", () => {
    const { emitter } = make();
    const listener = vi.fn();
    const undo = emitter.on("x", listener);
    emitter.on("x", listener);
    undo();
    emitter.emit("x");
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("M4: a thousand names on and off leave no name behind", () => {
    const { emitter } = make();
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`).concat("*", "__proto__");
    for (const name of names) {
      const [first, second] = [emitter.on(name, () => {}), emitter.on(name, () => {})];
      first();
      expect(!!emitter.of(name)).toBe(true);
      second();
    }
    expect(names.filter((name) => !!emitter.of(name))).toEqual([]);
  });

  test("M5: on gives its undo; calling it twice does nothing, even where the name is in use anew", () => {
    const { emitter } = make();
    const log: unknown[] = [];
    const undo = note(emitter, "x", log, "first");
    undo();
    undo();
    note(emitter, "x", log, "second");
    undo();
    emitter.emit("x", 1);
    expect(log).toEqual([["second", 1]]);
  });

  test("M5: once gives one event and is gone", async () => {
    const { emitter } = make();
    const next = emitter.once("x");
    emitter.emit("x", 1);
    emitter.emit("x", 2);
    expect(await next).toBe(1);
    expect(!!emitter.of("x")).toBe(false);
  });

  test("M7: channel and command are never joined to one name", async () => {
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
    pairs.forEach(([channel, cmd], param) => FakeWebSocket.last.says({ channel, cmd, param }));
    expect(log).toEqual(pairs.map(([channel, cmd], param) => [channel, cmd, param]));
  });
});

describe("once", () => {
  test("subscribes when it is called, and gives an event that comes before it is awaited", async () => {
    const { emitter } = make();
    const next = emitter.once("x");
    emitter.emit("x", undefined);
    expect(await next).toBeUndefined();
  });

  test("rejects with the signal's reason, also where it was aborted before", async () => {
    const { emitter, ends } = make();
    const reason = new Error("enough");
    const abort = new AbortController();
    const next = emitter.once("x", abort.signal);
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(emitter.once("x", abort.signal)).rejects.toBe(reason);
    expect(!!emitter.of("x")).toBe(false);
    expect(ends.size).toBe(0);
  });

  test("rejects when the socket closes", async () => {
    const { emitter, close } = make();
    const next = emitter.once("x");
    close();
    await expect(next).rejects.toMatchObject({ code: "closed" });
    expect(!!emitter.of("x")).toBe(false);
  });

  test("leaves nothing on the signal, nor with the socket, when the event has come", async () => {
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
  test("ends with the socket and with the signal, and reports what a full buffer pushes out", async () => {
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
    expect(!!emitter.of("x")).toBe(false);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });
});

type Step = { on: EventName; throws: boolean } | { undo: number } | { emit: EventName };

test("does what a plain list of listeners does, whatever their names", () => {
  const own = Symbol("own");
  const name = fc.constantFrom<EventName>("*", "__proto__", "constructor", "chat", "", own);
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ on: name, throws: fc.boolean() }),
    fc.record({ undo: fc.nat(12) }),
    fc.record({ emit: name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { emitter, threw } = make();
      const called: unknown[] = [];
      const expected: unknown[] = [];
      const listeners: { name: EventName; id: number; throws: boolean; active: boolean }[] = [];
      const undos: (() => void)[] = [];
      let thrown = 0;
      steps.forEach((step, time) => {
        if ("on" in step) {
          const id = listeners.length;
          listeners.push({ name: step.on, id, throws: step.throws, active: true });
          undos.push(
            emitter.on(step.on, (event) => {
              called.push([id, event]);
              if (step.throws) throw id;
            }),
          );
        } else if ("undo" in step) {
          undos[step.undo]?.();
          const listener = listeners[step.undo];
          if (listener) listener.active = false;
        } else {
          emitter.emit(step.emit, time);
          for (const { name, id, throws, active } of listeners) {
            if (!active || name !== step.emit) continue;
            expected.push([id, time]);
            if (throws) thrown++;
          }
        }
        for (const { name } of listeners) {
          expect(!!emitter.of(name)).toBe(listeners.some((it) => it.active && it.name === name));
        }
      });
      expect(called).toEqual(expected);
      expect(threw).toHaveBeenCalledTimes(thrown);
    }),
  );
});
