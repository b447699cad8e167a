import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Socket } from "../../../src/index";
import { Events, type EventsParent } from "../../../src/subscriptions/events";
import { ListenerList, Listeners } from "../../../src/subscriptions/listeners";
import { mockServer } from "../../../src/testing/index";
import { errorOf } from "../../harness/thrown";

// The three things that can be listened to promise the same: a list, the commands of the network, and the socket's events.

interface Subject {
  has(name: string): boolean;
  on(name: string, listener: (event: unknown) => void): () => void;
  emit(name: string, event?: unknown): void;
}

function subjectOf(kind: string, parent: EventsParent): Subject {
  if (kind === "Listeners") return new Listeners<unknown>(parent);
  if (kind === "Events") return new Events<Record<string, unknown>>(parent);
  const list = new ListenerList<unknown>(parent);
  return { has: () => !list.empty, on: (_, listener) => list.on(listener), emit: (_, event) => list.emit(event) };
}

/** A subject, and what its parent hears. */
function make(kind: string) {
  const threw = vi.fn<(cause: unknown, event?: string) => void>();
  return { subject: subjectOf(kind, { listenerThrew: threw }), threw };
}

/** Adds a listener that writes down what it gets. */
function note(subject: Subject, name: string, log: unknown[], as: unknown = name) {
  return subject.on(name, (event) => log.push([as, event]));
}

describe.each(["ListenerList", "Listeners", "Events"])("%s", (kind) => {
  test("calls listeners in the order in which they were added", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    for (const id of [1, 2, 3]) note(subject, "x", log, id);
    subject.emit("x", "event");
    expect(log).toEqual([
      [1, "event"],
      [2, "event"],
      [3, "event"],
    ]);
  });

  test("calls a listener without a this", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    subject.on("x", function (this: unknown) {
      log.push(this);
    });
    subject.emit("x");
    expect(log).toEqual([undefined]);
  });

  test("a removed listener receives nothing more, not even the current event", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    subject.on("x", () => unsubscribe());
    const unsubscribe = note(subject, "x", log);
    subject.emit("x");
    expect(log).toEqual([]);
  });

  test("a listener that unsubscribes itself does not make the next one miss the event", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    const unsubscribe = subject.on("x", () => unsubscribe());
    note(subject, "x", log);
    subject.emit("x", 1);
    expect(log).toEqual([["x", 1]]);
  });

  test("a listener added during an event receives the next one first", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    const unsubscribe = subject.on("x", () => {
      unsubscribe();
      note(subject, "x", log);
    });
    subject.emit("x", 1);
    subject.emit("x", 2);
    expect(log).toEqual([["x", 2]]);
  });

  test("a listener added during an event waits for the next one, also where a later listener unsubscribes", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    subject.on("x", () => {
      unsubscribe();
      note(subject, "x", log, "added");
    });
    const unsubscribe = note(subject, "x", log, "removed");
    note(subject, "x", log, "third");
    subject.emit("x", 1);
    expect(log).toEqual([["third", 1]]);
  });

  test("[M2] a listener that throws is reported, stops no other and does not throw in emit", () => {
    const { subject, threw } = make(kind);
    const log: unknown[] = [];
    const cause = new Error("mine");
    subject.on("x", () => {
      throw cause;
    });
    note(subject, "x", log);
    subject.emit("x", 1);
    expect(log).toEqual([["x", 1]]);
    expect(threw).toHaveBeenCalledTimes(1);
    expect(threw.mock.calls[0]![0]).toBe(cause);
  });

  test("[M3] unsubscribing removes one listener, and never all", () => {
    const { subject } = make(kind);
    const listener = vi.fn();
    const unsubscribe = subject.on("x", listener);
    subject.on("x", listener);
    unsubscribe();
    subject.emit("x");
    expect(listener).toHaveBeenCalledTimes(1);
    // Nor one of the same listener that was added after it.
    subject.on("x", listener);
    unsubscribe();
    subject.emit("x");
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("[M5] on returns its unsubscribe function; calling it twice does nothing, even if the name is in use again", () => {
    const { subject } = make(kind);
    const log: unknown[] = [];
    const unsubscribe = note(subject, "x", log, "first");
    unsubscribe();
    unsubscribe();
    note(subject, "x", log, "second");
    unsubscribe();
    subject.emit("x", 1);
    expect(log).toEqual([["second", 1]]);
    expect(subject.has("x")).toBe(true);
  });

  test("a listener that is no function is refused where it is added", () => {
    const { subject } = make(kind);
    expect(errorOf(() => subject.on("x", undefined as never))).toMatchObject({
      code: "usage",
      message: expect.stringContaining("pass a function"),
    });
    expect(subject.has("x")).toBe(false);
  });
});

describe.each(["Listeners", "Events"])("%s by name", (kind) => {
  test("[M4] a thousand names subscribed and unsubscribed leave no name behind", () => {
    const { subject } = make(kind);
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`).concat("__proto__");
    for (const name of names) {
      const [first, second] = [subject.on(name, () => {}), subject.on(name, () => {})];
      first();
      expect(subject.has(name)).toBe(true);
      second();
    }
    expect(names.filter((name) => subject.has(name))).toEqual([]);
  });
});

test("[M4] the listeners of a list cost nothing once most of them have unsubscribed", () => {
  const list = new ListenerList<number>({ listenerThrew: () => {} });
  const heard = vi.fn();
  const unsubscribes = Array.from({ length: 100 }, () => list.on(heard));
  for (const unsubscribe of unsubscribes) unsubscribe();
  expect(list.empty).toBe(true);
  list.on(heard);
  list.emit(1);
  expect(heard).toHaveBeenCalledTimes(1);
});

test("the parent gets the name of the event whose listener threw", () => {
  const { subject, threw } = make("Events");
  subject.on("error", () => {
    throw 1;
  });
  subject.emit("error");
  expect(threw.mock.calls).toEqual([[1, "error"]]);
});

describe("commands of the network", () => {
  test("[M1] a command named * reaches only its own listeners", () => {
    const { subject } = make("Listeners");
    const log: unknown[] = [];
    note(subject, "*", log);
    note(subject, "chat", log);
    subject.emit("*", 1);
    subject.emit("chat", 2);
    expect(log).toEqual([
      ["*", 1],
      ["chat", 2],
    ]);
  });

  test("[M7] channel and command are never joined to one name", async () => {
    using server = mockServer();
    using socket = new Socket(server.options);
    const log: unknown[] = [];
    // Whatever stands between the two, these pairs would meet.
    const pairs = ["", ":", "/", ".", " ", "\0", ","].flatMap((it): [string, string][] => [
      [`a${it}b`, "c"],
      ["a", `b${it}c`],
    ]);
    for (const [channel, cmd] of pairs) socket.channel(channel).on(cmd, (_, message) => log.push([channel, cmd, message.param]));
    await server.connected();
    for (const [param, [channel, cmd]] of pairs.entries()) server.send(cmd, param, { channel });
    await server.settled();
    expect(log).toEqual(pairs.map(([channel, cmd], param) => [channel, cmd, param]));
  });

  test("[M1] commands with the names of the socket's own events do not reach the listeners of those", async () => {
    using server = mockServer();
    using socket = new Socket(server.options);
    const heard = vi.fn();
    await server.connected();
    socket.onOpen(heard);
    socket.onError(heard);
    socket.onClose(heard);
    socket.onStatus(heard);
    socket.onDrop(heard);
    for (const cmd of ["open", "error", "close", "status", "drop", "debug", "drained", "stopped", "*"]) server.send(cmd);
    await server.settled();
    expect(heard).not.toHaveBeenCalled();
    expect(socket.state.status).toBe("open");
  });
});

/** What a listener does when it is called, beside being called: it removes another, or adds one. */
type Act = { remove: number } | { on: string };
type Step = { on: string; throws: boolean; acts: Act[] } | { remove: number } | { emit: string };

/** What a subject promises, as simply as it can be said. */
class Plain implements Subject {
  readonly #listeners: { name: string; listener: (event: unknown) => void }[] = [];

  has(wanted: string): boolean {
    return this.#listeners.some(({ name }) => name === wanted);
  }

  on(name: string, listener: (event: unknown) => void): () => void {
    const entry = { name, listener };
    this.#listeners.push(entry);
    return () => {
      if (this.#listeners.includes(entry)) this.#listeners.splice(this.#listeners.indexOf(entry), 1);
    };
  }

  emit(wanted: string, event: unknown): void {
    for (const entry of [...this.#listeners]) {
      if (entry.name !== wanted || !this.#listeners.includes(entry)) continue;
      try {
        entry.listener(event);
      } catch {
        // Reported elsewhere.
      }
    }
  }
}

test.each([
  ["Listeners", ["*", "__proto__", "constructor", "chat", ""]],
  // mitt gives `*` a meaning of its own, so no event has that name.
  ["Events", ["__proto__", "constructor", "open", ""]],
])("%s do what a plain list of listeners does, whatever their names, and whatever they do to each other", (kind, names) => {
  const name = fc.constantFrom(...names);
  const remove = fc.record({ remove: fc.nat(12) });
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      on: name,
      throws: fc.boolean(),
      acts: fc.array(fc.oneof<fc.Arbitrary<Act>[]>(remove, fc.record({ on: name })), { maxLength: 3 }),
    }),
    remove,
    fc.record({ emit: name }),
  );
  const run = (subject: Subject, steps: readonly Step[]): unknown[] => {
    const log: unknown[] = [];
    const unsubscribes: (() => void)[] = [];
    const add = (name: string, throws: boolean, acts: readonly Act[]) => {
      const id = unsubscribes.length;
      unsubscribes.push(
        subject.on(name, (event) => {
          log.push([id, event]);
          for (const act of acts) {
            if ("remove" in act) unsubscribes[act.remove]?.();
            else add(act.on, false, []);
          }
          if (throws) throw id;
        }),
      );
    };
    steps.forEach((step, time) => {
      if ("on" in step) add(step.on, step.throws, step.acts);
      else if ("remove" in step) unsubscribes[step.remove]?.();
      else subject.emit(step.emit, time);
      log.push(names.filter((name) => subject.has(name)));
    });
    return log;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      expect(run(make(kind).subject, steps)).toEqual(run(new Plain(), steps));
    }),
    { numRuns: 1000 },
  );
});
