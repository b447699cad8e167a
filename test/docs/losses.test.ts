import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import {
  defineProtocol,
  type DropReason,
  type Message,
  Socket,
  type SocketClose,
  SocketError,
  type SocketOptions,
  type SocketState,
} from "../../src/index";
import { onGap, resume } from "../../src/resume/index";
import { MockEnvironment } from "../../src/testing/index";
import { FakeWebSocket, fake } from "../harness/fake";
import { type Peer, startMute, startPeer } from "../harness/peer";

// The table "What happens when …" of the documentation: each row is a test, by the words of its first cell.

const section = readFileSync("playground/docs/reference/outcomes.md", "utf8");
const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1]!).filter((row) => row !== "when");
const tested: string[] = [];

/** A test of a row. */
function when(row: string, run: () => Promise<void>): void {
  tested.push(row);
  test(row, run);
}

let peer: Peer;
let environment: MockEnvironment;
let socket: Socket;
let states: SocketState[];
let closes: number[];
let errors: string[];
let drops: [cmd: string, reason: DropReason][];

/** A socket whose news are written down. */
function connect(options: SocketOptions = {}): Socket {
  socket = new Socket({ url: peer.url, WebSocket, backoff: () => 1, environment, ...options });
  // Of this socket alone: the one before may still have something to say.
  const news = { states: [] as SocketState[], closes: [] as number[], errors: [] as string[], drops: [] as [string, DropReason][] };
  ({ states, closes, errors, drops } = news);
  socket.onStatus((state) => news.states.push(state));
  socket.onClose(({ code }) => news.closes.push(code));
  socket.onError(({ code }) => news.errors.push(code));
  socket.onDrop(({ cmd }, reason) => news.drops.push([cmd, reason]));
  return socket;
}

/** Resolves with the next state that fits. */
function becomes(fits: (state: SocketState) => boolean): Promise<SocketState> {
  return new Promise((resolve) => {
    const unsubscribe = socket.onStatus((state) => {
      if (!fits(state)) return;
      unsubscribe();
      resolve(state);
    });
  });
}

function answerPings(connection: WebSocket): void {
  connection.on("message", (data) => String(data).includes("ping") && connection.send(`{"cmd":"pong"}`));
}

const reconnecting = () => becomes(({ status }) => status === "reconnecting");
const opens = () => becomes(({ status }) => status === "open");
const closed = () => new Promise<SocketClose>((resolve) => socket.onClose(resolve));
const commands = async (count: number) => (await peer.receives(count)).map((text) => JSON.parse(text).cmd as string);

beforeEach(async () => {
  peer = await startPeer();
  environment = new MockEnvironment();
});
afterEach(async () => {
  socket?.close();
  await peer.stop();
});

/** The connection is lost, and the next attempt is far off because of what is around us. */
async function isLostAndRarelyTried(why: "offline" | "hidden"): Promise<void> {
  const lost = becomes(({ retryAt }) => retryAt !== null);
  peer.last.terminate();
  const { retryAt, since } = await lost;
  expect(retryAt! - since).toBeGreaterThanOrEqual(15_000);
  expect(socket.explain()).toMatch(new RegExp(`in \\d\\d\\.\\d s \\(${why}\\)`));
}

describe("what happens when", () => {
  when("the server restarts or closes the connection", async () => {
    connect();
    await socket.ready();
    socket.send("before");
    await peer.receives(1);
    const { port, received } = peer;
    const lost = reconnecting();
    await peer.stop();
    await lost;
    expect([socket.send("one"), socket.send("two")]).toEqual(["queued", "queued"]);
    peer = await startPeer({ port });
    await opens();
    expect(received.map((text) => JSON.parse(text).cmd)).toEqual(["before"]);
    expect(await commands(2)).toEqual(["one", "two"]);
    const closing = reconnecting();
    peer.last.close(1001, "going away");
    expect((await closing).lastClose).toEqual({ code: 1001, reason: "going away", wasClean: true });
    await opens();
    expect(drops).toEqual([]);
  });

  when("the link is cut without a word", async () => {
    connect();
    await socket.ready();
    const lost = reconnecting();
    peer.last.terminate();
    expect((await lost).lastClose?.code).toBe(1006);
    socket.send("meanwhile");
    await opens();
    expect(await commands(1)).toEqual(["meanwhile"]);
  });

  when("the link falls silent, as when a router forgets it", async () => {
    connect({ backoff: { min: 60_000 }, heartbeat: { cmd: "ping", reply: "pong", interval: 1, timeout: 300 } });
    const first = await peer.connection();
    answerPings(first);
    // It is asked and answers, again and again.
    for (let answers = 0; answers < 3; answers++) await socket.once("pong");
    expect(closes).toEqual([]);
    const next = peer.connection();
    // It neither reads nor answers from now on, and does not say so.
    first.pause();
    await next;
    if (socket.state.status !== "open") await opens();
    expect(closes).toEqual([1006]);
    expect(errors).toEqual(["heartbeat"]);
    const { retryAt, since } = states.find(({ status }) => status === "reconnecting")!;
    expect(retryAt! - since).toBeLessThanOrEqual(1_001);
  });

  when("the server refuses the handshake (401, 503, a captive portal)", async () => {
    let refusals = 2;
    const strict = await startPeer({ verifyClient: (_, answer) => answer(refusals-- <= 0, 503) });
    onTestFinished(() => strict.stop());
    const retries: number[] = [];
    connect({ url: strict.url, backoff: (retry) => retries.push(retry) });
    socket.send("waits");
    await socket.ready();
    expect(closes).toEqual([1006, 1006]);
    expect(retries).toEqual([1, 2]);
    expect(JSON.parse((await strict.receives(1))[0]!).cmd).toBe("waits");
  });

  when("the handshake hangs", async () => {
    const mute = await startMute();
    onTestFinished(() => mute.stop());
    connect({ url: ({ attempt }) => (attempt === 1 ? mute.url : peer.url), connectTimeout: 300 });
    socket.send("waits");
    await mute.upgrade;
    await socket.ready();
    expect(errors).toEqual(["timeout"]);
    expect(await commands(1)).toEqual(["waits"]);
  });

  when("the `url` function throws, rejects, hangs or gives no address", async () => {
    const attempts = [
      () => {
        throw new Error("no token");
      },
      () => Promise.reject(new Error("no token")),
      () => new Promise<string>(() => {}),
      () => "nonsense:",
      () => peer.url,
    ];
    connect({ url: ({ attempt }) => attempts[attempt - 1]!(), connectTimeout: 300 });
    socket.send("waits");
    await socket.ready();
    expect(errors).toEqual(["address", "address", "timeout", "address"]);
    expect(socket.state).toMatchObject({ attempt: 5, lastError: null });
    expect(await commands(1)).toEqual(["waits"]);
  });

  when("`authenticate` throws, rejects or hangs", async () => {
    const ways = [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
      () => new Promise(() => {}),
      () => undefined,
    ];
    connect({ connectTimeout: 500, authenticate: ({ attempt }) => ways[attempt - 1]!() });
    socket.send("waits");
    await socket.ready();
    expect(errors).toEqual(["authentication", "authentication", "timeout"]);
    expect(await commands(1)).toEqual(["waits"]);
  });

  when("the WebSocket cannot be made, or fails without closing (CSP, a blocked port)", async () => {
    let made = 0;
    class Failing extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        made++;
        if (made === 1) throw new Error("no socket is left");
        super(made === 2 ? "ws://127.0.0.1:9" : url, protocols);
        // A browser says no more than this.
        if (made === 2) this.once("error", () => this.removeAllListeners("close"));
      }
    }
    connect({ WebSocket: Failing });
    socket.send("waits");
    await socket.ready();
    expect(errors).toEqual(["transport", "transport"]);
    expect(closes).toEqual([1006, 1006]);
    expect(await commands(1)).toEqual(["waits"]);
  });

  when("the device goes offline", async () => {
    connect();
    await socket.ready();
    environment.turn("offline");
    // It lies: the link works on.
    expect(socket.send("still here")).toBe("sent");
    expect(await commands(1)).toEqual(["still here"]);
    await isLostAndRarelyTried("offline");
    environment.turn("online");
    await opens();
  });

  when("the page is hidden", async () => {
    connect();
    await socket.ready();
    environment.turn("hidden");
    expect(socket.state.status).toBe("open");
    await isLostAndRarelyTried("hidden");
    socket.send("waits");
    environment.turn("visible");
    await opens();
    expect(await commands(1)).toEqual(["waits"]);
  });

  when("the machine wakes up", async () => {
    connect({ heartbeat: { cmd: "ping", reply: "pong", interval: 60_000, timeout: 60_000 }, probe: 500 });
    const first = await peer.connection();
    answerPings(first);
    await socket.once("pong");
    expect(socket.state.latency).not.toBe(null);
    // It answers, each time: nothing changes.
    for (let wake = 0; wake < 2; wake++) {
      const answered = socket.once("pong");
      environment.turn("resume");
      await answered;
    }
    expect(closes).toEqual([]);
    // It does not.
    first.pause();
    const lost = closed();
    environment.turn("resume");
    expect((await lost).code).toBe(1006);
    await opens();
    expect(errors).toEqual(["heartbeat"]);
  });

  when("the page is frozen, or put into the back/forward cache", async () => {
    connect();
    for (const [sleep, wake] of [
      ["freeze", "resume"],
      ["pagehide", "pageshow"],
    ] as const) {
      await socket.ready();
      const told = new Promise<number>((resolve) => peer.last.once("close", resolve));
      const gone = reconnecting();
      environment.turn(sleep);
      expect(await told).toBe(1000);
      expect((await gone).lastClose?.code).toBe(1000);
      expect(socket.send(wake)).toBe("queued");
      environment.turn(wake);
      await opens();
    }
    expect(await commands(2)).toEqual(["resume", "pageshow"]);
    expect(errors).toEqual([]);
  });

  when("the server asks us to go, or refuses for good", async () => {
    connect({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    // Its closing has begun, and what is sent now waits.
    native.readyState = 2;
    expect(socket.send("too late")).toBe("queued");
    native.ends(4001, "banned", true);
    await closed();
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 4001, reason: "banned" } });
    await expect(socket.ready()).rejects.toThrow(SocketError);
    expect(drops).toEqual([["too late", "closed"]]);
    connect();
    await socket.ready();
    const end = closed();
    peer.last.send(`{"cmd":"close-connection","param":null}`);
    expect(await end).toMatchObject({ code: 1000 });
    expect(socket.state.status).toBe("closed");
  });

  when("`maxRetries` have failed", async () => {
    await peer.stop();
    connect({ maxRetries: 2 });
    socket.send("never");
    await becomes(({ status }) => status === "closed");
    expect(closes).toEqual([1006, 1006, 1006]);
    expect(errors.at(-1)).toBe("retries");
    expect(drops).toEqual([["never", "closed"]]);
  });

  when("you close the socket", async () => {
    connect();
    socket.send("never");
    const end = closed();
    socket.close();
    expect(socket.state.status).toBe("closed");
    await end;
    expect(drops).toEqual([["never", "closed"]]);
    expect(socket.send("nor this")).toBe("dropped");
    await Promise.resolve();
    expect(drops.at(-1)).toEqual(["nor this", "closed"]);
  });

  when("another user takes over: `identify`", async () => {
    connect({ identity: "ada" });
    await socket.ready();
    const told = new Promise<number>((resolve) => peer.last.once("close", resolve));
    // At once: the connection of the next identity may open at any moment.
    socket.identify("bob");
    socket.send("bob's");
    socket.identify("cyd");
    socket.send("cyd's");
    expect(await told).toBe(1000);
    expect(await commands(1)).toEqual(["cyd's"]);
    expect(drops).toEqual([["bob's", "identity"]]);
    expect(errors).toEqual([]);
  });

  when("too much waits", async () => {
    connect({ queue: { max: 2 } });
    for (const cmd of ["one", "two", "three"]) expect(socket.send(cmd)).toBe("queued");
    await socket.ready();
    expect(drops).toEqual([["one", "overflow"]]);
    expect(await commands(2)).toEqual(["two", "three"]);
  });

  when("a message has waited for its `ttl`", async () => {
    connect({ autoConnect: false, queue: { ttl: 1 } });
    const given = new Promise((resolve) => socket.onDrop((_, reason) => resolve(reason)));
    socket.send("old");
    expect(await given).toBe("expired");
    socket.connect();
    await socket.ready();
    socket.send("new");
    expect(await commands(1)).toEqual(["new"]);
    expect(drops).toEqual([["old", "expired"]]);
  });

  when("the WebSocket refuses what has waited", async () => {
    class Refusing extends WebSocket {
      override send(data: Parameters<WebSocket["send"]>[0]): void {
        if (String(data).includes("two")) throw new Error("too long");
        super.send(data);
      }
    }
    connect({ WebSocket: Refusing });
    for (const cmd of ["one", "two", "three"]) socket.send(cmd);
    await socket.ready();
    expect(await commands(2)).toEqual(["one", "three"]);
    expect(drops).toEqual([["two", "refused"]]);
  });

  const protocol = defineProtocol({ inbound: { count: z.number() }, outbound: {} });

  when("the link is lost before the server has replied", async () => {
    connect({});
    await socket.ready();
    socket.send("kept", 1, { delivery: "confirm", reply: "done" });
    const asked = socket.request("asked", 2, { reply: "done" });
    await commands(2);
    peer.last.terminate();
    await expect(asked).rejects.toMatchObject({ code: "lost", sent: true });
    expect(await commands(3)).toEqual(["kept", "asked", "kept"]);
    peer.last.send(`{"cmd":"done"}`);
    await socket.drained();
    expect(socket.state.queued).toBe(0);
    expect(drops).toEqual([]);
  });

  when("a reply does not come in time", async () => {
    connect({});
    await socket.ready();
    await expect(socket.request("slow", 1, { reply: "done", timeout: 1 })).rejects.toMatchObject({ code: "timeout", sent: true });
    const next = socket.request("next", 2, { reply: "done" });
    await commands(2);
    for (const param of ["slow", "next"]) peer.last.send(JSON.stringify({ cmd: "done", param }));
    expect(await next).toBe("next");
    expect(socket.state).toMatchObject({ status: "open", late: 1 });
  });

  when("the server sends what does not fit, or what is no message", async () => {
    connect({ protocol });
    const counted = socket.once("count");
    await socket.ready();
    for (const text of [`{"cmd":"count","param":"seven"}`, `{"cmd":"count",`, "", "null", "7"]) peer.last.send(text);
    peer.last.send(`{"cmd":"count","param":7}`);
    expect((await counted).param).toBe(7);
    await Promise.resolve();
    expect(errors).toEqual(["validation", "codec", "codec", "codec", "codec"]);
    expect(closes).toEqual([]);
  });

  when("the server sends more than `maxMessageBytes`", async () => {
    connect({ maxMessageBytes: 50 });
    const heard = socket.once("short");
    await socket.ready();
    for (const [cmd, length] of [
      ["long", 50],
      ["short", 1],
    ] as const)
      peer.last.send(JSON.stringify({ cmd, param: "x".repeat(length) }));
    await heard;
    await Promise.resolve();
    expect(errors).toEqual(["size"]);
    expect(closes).toEqual([]);
  });

  when("the server sends a command that the protocol does not name", async () => {
    connect({ protocol });
    const counted = socket.once("count");
    await socket.ready();
    peer.last.send(`{"cmd":"grown","param":{}}`);
    peer.last.send(`{"cmd":"count","param":7}`);
    await counted;
    expect(socket.state).toMatchObject({ status: "open", unknown: 1 });
    expect(errors).toEqual([]);
  });

  when("the server sends to others while the link is down", async () => {
    connect({ rejoin: { join: { cmd: "join", reply: "joined" } } });
    const id = ({ cmd, param }: Message) => (cmd === "chat" ? (param as number) : undefined);
    const feed = resume(socket, { channel: "news", id, replay: "joined" });
    const told: unknown[] = [];
    feed.on("chat", (number) => told.push(number));
    feed.onResume(({ outcome }) => told.push(outcome));
    onGap(socket, ({ reason }) => told.push(reason));
    socket.channel("news").hold(feed.position);
    const says = (cmd: string, param: unknown) => peer.last.send(JSON.stringify({ channel: "news", cmd, param }));
    const resumes = () => new Promise((resolve) => feed.onResume(resolve));
    const first = new Promise((resolve) => feed.on("chat", resolve));
    await peer.receives(1);
    says("joined", { epoch: "a", last: 0, recovered: true });
    says("chat", 1);
    await first;
    const again = resumes();
    peer.last.terminate();
    await peer.receives(2);
    expect(JSON.parse(peer.received[1]!).param).toEqual({ since: 1, epoch: "a" });
    says("chat", 2);
    says("joined", { epoch: "a", last: 2, recovered: true });
    await again;
    expect(told).toEqual(["new", 1, "reopened", 2, "replayed"]);
    feed.stop();
  });

  when("a reader of an iterator is too slow", async () => {
    connect();
    const reader = socket.messages("tick", { buffer: 1 });
    const last = socket.once("last");
    await socket.ready();
    for (const cmd of ["tick", "tick", "last"]) peer.last.send(JSON.stringify({ cmd }));
    await last;
    await reader.next();
    expect(drops).toEqual([["tick", "buffer"]]);
    expect(socket.state.status).toBe("open");
  });
});

test("every row of the documentation's table is a test here", () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(tested).toEqual(rows);
});
