import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SocketError } from "../src/errors";
import type { Message } from "../src/messages/message";
import { defaultQueue, type DropReason, type Entry, Queue, type QueueOptions } from "../src/messages/queue";

const entry = (id: number): Entry => ({ message: { channel: "", cmd: "n", param: id }, data: String(id) });

/** A queue, and what it was seen to do. */
function make(options: Partial<QueueOptions> = {}) {
  const dropped: [unknown, DropReason][] = [];
  const queue = new Queue({ ...defaultQueue, ...options }, ({ param }: Message, reason) => dropped.push([param, reason]));
  const drain = () => {
    const sent: string[] = [];
    queue.flush(({ data }) => sent.push(data as string) > 0);
    return sent;
  };
  return { queue, dropped, drain };
}

describe("add", () => {
  test("lets a hundred messages wait unless told otherwise, then pushes out the oldest", () => {
    const { queue, dropped, drain } = make();
    for (let id = 0; id < 101; id++) expect(queue.add(entry(id))).toBe("queued");
    expect(dropped).toEqual([[0, "overflow"]]);
    expect(queue.size).toBe(100);
    expect(drain()).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 1)));
  });

  test("drops the new message with drop-newest, and says so", () => {
    const { queue, dropped, drain } = make({ max: 1, overflow: "drop-newest" });
    expect([queue.add(entry(1)), queue.add(entry(2))]).toEqual(["queued", "dropped"]);
    expect(dropped).toEqual([[2, "overflow"]]);
    expect(drain()).toEqual(["1"]);
  });

  test("throws with throw, and keeps what waits", () => {
    const { queue, dropped, drain } = make({ max: 1, overflow: "throw" });
    queue.add(entry(1));
    const overflow = expect.objectContaining({ code: "overflow" }) as unknown;
    expect(() => queue.add(entry(2))).toThrow(SocketError);
    expect(() => queue.add(entry(2))).toThrow(overflow as Error);
    expect(dropped).toEqual([]);
    expect(drain()).toEqual(["1"]);
  });

  test("with max 0 nothing waits, and the message at hand is the one that is dropped", () => {
    for (const overflow of ["drop-oldest", "drop-newest"] as const) {
      const { queue, dropped } = make({ max: 0, overflow });
      expect(queue.add(entry(1))).toBe("dropped");
      expect(dropped).toEqual([[1, "overflow"]]);
      expect(queue.size).toBe(0);
    }
  });

  test("knows two equal messages apart", () => {
    const { queue, drain } = make();
    queue.add(entry(1));
    queue.add(entry(1));
    expect(drain()).toEqual(["1", "1"]);
  });
});

describe("flush", () => {
  test("stops at false and keeps that message and the rest for the next time", () => {
    const { queue, dropped, drain } = make();
    for (const id of [1, 2, 3]) queue.add(entry(id));
    const seen: unknown[] = [];
    queue.flush(({ data }) => seen.push(data) < 2);
    expect(seen).toEqual(["1", "2"]);
    expect(dropped).toEqual([]);
    expect(drain()).toEqual(["2", "3"]);
    expect(drain()).toEqual([]);
  });

  test("gives up a message that cannot be sent, reports it, and goes on", () => {
    const { queue, dropped } = make();
    for (const id of [1, 2, 3]) queue.add(entry(id));
    const sent: unknown[] = [];
    queue.flush(({ data }) => {
      if (data === "2") throw new Error("refused");
      return sent.push(data) > 0;
    });
    expect(sent).toEqual(["1", "3"]);
    expect(dropped).toEqual([[2, "refused"]]);
    expect(queue.size).toBe(0);
  });

  test("sends after the rest what is added meanwhile", () => {
    const { queue } = make();
    queue.add(entry(1));
    queue.add(entry(2));
    const sent: unknown[] = [];
    queue.flush(({ data }) => {
      if (data === "1") queue.add(entry(3));
      return sent.push(data) > 0;
    });
    expect(sent).toEqual(["1", "2", "3"]);
  });

  test("sends nothing more once it is cleared meanwhile", () => {
    const { queue, dropped } = make();
    for (const id of [1, 2, 3]) queue.add(entry(id));
    const sent: unknown[] = [];
    queue.flush(({ data }) => {
      queue.clear("closed");
      return sent.push(data) > 0;
    });
    expect(sent).toEqual(["1"]);
    expect(dropped.slice(1)).toEqual([[2, "closed"], [3, "closed"]]);
  });
});

test("clear gives up all that waits, in order, with the reason", () => {
  const { queue, dropped, drain } = make();
  queue.add(entry(1));
  queue.add(entry(2));
  queue.clear("closed");
  expect(dropped).toEqual([[1, "closed"], [2, "closed"]]);
  expect(queue.size).toBe(0);
  expect(drain()).toEqual([]);
});

type Answer = "sent" | "refused" | "stop";
type Step = { add: true } | { flush: Answer[] } | { clear: true };

/** The queue as a plain list. */
function model({ max, overflow }: QueueOptions) {
  const list: number[] = [];
  const log: unknown[] = [];
  return {
    list,
    log,
    add(id: number) {
      if (list.length < max) list.push(id);
      else if (overflow === "throw") return log.push("overflow");
      else if (overflow === "drop-newest" || max === 0) return log.push([id, "overflow"], "dropped");
      else log.push([list.shift(), "overflow"], list.push(id) && undefined);
      return log.push("queued");
    },
    flush(answers: Answer[]) {
      for (const answer of answers) {
        if (!list.length || answer === "stop") return;
        log.push(answer === "sent" ? `sent ${list.shift()}` : [list.shift(), "refused"]);
      }
    },
    clear() {
      for (const id of list.splice(0)) log.push([id, "closed"]);
    },
  };
}

test("does what a plain list does, under every overflow policy", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step>({ add: true }) },
    { weight: 2, arbitrary: fc.record({ flush: fc.array(fc.constantFrom<Answer>("sent", "sent", "refused", "stop"), { maxLength: 6 }) }) },
    { weight: 1, arbitrary: fc.constant<Step>({ clear: true }) },
  );
  const options = fc.record<QueueOptions>({ max: fc.nat(4), overflow: fc.constantFrom("drop-oldest", "drop-newest", "throw") });
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 40 }), (options, steps) => {
      const log: unknown[] = [];
      const queue = new Queue(options, ({ param }, reason) => log.push([param, reason]));
      const expected = model(options);
      steps.forEach((step, id) => {
        if ("add" in step) {
          expected.add(id);
          try {
            log.push(queue.add(entry(id)));
          } catch (error) {
            log.push((error as SocketError).code);
          }
        } else if ("flush" in step) {
          const answers = [...step.flush];
          expected.flush(step.flush);
          queue.flush(({ data }) => {
            const answer = answers.shift() ?? "stop";
            if (answer === "refused") throw new Error("refused");
            if (answer === "sent") log.push(`sent ${String(data)}`);
            return answer === "sent";
          });
        } else {
          expected.clear();
          queue.clear("closed");
        }
        expect(queue.size).toBe(expected.list.length);
      });
      expect(log).toEqual(expected.log.filter((line) => line !== undefined));
    }),
  );
});
