import { Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Line } from "./line";
import { isAsNew } from "./peers";
import { linesOf, reasonsOf } from "./report";
import { about, type Statement } from "./statement";
import { statements } from "./statements";
import { servers, type Table, tables } from "./table";
import { startForge } from "../server/forge";
import { gofr } from "../server/gofr";
import { goyave } from "../server/goyave";
import { startHost } from "../server/host";

// The Node servers do as the servers of the seeds do: `npm run test:conformance` says the same of the Go servers, and
// looks from Chromium, too.

const fromNode = ({ needs }: Statement) => needs === undefined;

test("the Node servers satisfy every statement about the real servers", async () => {
  const broken: unknown[] = [];
  let held = 0;
  for await (const { columns, rows } of tables({ only: fromNode })) {
    for (const { says, outcomes } of rows) {
      for (const [index, outcome] of outcomes.entries()) {
        if ("held" in outcome && outcome.held) held += 1;
        else broken.push([columns[index]?.name, says, outcome]);
      }
    }
  }
  expect(broken).toEqual([]);
  // Each statement of each server that it is about.
  expect(held).toBe(statements.filter(fromNode).flatMap(({ of }) => of.flatMap((family) => servers[family])).length);
}, 120_000);

test("each statement stands once, and is about a server", () => {
  const said = statements.flatMap(({ of, says }) => of.map((family) => `${family}: ${says}`));
  expect(new Set(said).size).toBe(said.length);
  expect(statements.filter(({ of }) => of.length === 0)).toEqual([]);
});

describe("timers, which no statement waits for:", () => {
  interface Started {
    readonly port: number;
    close(): Promise<void>;
  }
  const ping = '{"cmd":"ping","param":{}}';

  /** A connection to a server that was made when timers were ours; in the end it is closed, where anybody reads that. */
  async function connect(start: () => Promise<Started>, path: string, isRead = true): Promise<Line> {
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await start();
    onTestFinished(() => server.close());
    const line = await Line.open(`http://127.0.0.1:${server.port}${path}`);
    onTestFinished(async () => {
      // Lest the next test counts what is still to be planned.
      if (isRead) line.bye(1000);
      while (isRead && (await line.hears()) !== "end");
      line.cut();
    });
    return line;
  }

  test.each<[string, () => Promise<Started>, path: string, say?: string, hears?: RegExp]>([
    ["Goyave 3", () => startHost(0, goyave({ version: 3 })), "/websocket", "hi", /^text hi$/],
    ["Goyave 5", () => startHost(0, goyave({ version: 5 })), "/websocket", "hi", /^text hi$/],
    ["GoFr", () => startHost(0, gofr()), "/echo", "hi", /^text hi$/],
    ["GoFr where it reads nothing", () => startHost(0, gofr()), "/nowhere"],
    ["Project Forge", () => startForge(), "/connect", ping, /pong/],
  ])("the Node server after %s sets no timer for pings or silent connections", async (_, start, path, say, hears) => {
    const limits = vi.spyOn(Socket.prototype, "setTimeout");
    onTestFinished(() => limits.mockRestore());
    const line = await connect(start, path, say !== undefined);
    if (say !== undefined) {
      line.say(say);
      expect(await line.hears()).toMatch(hears!);
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(limits.mock.calls.filter(([milliseconds]) => milliseconds > 0)).toEqual([]);
  });

  test("the Node server after Project Forge sets no timer for a connection that it asked to close", async () => {
    let server: Awaited<ReturnType<typeof startForge>>;
    const line = await connect(async () => (server = await startForge()), "/connect");
    line.say(ping);
    await line.hears();
    for (const { id } of server!.service.connections()) server!.service.writeCloseRequest(id);
    expect(await line.hears()).toMatch(/close-connection/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([3, 5] as const)("the Node server after Goyave %i waits ten seconds for a client's close frame", async (version) => {
    const line = await connect(() => startHost(0, goyave({ version })), "/nil");
    line.say("go");
    expect(await line.hears()).toBe("close 1000 Server closed connection");
    vi.advanceTimersByTime(9_999);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await line.hears()).toBe("end");
  });
});

describe("npm run test:conformance", () => {
  test("gives up a server after three hanging statements, and only that server", async () => {
    const looked: string[] = [];
    const hanging = Array.from({ length: 5 }, (_, index) =>
      about("goyave")(`${index}`, async ({ column }) => {
        looked.push(`${column.name} ${index}`);
        if (column.name === "goyave3") await new Promise(() => {});
      }),
    );
    const made: Table[] = [];
    for await (const table of tables({ of: hanging, limit: 1 })) made.push(table);
    expect(looked.filter((one) => one.startsWith("goyave3"))).toEqual(["goyave3 0", "goyave3 1", "goyave3 2"]);
    const outcomes = made[0]!.rows.map(({ outcomes }) => outcomes);
    expect(outcomes.map(([three]) => three)).toMatchObject([
      ...Array.from({ length: 3 }, () => ({ held: false, reason: "It is not so within 0.001 s." })),
      ...Array.from({ length: 2 }, () => ({ held: false, reason: "It was not looked at: 3 statements before took too long." })),
    ]);
    expect(outcomes.every(([, five]) => five && "held" in five && five.held)).toBe(true);
  });

  test("prints tables of at most 120 columns, with each sign below its server", () => {
    const names = ["goyave3", "goyave3", "goyave5", "goyave5"] as const;
    const columns = names.map((name, index) => ({ name, kind: index % 2 ? ("Node" as const) : ("Go" as const) }));
    const failed = { held: false, reason: "first\nsecond" } as const;
    const says = "a word ".repeat(40).trim();
    const outcomes = [{ held: true }, failed, { leftOut: "no Chromium" }, failed] as const;
    const table: Table = { family: "goyave", columns, rows: [{ says, outcomes }] };
    const [, top = "", heads = "", signs = "", ...rest] = linesOf(table);
    const places = (line: string, pattern: RegExp) => [...line.matchAll(pattern)].map(({ index }) => index);
    expect(places(heads, /Go|Node/g)).toEqual(places(signs, /[✓✗–]/g));
    expect(places(top, /goyave/g)).toEqual(places(heads, /Go/g));
    expect([signs, ...rest].join(" ").replace(/[✓✗–]/g, "").split(/\s+/).join(" ").trim()).toBe(says);
    for (const { says, of } of statements) {
      const row = { says, outcomes: columns.map(() => failed) };
      for (const line of linesOf({ family: of[0]!, columns, rows: [row] })) expect(line.length).toBeLessThanOrEqual(120);
    }
    expect(reasonsOf(table)).toEqual(["goyave3", "goyave5"].map((name) => `✗ ${name} in Node: ${says}\n  first\n  second`));
  });

  test.each([
    ["go version go1.25.0 linux/amd64", true],
    ["go version go1.26.8 linux/amd64", true],
    ["go version go2.0 linux/amd64", true],
    ["go version go1.24.9 linux/amd64", false],
    ["go version go1.9 linux/amd64", false],
    ["", false],
  ])("reads from %j whether Go is 1.25 or later (%j)", (said, expected) => {
    expect(isAsNew(said, "1.25")).toBe(expected);
  });
});
