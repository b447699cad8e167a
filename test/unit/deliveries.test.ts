import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import {
  type Authentication,
  defineProtocol,
  type DropReason,
  type Message,
  type Schema,
  Socket,
  type SocketError,
  type SocketOptions,
} from "../../src/index";
import { FakeWebSocket, fake } from "../harness/fake";
import { startProxy } from "../faults/proxy";
import { startPeer } from "../harness/peer";

// What becomes of messages, seen from a socket: `latest`, `confirm`, `request`, `drained`.

const numbered = z.object({ id: z.number() });
const byId = (sent: { id: number }, reply: { id: number }) => sent.id === reply.id;
const protocol = defineProtocol({
  inbound: { done: numbered, seen: numbered, time: z.object({ at: z.coerce.date() }) },
  outbound: {
    say: numbered.extend({ bulk: z.string().optional() }),
    move: { param: z.object({ id: z.number(), who: z.string().default("nobody") }), delivery: "latest", key: ({ who }) => who },
    turn: { param: numbered, delivery: "latest" },
    keep: { param: numbered, delivery: "confirm", reply: "done" },
    mine: { param: numbered, delivery: "confirm", reply: "done", match: byId },
    ask: { param: numbered, reply: "done" },
    askMine: { param: numbered, reply: "done", match: byId },
    askTime: { param: z.undefined(), reply: "time" },
  },
});
type Options = SocketOptions<typeof protocol>;
type Named = Message<string, { id: number }>;

/** A socket on fakes that connects when asked to, and is closed with its test; with what it reports. */
function make(options: Partial<Options> = {}) {
  const dropped: [id: number, reason: DropReason][] = [];
  const errors: SocketError[] = [];
  const socket = new Socket({
    url: "ws://peer.test/",
    autoConnect: false,
    protocol,
    WebSocket: fake,
    backoff: () => 100,
    onError: (error) => errors.push(error),
    onDrop: ({ param }, reason) => dropped.push([(param as Named["param"]).id, reason]),
    ...options,
  });
  onTestFinished(() => socket.close());
  return { socket, dropped, errors };
}

/** Runs promises and events, and the timer that reconnecting-websocket has before each attempt. */
const settled = () => vi.advanceTimersByTimeAsync(2);

/** The next connection opens; the wait before it is 100 ms. */
async function open(): Promise<FakeWebSocket> {
  const { length } = FakeWebSocket.made;
  await settled();
  if (FakeWebSocket.made.at(-1)?.readyState !== 0) await vi.advanceTimersByTimeAsync(100);
  await settled();
  expect(FakeWebSocket.made.length).toBeLessThanOrEqual(length + 1);
  FakeWebSocket.last.open();
  await settled();
  return FakeWebSocket.last;
}

async function opened(options: Partial<Options> = {}) {
  const made = make(options);
  made.socket.connect();
  return { ...made, link: await open() };
}

/** The ids of the messages that left on a connection, in order. */
const ids = ({ sent }: FakeWebSocket) => sent.map((data) => (JSON.parse(data as string) as Named).param.id);
const done = (id: number, channel = "") => ({ channel, cmd: "done", param: { id } });
const invalid = { cmd: "done", param: { id: "one" } };

/** How a promise settles, to be looked at later. */
function outcome(promise: Promise<unknown>): { how: unknown } {
  const outcome: { how: unknown } = { how: "pending" };
  promise.then(
    (value) => (outcome.how = value),
    (error: unknown) => (outcome.how = error),
  );
  return outcome;
}
const failed = (code: string, sent: boolean, cause?: unknown) =>
  expect.objectContaining({ code, sent, ...(cause !== undefined && { cause }) }) as unknown;

beforeEach(() => {
  FakeWebSocket.reset();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("latest", () => {
  test("lets one message wait for each channel, command and key: the newest, at the end of the order", async () => {
    const { socket, dropped } = make();
    const results = [
      socket.send("move", { id: 1, who: "ada" }),
      socket.send("say", { id: 2 }),
      socket.send("move", { id: 3, who: "bob" }),
      socket.channel("room").send("move", { id: 4, who: "ada" }),
      socket.send("turn", { id: 5 }),
      socket.send("move", { id: 6, who: "ada" }),
      socket.send("turn", { id: 7 }),
      socket.channel("room").send("move", { id: 8, who: "ada" }),
    ];
    expect(results).toEqual(["queued", "queued", "queued", "queued", "queued", "replaced", "replaced", "replaced"]);
    expect(socket.state.queued).toBe(5);
    socket.connect();
    expect(ids(await open())).toEqual([2, 3, 6, 7, 8]);
    expect(dropped).toEqual([]);
    expect(socket.state.queued).toBe(0);
  });

  test("leaves at once while it can, and replaces nothing that has left", async () => {
    const { socket, link } = await opened();
    expect([socket.send("turn", { id: 1 }), socket.send("turn", { id: 2 })]).toEqual(["sent", "sent"]);
    expect(ids(link)).toEqual([1, 2]);
  });

  test("takes its key from the output of the schema, or from the options of the message", () => {
    const { socket } = make();
    const results = [
      socket.send("move", { id: 1 }),
      socket.send("move", { id: 2, who: "nobody" }),
      socket.send("move", { id: 3 }, { key: "__proto__" }),
      socket.send("move", { id: 4, who: "ada" }, { key: "__proto__" }),
      // A number and its text are not the same.
      socket.send("turn", { id: 5 }, { key: 1 }),
      socket.send("turn", { id: 6 }, { key: "1" }),
      socket.send("turn", { id: 7 }, { key: "" }),
      socket.send("turn", { id: 8 }),
    ];
    expect(results).toEqual(["queued", "replaced", "queued", "replaced", "queued", "queued", "queued", "queued"]);
  });

  test("can be set for any message, and a message with another delivery neither replaces nor is replaced", async () => {
    const { socket } = make();
    const results = [
      socket.send("turn", { id: 1 }, { delivery: "queue" }),
      socket.send("say", { id: 2 }, { delivery: "latest", key: 0 }),
      socket.send("turn", { id: 3 }),
      socket.send("turn", { id: 4 }, { delivery: "drop" }),
      socket.send("say", { id: 5 }, { delivery: "latest", key: 0 }),
      socket.send("turn", { id: 6 }, { delivery: "queue" }),
    ];
    expect(results).toEqual(["queued", "queued", "queued", "dropped", "replaced", "queued"]);
    socket.connect();
    expect(ids(await open())).toEqual([1, 3, 5, 6]);
  });

  test.each(["drop-oldest", "drop-newest", "throw"] as const)(
    "takes no more room than the message that it replaces (%s)",
    async (overflow) => {
      const { socket, dropped } = make({ queue: { max: 2, overflow } });
      socket.send("turn", { id: 1 });
      socket.send("say", { id: 2 });
      expect(socket.send("turn", { id: 3 })).toBe("replaced");
      socket.connect();
      expect(ids(await open())).toEqual([2, 3]);
      expect(dropped).toEqual([]);
    },
  );

  test("has its own ttl, whatever the ttl of the message that it replaces", async () => {
    const { socket, dropped } = make();
    socket.send("turn", { id: 1 }, { ttl: 100 });
    socket.send("turn", { id: 2 }, { ttl: 300 });
    await vi.advanceTimersByTimeAsync(299);
    expect([socket.state.queued, dropped]).toEqual([1, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([socket.state.queued, dropped]).toEqual([0, [[2, "expired"]]]);
  });

  test("waits while much is buffered, even on an open connection; other messages leave", async () => {
    const { socket, link } = await opened({ highWaterMark: 1_000 });
    // As much is not more.
    link.bufferedAmount = 1_000;
    expect(socket.send("turn", { id: 1 })).toBe("sent");
    link.bufferedAmount = 1_001;
    expect([socket.send("turn", { id: 2 }), socket.send("say", { id: 3 }), socket.send("turn", { id: 4 })]).toEqual([
      "queued",
      "sent",
      "replaced",
    ]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([ids(link), socket.state.queued]).toEqual([[1, 3], 1]);
    link.bufferedAmount = 1_000;
    await vi.advanceTimersByTimeAsync(25);
    expect([ids(link), socket.state.queued]).toEqual([[1, 3, 4], 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves on the next connection when the one with the full buffer is lost", async () => {
    const { socket, link } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    socket.send("turn", { id: 1 });
    socket.send("say", { id: 2 });
    link.ends();
    expect(ids(await open())).toEqual([1]);
    expect(ids(link)).toEqual([2]);
  });

  test("watches the buffer only while it waits: nothing is left after close()", async () => {
    const { socket, link, dropped } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    socket.send("turn", { id: 1 });
    expect(vi.getTimerCount()).toBe(1);
    socket.close();
    link.ends(1000);
    await settled();
    expect(dropped).toEqual([[1, "closed"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves at once in place of an older one that still waits for the buffer, and the older one never leaves", async () => {
    const { socket, link, dropped } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    socket.send("turn", { id: 1 });
    link.bufferedAmount = 0;
    // The buffer was not looked at meanwhile.
    expect(socket.send("turn", { id: 2 })).toBe("sent");
    await vi.advanceTimersByTimeAsync(1_000);
    expect([ids(link), dropped, socket.state.queued]).toEqual([[2], [], 0]);
  });

  test("replaces nothing where it cannot wait itself: neither message is lost silently", async () => {
    const { socket, dropped } = make();
    socket.send("turn", { id: 1 });
    expect(socket.send("turn", { id: 2 }, { ttl: 0 })).toBe("dropped");
    await settled();
    expect(dropped.length + socket.state.queued).toBe(2);
  });

  test("replaces nothing where the WebSocket throws", async () => {
    const { socket, link, dropped } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    socket.send("turn", { id: 1 });
    link.bufferedAmount = 0;
    link.send = () => {
      throw new Error("refused");
    };
    expect(() => socket.send("turn", { id: 2 })).toThrow("refused");
    await settled();
    expect(dropped.length + socket.state.queued).toBe(1);
  });

  test("sent by authenticate is sent or dropped, past the queue", async () => {
    const results: string[] = [];
    const { socket } = make({ authenticate: ({ send }) => results.push(send("turn", { id: 1 })) });
    socket.send("turn", { id: 2 });
    socket.connect();
    expect(ids(await open())[0]).toBe(1);
    expect(results).toEqual(["sent"]);
  });

  test("replaces nothing where authenticate sends it after its attempt", async () => {
    let send: Authentication<typeof protocol>["send"] | undefined;
    const { socket, link, dropped } = await opened({
      authenticate: (authentication) => {
        send ??= authentication.send;
      },
    });
    link.ends();
    socket.send("turn", { id: 1 });
    expect(send!("turn", { id: 2 })).toBe("dropped");
    await settled();
    expect([socket.state.queued, dropped]).toEqual([1, [[2, "disconnected"]]]);
  });
});

describe("delivery confirm", () => {
  test("is kept until its reply arrives, and counted; listeners receive the reply, too", async () => {
    const { socket, link } = await opened();
    const heard: number[] = [];
    socket.on("done", ({ id }) => heard.push(id));
    expect([socket.send("keep", { id: 1 }), socket.send("keep", { id: 2 }), socket.state.queued]).toEqual(["sent", "sent", 2]);
    expect(socket.explain()).toContain("2 queued");
    link.says(done(11));
    expect(socket.state.queued).toBe(1);
    link.says(done(12));
    expect(socket.state.queued).toBe(0);
    link.says(done(13));
    expect([heard, socket.state.late]).toEqual([[11, 12, 13], 0]);
    expect(ids(link)).toEqual([1, 2]);
  });

  test("is sent again after a reconnect, in order and before waiting messages, until it is confirmed", async () => {
    const { socket, link, dropped } = await opened();
    for (const id of [1, 2, 3]) socket.send("keep", { id });
    link.says(done(1));
    link.ends();
    expect(socket.send("say", { id: 4 })).toBe("queued");
    expect(socket.send("keep", { id: 5 })).toBe("queued");
    const second = await open();
    expect([ids(second), socket.state.queued]).toEqual([[2, 3, 4, 5], 3]);
    // What the old connection still delivers is ignored.
    link.says(done(2));
    expect(socket.state.queued).toBe(3);
    second.says(done(2));
    second.ends();
    const third = await open();
    for (const id of [3, 5]) third.says(done(id));
    expect([ids(third), socket.state.queued, dropped]).toEqual([[3, 5], 0, []]);
  });

  test("waits like other messages while not open, and expects no reply before it was sent", async () => {
    const { socket } = make();
    expect([socket.send("keep", { id: 1 }), socket.state.queued]).toEqual(["queued", 1]);
    socket.connect();
    const link = await open();
    expect([ids(link), socket.state.queued]).toEqual([[1], 1]);
    link.says(done(1));
    expect(socket.state.queued).toBe(0);
  });

  test("is dropped after its ttl, sent or not, and reported; a later reply counts as late", async () => {
    const { socket, link, dropped } = await opened();
    socket.send("keep", { id: 1 }, { ttl: 100 });
    socket.send("keep", { id: 2 }, { ttl: 1_000 });
    await vi.advanceTimersByTimeAsync(100);
    expect([dropped, socket.state.queued]).toEqual([[[1, "expired"]], 1]);
    link.says(done(1));
    expect([socket.state.late, socket.state.queued]).toEqual([1, 1]);
    link.says(done(2));
    expect([socket.state.late, socket.state.queued]).toEqual([1, 0]);
    socket.send("keep", { id: 3 }, { ttl: 150 });
    link.ends();
    await vi.advanceTimersByTimeAsync(150);
    expect(ids(await open())).toEqual([]);
    expect(dropped).toEqual([
      [1, "expired"],
      [3, "expired"],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is confirmed by a reply in its own channel, the oldest first, and by nothing else", async () => {
    const { socket, link } = await opened();
    socket.send("keep", { id: 1 });
    socket.channel("room").send("keep", { id: 2 });
    link.says({ channel: "", cmd: "seen", param: { id: 1 } });
    link.says(done(1, "elsewhere"));
    expect(socket.state.queued).toBe(2);
    link.says(done(1, "room"));
    expect(socket.state.queued).toBe(1);
    link.ends();
    expect(ids(await open())).toEqual([1]);
  });

  test("is confirmed by the reply that matches, where there is a match", async () => {
    const { socket, link } = await opened();
    for (const id of [1, 2, 3]) socket.send("mine", { id });
    for (const id of [7, 2, 2]) link.says(done(id));
    expect(socket.state.queued).toBe(2);
    link.ends();
    expect(ids(await open())).toEqual([1, 3]);
  });

  test("is confirmed by a reply that does not fit the protocol, unless a match would have to decide", async () => {
    const { socket, link, errors } = await opened();
    socket.send("keep", { id: 1 });
    socket.send("mine", { id: 2 });
    link.says(invalid);
    expect(socket.state.queued).toBe(1);
    link.says(invalid);
    expect(socket.state.queued).toBe(1);
    await settled();
    expect(errors).toMatchObject([
      { code: "validation", cmd: "done" },
      { code: "validation", cmd: "done" },
    ]);
    link.ends();
    expect(ids(await open())).toEqual([2]);
  });

  test("is not confirmed by a message that cannot be read, which need not be its reply: it is kept, and sent again", async () => {
    const { socket, link, errors, dropped } = await opened({ maxMessageBytes: 100 });
    for (const id of [1, 2]) socket.send("keep", { id });
    for (const data of ["{", "x".repeat(101)]) link.says(data);
    await settled();
    expect([errors.map(({ code }) => code), socket.state.queued]).toEqual([["codec", "size"], 2]);
    link.says(done(1));
    expect(socket.state.queued).toBe(1);
    link.ends();
    const next = await open();
    expect([ids(next), dropped]).toEqual([[2], []]);
    next.says(done(2));
    expect(socket.state.queued).toBe(0);
  });

  test("is matched by the param as it was sent, whatever the caller does with it later", async () => {
    const free: Socket = new Socket({ url: "ws://peer.test/", WebSocket: fake, onError: () => {} });
    onTestFinished(() => free.close());
    const link = await open();
    const param = { id: 1, parts: [1] };
    const seen: unknown[] = [];
    const match = (sent: unknown) => seen.push(sent) > 0;
    free.send("keep", param, { delivery: "confirm", reply: "done", match });
    const request = outcome(free.request("ask", param, { reply: "done", match }));
    param.id = 2;
    param.parts.push(2);
    for (const id of [1, 2]) link.says(done(id));
    await settled();
    expect(seen).toEqual([
      { id: 1, parts: [1] },
      { id: 1, parts: [1] },
    ]);
    expect([request.how, free.state.queued]).toEqual([{ id: 2 }, 0]);
  });

  test("keeps a message whose match throws, and reports it", async () => {
    const { socket, link, errors } = await opened();
    const cause = new Error("mine");
    const match = () => {
      throw cause;
    };
    socket.send("keep", { id: 1 }, { match });
    link.says(done(1));
    await settled();
    expect(socket.state.queued).toBe(1);
    expect(errors).toMatchObject([{ code: "listener", cause }]);
  });

  test("can be set for any message that names a reply, and such a message can have another delivery", async () => {
    const { socket, link } = await opened();
    socket.send("keep", { id: 1 }, { delivery: "queue" });
    expect(socket.state.queued).toBe(0);
    socket.send("say", { id: 2 }, { delivery: "confirm", reply: "seen" });
    socket.send("ask", { id: 3 }, { delivery: "confirm", match: byId });
    socket.send("keep", { id: 4 }, { reply: "seen" });
    expect(socket.state.queued).toBe(3);
    for (const id of [9, 3]) link.says(done(id));
    expect(socket.state.queued).toBe(2);
    for (const id of [2, 4]) link.says({ cmd: "seen", param: { id } });
    expect(socket.state.queued).toBe(0);
  });

  test("takes room while it is kept, but only a message that was not sent yet is dropped to make room", async () => {
    const { socket, link, dropped } = await opened({ queue: { max: 2 } });
    for (const id of [1, 2]) socket.send("keep", { id });
    // What leaves at once needs no room.
    expect(socket.send("say", { id: 3 })).toBe("sent");
    expect(socket.send("keep", { id: 4 })).toBe("dropped");
    await settled();
    expect([socket.state.queued, ids(link), dropped]).toEqual([2, [1, 2, 3], [[4, "overflow"]]]);
    // Now they wait like others.
    link.ends();
    expect(socket.send("say", { id: 5 })).toBe("queued");
    expect(ids(await open())).toEqual([2, 5]);
    expect(dropped).toEqual([
      [4, "overflow"],
      [1, "overflow"],
    ]);
    const newest = await opened({ queue: { max: 1, overflow: "drop-newest" } });
    newest.socket.send("keep", { id: 1 });
    expect(newest.socket.send("keep", { id: 2 })).toBe("dropped");
    const strict = await opened({ queue: { max: 1, overflow: "throw" } });
    strict.socket.send("keep", { id: 1 });
    expect(() => strict.socket.send("keep", { id: 2 })).toThrow(expect.objectContaining({ code: "overflow" }) as Error);
    expect([ids(newest.link), ids(strict.link)]).toEqual([[1], [1]]);
  });

  test("is dropped and reported where the WebSocket throws, and expects no reply", async () => {
    const { socket, link, dropped } = await opened();
    const { send } = link;
    link.send = () => {
      throw new Error("refused");
    };
    expect(socket.send("keep", { id: 1 })).toBe("dropped");
    link.send = send;
    socket.send("keep", { id: 2 });
    link.says(done(2));
    await settled();
    expect([dropped, socket.state.queued, socket.state.late]).toEqual([[[1, "refused"]], 0, 0]);
  });

  test.each([
    ["close()", "closed", (socket: Socket<typeof protocol>) => socket.close()],
    ["identify()", "identity", (socket: Socket<typeof protocol>) => socket.identify("ada")],
  ])("%s drops unconfirmed messages, and reports them", async (_, reason, end) => {
    const { socket, dropped } = await opened();
    socket.send("keep", { id: 1 });
    end(socket);
    await settled();
    expect([dropped, socket.state.queued]).toEqual([[[1, reason]], 0]);
  });

  test("is confirmed by a server that replies before send() returns", async () => {
    const { socket, link } = await opened();
    link.send = (data) => {
      link.sent.push(data);
      link.says(done(1));
    };
    expect([socket.send("keep", { id: 1 }), socket.state.queued]).toEqual(["sent", 0]);
    link.ends();
    expect(ids(await open())).toEqual([]);
  });

  test("is sent again where its own sending ends the connection", async () => {
    const { socket, link } = await opened();
    link.send = (data) => {
      link.sent.push(data);
      link.ends();
    };
    socket.send("keep", { id: 1 });
    expect([ids(link), socket.state.queued]).toEqual([[1], 1]);
    expect(ids(await open())).toEqual([1]);
  });

  test("has no doubtful replies on a new connection, whatever happened on the old one", async () => {
    const { socket, link } = await opened();
    socket.send("keep", { id: 1 }, { ttl: 50 });
    socket.send("keep", { id: 2 }, { ttl: 1_000 });
    await vi.advanceTimersByTimeAsync(50);
    link.says(done(1));
    link.ends();
    const second = await open();
    expect(ids(second)).toEqual([2]);
    await vi.advanceTimersByTimeAsync(1_000);
    // The second one's reply comes late, and is not the third one's.
    socket.send("keep", { id: 3 });
    second.says(done(2));
    expect([socket.state.queued, socket.state.late]).toEqual([1, 2]);
  });
});

describe("confirm()", () => {
  test("resolves with the param of the reply, as its schema returns it; listeners receive the reply, too", async () => {
    const { socket, link } = await opened();
    const heard: unknown[] = [];
    socket.on("time", ({ at }) => heard.push(at));
    const confirmed = outcome(socket.confirm("askTime"));
    expect(socket.state.queued).toBe(1);
    link.says({ cmd: "time", param: { at: 0 } });
    await settled();
    expect([confirmed.how, heard, socket.state.queued]).toEqual([{ at: new Date(0) }, [new Date(0)], 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps and resends a message after each loss until its reply comes, whatever the delivery of its command", async () => {
    const { socket } = make();
    const outcomes = [
      outcome(socket.confirm("keep", { id: 1 })),
      outcome(socket.confirm("turn", { id: 2 }, { reply: "done" })),
      outcome(socket.confirm("askMine", { id: 3 })),
    ];
    expect(socket.state.queued).toBe(3);
    socket.connect();
    for (let loss = 0; loss < 3; loss++) {
      const link = await open();
      expect(ids(link)).toEqual([1, 2, 3]);
      link.ends();
      await settled();
      expect(outcomes.map(({ how }) => how)).toEqual(["pending", "pending", "pending"]);
    }
    const last = await open();
    for (const id of [11, 12, 3]) last.says(done(id));
    await settled();
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 11 }, { id: 12 }, { id: 3 }]);
    last.ends();
    expect([ids(await open()), socket.state.queued]).toEqual([[], 0]);
  });

  test("has no time limit unless there is a ttl", async () => {
    const { socket, link } = await opened();
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    await vi.advanceTimersByTimeAsync(1_000_000_000);
    expect(confirmed.how).toBe("pending");
    link.says(done(1));
    await settled();
    expect(confirmed.how).toEqual({ id: 1 });
  });

  test("sends to the channel of the socket, of its options, or of a channel, and is answered there", async () => {
    const { socket, link } = await opened({ channel: "lobby" });
    const outcomes = [
      outcome(socket.confirm("keep", { id: 1 })),
      outcome(socket.confirm("keep", { id: 2 }, { channel: "room" })),
      outcome(socket.channel("attic").confirm("keep", { id: 3 })),
    ];
    expect(link.sent.map((data) => (JSON.parse(data as string) as Message).channel)).toEqual(["lobby", "room", "attic"]);
    for (const [id, channel] of [
      [3, "attic"],
      [2, "room"],
      [1, "lobby"],
    ] as const)
      link.says(done(id, channel));
    await settled();
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  test("takes reply and match from its options, and shares the order of replies with send() and request()", async () => {
    const { socket, link } = await opened();
    socket.send("keep", { id: 1 });
    const outcomes = [
      outcome(socket.confirm("keep", { id: 2 })),
      outcome(socket.request("ask", { id: 3 })),
      outcome(socket.confirm("say", { id: 4 }, { reply: "done", match: byId })),
      outcome(socket.confirm("keep", { id: 5 }, { reply: "seen" })),
    ];
    link.says({ cmd: "seen", param: { id: 15 } });
    for (const id of [11, 12, 13, 4]) link.says(done(id));
    await settled();
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 12 }, { id: 13 }, { id: 4 }, { id: 15 }]);
  });

  test("resolves with the reply of a server that answers before the message was handed over", async () => {
    const { socket, link } = await opened();
    link.send = () => link.says(done(1));
    expect(await socket.confirm("keep", { id: 1 })).toEqual({ id: 1 });
    expect(socket.state.queued).toBe(0);
  });

  test("sends a message again whose sending ended the connection", async () => {
    const { socket, link } = await opened();
    link.send = () => link.ends();
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    const next = await open();
    expect([ids(next), confirmed.how]).toEqual([[1], "pending"]);
  });

  test.each([true, false])(
    "with an aborted signal gives the message up, left or not (%s), and rejects with its reason; its late reply answers no other",
    async (leaves) => {
      const reason = new Error("enough");
      const controller = new AbortController();
      const { socket, dropped } = make();
      if (leaves) {
        socket.connect();
        await open();
      }
      const confirmed = outcome(socket.confirm("keep", { id: 1 }, { signal: controller.signal }));
      controller.abort(reason);
      await settled();
      expect(confirmed.how).toEqual(failed("aborted", leaves, reason));
      // It was the caller's wish, so nothing is reported as dropped.
      expect([socket.state.queued, dropped]).toEqual([0, []]);
      if (!leaves) socket.connect();
      const link = leaves ? FakeWebSocket.last : await open();
      const next = outcome(socket.confirm("keep", { id: 2 }));
      if (leaves) link.says(done(1));
      await settled();
      expect([next.how, socket.state.late]).toEqual(["pending", leaves ? 1 : 0]);
      link.says(done(2));
      await settled();
      expect([next.how, ids(link)]).toEqual([{ id: 2 }, leaves ? [1, 2] : [2]]);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("with a signal that was already aborted sends nothing", async () => {
    const { socket, link } = await opened();
    const reason = new Error("enough");
    const confirmed = outcome(socket.confirm("keep", { id: 1 }, { signal: AbortSignal.abort(reason) }));
    await settled();
    expect([confirmed.how, link.sent, socket.state.queued]).toEqual([failed("aborted", false, reason), [], 0]);
  });

  test("leaves no listener on its signal, however it ends", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const { socket, link } = await opened();
    const outcomes = [
      outcome(socket.confirm("keep", { id: 1 }, { signal })),
      outcome(socket.confirm("keep", { id: 2 }, { signal, ttl: 50 })),
      outcome(socket.confirm("keep", { id: "three" } as never, { signal })),
    ];
    link.says(done(1));
    await vi.advanceTimersByTimeAsync(50);
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 1 }, failed("expired", true), failed("validation", false)]);
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([3, 3]);
  });

  test.each<[string, Partial<Options>, { ttl?: number }]>([
    ["its own", {}, { ttl: 50 }],
    ["the queue's", { queue: { ttl: 50 } }, {}],
  ])("rejects with expired after %s ttl, left or not, and the drop is reported, too", async (_, options, own) => {
    const { socket, dropped } = await opened(options);
    const left = outcome(socket.confirm("keep", { id: 1 }, own));
    const waiting = make(options);
    const waits = outcome(waiting.socket.confirm("keep", { id: 2 }, own));
    await vi.advanceTimersByTimeAsync(49);
    expect([left.how, waits.how]).toEqual(["pending", "pending"]);
    await vi.advanceTimersByTimeAsync(1);
    expect([left.how, waits.how]).toEqual([failed("expired", true, "expired"), failed("expired", false, "expired")]);
    expect([dropped, waiting.dropped]).toEqual([[[1, "expired"]], [[2, "expired"]]]);
  });

  test.each<[DropReason, string, boolean, Partial<Options>, (socket: Socket<typeof protocol>, link: FakeWebSocket) => unknown]>([
    ["identity", "dropped", true, {}, (socket) => socket.identify("ada")],
    ["closed", "closed", true, {}, (socket) => socket.close()],
    ["closed", "closed", true, {}, (_, link) => link.ends(4400)],
    [
      "overflow",
      "dropped",
      true,
      { queue: { max: 1 } },
      (socket, link) => {
        link.ends();
        socket.send("say", { id: 2 });
      },
    ],
  ])("rejects where the message is dropped as %s, with %s, and says that it had left", async (reason, code, sent, options, end) => {
    const { socket, link, dropped } = await opened(options);
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    await end(socket, link);
    await settled();
    expect(confirmed.how).toEqual(failed(code, sent, reason));
    expect(dropped).toEqual([[1, reason]]);
  });

  test("rejects with dropped, not sent, where the WebSocket throws at the message", async () => {
    const { socket, link, dropped } = await opened();
    link.send = () => {
      throw new Error("refused");
    };
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    await settled();
    expect([confirmed.how, dropped]).toEqual([failed("dropped", false, "refused"), [[1, "refused"]]]);
  });

  test("rejects with validation where the reply does not fit, and does not send the message again: the server has it", async () => {
    const { socket, link, errors } = await opened();
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    link.says(invalid);
    await settled();
    expect([confirmed.how, socket.state.queued]).toEqual([failed("validation", true), 0]);
    expect(errors).toMatchObject([{ code: "validation", cmd: "done" }]);
    link.ends();
    expect(ids(await open())).toEqual([]);
  });

  test("waits on past a message that cannot be read", async () => {
    const { socket, link } = await opened();
    const confirmed = outcome(socket.confirm("keep", { id: 1 }));
    link.says("{");
    await settled();
    expect(confirmed.how).toBe("pending");
    link.says(done(1));
    await settled();
    expect(confirmed.how).toEqual({ id: 1 });
  });

  test("rejects with what send() throws, not sent, and leaves nothing behind", async () => {
    const { socket } = make({ queue: { max: 1, overflow: "throw" } });
    socket.send("say", { id: 0 });
    const outcomes = [
      outcome(socket.confirm("keep", { id: 1 })),
      outcome(socket.confirm("keep", { id: "1" } as never)),
      outcome(socket.confirm("other" as never)),
      outcome(socket.confirm("say" as "keep", { id: 1 })),
      outcome(socket.confirm("keep", { id: 1 }, { reply: "gone" as "done" })),
      outcome(socket.confirm("keep", { id: 1 }, { timeout: 5 } as never)),
      outcome(socket.confirm("keep", { id: 1 }, { ttl: "5" } as never)),
    ];
    await settled();
    const codes = ["overflow", "validation", "validation", "usage", "usage", "usage", "usage"];
    expect(outcomes.map(({ how }) => how)).toEqual(codes.map((code) => failed(code, false)));
    expect([socket.state.queued, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test("ends no process by a rejection that nobody awaits, unless the call was a mistake", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { socket } = make();
    void socket.confirm("keep", { id: 1 });
    void socket.confirm("keep", { id: 2 }, { ttl: 10 });
    void socket.confirm("keep", { id: 3 }, { signal: AbortSignal.abort() });
    await vi.advanceTimersByTimeAsync(10);
    socket.close();
    void socket.confirm("keep", { id: 4 });
    await settled();
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
    void socket.confirm("keep", { id: "five" } as never);
    await settled();
    await turn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).toHaveBeenCalledTimes(1);
  });
});

describe("a message that is too large for the server (close code 1009)", () => {
  test("is dropped with size if it is kept, and the others are sent again", async () => {
    const { socket, link, dropped } = await opened();
    socket.send("keep", { id: 1 });
    const large = outcome(socket.confirm("say", { id: 2, bulk: "x".repeat(1_000) }, { reply: "done" }));
    socket.send("keep", { id: 3 });
    link.ends(1009);
    await settled();
    expect(socket.state.status).toBe("reconnecting");
    expect(large.how).toEqual(failed("dropped", true, "size"));
    expect(dropped).toEqual([[2, "size"]]);
    expect(ids(await open())).toEqual([1, 3]);
  });

  test("is not one that has not left", async () => {
    const { socket, link, dropped } = await opened();
    link.readyState = 2;
    socket.send("say", { id: 1, bulk: "x".repeat(1_000) });
    link.ends(1009);
    await settled();
    expect(dropped).toEqual([]);
    expect(ids(await open())).toEqual([1]);
  });
});

describe("request", () => {
  test("resolves with the param of the reply, as its schema returns it; listeners receive the reply, too", async () => {
    const { socket, link } = await opened();
    const heard: unknown[] = [];
    socket.on("time", ({ at }) => heard.push(at));
    socket.onMessage(({ cmd }) => heard.push(cmd));
    const request = outcome(socket.request("askTime"));
    link.says({ cmd: "time", param: { at: 0 } });
    await settled();
    expect(request.how).toEqual({ at: new Date(0) });
    expect(heard).toEqual([new Date(0), "time"]);
    expect(link.sent).toEqual([`{"channel":"","cmd":"askTime","param":null}`]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is checked and answered without listeners", async () => {
    const { socket, link, errors } = await opened();
    link.says(invalid);
    const request = outcome(socket.request("ask", { id: 1 }));
    link.says(invalid);
    link.says(invalid);
    await settled();
    expect(request.how).toEqual(failed("validation", true));
    expect(errors).toHaveLength(1);
  });

  test("asks in the channel of the socket, of its options, or of a handle", async () => {
    const { socket, link } = await opened({ channel: "lobby" });
    const outcomes = [
      outcome(socket.request("ask", { id: 1 })),
      outcome(socket.request("ask", { id: 2 }, { channel: "room" })),
      outcome(socket.channel("attic").request("ask", { id: 3 })),
      outcome(socket.channel("").request("say", { id: 4 }, { reply: "done" })),
    ];
    expect(link.sent.map((data) => (JSON.parse(data as string) as Message).channel)).toEqual(["lobby", "room", "attic", ""]);
    for (const [id, channel] of [
      [4, ""],
      [3, "attic"],
      [2, "room"],
      [1, "lobby"],
    ] as const)
      link.says(done(id, channel));
    await settled();
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
  });

  test("is answered first in, first out, or by the match of its command or its options", async () => {
    const { socket, link } = await opened();
    const outcomes = [
      outcome(socket.request("askMine", { id: 1 })),
      outcome(socket.request("ask", { id: 2 }, { match: byId })),
      outcome(socket.request("ask", { id: 3 })),
      outcome(socket.request("ask", { id: 4 })),
      outcome(socket.request("ask", { id: 5 }, { reply: "done" })),
    ];
    for (const id of [2, 13, 14, 1, 15]) link.says(done(id));
    await settled();
    expect(outcomes.map(({ how }) => how)).toEqual([{ id: 1 }, { id: 2 }, { id: 13 }, { id: 14 }, { id: 15 }]);
  });

  test("shares this order with messages that wait for a confirmation", async () => {
    const { socket, link } = await opened();
    socket.send("keep", { id: 1 });
    const request = outcome(socket.request("ask", { id: 2 }));
    link.says(done(11));
    await settled();
    expect([request.how, socket.state.queued]).toEqual(["pending", 0]);
    link.says(done(12));
    await settled();
    expect(request.how).toEqual({ id: 12 });
  });

  test("waits in order with other messages, and is never sent again", async () => {
    const { socket } = make();
    socket.send("say", { id: 1 });
    const request = outcome(socket.request("ask", { id: 2 }));
    // Whatever the delivery of its command.
    const kept = outcome(socket.request("keep", { id: 3 }));
    const latest = [
      outcome(socket.request("turn", { id: 4 }, { reply: "done" })),
      outcome(socket.request("turn", { id: 5 }, { reply: "done" })),
    ];
    socket.send("say", { id: 6 });
    expect(socket.state.queued).toBe(6);
    socket.connect();
    const link = await open();
    expect([ids(link), socket.state.queued]).toEqual([[1, 2, 3, 4, 5, 6], 0]);
    link.ends();
    expect(ids(await open())).toEqual([]);
    for (const { how } of [request, kept, ...latest]) expect(how).toEqual(failed("lost", true));
  });

  test("is answered by a server that replies before send() returns", async () => {
    const { socket, link } = await opened();
    link.send = () => link.says(done(1));
    expect(await socket.request("ask", { id: 1 })).toEqual({ id: 1 });
  });

  test("is answered even if a listener of the reply closes the socket", async () => {
    const { socket, link } = await opened();
    socket.on("done", () => socket.close());
    const request = outcome(socket.request("ask", { id: 1 }));
    link.says(done(1));
    await settled();
    expect(request.how).toEqual({ id: 1 });
  });

  describe("fails", () => {
    test("with timeout, sent; its late reply does not answer the next request", async () => {
      const { socket, link } = await opened();
      const first = outcome(socket.request("ask", { id: 1 }, { timeout: 100 }));
      await vi.advanceTimersByTimeAsync(99);
      expect(first.how).toBe("pending");
      await vi.advanceTimersByTimeAsync(1);
      expect(first.how).toEqual(failed("timeout", true));
      expect(String((first.how as Error).message)).toMatch(/^ask: .+\.$/);
      const second = outcome(socket.request("ask", { id: 2 }));
      link.says(done(1));
      await settled();
      expect([second.how, socket.state.late]).toEqual(["pending", 1]);
      link.says(done(2));
      await settled();
      expect([second.how, socket.state.late]).toEqual([{ id: 2 }, 1]);
    });

    test("after ten seconds by default", async () => {
      const { socket } = await opened();
      const request = outcome(socket.request("ask", { id: 1 }));
      await vi.advanceTimersByTimeAsync(9_999);
      expect(request.how).toBe("pending");
      await vi.advanceTimersByTimeAsync(1);
      expect(request.how).toEqual(failed("timeout", true));
    });

    test("with timeout while it waits, and then never leaves", async () => {
      const { socket, dropped } = make();
      const request = outcome(socket.request("ask", { id: 1 }, { timeout: 100 }));
      socket.send("say", { id: 2 });
      await vi.advanceTimersByTimeAsync(100);
      expect(request.how).toEqual(failed("timeout", false));
      // Not the sentence for a server that does not answer.
      expect((request.how as Error).message).toBe(
        "ask: The request waited for the connection until its time ran out; call connect(), or raise `timeout`.",
      );
      expect([socket.state.queued, dropped]).toEqual([1, []]);
      socket.connect();
      const link = await open();
      expect(ids(link)).toEqual([2]);
      // It has no place in line.
      const next = outcome(socket.request("ask", { id: 3 }));
      link.says(done(3));
      await settled();
      expect([next.how, socket.state.late]).toEqual([{ id: 3 }, 0]);
    });

    test("only after it has had its time awake: replies that arrived during sleep count before a late timer", async () => {
      const { socket, link } = await opened();
      const requests = [
        outcome(socket.request("ask", { id: 1 }, { timeout: 100 })),
        outcome(socket.request("ask", { id: 2 }, { timeout: 100 })),
      ];
      vi.setSystemTime(Date.now() + 3_600_000);
      await vi.advanceTimersByTimeAsync(100);
      link.says(done(1));
      await vi.advanceTimersByTimeAsync(99);
      expect(requests.map(({ how }) => how)).toEqual([{ id: 1 }, "pending"]);
      await vi.advanceTimersByTimeAsync(1);
      expect(requests[1]!.how).toEqual(failed("timeout", true));
    });

    test("with aborted and the signal's reason, sent or not; a later reply counts as late", async () => {
      const reason = new Error("enough");
      const controller = new AbortController();
      const { signal } = controller;
      const { socket, link } = await opened();
      const sent = outcome(socket.request("ask", { id: 1 }, { signal }));
      const waiting = make();
      const queued = outcome(waiting.socket.request("ask", { id: 2 }, { signal }));
      controller.abort(reason);
      await settled();
      expect(sent.how).toEqual(failed("aborted", true, reason));
      expect(queued.how).toEqual(failed("aborted", false, reason));
      expect([waiting.socket.state.queued, waiting.dropped]).toEqual([0, []]);
      link.says(done(1));
      expect(socket.state.late).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    });

    test("with aborted where the signal was already aborted, and sends nothing", async () => {
      const { socket, link } = await opened();
      const reason = new Error("enough");
      const request = outcome(socket.request("ask", { id: 1 }, { signal: AbortSignal.abort(reason) }));
      await settled();
      expect(request.how).toEqual(failed("aborted", false, reason));
      expect([link.sent, socket.state.queued, vi.getTimerCount()]).toEqual([[], 0, 0]);
    });

    test("with lost, sent; nothing on the next connection answers it", async () => {
      const { socket, link } = await opened();
      const lost = outcome(socket.request("ask", { id: 1 }));
      link.ends();
      const next = outcome(socket.request("ask", { id: 2 }));
      await settled();
      expect(lost.how).toEqual(failed("lost", true));
      expect(next.how).toBe("pending");
      (await open()).says(done(2));
      await settled();
      expect([next.how, socket.state.late]).toEqual([{ id: 2 }, 0]);
    });

    test("with lost, sent, when the identity changes", async () => {
      const { socket, dropped } = await opened();
      const request = outcome(socket.request("ask", { id: 1 }));
      socket.identify("ada");
      await settled();
      expect(request.how).toEqual(failed("lost", true));
      expect(dropped).toEqual([]);
    });

    test("with lost, sent, where its own sending ends the connection", async () => {
      const { socket, link } = await opened();
      link.send = (data) => {
        link.sent.push(data);
        link.ends();
      };
      const request = outcome(socket.request("ask", { id: 1 }));
      await settled();
      expect(request.how).toEqual(failed("lost", true));
      expect(ids(await open())).toEqual([]);
    });

    test("with closed, sent or not, and at once on a closed socket", async () => {
      const { socket, dropped } = await opened();
      const sent = outcome(socket.request("ask", { id: 1 }, { timeout: Infinity }));
      const waiting = make();
      const queued = outcome(waiting.socket.request("ask", { id: 2 }, { timeout: Infinity }));
      await vi.advanceTimersByTimeAsync(1_000_000);
      for (const { how } of [sent, queued]) expect(how).toBe("pending");
      socket.close();
      waiting.socket.close();
      const after = outcome(socket.request("ask", { id: 3 }));
      await settled();
      expect(sent.how).toEqual(failed("closed", true));
      expect([queued.how, after.how]).toEqual([failed("closed", false, "closed"), failed("closed", false, "closed")]);
      expect(waiting.dropped).toEqual([[2, "closed"]]);
      expect(dropped).toEqual([[3, "closed"]]);
      FakeWebSocket.last.ends(1000);
      expect(vi.getTimerCount()).toBe(0);
    });

    test("with closed or lost where the server ends the session", async () => {
      const { socket, link } = await opened();
      const request = outcome(socket.request("ask", { id: 1 }));
      link.ends(4400);
      await settled();
      expect(socket.state.status).toBe("closed");
      expect(request.how).toMatchObject({ code: expect.stringMatching(/^(closed|lost)$/) as string, sent: true });
    });

    test.each<[DropReason, Partial<Options>, (socket: Socket<typeof protocol>) => unknown]>([
      ["overflow", { queue: { max: 1 } }, (socket) => socket.send("say", { id: 2 })],
      ["overflow", { queue: { max: 0, overflow: "drop-newest" } }, () => {}],
      ["expired", { queue: { ttl: 50 } }, () => vi.advanceTimersByTimeAsync(50)],
      ["identity", {}, (socket) => socket.identify("ada")],
      [
        "refused",
        {
          WebSocket: class extends FakeWebSocket {
            override send(): void {
              throw new Error("refused");
            }
          },
        },
        async (socket) => {
          socket.connect();
          return await open();
        },
      ],
    ])(
      "with dropped or expired, not sent, where the queue drops it (%s), which is reported with the same reason",
      async (reason, options, end) => {
        const { socket, dropped } = make(options);
        const request = outcome(socket.request("ask", { id: 1 }));
        await end(socket);
        await settled();
        expect(request.how).toEqual(failed(reason === "expired" ? "expired" : "dropped", false, reason));
        expect(dropped[0]).toEqual([1, reason]);
      },
    );

    test("with the error that send() throws, not sent, and leaves nothing behind", async () => {
      const { socket } = make({ queue: { max: 1, overflow: "throw" } });
      socket.send("say", { id: 0 });
      const full = outcome(socket.request("ask", { id: 1 }));
      const wrong = outcome(socket.request("ask", { id: "1" } as never));
      const unknown = outcome(socket.request("constructor" as never));
      await settled();
      expect([full.how, wrong.how, unknown.how]).toEqual([
        failed("overflow", false),
        failed("validation", false),
        failed("validation", false),
      ]);
      expect([socket.state.queued, vi.getTimerCount()]).toEqual([1, 0]);
    });

    test("with validation, sent, where the reply does not fit, which is also reported as an error", async () => {
      const { socket, link, errors } = await opened();
      const requests = [
        outcome(socket.request("askMine", { id: 1 })),
        outcome(socket.request("ask", { id: 2 })),
        outcome(socket.request("ask", { id: 3 })),
      ];
      link.says(invalid);
      await settled();
      expect(requests.map(({ how }) => how)).toEqual(["pending", failed("validation", true), "pending"]);
      expect(errors).toMatchObject([{ code: "validation", cmd: "done", issues: [{ path: ["id"] }] }]);
    });

    test("and leaves no listener on its signal, also when it is answered", async () => {
      const { signal } = new AbortController();
      const add = vi.spyOn(signal, "addEventListener");
      const remove = vi.spyOn(signal, "removeEventListener");
      const { socket, link } = await opened();
      const requests = [1, 2].map((id) => outcome(socket.request("ask", { id }, { signal, timeout: 100 })));
      void outcome(socket.request("ask", { id: "three" } as never, { signal }));
      link.says(done(1));
      await vi.advanceTimersByTimeAsync(100);
      expect(requests.map(({ how }) => how)).toEqual([{ id: 1 }, failed("timeout", true)]);
      expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([3, 3]);
    });
  });

  test("without an unhandled rejection, unless the call was a mistake", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { socket } = make();
    void socket.request("ask", { id: 1 });
    void socket.channel("room").request("ask", { id: 2 }, { timeout: 10 });
    void socket.request("ask", { id: 3 }, { signal: AbortSignal.abort() });
    await vi.advanceTimersByTimeAsync(10);
    socket.close();
    void socket.request("ask", { id: 4 });
    await settled();
    await turn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("and recovers after the server has left some requests without an answer", async () => {
    const { socket, link } = await opened();
    const ask = (id: number) => outcome(socket.request("ask", { id }, { timeout: 100 }));
    // The server answers none of these.
    for (const id of [1, 2]) ask(id);
    await vi.advanceTimersByTimeAsync(100);
    // And this one at once, which looks like a late answer to the first.
    const third = ask(3);
    link.says(done(3));
    await vi.advanceTimersByTimeAsync(100);
    expect(third.how).toEqual(failed("timeout", true));
    const fourth = ask(4);
    link.says(done(4));
    await settled();
    expect(fourth.how).toEqual({ id: 4 });
  });
});

describe("drained", () => {
  test("resolves at once where nothing waits, even before the first connection", async () => {
    const { socket } = make();
    await socket.drained();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits for the queue, for confirmations, and for the buffer", async () => {
    const { socket } = make({ highWaterMark: 1_000 });
    socket.send("say", { id: 1 });
    socket.send("keep", { id: 2 });
    const drained = outcome(socket.drained());
    await settled();
    expect(drained.how).toBe("pending");
    socket.connect();
    const link = await open();
    expect(drained.how).toBe("pending");
    link.bufferedAmount = 1_001;
    link.says(done(2));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(drained.how).toBe("pending");
    link.bufferedAmount = 1_000;
    await vi.advanceTimersByTimeAsync(25);
    expect(drained.how).toBe(undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits for the buffer alone, and watches it", async () => {
    const { socket, link } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    socket.send("say", { id: 1 });
    expect(vi.getTimerCount()).toBe(0);
    const both = [outcome(socket.drained()), outcome(socket.drained())];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(both.map(({ how }) => how)).toEqual(["pending", "pending"]);
    link.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(25);
    expect(both.map(({ how }) => how)).toEqual([undefined, undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[string, (socket: Socket<typeof protocol>) => unknown]>([
    ["expires", () => vi.advanceTimersByTimeAsync(50)],
    ["is given up for another identity", (socket) => socket.identify("ada")],
  ])("resolves where the waiting message %s", async (_, end) => {
    const { socket } = make({ queue: { ttl: 50 } });
    socket.send("say", { id: 1 });
    const drained = outcome(socket.drained());
    await end(socket);
    await settled();
    expect(drained.how).toBe(undefined);
  });

  test("resolves where a waiting request is never answered", async () => {
    const { socket } = make();
    void socket.request("ask", { id: 1 }, { timeout: 50 });
    const drained = outcome(socket.drained());
    await settled();
    expect(drained.how).toBe("pending");
    await vi.advanceTimersByTimeAsync(50);
    expect(drained.how).toBe(undefined);
  });

  test("does not wait for the reply to a request that was sent", async () => {
    const { socket } = await opened();
    void socket.request("ask", { id: 1 });
    await socket.drained();
  });

  test("rejects with the signal's reason, and stops watching the buffer", async () => {
    const { socket, link } = await opened({ highWaterMark: 0 });
    link.bufferedAmount = 1;
    const reason = new Error("enough");
    const controller = new AbortController();
    const drained = outcome(socket.drained({ signal: controller.signal }));
    controller.abort(reason);
    const late = outcome(socket.drained({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(50);
    expect([drained.how, late.how]).toEqual([reason, reason]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("rejects with closed when the socket closes, and on a closed socket", async () => {
    const { socket } = make();
    socket.send("say", { id: 1 });
    const before = outcome(socket.drained());
    socket.close();
    const after = outcome(socket.drained());
    await settled();
    for (const { how } of [before, after]) expect(how).toMatchObject({ code: "closed" });
  });

  test("causes no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { socket } = make();
    socket.send("say", { id: 1 });
    void socket.drained();
    void socket.drained({ signal: AbortSignal.abort() });
    socket.close();
    void socket.drained();
    await settled();
    await turn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("a session after close()", () => {
  test("lets messages wait, and sends them when it is open", async () => {
    const { socket, dropped } = make();
    socket.send("say", { id: 1 });
    socket.close();
    expect(socket.send("say", { id: 2 })).toBe("dropped");
    socket.connect();
    expect(socket.send("say", { id: 3 })).toBe("queued");
    const drained = outcome(socket.drained());
    expect(ids(await open())).toEqual([3]);
    expect(drained.how).toBe(undefined);
    expect(dropped).toEqual([
      [1, "closed"],
      [2, "closed"],
    ]);
  });

  test("lets messages wait that the url function sends", async () => {
    const results: string[] = [];
    const { socket } = make({
      url: () => {
        results.push(socket.send("say", { id: results.length }));
        return "ws://peer.test/";
      },
    });
    for (let session = 0; session < 2; session++) {
      socket.connect();
      expect(ids(await open())).toEqual([session]);
      socket.close();
    }
    expect(results).toEqual(["queued", "queued"]);
  });

  test("stays closed to messages where connect() throws", () => {
    const { socket } = make({ WebSocket: undefined });
    vi.stubGlobal("WebSocket", undefined);
    try {
      socket.close();
      expect(() => socket.connect()).toThrow(expect.objectContaining({ code: "unsupported" }));
      expect(socket.send("say", { id: 1 })).toBe("dropped");
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("impossible uses", () => {
  const usage = (text: RegExp) => expect.objectContaining({ code: "usage", message: expect.stringMatching(text) as string }) as Error;

  test("confirm and request need a reply that inbound defines", async () => {
    const { socket } = make();
    const remedy = /(name one in the protocol or in the options|add it to `inbound`)\.$/;
    expect(() => socket.send("say", { id: 1 }, { delivery: "confirm" })).toThrow(usage(remedy));
    for (const reply of ["gone", "constructor", "__proto__"] as string[] as "done"[]) {
      expect(() => socket.send("keep", { id: 1 }, { reply })).toThrow(usage(remedy));
      const request = outcome(socket.request("ask", { id: 1 }, { reply }));
      await settled();
      expect(request.how).toEqual(failed("usage", false));
    }
    await expect(socket.request("say" as "ask", { id: 1 })).rejects.toEqual(usage(remedy));
    expect([socket.state.queued, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test("options of send, request and confirm have no other names and values", async () => {
    const { socket } = make();
    for (const options of [
      { delivry: "drop" },
      { delivery: "reliable" },
      { ttl: -1 },
      { key: {} },
      { channel: "room" },
      { timeout: 5 },
      "drop",
      [],
      new (class Own {})(),
    ]) {
      expect(() => socket.send("keep", { id: 1 }, options as never), JSON.stringify(options)).toThrow(usage(/; (use one of|pass) /));
    }
    for (const options of [
      { ttl: 5 },
      { delivery: "confirm" },
      { timeout: "5" },
      { signal: 1 },
      { channel: null },
      { reply: 1 },
      { match: true },
    ]) {
      const request = outcome(socket.request("ask", { id: 1 }, options as never));
      await settled();
      expect(request.how, JSON.stringify(options)).toEqual(usage(/; (use one of|pass) /));
    }
    expect([socket.state.queued, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test("without a protocol any reply may be named, but one must be", async () => {
    const socket: Socket = new Socket({ url: "ws://peer.test/", WebSocket: fake, onError: () => {} });
    onTestFinished(() => socket.close());
    const link = await open();
    const request = outcome(socket.request("ask", 1, { reply: "__proto__" }));
    expect(() => socket.send("keep", 1, { delivery: "confirm" })).toThrow(usage(/^keep: /));
    expect(socket.send("keep", 1, { delivery: "confirm", reply: "constructor" })).toBe("sent");
    link.says(`{"cmd":"__proto__","param":2}`);
    await settled();
    expect([request.how, socket.state.queued]).toEqual([2, 1]);
    link.says(`{"cmd":"constructor"}`);
    expect(socket.state.queued).toBe(0);
  });
});

describe("a schema or codec that acts while a message is sent", () => {
  /** A schema that does something when it sees the id 1. */
  function acting(act: () => void) {
    const schema: Schema<{ id: number }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => {
          const param = value as { id: number };
          if (param.id === 1) act();
          return { value: param };
        },
      },
    };
    return defineProtocol({
      inbound: { done: numbered },
      outbound: {
        plain: schema,
        latest: { param: schema, delivery: "latest" },
        confirm: { param: schema, delivery: "confirm", reply: "done" },
        ask: { param: schema, reply: "done" },
      },
    });
  }

  test.each(["plain", "latest", "confirm", "ask"] as const)(
    "identify() drops the message %s, which belonged to the old identity",
    async (cmd) => {
      const { socket, dropped } = make({ protocol: acting(() => socket.identify("bob")) as never, identity: "ada" });
      const typed = socket as unknown as Socket<ReturnType<typeof acting>>;
      typed.connect();
      await open();
      if (cmd === "ask") {
        const request = outcome(typed.request(cmd, { id: 1 }));
        await settled();
        expect(request.how).toEqual(failed("dropped", false, "identity"));
      } else expect(typed.send(cmd, { id: 1 })).toBe("dropped");
      await settled();
      expect(dropped).toEqual([[1, "identity"]]);
      FakeWebSocket.last.open();
      await settled();
      expect(FakeWebSocket.made.flatMap(ids)).toEqual([]);
    },
  );

  test("close() drops the message as closed", async () => {
    const { socket, dropped } = make({ protocol: acting(() => socket.close()) as never });
    const typed = socket as unknown as Socket<ReturnType<typeof acting>>;
    typed.connect();
    await open();
    const request = outcome(typed.request("ask", { id: 1 }));
    await settled();
    expect(request.how).toEqual(failed("closed", false, "closed"));
    expect(dropped).toEqual([[1, "closed"]]);
  });
});

describe("beside a heartbeat", () => {
  test("a request does not take its reply, because the heartbeat asked first", async () => {
    const { socket, link } = await opened({ heartbeat: { cmd: "ask", param: { id: 0 }, reply: "done" } });
    const request = outcome(socket.request("ask", { id: 1 }));
    link.says(done(10));
    await settled();
    expect(request.how).toBe("pending");
    link.says(done(11));
    await settled();
    expect(request.how).toEqual({ id: 11 });
    expect(socket.state.late).toBe(0);
  });

  test("a request with a match finds its own reply", async () => {
    const { socket, link } = await opened({ heartbeat: { cmd: "askMine", param: { id: 0 }, reply: "done" } });
    const request = outcome(socket.request("askMine", { id: 1 }));
    link.says(done(1));
    await settled();
    expect(request.how).toEqual({ id: 1 });
  });

  test("a question that was never answered is forgotten with the next", async () => {
    const { socket, link } = await opened({ heartbeat: { cmd: "ask", param: { id: 0 }, reply: "done", interval: 1_000 } });
    for (let beat = 0; beat < 3; beat++) {
      link.says({ cmd: "seen", param: { id: 5 } });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(ids(link)).toEqual([0, 0, 0, 0]);
    const request = outcome(socket.request("ask", { id: 1 }));
    for (const id of [10, 11]) link.says(done(id));
    await settled();
    expect(request.how).toEqual({ id: 11 });
  });
});

describe("with a real server", () => {
  async function served() {
    vi.useRealTimers();
    const peer = await startPeer();
    const socket = new Socket({ url: peer.url, WebSocket, backoff: () => 1, protocol, onError: () => {} });
    onTestFinished(async () => {
      socket.close();
      await peer.stop();
    });
    await socket.ready();
    return { peer, socket };
  }
  const received = (texts: string[]) => texts.map((text) => (JSON.parse(text) as Named).param.id);
  const reply = (id: number) => JSON.stringify(done(id));

  test('messages with delivery "confirm" arrive again until they are confirmed, and drained() resolves at the end', async () => {
    const { peer, socket } = await served();
    for (const id of [1, 2]) socket.send("mine", { id });
    await peer.receives(2);
    peer.last.send(reply(1));
    await socket.once("done");
    peer.last.terminate();
    await peer.receives(3);
    socket.send("mine", { id: 3 });
    expect(received(await peer.receives(4))).toEqual([1, 2, 2, 3]);
    const drained = socket.drained();
    for (const id of [2, 3]) peer.last.send(reply(id));
    await drained;
    expect(socket.state.queued).toBe(0);
  });

  test("a request is answered, or ends with its connection", async () => {
    const { peer, socket } = await served();
    const first = socket.request("ask", { id: 1 });
    await peer.receives(1);
    peer.last.send(reply(7));
    expect(await first).toEqual({ id: 7 });
    const second = socket.request("ask", { id: 2 });
    await peer.receives(2);
    peer.last.terminate();
    await expect(second).rejects.toMatchObject({ code: "lost", sent: true });
    await socket.ready();
    expect(received(peer.received)).toEqual([1, 2]);
  });

  test("a large confirmed message arrives over a slow link, though its heartbeat has less time than it takes", async () => {
    vi.useRealTimers();
    const peer = await startPeer();
    const proxy = await startProxy({ target: peer.port });
    proxy.drip(20_000, 20, "up");
    const heartbeat = { cmd: "ping", reply: "pong", interval: 100, timeout: 100 };
    const socket: Socket = new Socket({ url: proxy.url, WebSocket, backoff: () => 1, heartbeat, onError: () => {} });
    onTestFinished(async () => {
      socket.close();
      await proxy.close();
      await peer.stop();
    });
    const pongs = () => peer.last.on("message", () => peer.last.send(`{"cmd":"pong"}`));
    void peer.connection().then(pongs);
    const saved = socket.confirm("upload", "x".repeat(1_200_000), { reply: "saved" });
    let texts: string[] = [];
    while (!texts.some((text) => text.includes("upload"))) texts = await peer.receives(texts.length + 1);
    peer.last.send(`{"cmd":"saved","param":1}`);
    expect(await saved).toBe(1);
    expect(peer.requests).toHaveLength(1);
  });

  test("while the server does not read, the newest message waits, and arrives in the end", async () => {
    const { peer, socket } = await served();
    peer.last.pause();
    // More than the kernel takes for a server that does not read, so that it stays in bufferedAmount.
    const bulk = "x".repeat(1_000_000);
    while (socket.send("say", { id: 0, bulk }) === "sent" && socket.send("turn", { id: 1 }) === "sent");
    const results = [2, 3, 4].map((id) => socket.send("turn", { id }));
    expect(results).toEqual(["replaced", "replaced", "replaced"]);
    const drained = socket.drained();
    peer.last.resume();
    await drained;
    socket.send("say", { id: 5 });
    let texts = peer.received;
    while (received(texts).at(-1) !== 5) texts = await peer.receives(texts.length + 1);
    expect(received(texts).slice(-2)).toEqual([4, 5]);
  });
});
