import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Gap, onGap, type ResumeOptions, resume } from "../../../src/resume/index";
import { Desk, id, type Protocol } from "./desk";

let desk: Desk;
let seen: number[];
let told: string[];

/** What a feed reports, in order: numbers of messages, and words for the rest. */
function follow(options: ResumeOptions<Protocol>) {
  const feed = resume(desk.socket, options);
  feed.on("item", ({ seq }) => {
    seen.push(seq);
    told.push(`${seq}`);
  });
  feed.onGap(({ channel, reason, after }) => told.push(`${reason} in ${channel ?? "any"} after ${after}`));
  feed.onResume(({ outcome, replayed }) => told.push(replayed ? `${outcome} ${replayed}` : outcome));
  return feed;
}

beforeEach(() => {
  vi.useFakeTimers();
  desk = new Desk();
  seen = [];
  told = [];
});
afterEach(() => {
  desk.socket.close();
  vi.useRealTimers();
});

describe("onGap", () => {
  let gaps: Gap[];

  beforeEach(() => {
    gaps = [];
    onGap(desk.socket, (gap) => gaps.push(gap));
  });

  test("reports nothing on the first opening and on a quiet link", async () => {
    await desk.open();
    desk.items(1, 2);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(gaps).toEqual([]);
  });

  test("reports each reopening, and since when the server was not heard", async () => {
    await desk.open();
    await vi.advanceTimersByTimeAsync(20_000);
    const heard = Date.now();
    await desk.lose(5_000);
    await desk.open();
    expect(gaps).toEqual([{ channel: undefined, since: heard, after: undefined, reason: "reopened" }]);
  });

  test("reports what was missed between close() and connect()", async () => {
    await desk.open();
    desk.socket.close();
    await vi.advanceTimersByTimeAsync(1);
    const closed = Date.now();
    await vi.advanceTimersByTimeAsync(60_000);
    desk.socket.connect();
    await desk.open();
    expect(gaps).toEqual([expect.objectContaining({ reason: "reopened" })]);
    expect(gaps[0]!.since).toBeLessThanOrEqual(closed);
  });

  test("reports a message that cannot be read, one that does not fit, one that is too large, and one that a slow reader missed", async () => {
    const reader = desk.socket.channel("news").messages("item", { buffer: 1 });
    await desk.open();
    desk.native.says("{");
    desk.says("item", { seq: "one" });
    desk.native.says(JSON.stringify({ channel: "news", cmd: "item", param: "x".repeat(1_100_000) }));
    desk.items(1, 2, 3);
    await vi.advanceTimersByTimeAsync(0);
    expect(gaps.map(({ channel, reason }) => [channel, reason])).toEqual([
      [undefined, "invalid"],
      ["news", "invalid"],
      [undefined, "size"],
      ["news", "buffer"],
      ["news", "buffer"],
    ]);
    await reader.return!(undefined);
  });

  test("does not report errors that lose no message of the server", async () => {
    const socket = desk.socket;
    await desk.open();
    socket.on("note", () => {
      throw new Error("a listener");
    });
    desk.says("note", { text: "hi" });
    void socket.channel("news").join(() => 5n);
    await vi.advanceTimersByTimeAsync(0);
    expect(gaps).toEqual([]);
  });

  test("leaves errors and drops printed that nobody listens to", async () => {
    const printed = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")].map((spy) => spy.mockImplementation(() => {}));
    desk.socket.close();
    desk = new Desk({ onError: undefined, onDrop: undefined });
    onGap(desk.socket, (gap) => gaps.push(gap));
    const reader = desk.socket.messages("item", { buffer: 1 });
    await desk.open();
    desk.native.says("{");
    desk.items(1, 2, 3);
    await vi.advanceTimersByTimeAsync(0);
    expect(gaps.map(({ reason }) => reason)).toEqual(["invalid", "buffer", "buffer"]);
    expect(printed.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    for (const spy of printed) spy.mockRestore();
    await reader.return!(undefined);
  });

  test("reports nothing once it is unsubscribed", async () => {
    const other: Gap[] = [];
    const unsubscribe = onGap(desk.socket, (gap) => other.push(gap));
    await desk.open();
    unsubscribe();
    await desk.lose();
    await desk.open();
    expect([gaps.length, other.length]).toEqual([1, 0]);
  });
});

describe("a feed of numbered messages without a replay", () => {
  beforeEach(async () => {
    desk.socket.close();
    desk = new Desk({ rejoin: {} });
    follow({ id });
    await desk.open();
    told = [];
  });

  test("delivers each message once", async () => {
    desk.items(4, 5, 5, 4, 6);
    expect(seen).toEqual([4, 5, 6]);
  });

  test("counts in each channel by itself", () => {
    for (const channel of ["a", "b"]) for (const seq of [1, 2]) desk.says("item", { seq, text: channel }, channel);
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  test("waits for a message that was overtaken, and keeps the order", async () => {
    desk.items(1, 3, 4);
    expect(seen).toEqual([1]);
    await vi.advanceTimersByTimeAsync(500);
    desk.items(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(["1", "2", "3", "4"]);
  });

  test("reports a hole once the patience is over, and goes on", async () => {
    desk.items(1, 3);
    await vi.advanceTimersByTimeAsync(700);
    desk.items(4);
    await vi.advanceTimersByTimeAsync(299);
    expect(told).toEqual(["1"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(["1", "hole in news after 1", "3", "4"]);
    desk.items(5);
    expect(seen).toEqual([1, 3, 4, 5]);
  });

  test("reports each of two holes", async () => {
    desk.items(1, 3, 5);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(["1", "hole in news after 1", "3", "hole in news after 3", "5"]);
  });

  test("reports a message that was overtaken by the first one", () => {
    desk.items(5, 4, 6, 5);
    expect(told).toEqual(["5", "hole in news after 5", "6"]);
  });

  test("holds at most 1000 messages behind a hole", async () => {
    desk.items(1, ...Array.from({ length: 1001 }, (_, index) => index + 3));
    expect(told.slice(0, 3)).toEqual(["1", "hole in news after 1", "3"]);
    expect(seen).toHaveLength(1002);
  });

  test("delivers messages without a number at once", () => {
    const notes: string[] = [];
    resume(desk.socket, { id }).on("note", ({ text }) => notes.push(text));
    desk.items(1, 3);
    desk.says("note", { text: "hi" });
    expect(notes).toEqual(["hi"]);
  });

  test("takes what is no whole number for a message without one", () => {
    const feed = resume(desk.socket, { id: ({ param }) => (param as { seq: number }).seq });
    const numbers: number[] = [];
    feed.on("item", ({ seq }) => numbers.push(seq));
    desk.items(1, 1.5, 1e300, 2);
    expect(numbers).toEqual([1, 1.5, 1e300, 2]);
  });

  test("reports a reopening, and takes whatever number comes next", async () => {
    desk.items(7, 8);
    await desk.lose(100);
    await desk.open();
    desk.items(1, 2);
    expect(told).toEqual(["7", "8", "reopened in any after undefined", "cannot", "1", "2"]);
  });

  test("finds a hole right after the answer to a join", async () => {
    desk.socket.close();
    desk = new Desk();
    follow({ channel: "news", id });
    void desk.socket.channel("news").join();
    await desk.open();
    told = [];
    // In one task, as Node may deliver them.
    desk.answers(0);
    desk.items(1, 3);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual(["new", "1", "hole in news after 1", "3"]);
  });

  test("remembers a limited number of channels", () => {
    for (let channel = 0; channel < 2500; channel++) desk.says("item", { seq: 1, text: "" }, `${channel}`);
    desk.says("item", { seq: 1, text: "" }, "2499");
    expect(seen).toHaveLength(2500);
  });
});

describe("a feed whose server replays", () => {
  async function join(): Promise<ReturnType<typeof follow>> {
    const feed = follow({ channel: "news", id, replay: "joined" });
    desk.socket.channel("news").hold(feed.position);
    await desk.open();
    return feed;
  }

  test("begins with what comes after the join", async () => {
    await join();
    expect(desk.joins).toEqual([{}]);
    desk.items(3, 4);
    expect(told).toEqual([]);
    desk.answers(3);
    expect(told).toEqual(["new", "4"]);
  });

  test("sends the last number and the epoch with the next join, and reports what was replayed", async () => {
    await join();
    desk.answers(0);
    desk.items(1, 2);
    await desk.lose(3000);
    await desk.open();
    expect(desk.joins).toEqual([{ since: 2, epoch: "a" }]);
    told = [];
    desk.items(3, 4);
    desk.answers(4);
    desk.items(5);
    expect(told).toEqual(["3", "4", "replayed 2", "5"]);
  });

  test("holds live messages until the replay has ended, in whatever order it comes", async () => {
    const feed = await join();
    desk.answers(2);
    await desk.lose();
    await desk.open();
    told = [];
    desk.items(6, 4);
    desk.answers(5);
    expect(told).toEqual([]);
    expect(feed.live).toBe(false);
    desk.items(3, 5);
    expect(told).toEqual(["3", "4", "5", "replayed 3", "6"]);
    expect(feed.live).toBe(true);
  });

  test("reports that nothing was missed", async () => {
    await join();
    desk.answers(2);
    await desk.lose(60_000);
    await desk.open();
    desk.answers(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(["new", "current"]);
  });

  test("reports a gap where the server does not keep any more what was missed", async () => {
    await join();
    desk.answers(2);
    await desk.lose();
    await desk.open();
    told = [];
    desk.items(51);
    desk.answers(50, { recovered: false });
    expect(told).toEqual(["replay in news after 2", "cannot", "51"]);
  });

  test("reports a gap where the server counts again, and does not take its messages for old ones", async () => {
    await join();
    desk.answers(0);
    desk.items(1, 2, 3);
    await desk.lose();
    await desk.open();
    told = [];
    desk.items(2);
    desk.answers(1, { epoch: "b", recovered: false });
    desk.items(3);
    expect(told).toEqual(["epoch in news after 3", "cannot", "2", "3"]);
    await desk.lose();
    await desk.open();
    expect(desk.joins).toEqual([{ since: 3, epoch: "b" }]);
  });

  test("reports a hole where a part of the replay does not come", async () => {
    await join();
    desk.answers(2);
    await desk.lose();
    await desk.open();
    told = [];
    desk.items(3);
    desk.answers(5);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual(["3", "hole in news after 3", "cannot"]);
    desk.items(6);
    expect(seen.at(-1)).toBe(6);
  });

  test("asks again for what it holds when the connection is lost", async () => {
    await join();
    desk.answers(1);
    desk.items(3);
    await desk.lose();
    await desk.open();
    expect(desk.joins).toEqual([{ since: 1, epoch: "a" }]);
    told = [];
    desk.items(2, 3);
    desk.answers(3);
    expect(told).toEqual(["2", "3", "replayed 2"]);
  });

  test("resumes after a leave and another join over the same connection", async () => {
    const feed = follow({ channel: "news", id, replay: "joined" });
    const room = desk.socket.channel("news");
    const release = room.hold(feed.position);
    await desk.open();
    desk.answers(2);
    release();
    await vi.advanceTimersByTimeAsync(5000);
    room.hold(feed.position);
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.joins).toEqual([{}, { since: 2, epoch: "a" }]);
    told = [];
    desk.items(3);
    desk.answers(3);
    expect(told).toEqual(["3", "replayed 1"]);
  });

  test("forgets what it holds where the server counts again over the same connection", async () => {
    await join();
    desk.answers(0);
    desk.items(1, 7);
    told = [];
    desk.answers(3, { epoch: "b", recovered: false });
    desk.items(4);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(["epoch in news after 1", "cannot", "4"]);
  });

  test("follows a channel that is joined already from its next message on", async () => {
    const room = desk.socket.channel("news");
    const release = room.hold();
    await desk.open();
    desk.answers(3);
    const feed = follow({ channel: "news", id, replay: "joined" });
    expect(feed.live).toBe(true);
    desk.items(4, 5);
    expect(told).toEqual(["4", "5"]);
    release();
  });

  test("holds at most 1000 messages of a server that does not answer", async () => {
    await join();
    desk.items(...Array.from({ length: 1001 }, (_, index) => index + 1));
    expect(told.slice(0, 3)).toEqual(["hole in news after undefined", "cannot", "1"]);
  });

  test("may follow every channel, where the option `rejoin` says the position", async () => {
    desk.socket.close();
    const position = (channel: string): object => feed.position(channel);
    desk = new Desk({
      rejoin: {
        join: {
          cmd: (channel, param) => ({ channel, cmd: "join", param: { ...(param as object), ...position(channel) } }),
          reply: "joined",
        },
      },
    });
    const feed = follow({ id, replay: "joined" });
    desk.socket.channel("news").hold({ password: "x" });
    await desk.open();
    desk.answers(1);
    desk.items(2);
    await desk.lose();
    await desk.open();
    expect(desk.joins).toEqual([{ password: "x", since: 2, epoch: "a" }]);
    desk.answers(2);
    expect(told).toEqual(["new", "2", "current"]);
  });
});

describe("a feed of one channel", () => {
  test("ignores other channels", async () => {
    follow({ channel: "news", id });
    await desk.open();
    desk.says("item", { seq: 1, text: "" }, "sport");
    desk.says("item", { seq: "one" }, "sport");
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([]);
  });

  test("reports no gap where the connection was lost before the first join", async () => {
    follow({ channel: "news" });
    await desk.open();
    await desk.lose();
    void desk.socket.channel("news").join();
    await desk.open();
    desk.answers(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(["new"]);
  });

  test("is live once the channel is joined, and reports a gap when it was left and joined again", async () => {
    const feed = follow({ channel: "news" });
    const room = desk.socket.channel("news");
    void room.join();
    await desk.open();
    expect([feed.live, told]).toEqual([false, []]);
    desk.answers(0);
    await vi.advanceTimersByTimeAsync(0);
    expect([feed.live, told]).toEqual([true, ["new"]]);
    room.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.live).toBe(false);
    void room.join();
    await vi.advanceTimersByTimeAsync(0);
    desk.answers(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(["new", "reopened in news after undefined", "cannot"]);
  });
});

test("a listener that throws hurts no other, and is printed", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  const feed = resume(desk.socket, { id });
  feed.on("item", () => {
    throw new Error("mine");
  });
  feed.on("item", ({ seq }) => seen.push(seq));
  await desk.open();
  desk.items(1, 2);
  expect(seen).toEqual([1, 2]);
  expect(printed.mock.calls.map(([, error]) => (error as Error).message)).toEqual(["mine", "mine"]);
  printed.mockRestore();
});

test("a listener that is added during an event waits for the next one, and one that is removed is not called again", async () => {
  const feed = resume(desk.socket, { id });
  const calls: string[] = [];
  feed.on("item", ({ text }) => {
    calls.push(`first ${text}`);
    off();
    if (text === "1") feed.on("item", ({ text }) => calls.push(`added ${text}`));
  });
  const off = feed.on("item", ({ text }) => calls.push(`removed ${text}`));
  await desk.open();
  desk.items(1, 2);
  expect(calls).toEqual(["first 1", "first 2", "added 2"]);
});

test("stop() ends everything: no listener is called, and no timer is left", async () => {
  const feed = follow({ channel: "news", id });
  await desk.open();
  told = [];
  desk.items(1, 3);
  feed.stop();
  desk.socket.close();
  desk.native.ends(1000);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(told).toEqual(["1"]);
});
