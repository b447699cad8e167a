import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SocketError } from "../../../src/errors";
import { type Expected, requestError, Requests } from "../../../src/messages/requests";

type Match = (sent: { id: number }, reply: { id: number }) => boolean;
type Kind = { channel?: string; reply?: string; match?: Match };

const byId: Match = (sent, reply) => sent.id === reply.id;

/** Requests, and what became of each: its id, and the id in the reply or the code of the error. */
function make() {
  const threw: unknown[] = [];
  const settled: [id: number, how: unknown][] = [];
  const requests = new Requests({ listenerThrew: (cause) => threw.push(cause) });
  const expected = (id: number, { channel = "", reply = "done", match }: Kind = {}): Expected => ({
    message: { channel, cmd: "do", param: { id } },
    reply,
    match: match as Expected["match"],
    settle: (error, param) => settled.push([id, error ? error.code : (param as { id: number }).id]),
  });
  const add = (id: number, kind?: Kind) => {
    const it = expected(id, kind);
    requests.add(it);
    return it;
  };
  /** The server replies. */
  const answer = (id: number, { channel = "", reply = "done", error }: { channel?: string; reply?: string; error?: SocketError } = {}) =>
    requests.answer({ channel, cmd: reply, param: { id } }, error);
  return { requests, settled, threw, expected, add, answer };
}

describe("a reply", () => {
  test("answers the oldest request, once", () => {
    const { requests, settled, add, answer } = make();
    for (const id of [1, 2, 3]) add(id);
    for (const id of [11, 12, 13, 14]) answer(id);
    expect(settled).toEqual([
      [1, 11],
      [2, 12],
      [3, 13],
    ]);
    expect(requests.late).toBe(0);
  });

  test("answers in its own channel, by its command", () => {
    const { settled, add, answer } = make();
    add(1, { channel: "a", reply: "done" });
    add(2, { channel: "a", reply: "seen" });
    add(3, { channel: "b", reply: "done" });
    answer(10, { channel: "", reply: "done" });
    answer(11, { channel: "b", reply: "seen" });
    expect(settled).toEqual([]);
    answer(12, { channel: "b", reply: "done" });
    answer(13, { channel: "a", reply: "seen" });
    answer(14, { channel: "a", reply: "done" });
    expect(settled).toEqual([
      [3, 12],
      [2, 13],
      [1, 14],
    ]);
  });

  test("answers the oldest request that matches, and none where none matches", () => {
    const { settled, add, answer } = make();
    for (const id of [1, 2, 3]) add(id, { match: byId });
    for (const id of [3, 7, 1, 1]) answer(id);
    expect(settled).toEqual([
      [3, 3],
      [1, 1],
    ]);
  });

  test("may match a request without a match, which accepts any reply", () => {
    const { settled, add, answer } = make();
    add(1, { match: byId });
    add(2);
    add(3, { match: byId });
    answer(3);
    answer(3);
    expect(settled).toEqual([
      [2, 3],
      [3, 3],
    ]);
  });

  test.each(["__proto__", "constructor", "toString", "*", ""])("may have a channel named %j", (name) => {
    const { requests, settled, add, answer } = make();
    expect(requests.has(name)).toBe(false);
    answer(10, { channel: name, reply: name });
    add(1, { channel: name, reply: name });
    expect(requests.has(name)).toBe(true);
    answer(11, { channel: name, reply: name });
    expect(settled).toEqual([[1, 11]]);
    expect(requests.has(name)).toBe(false);
  });

  test("does not answer a request whose match throws, and the cause is reported", () => {
    const { settled, threw, add, answer } = make();
    const cause = new Error("mine");
    const match = () => {
      throw cause;
    };
    add(1, { match });
    add(2, { match: byId });
    answer(2);
    expect(settled).toEqual([[2, 2]]);
    expect(threw).toEqual([cause]);
  });

  test("that does not fit the protocol answers the oldest request without a match, and no match sees it", () => {
    const { settled, add, answer } = make();
    const match = () => expect.unreachable() as never;
    add(1, { match });
    add(2);
    add(3);
    answer(11, { error: new SocketError("validation") });
    expect(settled).toEqual([[2, "validation"]]);
  });

  test("is settled before it is reported, whatever a listener does", () => {
    const { requests, settled, expected, answer } = make();
    const again: unknown[] = [];
    requests.add({
      ...expected(1),
      settle(error, param) {
        again.push(error?.code ?? param);
        if (again.length > 1) return;
        // What leaves now may be answered, or end the connection, before its sending is over.
        answer(12);
        requests.clear("lost");
      },
    });
    answer(11);
    expect(again).toEqual([{ id: 11 }]);
    expect(settled).toEqual([]);
  });

  test("is awaited by its command while any request waits", () => {
    const { requests, add, expected, answer } = make();
    add(1);
    const second = add(2);
    expect([requests.has("done"), requests.has("do")]).toEqual([true, false]);
    answer(11);
    expect(requests.has("done")).toBe(true);
    requests.remove(second);
    expect(requests.has("done")).toBe(false);
    // One that was never in line is not missed.
    requests.remove(expected(3));
    requests.remove(expected(4, { reply: "never" }));
  });
});

describe("an abandoned request", () => {
  test("stays in line, so its reply does not answer the next one, and counts as late", () => {
    const { requests, settled, add, answer } = make();
    const first = add(1);
    add(2);
    requests.abandon(first);
    answer(11);
    expect([settled, requests.late]).toEqual([[], 1]);
    answer(12);
    expect([settled, requests.late]).toEqual([[[2, 12]], 1]);
    expect(requests.has("done")).toBe(false);
  });

  test("absorbs a reply that does not fit, too", () => {
    const { requests, settled, add, answer } = make();
    requests.abandon(add(1));
    add(2);
    answer(11, { error: new SocketError("validation") });
    expect([settled, requests.late]).toEqual([[], 1]);
  });

  test("absorbs only its own reply, where there is a match", () => {
    const { requests, settled, add, answer } = make();
    requests.abandon(add(1, { match: byId }));
    add(2, { match: byId });
    answer(2);
    expect([settled, requests.late]).toEqual([[[2, 2]], 0]);
    answer(1);
    expect(requests.late).toBe(1);
  });

  test("is remembered only where a reply may come, not if it was never in line", () => {
    const { requests, settled, add, expected, answer } = make();
    requests.abandon(expected(1));
    expect(requests.has("done")).toBe(false);
    const gone = expected(2);
    add(3);
    requests.abandon(gone);
    answer(13);
    expect([settled, requests.late]).toEqual([[[3, 13]], 0]);
  });

  test("is forgotten once another request misses its reply because of it: the server leaves requests unanswered", () => {
    const { requests, settled, add, answer } = make();
    // Never answered, all of them.
    for (const id of [1, 2, 3]) requests.abandon(add(id));
    const elsewhere = add(7, { channel: "elsewhere" });
    requests.abandon(elsewhere);
    const fourth = add(4);
    // The fourth one's, for all that the server knows.
    answer(14);
    requests.abandon(fourth);
    expect([settled, requests.late]).toEqual([[], 1]);
    // So the next is right again.
    add(5);
    answer(15);
    expect([settled, requests.late]).toEqual([[[5, 15]], 1]);
    // Of another channel nothing was learnt.
    add(8, { channel: "elsewhere" });
    answer(17, { channel: "elsewhere" });
    expect([settled, requests.late]).toEqual([[[5, 15]], 2]);
  });

  test("is not forgotten where the other request gets its reply after all: the first was only slow", () => {
    const { requests, settled, add, answer } = make();
    const first = add(1);
    add(2);
    const third = add(3);
    requests.abandon(first);
    answer(11);
    answer(12);
    expect(settled).toEqual([[2, 12]]);
    // Asked after the doubt had come up, so that it has none.
    const fourth = add(4);
    answer(13);
    requests.abandon(fourth);
    add(5);
    answer(14);
    answer(15);
    expect(settled).toEqual([
      [2, 12],
      [3, 13],
      [5, 15],
    ]);
    expect(requests.late).toBe(2);
    expect(third.abandoned).toBeUndefined();
  });

  test.each([byId, undefined])("leaves no doubt about a reply whose match recognised its own (before %s)", (match) => {
    const { requests, settled, add, answer } = make();
    const [first, second] = [add(1, { match: byId }), add(2, { match })];
    requests.abandon(first);
    answer(1);
    requests.abandon(second);
    const third = add(3);
    answer(2);
    // Both came, and both were late.
    expect([settled, requests.late, third.abandoned]).toEqual([[], 2, undefined]);
  });

  test("is forgotten by a request with a match, too, whose reply answered others without", () => {
    const { requests, settled, add, answer } = make();
    for (const id of [1, 2]) requests.abandon(add(id));
    const third = add(3, { match: byId });
    answer(3);
    requests.abandon(third);
    add(4, { match: byId });
    answer(4);
    expect([settled, requests.late]).toEqual([[[4, 4]], 1]);
  });

  test("is remembered with a hundred others of its channel and reply, and then the oldest is forgotten", () => {
    const { requests, settled, add, answer } = make();
    for (let id = 0; id < 102; id++) requests.abandon(add(id));
    for (const kind of [{ channel: "a" }, { reply: "seen" }]) requests.abandon(add(200, kind));
    for (let id = 0; id < 100; id++) answer(id);
    expect([requests.late, settled, requests.has("done")]).toEqual([100, [], true]);
    add(300);
    answer(0);
    expect([requests.late, settled]).toEqual([100, [[300, 0]]]);
    for (const kind of [{ channel: "a" }, { reply: "seen" }]) answer(0, kind);
    expect([requests.late, requests.has("done"), requests.has("seen")]).toEqual([102, false, false]);
  });

  test("leaves room for any number of waiting requests", () => {
    const { requests, settled, add, answer } = make();
    for (let id = 0; id < 150; id++) add(id);
    requests.abandon(add(150));
    for (let id = 0; id < 151; id++) answer(id);
    expect([settled.length, requests.late]).toEqual([150, 1]);
  });
});

describe("a message that cannot be read", () => {
  const broken = new SocketError("codec", { cause: new SyntaxError("below") });

  test("fails the oldest request without a match, whatever its channel and reply, so that each later one gets its own reply", () => {
    const { requests, settled, add, answer } = make();
    add(0, { match: byId });
    add(1, { channel: "room", reply: "seen" });
    add(2);
    add(3);
    requests.unreadable(broken);
    expect(settled).toEqual([[1, "codec"]]);
    requests.unreadable(new SocketError("size"));
    expect(settled).toEqual([
      [1, "codec"],
      [2, "size"],
    ]);
    answer(13);
    expect(settled.at(-1)).toEqual([3, 13]);
    expect(requests.has("seen")).toBe(false);
  });

  test("fails it with an error that says which request, and keeps the first error as its cause", () => {
    const { requests } = make();
    const errors: unknown[] = [];
    requests.add({
      message: { channel: "room", cmd: "do", param: "secret" },
      reply: "done",
      match: undefined,
      settle: (error) => errors.push(error),
    });
    requests.unreadable(broken);
    expect(errors).toMatchObject([{ code: "codec", channel: "room", cmd: "do", cause: broken }]);
  });

  test("is the late reply of an abandoned request, if that is the oldest", () => {
    const { requests, settled, add, answer } = make();
    requests.abandon(add(1));
    add(2);
    requests.unreadable(broken);
    answer(12);
    expect(settled).toEqual([[2, 12]]);
  });

  test("counts from when a message was last sent", () => {
    const { requests, settled, add } = make();
    const first = add(1);
    add(2);
    requests.remove(first);
    requests.add(first);
    requests.unreadable(broken);
    expect(settled).toEqual([[2, "codec"]]);
  });

  test("changes nothing where nothing waits", () => {
    const { requests, settled } = make();
    requests.unreadable(broken);
    expect([settled, requests.late]).toEqual([[], 0]);
  });
});

test("a loss settles all waiting requests, in order, and forgets abandoned ones", () => {
  const { requests, settled, add, answer } = make();
  add(1, { match: byId });
  requests.abandon(add(2));
  add(3);
  add(4, { reply: "seen", channel: "a" });
  requests.clear("lost");
  expect(settled).toEqual([
    [1, "lost"],
    [3, "lost"],
    [4, "lost"],
  ]);
  expect([requests.has("done"), requests.has("seen")]).toEqual([false, false]);
  add(5);
  answer(15);
  expect([settled.at(-1), requests.late]).toEqual([[5, 15], 0]);
  requests.clear("closed");
  expect(settled).toHaveLength(4);
});

test("an error says which request failed, and what to do, and nothing of its param", () => {
  const message = { channel: "room", cmd: "do", param: "secret" };
  const cause = new Error("enough");
  expect(requestError("aborted", message, cause)).toMatchObject({ code: "aborted", channel: "room", cmd: "do", cause });
  for (const code of ["aborted", "lost", "dropped", "expired", "timeout", "size", "codec", "closed"] as const) {
    const { message: sentence } = requestError(code, message);
    expect(sentence).toMatch(/^do: .+\.$/);
    expect(sentence).not.toMatch(/secret|undefined/);
  }
  // The sentences of an attempt that took too long, and of a message that nobody waited for, name other options.
  for (const code of ["timeout", "size", "codec"] as const)
    expect(requestError(code, message).message).not.toContain(new SocketError(code).message);
});

type Step =
  | { do: "add"; channel: string; reply: string }
  | { do: "answer" | "refuse"; channel: string; reply: string; id: number }
  | { do: "abandon"; id: number }
  | { do: "clear" };

const place = { channel: fc.constantFrom("", "__proto__"), reply: fc.constantFrom("done", "constructor") };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), ...place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("answer", "answer", "refuse" as const), ...place, id: fc.nat(40) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("abandon" as const), id: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);

/** All that are owed a reply, in one list. */
class Model {
  list: { id: number; place: string; gone?: boolean; doubtful?: boolean }[] = [];
  late = 0;
  readonly settled: [id: number, how: unknown][] = [];

  constructor(readonly matching: boolean) {}

  answer(place: string, id: number, invalid: boolean): void {
    const line = this.list.filter((one) => one.place === place);
    const taker = this.matching ? line.find((one) => !invalid && one.id === id) : line[0];
    if (!taker) return;
    this.list.splice(this.list.indexOf(taker), 1);
    if (!taker.gone) return void this.settled.push([taker.id, invalid ? "validation" : id]);
    this.late++;
    for (const one of line) one.doubtful = true;
  }

  abandon(id: number): void {
    const one = this.list.find((one) => one.id === id);
    if (!one) return;
    one.gone = true;
    if (one.doubtful) this.list = this.list.filter(({ place, gone }) => place !== one.place || !gone);
  }

  clear(): void {
    for (const { id, gone } of this.list.splice(0)) if (!gone) this.settled.push([id, "lost"]);
  }
}

test.each([false, true])("does what one plain list does (by an id in both: %s)", (matching) => {
  // Those of several replies are settled one after the other on a loss, so not by age.
  const sorted = (list: [number, unknown][]) => [...list].sort(([a], [b]) => a - b);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { requests, settled, expected, answer } = make();
      const model = new Model(matching);
      const added: Expected[] = [];
      for (const step of steps) {
        if (step.do === "add") {
          const id = added.length;
          added.push(expected(id, { ...step, ...(matching && { match: byId }) }));
          requests.add(added[id]!);
          model.list.push({ id, place: `${step.channel} ${step.reply}` });
        } else if (step.do === "abandon") {
          const one = added[step.id];
          if (one) requests.abandon(one);
          model.abandon(step.id);
        } else if (step.do === "clear") {
          requests.clear("lost");
          model.clear();
        } else {
          const invalid = step.do === "refuse";
          answer(step.id, { ...step, ...(invalid && { error: new SocketError("validation") }) });
          model.answer(`${step.channel} ${step.reply}`, step.id, invalid);
        }
        expect(sorted(settled)).toEqual(sorted(model.settled));
        // Where a match tells, nothing is in doubt: the list above is too simple for that.
        if (matching) continue;
        expect(requests.late).toBe(model.late);
        for (const reply of ["done", "constructor"]) {
          expect(requests.has(reply)).toBe(model.list.some(({ place }) => place.endsWith(` ${reply}`)));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
