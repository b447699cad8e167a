import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketError } from "../../../src/index";
import { type Feed, type LiveQuery, type LiveQueryOptions, liveQuery, resume } from "../../../src/resume/index";
import { Desk, id, type Protocol } from "./desk";

type Texts = readonly string[];

let desk: Desk;
let query: LiveQuery<Texts>;
/** Each state that the listeners got. */
let states: [status: string, texts: Texts | undefined][];
/** The snapshots under way, in order, with what ends each. */
let fetches: { signal: AbortSignal; resolve: (texts: Texts) => void; reject: (error: unknown) => void }[];

/** A query of the texts of all items. */
function start(source: typeof desk.socket | Feed<Protocol> = desk.socket, options: Partial<LiveQueryOptions<Protocol, Texts>> = {}) {
  query = liveQuery<Protocol, Texts>(source, {
    snapshot: ({ signal }) => new Promise((resolve, reject) => fetches.push({ signal, resolve, reject })),
    apply: (texts, { cmd, param }) => (cmd === "item" ? [...texts, param.text] : texts),
    ...options,
  });
  query.onChange(({ status, value }) => states.push([status, value]));
}

/** A query of a feed whose server numbers items and replays. */
async function resumed(): Promise<void> {
  const feed = resume(desk.socket, { channel: "news", id, replay: "joined" });
  start(feed, { version: (texts) => texts.length });
  desk.socket.channel("news").hold(feed.position);
  await desk.open();
}

const tick = () => vi.advanceTimersByTimeAsync(0);

/** Ends the newest fetch. */
async function fetched(...texts: string[]): Promise<void> {
  fetches.at(-1)!.resolve(texts);
  await tick();
}

beforeEach(() => {
  vi.useFakeTimers();
  desk = new Desk();
  states = [];
  fetches = [];
});
afterEach(() => {
  query.close();
  desk.socket.close();
  vi.useRealTimers();
});

test("a query is loading until the connection is open and the snapshot is there, and live from then on", async () => {
  start();
  await tick();
  expect([query.status, query.value, fetches.length]).toEqual(["loading", undefined, 0]);
  await desk.open();
  expect([query.status, fetches.length]).toEqual(["loading", 1]);
  await fetched("a");
  desk.items(2);
  expect(states).toEqual([
    ["live", ["a"]],
    ["live", ["a", "2"]],
  ]);
});

test("a query on a connection that is open fetches at once", async () => {
  await desk.open();
  start();
  expect(fetches).toHaveLength(1);
});

test("what comes during the fetch is applied to the snapshot, in order", async () => {
  start();
  await desk.open();
  desk.items(1, 2);
  await fetched();
  expect(states).toEqual([["live", ["1", "2"]]]);
});

test("of what comes during the fetch, only the newest of each key is applied", async () => {
  start(desk.socket, { key: ({ param }) => (param as { seq: number }).seq % 2 });
  await desk.open();
  desk.items(1, 2, 3);
  await fetched();
  expect(query.value).toEqual(["2", "3"]);
});

test("a message that the snapshot contains is not applied, also where it arrives later", async () => {
  await resumed();
  desk.answers(0);
  desk.items(1);
  await fetched("1", "2");
  desk.items(2, 3);
  expect(query.value).toEqual(["1", "2", "3"]);
});

test("a message that changes nothing calls no listener", async () => {
  start();
  await desk.open();
  await fetched("a");
  states = [];
  desk.says("note", { text: "hi" });
  expect(states).toEqual([]);
});

test("a loss makes it stale; after the reopening it fetches once, and is live", async () => {
  start();
  await desk.open();
  await fetched("a");
  states = [];
  await desk.lose(1000);
  await desk.open();
  expect(fetches).toHaveLength(2);
  desk.items(3);
  await fetched("a", "b");
  expect(states).toEqual([
    ["stale", ["a"]],
    ["live", ["a", "b", "3"]],
  ]);
});

test("a replay needs no fetch: the value follows, and is live once the replay has ended", async () => {
  await resumed();
  desk.answers(1);
  await fetched("1");
  states = [];
  await desk.lose(1000);
  await desk.open();
  desk.items(2, 3);
  desk.answers(3);
  expect(fetches).toHaveLength(1);
  expect(states.at(0)).toEqual(["stale", ["1"]]);
  expect(states.at(-1)).toEqual(["live", ["1", "2", "3"]]);
});

test("a replay that cannot be had is followed by a fetch", async () => {
  await resumed();
  desk.answers(1);
  await fetched("1");
  await desk.lose(1000);
  await desk.open();
  desk.answers(2, { epoch: "b", recovered: false });
  expect([fetches.length, query.status]).toEqual([2, "stale"]);
  desk.items(3);
  await fetched("x", "y");
  expect([query.status, query.value]).toEqual(["live", ["x", "y", "3"]]);
});

test("a fetch over a connection that is lost is aborted, and its result is not taken", async () => {
  start();
  await desk.open();
  const [first] = fetches;
  await desk.lose();
  expect(first!.signal.aborted).toBe(true);
  first!.resolve(["old"]);
  await desk.open();
  expect([fetches.length, query.status]).toEqual([2, "loading"]);
  await fetched("new");
  expect(query.value).toEqual(["new"]);
});

test("gaps during a fetch are followed by one more fetch, however many there are", async () => {
  start();
  await desk.open();
  for (let times = 0; times < 5; times++) desk.says("item", { seq: "wrong" });
  await tick();
  await fetched("a");
  expect([fetches.length, query.status]).toEqual([2, "stale"]);
  await fetched("a", "b");
  expect([fetches.length, query.status, query.value]).toEqual([2, "live", ["a", "b"]]);
});

test("a slow reader of an iterator elsewhere causes no fetch", async () => {
  start();
  const reader = desk.socket.messages("item", { buffer: 1 });
  await desk.open();
  await fetched();
  desk.items(1, 2, 3);
  await tick();
  expect([fetches.length, query.status]).toEqual([1, "live"]);
  await reader.return!(undefined);
});

describe("a snapshot that fails", () => {
  test("is fetched again after growing waits, and its error is shown until then", async () => {
    start();
    await desk.open();
    for (let failures = 1; failures < 8; failures++) {
      fetches.at(-1)!.reject(new Error(`${failures}`));
      await tick();
      expect([query.status, (query.error as Error).message]).toEqual(["loading", `${failures}`]);
      const longest = Math.min(30_000, 1000 * 2 ** (failures - 1));
      await vi.advanceTimersByTimeAsync(longest / 2 - 1);
      expect(fetches).toHaveLength(failures);
      await vi.advanceTimersByTimeAsync(longest / 2 + 1);
      expect(fetches).toHaveLength(failures + 1);
    }
    await fetched("a");
    expect([query.status, query.error]).toEqual(["live", undefined]);
  });

  test("is fetched again when the connection opens, and not before", async () => {
    start();
    await desk.open();
    fetches[0]!.reject(new Error("offline"));
    await tick();
    await desk.lose(120_000);
    expect(fetches).toHaveLength(1);
    await desk.open();
    expect(fetches).toHaveLength(2);
  });

  test("may throw at once", async () => {
    start(desk.socket, {
      snapshot: () => {
        throw new SocketError("closed");
      },
    });
    await desk.open();
    expect([query.status, query.error]).toEqual(["loading", expect.objectContaining({ code: "closed" })]);
  });
});

test("where apply throws, the value is stale until another snapshot has come", async () => {
  start(desk.socket, {
    apply: () => {
      throw new Error("mine");
    },
  });
  await desk.open();
  await fetched("a");
  desk.items(1);
  expect([query.status, query.value, (query.error as Error).message]).toEqual(["stale", ["a"], "mine"]);
  await vi.advanceTimersByTimeAsync(1000);
  await fetched("b");
  expect([query.status, query.value, query.error]).toEqual(["live", ["b"], undefined]);
});

test("refetch() fetches now, or when the connection is open", async () => {
  start();
  await desk.open();
  await fetched("a");
  query.refetch();
  expect([fetches.length, query.status]).toEqual([2, "stale"]);
  await fetched("b");
  await desk.lose();
  query.refetch();
  expect(fetches).toHaveLength(2);
});

test("more than 1000 messages during a fetch cause another one", async () => {
  start();
  await desk.open();
  desk.items(...Array.from({ length: 1001 }, (_, index) => index));
  await fetched();
  expect([fetches.length, query.status]).toEqual([2, "stale"]);
});

test("the query of a channel that is being joined waits until it is joined", async () => {
  const feed = resume(desk.socket, { channel: "news" });
  start(feed);
  void desk.socket.channel("news").join();
  await desk.open();
  expect(fetches).toHaveLength(0);
  desk.answers(0);
  await tick();
  expect(fetches).toHaveLength(1);
});

test("a channel that is left makes its query stale; the next join fetches again", async () => {
  const feed = resume(desk.socket, { channel: "news" });
  start(feed);
  const room = desk.socket.channel("news");
  void room.join();
  await desk.open();
  desk.answers(0);
  await tick();
  await fetched("a");
  room.leave();
  await tick();
  expect([query.status, query.value]).toEqual(["stale", ["a"]]);
  void room.join();
  await tick();
  desk.answers(0);
  await tick();
  await fetched("b");
  expect([query.status, query.value]).toEqual(["live", ["b"]]);
});

test("a snapshot may be a request of the socket", async () => {
  start(desk.socket, { snapshot: ({ signal }) => desk.socket.request("list", {}, { signal }) });
  await desk.open();
  desk.says("list", ["a"], "");
  await tick();
  expect([query.status, query.value]).toEqual(["live", ["a"]]);
});

describe("after its end", () => {
  test.each([
    ["close()", () => query.close()],
    ["an abort of its signal", () => controller.abort()],
  ])("by %s nothing is fetched, applied or left behind", async (_, end) => {
    controller = new AbortController();
    start(desk.socket, { signal: controller.signal });
    await desk.open();
    await fetched("a");
    end();
    states = [];
    desk.items(1);
    query.refetch();
    await desk.lose();
    await desk.open();
    desk.socket.close();
    desk.native.ends(1000);
    await tick();
    expect([fetches.length, states, query.value, query.status]).toEqual([1, [], ["a"], "stale"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("by a signal that is aborted already, nothing begins", async () => {
    await desk.open();
    start(desk.socket, { signal: AbortSignal.abort() });
    expect(fetches).toEqual([]);
  });

  let controller: AbortController;
});
