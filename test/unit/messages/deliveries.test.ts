import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketError } from "../../../src/errors";
import { Contract } from "../../../src/messages/contract";
import { Deliveries, type DropReason } from "../../../src/messages/deliveries";
import type { OutgoingData } from "../../../src/messages/message";
import type { QueueOptions } from "../../../src/messages/queue";
import type { Schema } from "../../../src/messages/schema";
import { resolveOptions, type SocketOptions } from "../../../src/options";
import type { SendOptions } from "../../../src/protocol";

/** What a WebSocket does with a message: it takes it, throws at it, or takes none any more. */
type Answer = "sent" | "refused" | "stop";

/** Deliveries, what they send to, and what they did. Params are numbers, and leave as text. */
function make(queue: Partial<QueueOptions> = {}, options: SocketOptions = {}) {
  const seen = {
    /** What the WebSocket has taken. */
    sent: [] as OutgoingData[],
    dropped: [] as [param: unknown, reason: DropReason][],
    /** What the WebSocket does with the next messages; it takes those without an answer. */
    answers: [] as Answer[],
    /** What happens inside the WebSocket once it has taken something. */
    inside: (_data: OutgoingData) => {},
  };
  const codec = { encode: ({ param }: { param: unknown }) => String(param), decode: () => undefined };
  const resolved = resolveOptions([{ codec, queue, ...options }]);
  const deliveries = new Deliveries(resolved, new Contract(resolved), {
    transmit(data) {
      const answer = seen.answers.shift() ?? "sent";
      if (answer === "refused") throw new Error("refused");
      if (answer === "sent") seen.sent.push(data);
      if (answer === "sent") seen.inside(data);
      return answer === "sent";
    },
    buffered: 0,
    permission: () => "now",
    isTapped: false,
    queued: () => {},
    left: () => {},
    settled: () => {},
    dropped: ({ param }, reason) => seen.dropped.push([param, reason]),
    drained: () => {},
    awaitsDrain: false,
    listenerThrew: () => expect.unreachable(),
  });
  const say = (param: unknown, options?: SendOptions) => deliveries.send({ channel: "", cmd: "say", param }, options);
  /** The connection opens, and is lost again; returns what has left meanwhile. */
  const drain = () => {
    const { length } = seen.sent;
    deliveries.opened();
    deliveries.lost();
    return seen.sent.slice(length);
  };
  return { deliveries, seen, say, drain };
}

const code = (code: string) => expect.objectContaining({ code }) as SocketError;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("send", () => {
  test("waits until the connection opens, and leaves in order; then it leaves at once", () => {
    const { deliveries, seen, say } = make();
    for (const id of [1, 2, 3]) expect(say(id)).toBe("queued");
    expect([deliveries.queued, seen.sent]).toEqual([3, []]);
    deliveries.opened();
    expect([deliveries.queued, seen.sent]).toEqual([0, ["1", "2", "3"]]);
    expect(say(4)).toBe("sent");
    expect([deliveries.queued, seen.sent]).toEqual([0, ["1", "2", "3", "4"]]);
    deliveries.lost();
    expect(say(5)).toBe("queued");
    expect(seen.dropped).toEqual([]);
  });

  test("waits on an open connection whose WebSocket accepts nothing", () => {
    const { deliveries, seen, say, drain } = make();
    deliveries.opened();
    seen.answers = Array<Answer>(9).fill("stop");
    expect([say(1), say(2)]).toEqual(["queued", "queued"]);
    deliveries.lost();
    seen.answers = [];
    expect(drain()).toEqual(["1", "2"]);
  });

  test('drops a message with delivery "drop" that cannot leave at once, and no other', () => {
    const { deliveries, seen, say } = make();
    expect([say(1, { delivery: "drop" }), say(2)]).toEqual(["dropped", "queued"]);
    deliveries.opened();
    expect(say(3, { delivery: "drop" })).toBe("sent");
    seen.answers = ["stop"];
    expect(say(4, { delivery: "drop" })).toBe("dropped");
    expect(seen.dropped).toEqual([
      [1, "disconnected"],
      [4, "disconnected"],
    ]);
    expect([deliveries.queued, seen.sent]).toEqual([0, ["2", "3"]]);
  });

  test("takes the delivery of a command from the protocol by default", () => {
    const param: Schema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
    const protocol = { inbound: {}, outbound: { say: { param, delivery: "drop" as const }, constructor: param } };
    const { deliveries, say } = make({}, { protocol });
    expect([say(1), say(2, { delivery: "queue" })]).toEqual(["dropped", "queued"]);
    expect(deliveries.send({ channel: "", cmd: "constructor", param: 3 }, undefined)).toBe("queued");
  });

  test("drops messages on a closed socket, and lets them wait once it connects again", () => {
    const { deliveries, seen, say } = make();
    deliveries.stopped();
    expect([say(1), say(2, { delivery: "drop" })]).toEqual(["dropped", "dropped"]);
    expect(seen.dropped).toEqual([
      [1, "closed"],
      [2, "closed"],
    ]);
    expect(deliveries.queued).toBe(0);
    deliveries.started();
    expect([say(3), deliveries.queued, seen.dropped.length]).toEqual(["queued", 1, 2]);
  });

  test("can bypass the queue: now or not at all", () => {
    const { deliveries, seen, say } = make();
    say(1);
    const past: unknown[] = [];
    const message = { channel: "", cmd: "say", param: 2 };
    expect(deliveries.send(message, {}, (data) => past.push(data) > 0)).toBe("sent");
    expect(deliveries.send(message, {}, () => false)).toBe("dropped");
    expect(seen).toMatchObject({ sent: [], dropped: [[2, "disconnected"]] });
    expect([past, deliveries.queued]).toEqual([["2"], 1]);
  });

  test("throws what the WebSocket throws, and leaves nothing of the message", () => {
    const { deliveries, seen, say } = make();
    deliveries.opened();
    seen.answers = ["refused"];
    expect(() => say(1)).toThrow("refused");
    expect([deliveries.queued, seen.dropped]).toEqual([0, []]);
  });

  test("encodes a message once, when it is sent", () => {
    const encode = vi.fn(() => "text");
    const { say, drain, deliveries } = make({}, { codec: { encode, decode: () => undefined } });
    say(1);
    deliveries.lost();
    expect(drain()).toEqual(["text"]);
    expect(encode).toHaveBeenCalledTimes(1);
  });
});

describe("bytes", () => {
  const bytes = new Uint8Array(4);
  const views: [string, () => OutgoingData][] = [
    ["an ArrayBuffer", () => bytes.buffer],
    ["a typed array", () => bytes.subarray(1, 3)],
    ["a Buffer of Node", () => Buffer.from(bytes.buffer, 1, 2)],
    ["a DataView", () => new DataView(bytes.buffer, 1, 2)],
  ];
  /** The bytes of what was sent. */
  const content = (data: OutgoingData) => [
    ...new Uint8Array(
      ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : (data as ArrayBuffer),
    ),
  ];

  test.each(views)("that wait as %s are sent as they were when they were sent, whatever their buffer holds later", (_, view) => {
    const { say, drain } = make(
      {},
      {
        codec: {
          encode: ({ param }) => {
            bytes.fill(param as number);
            return view();
          },
          decode: () => undefined,
        },
      },
    );
    const { length } = content(view());
    for (const param of [1, 2, 3]) expect(say(param)).toBe("queued");
    bytes.fill(9);
    expect(drain().map(content)).toEqual([1, 2, 3].map((param) => Array<number>(length).fill(param)));
  });

  test("that leave at once are not copied, nor is a Blob, which cannot change", () => {
    const [blob, array] = [new Blob(["x"]), new Uint8Array(2)];
    const data: OutgoingData[] = [blob, array];
    const { deliveries, say, seen } = make({}, { codec: { encode: ({ param }) => data[param as number]!, decode: () => undefined } });
    say(0);
    deliveries.opened();
    say(1);
    expect(seen.sent[0]).toBe(blob);
    expect(seen.sent[1]).toBe(array);
  });

  test("that are kept until they are confirmed are sent again as they were", () => {
    const { deliveries, seen, say } = make({}, { codec: { encode: () => bytes.fill(1), decode: () => undefined } });
    deliveries.opened();
    say(1, { delivery: "confirm", reply: "done" });
    bytes.fill(2);
    deliveries.lost();
    deliveries.opened();
    expect(seen.sent.map(content)).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
  });
});

describe("a full queue", () => {
  test("holds a hundred messages by default, then drops the oldest", () => {
    const { deliveries, seen, say, drain } = make();
    for (let id = 0; id < 101; id++) expect(say(id)).toBe("queued");
    expect(seen.dropped).toEqual([[0, "overflow"]]);
    expect(deliveries.queued).toBe(100);
    expect(drain()).toEqual(Array.from({ length: 100 }, (_, index) => String(index + 1)));
  });

  test("drops the new message with drop-newest, and says so", () => {
    const { seen, say, drain } = make({ max: 1, overflow: "drop-newest" });
    expect([say(1), say(2)]).toEqual(["queued", "dropped"]);
    expect(seen.dropped).toEqual([[2, "overflow"]]);
    expect(drain()).toEqual(["1"]);
  });

  test("throws with throw, and keeps the waiting messages", () => {
    const { seen, say, drain } = make({ max: 1, overflow: "throw" });
    say(1);
    expect(() => say(2)).toThrow(SocketError);
    expect(() => say(2)).toThrow(code("overflow"));
    expect(seen.dropped).toEqual([]);
    expect(drain()).toEqual(["1"]);
  });

  test("lets nothing wait with max 0, and drops the new message", () => {
    for (const overflow of ["drop-oldest", "drop-newest"] as const) {
      const { deliveries, seen, say } = make({ max: 0, overflow });
      expect(say(1)).toBe("dropped");
      expect(seen.dropped).toEqual([[1, "overflow"]]);
      deliveries.opened();
      expect([say(2), deliveries.queued]).toEqual(["sent", 0]);
    }
    const { say } = make({ max: 0, overflow: "throw" });
    expect(() => say(1)).toThrow(code("overflow"));
  });

  test("does not affect messages that leave at once or cannot wait", () => {
    const { deliveries, seen, say } = make({ max: 1, overflow: "throw" });
    say(1);
    expect(say(2, { delivery: "drop" })).toBe("dropped");
    expect(seen.dropped).toEqual([[2, "disconnected"]]);
    deliveries.opened();
    expect([say(3), say(4)]).toEqual(["sent", "sent"]);
  });

  test("distinguishes two equal messages", () => {
    const { say, drain } = make();
    say(1);
    say(1);
    expect(drain()).toEqual(["1", "1"]);
  });
});

describe("an opening", () => {
  test("sends until the WebSocket accepts nothing more, and keeps that message and the rest", () => {
    const { seen, say, drain } = make();
    for (const id of [1, 2, 3]) say(id);
    // Answers for those that are left would be taken by mistake if it went on.
    seen.answers = ["sent", "stop", "sent"];
    expect(drain()).toEqual(["1"]);
    expect(seen.answers.splice(0)).toEqual(["sent"]);
    expect(seen.dropped).toEqual([]);
    expect(drain()).toEqual(["2", "3"]);
    expect(drain()).toEqual([]);
  });

  test("drops a message that the WebSocket throws at, reports it, and continues", () => {
    const { deliveries, seen, say, drain } = make();
    for (const id of [1, 2, 3]) say(id);
    seen.answers = ["sent", "refused"];
    expect(drain()).toEqual(["1", "3"]);
    expect(seen.dropped).toEqual([[2, "refused"]]);
    expect(deliveries.queued).toBe(0);
  });

  test("sends messages added meanwhile, from inside the WebSocket, after the rest", () => {
    const { seen, say, drain } = make();
    for (const id of [1, 2]) say(id);
    const results: unknown[] = [];
    seen.inside = (data) => String(data).length === 1 && results.push(say(`${data}a`), say(`${data}b`));
    expect(drain()).toEqual(["1", "2", "1a", "1b", "2a", "2b"]);
    expect(results).toEqual(["queued", "queued", "queued", "queued"]);
  });

  test("stops when the connection is lost meanwhile", () => {
    const { deliveries, seen, say, drain } = make();
    for (const id of [1, 2, 3]) say(id);
    seen.inside = () => {
      deliveries.lost();
      seen.answers = ["stop"];
      seen.inside = () => {};
    };
    expect(drain()).toEqual(["1"]);
    expect(drain()).toEqual(["2", "3"]);
  });

  test("stops when the socket is closed meanwhile", () => {
    const { deliveries, seen, say, drain } = make();
    for (const id of [1, 2, 3]) say(id);
    seen.inside = () => deliveries.stopped();
    expect(drain()).toEqual(["1"]);
    expect(seen.dropped.slice(-2)).toEqual([
      [2, "closed"],
      [3, "closed"],
    ]);
  });
});

describe("ttl", () => {
  test("is measured for new messages after a loss, whatever left before", () => {
    const { deliveries, seen, say } = make({ ttl: 100 });
    say(1);
    seen.inside = () => deliveries.lost();
    deliveries.opened();
    vi.advanceTimersByTime(1);
    expect(say(2)).toBe("queued");
    vi.advanceTimersByTime(100);
    expect([seen.sent, deliveries.queued, seen.dropped]).toEqual([["1"], 0, [[2, "expired"]]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  const param: Schema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const ruled = { protocol: { inbound: {}, outbound: { say: { param, ttl: 200 }, tell: param } } };

  test("comes from the queue, the command, or the message", () => {
    const { deliveries, seen, say } = make({ ttl: 300 }, ruled);
    deliveries.send({ channel: "", cmd: "tell", param: "the queue's" }, {});
    say("the command's");
    say("its own", { ttl: 100 });
    say("none", { ttl: Infinity });
    const expired: unknown[] = [];
    for (const time of [99, 1, 99, 1, 99, 1]) {
      vi.advanceTimersByTime(time);
      expired.push(...seen.dropped.splice(0), time);
    }
    expect(expired).toEqual([99, ["its own", "expired"], 1, 99, ["the command's", "expired"], 1, 99, ["the queue's", "expired"], 1]);
    expect(deliveries.queued).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends once, and leaves nothing behind", () => {
    const { deliveries, seen, say, drain } = make({ ttl: 100 });
    say(1);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(100);
    expect(seen.dropped).toEqual([[1, "expired"]]);
    expect([deliveries.queued, vi.getTimerCount()]).toEqual([0, 0]);
    vi.advanceTimersByTime(10_000);
    expect(drain()).toEqual([]);
    expect(seen.dropped).toHaveLength(1);
  });

  test("needs no timer once all waiting messages have left or were dropped", () => {
    const { deliveries, say, drain } = make({ ttl: 100 });
    say(1);
    say(2);
    expect(drain()).toEqual(["1", "2"]);
    expect(vi.getTimerCount()).toBe(0);
    say(3);
    deliveries.stopped();
    expect(vi.getTimerCount()).toBe(0);
    deliveries.opened();
    say(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("needs no timer where nothing may wait", () => {
    const { say } = make({ max: 0, ttl: 100 });
    expect(say(1)).toBe("dropped");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends on open even if its timer has not fired yet, as after sleep", () => {
    const { seen, say, drain } = make();
    say(1, { ttl: 100 });
    say(2, { ttl: 200 });
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 100);
    expect(drain()).toEqual(["2"]);
    expect(seen.dropped).toEqual([[1, "expired"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([3_600_000, -3_600_000])("is not changed by a system clock that is set by %i ms", (change) => {
    const { deliveries, seen, say } = make();
    say(1, { ttl: 100 });
    vi.setSystemTime(Date.now() + change);
    // Looks at what waits.
    say(2, { ttl: 1 });
    vi.advanceTimersByTime(99);
    expect([deliveries.queued, seen.dropped]).toEqual([1, [[2, "expired"]]]);
    vi.advanceTimersByTime(1);
    expect([deliveries.queued, seen.dropped]).toEqual([
      0,
      [
        [2, "expired"],
        [1, "expired"],
      ],
    ]);
  });

  test("may be longer than a timer allows", () => {
    const { deliveries, seen, say } = make();
    const ttl = 2 ** 31 + 1_000;
    say(1, { ttl });
    vi.advanceTimersByTime(ttl - 1);
    expect([deliveries.queued, seen.dropped]).toEqual([1, []]);
    vi.advanceTimersByTime(1);
    expect([deliveries.queued, seen.dropped]).toEqual([0, [[1, "expired"]]]);
  });

  test("of 0 lets a message leave at once, or not at all", () => {
    const { deliveries, seen, say } = make();
    expect(say(1, { ttl: 0 })).toBe("dropped");
    expect(seen.dropped).toEqual([[1, "expired"]]);
    deliveries.opened();
    expect(say(2, { ttl: 0 })).toBe("sent");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("also ends on an open connection whose WebSocket accepts nothing", () => {
    const { deliveries, seen, say } = make({ ttl: 100 });
    deliveries.opened();
    seen.answers = Array<Answer>(9).fill("stop");
    say(1);
    vi.advanceTimersByTime(100);
    expect(seen.dropped).toEqual([[1, "expired"]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a close or another identity", () => {
  test.each(["closed", "identity"] as const)("drops all waiting messages, in order, because %s", (reason) => {
    const { deliveries, seen, say, drain } = make();
    say(1);
    say(2);
    if (reason === "closed") deliveries.stopped();
    else deliveries.identityChanged();
    expect(seen.dropped).toEqual([
      [1, reason],
      [2, reason],
    ]);
    expect(deliveries.queued).toBe(0);
    expect(drain()).toEqual([]);
  });

  test("ends the connection as well: new messages wait for the next one", () => {
    const { deliveries, seen, say } = make();
    deliveries.opened();
    deliveries.identityChanged();
    expect(say(1)).toBe("queued");
    expect(seen.sent).toEqual([]);
    deliveries.opened();
    expect(seen.sent).toEqual(["1"]);
  });

  /** Deliveries that a schema or codec of the user's clears while it works on the param 1. */
  function clearing(where: string, clear: (made: ReturnType<typeof make>) => void) {
    const during = (param: unknown) => void (param === 1 && clear(made));
    const param: Schema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => {
          during(value);
          return { value };
        },
      },
    };
    const made = make(
      {},
      where === "a schema"
        ? { protocol: { inbound: {}, outbound: { say: param } } }
        : {
            codec: {
              encode: ({ param }) => {
                during(param);
                return String(param);
              },
              decode: () => undefined,
            },
          },
    );
    return made;
  }

  test.each(["a schema", "a codec"])("drops a message that is being sent while %s of the user's changes the identity", (where) => {
    for (const open of [true, false]) {
      const made = clearing(where, ({ deliveries }) => {
        deliveries.identityChanged();
        // The connection of the other identity is open at once.
        if (open) deliveries.opened();
      });
      const { deliveries, seen, say } = made;
      if (open) deliveries.opened();
      expect(say(1)).toBe("dropped");
      expect(seen.dropped).toEqual([[1, "identity"]]);
      expect([deliveries.queued, seen.sent]).toEqual([0, []]);
      // What the other identity sends is not affected.
      expect(say(2)).toBe(open ? "sent" : "queued");
    }
  });

  test.each(["a schema", "a codec"])(
    "drops a message that is being sent while %s of the user's closes the socket, with that reason",
    (where) => {
      const { deliveries, seen, say } = clearing(where, ({ deliveries }) => {
        deliveries.stopped();
      });
      expect(say(1)).toBe("dropped");
      expect(seen.dropped).toEqual([[1, "closed"]]);
      expect(deliveries.queued).toBe(0);
    },
  );
});

type Step = { say: number } | { open: Answer[] } | { wait: number } | { clear: true };

/** The same with a plain list. */
function model({ max, overflow }: Pick<QueueOptions, "max" | "overflow">) {
  let list: { id: number; expires: number }[] = [];
  let now = 0;
  const log: unknown[] = [];
  const expire = () => {
    for (const { id } of list.filter(({ expires }) => expires <= now)) log.push([id, "expired"]);
    list = list.filter(({ expires }) => expires > now);
  };
  return {
    log,
    get size() {
      return list.length;
    },
    say(id: number, ttl: number) {
      if (list.length >= max && overflow === "throw") return log.push("overflow");
      list.push({ id, expires: now + ttl });
      if (list.length > max) log.push([overflow === "drop-newest" ? list.pop()!.id : list.shift()!.id, "overflow"]);
      expire();
      return log.push(list.some((waiting) => waiting.id === id) ? "queued" : "dropped");
    },
    open(answers: Answer[]) {
      for (const answer of answers) {
        if (!list.length || answer === "stop") return;
        const { id } = list.shift()!;
        log.push(answer === "sent" ? `sent ${id}` : [id, "refused"]);
      }
    },
    wait(time: number) {
      for (; time; time--) {
        now++;
        expire();
      }
    },
    clear() {
      for (const { id } of list.splice(0)) log.push([id, "closed"]);
    },
  };
}

test("does what a plain list does, under every overflow policy", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ say: fc.constantFrom(Infinity, Infinity, 0, 5, 10, 20) }) },
    { weight: 2, arbitrary: fc.record({ open: fc.array(fc.constantFrom<Answer>("sent", "sent", "refused", "stop"), { maxLength: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 15 }) }) },
    { weight: 1, arbitrary: fc.constant<Step>({ clear: true }) },
  );
  const options = fc.record<Pick<QueueOptions, "max" | "overflow">>({
    max: fc.nat(4),
    overflow: fc.constantFrom("drop-oldest", "drop-newest", "throw"),
  });
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 40 }), (options, steps) => {
      const { deliveries, seen, say, drain } = make(options);
      const log: unknown[] = [];
      // In the order in which they come about.
      seen.inside = (data) => log.push(`sent ${data}`);
      seen.dropped.push = (drop) => log.push(drop);
      const expected = model(options);
      steps.forEach((step, id) => {
        if ("say" in step) {
          expected.say(id, step.say);
          try {
            log.push(say(id, { ttl: step.say }));
          } catch (error) {
            log.push((error as SocketError).code);
          }
        } else if ("open" in step) {
          expected.open(step.open);
          seen.answers = [...step.open, "stop"];
          drain();
        } else if ("wait" in step) {
          expected.wait(step.wait);
          vi.advanceTimersByTime(step.wait);
        } else {
          expected.clear();
          deliveries.stopped();
          deliveries.started();
        }
        expect(deliveries.queued).toBe(expected.size);
        if (!deliveries.queued) expect(vi.getTimerCount()).toBe(0);
      });
      expect(log).toEqual(expected.log);
      deliveries.stopped();
      expect(vi.getTimerCount()).toBe(0);
    }),
  );
});
