import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  defineProtocol,
  type EnvironmentEvent,
  type Heartbeat,
  Socket,
  type SocketClose,
  SocketError,
  type SocketOptions,
} from "../../../src/index";
import { MockEnvironment } from "../../../src/testing/index";
import { FakeWebSocket, fake } from "../../harness/fake";

// What a socket does on its own: it asks whether the connection is alive, and reacts to sleep and wake. With a fake clock, to the millisecond.

const heartbeat: Heartbeat = { cmd: "ping", reply: "pong", interval: 20_000, timeout: 4_000 };
const ping = `{"channel":"","cmd":"ping","param":{}}`;
const asleep = ["pagehide", "freeze"] as const;
const awake = ["online", "visible", "resume", "pageshow"] as const;
const slowing = ["offline", "hidden"] as const;

let environment: MockEnvironment;
let errors: SocketError[];
let closes: SocketClose[];
const sockets: { close(): void }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.reset();
  environment = new MockEnvironment();
  errors = [];
  closes = [];
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(environment.listeners.size).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const pass = (time: number) => vi.advanceTimersByTimeAsync(time);
/** Lets promises, reports and the timers of 0 ms of reconnecting-websocket run. */
const settle = () => pass(2);
/** Lets the wait for the next attempt pass; its socket is created. */
const passWait = async (time: number) => {
  await pass(time);
  await settle();
};
/** The machine is asleep for an hour: no timer notices. */
const sleep = () => vi.setSystemTime(Date.now() + 3_600_000);
const fixRandom = (part: number) => vi.spyOn(Math, "random").mockReturnValue(part);

/** A socket whose first attempt is under way. */
async function start(options: SocketOptions = {}): Promise<Socket> {
  const socket = new Socket({
    url: "ws://peer.test",
    WebSocket: fake,
    environment,
    probe: 1_000,
    onError: (error) => errors.push(error),
    onClose: (close) => closes.push(close),
    ...options,
  });
  sockets.push(socket);
  await pass(0);
  return socket;
}

/** A socket that is open. */
async function open(options: SocketOptions = {}): Promise<Socket> {
  const socket = await start(options);
  FakeWebSocket.last.open();
  return socket;
}

/** A socket that has lost its link and waits for half a second at most. */
async function waiting(options: SocketOptions = {}): Promise<Socket> {
  const socket = await open(options);
  FakeWebSocket.last.ends();
  return socket;
}

/** How long the next attempt is away. */
const wait = (socket: Socket) => socket.state.retryAt! - Date.now();
const pings = () => FakeWebSocket.last.sent.filter((data) => data === ping).length;
const pong = () => FakeWebSocket.last.says(`{"cmd":"pong"}`);

describe("the heartbeat", () => {
  test("asks on every open, after everything else", async () => {
    const socket = await start({ heartbeat, onOpen: () => socket.send("from-onOpen") });
    socket.channel("room").join();
    socket.send("queued");
    const commands = () => FakeWebSocket.last.sent.map((text) => JSON.parse(text as string).cmd);
    FakeWebSocket.last.open();
    expect(commands()).toEqual(["join", "queued", "from-onOpen", "ping"]);
    FakeWebSocket.last.ends();
    socket.retryNow();
    await settle();
    FakeWebSocket.last.open();
    expect(commands()).toEqual(["join", "from-onOpen", "ping"]);
  });

  test("asks on the default channel, with its param", async () => {
    await open({ heartbeat: { ...heartbeat, param: { at: 1 } }, channel: "lobby" });
    expect(FakeWebSocket.last.sent).toEqual([`{"channel":"lobby","cmd":"ping","param":{"at":1}}`]);
  });

  test("asks with the message that a function builds from the channel and the param", async () => {
    const cmd = vi.fn((channel: string, param: unknown) => ({ channel: "", cmd: "beat", param: [channel, param] }));
    await open({ heartbeat: { ...heartbeat, cmd, param: 7 }, channel: "lobby" });
    expect(FakeWebSocket.last.sent).toEqual([`{"channel":"","cmd":"beat","param":["lobby",7]}`]);
  });

  test("asks again an interval after the answer, and not before", async () => {
    await open({ heartbeat });
    await pass(1_500);
    pong();
    await pass(19_999);
    expect(pings()).toBe(1);
    await pass(1);
    expect(pings()).toBe(2);
  });

  test("asks nothing where none is set", async () => {
    await open({ heartbeat: false });
    await pass(3_600_000);
    expect(FakeWebSocket.last.sent).toEqual([]);
  });

  test.each([
    ["another command", `{"cmd":"chat"}`],
    ["garbage", "garbage"],
    ["binary data", new ArrayBuffer(4)],
  ])("treats %s as a sign of life", async (_, data) => {
    const socket = await open({ heartbeat });
    await pass(3_999);
    FakeWebSocket.last.says(data);
    await pass(20_000);
    expect(pings()).toBe(2);
    await pass(3_999);
    expect(socket.state.status).toBe("open");
  });

  test("counts the time for the answer from the question, not from earlier messages", async () => {
    const socket = await open({ heartbeat });
    pong();
    await pass(19_999);
    FakeWebSocket.last.says(`{"cmd":"chat"}`);
    await pass(1);
    expect(pings()).toBe(2);
    await pass(3_999);
    expect(socket.state.status).toBe("open");
    await pass(1);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("ends a silent connection with 1006 and an error, at once, without waiting for its close", async () => {
    fixRandom(0);
    const socket = await open({ heartbeat });
    const silent = FakeWebSocket.last;
    await pass(3_999);
    expect(socket.state.status).toBe("open");
    await pass(1);
    expect(silent.closes).toEqual([[1000, undefined]]);
    expect(silent.readyState).toBe(2);
    expect(errors).toMatchObject([{ code: "heartbeat" }]);
    expect(closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
    expect(socket.state).toMatchObject({ status: "reconnecting", attempt: 1, lastError: { code: "heartbeat" } });
    await settle();
    FakeWebSocket.last.open();
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(socket.state).toMatchObject({ status: "open", lastError: null });
  });

  test("cuts a silent connection where it can, because a closing handshake would stay silent, too", async () => {
    await open({ heartbeat });
    const terminate = vi.fn();
    Object.assign(FakeWebSocket.last, { terminate });
    await pass(4_000);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("ignores everything that a silent connection sends later", async () => {
    const onMessage = vi.fn();
    const socket = await open({ heartbeat, onMessage });
    const silent = FakeWebSocket.last;
    await pass(4_000);
    await passWait(wait(socket));
    FakeWebSocket.last.open();
    const { state } = socket;
    silent.emit("open");
    silent.says(`{"cmd":"chat"}`);
    silent.fails();
    silent.ends(4001);
    await settle();
    expect(onMessage).not.toHaveBeenCalled();
    expect(socket.state).toEqual(state);
    expect(closes).toHaveLength(1);
  });

  test("retries within a second after a silent connection, and ever later if that fails, too", async () => {
    fixRandom(0.5);
    const socket = await open({ heartbeat });
    const states: unknown[] = [];
    socket.onStatus(({ status, attempt, retryAt }) => states.push([status, attempt, retryAt && retryAt - Date.now()]));
    await pass(4_000);
    await passWait(500);
    expect(states).toEqual([
      ["reconnecting", 1, 500],
      ["reconnecting", 1, null],
    ]);
    FakeWebSocket.last.ends();
    const first = wait(socket);
    expect(first).toBeGreaterThan(1_000);
    await passWait(first);
    FakeWebSocket.last.ends();
    expect(wait(socket)).toBeGreaterThan(first);
  });

  test("leaves a connection that its socket has ended to the ordinary wait", async () => {
    fixRandom(1);
    const socket = await open({ heartbeat });
    FakeWebSocket.last.ends();
    expect(wait(socket)).toBe(2_200);
  });

  test("does not hurry when connections fall silent in a row", async () => {
    fixRandom(0.5);
    const socket = await open({ heartbeat });
    await pass(4_000);
    await passWait(wait(socket));
    FakeWebSocket.last.open();
    await pass(4_000);
    expect(wait(socket)).toBeGreaterThan(1_000);
  });

  test("does not count a connection without any message as lived, however long it took", async () => {
    fixRandom(0.5);
    const socket = await open({ heartbeat, minUptime: 1_000 });
    const waits: number[] = [];
    for (let link = 0; link < 3; link++) {
      await pass(4_000);
      waits.push(wait(socket));
      await passWait(waits[link]!);
      FakeWebSocket.last.open();
    }
    expect(waits[0]).toBe(500);
    expect(waits[1]).toBeGreaterThan(1_000);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
  });

  test("retries within a second after a connection that has lived, whatever failed before it", async () => {
    fixRandom(0.5);
    const socket = await open({ heartbeat });
    for (let loss = 0; loss < 3; loss++) {
      FakeWebSocket.last.ends();
      socket.retryNow();
      await settle();
      FakeWebSocket.last.open();
    }
    pong();
    await pass(24_000);
    expect(socket.state).toMatchObject({ status: "reconnecting", attempt: 1, lastError: { code: "heartbeat" } });
    expect(wait(socket)).toBe(500);
  });

  test("leaves the wait after a silent connection to the user's own backoff", async () => {
    const socket = await open({ heartbeat, backoff: () => 700 });
    await pass(4_000);
    expect(wait(socket)).toBe(700);
  });

  test("asks once more when its timer is late, with the time of a probe, before it gives up", async () => {
    const socket = await open({ heartbeat });
    sleep();
    await pass(4_000);
    expect(pings()).toBe(2);
    expect(socket.state.status).toBe("open");
    await pass(999);
    expect(socket.state.status).toBe("open");
    await pass(1);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("keeps its whole timeout where a busy page makes its timer late", async () => {
    const socket = await open({ heartbeat });
    pong();
    await pass(19_999);
    vi.setSystemTime(Date.now() + 80);
    await pass(1);
    expect(pings()).toBe(2);
    await pass(3_900);
    pong();
    await pass(1_000);
    expect(socket.state.status).toBe("open");
  });

  test("does not take a slow upload for a dead link, however long it lasts", async () => {
    const socket = await start({ heartbeat });
    const native = FakeWebSocket.last;
    native.bufferedAmount = 6_000_000;
    native.open();
    while (native.bufferedAmount > 0) {
      await pass(1_000);
      native.bufferedAmount -= 400_000;
    }
    await pass(3_000);
    pong();
    await settle();
    expect(socket.state.status).toBe("open");
    expect(errors).toEqual([]);
  });

  test("sees a slow upload though more is sent than leaves", async () => {
    const socket = await start({ heartbeat });
    const native = FakeWebSocket.last;
    native.bufferedAmount = 1_000_000;
    native.send = () => {
      native.bufferedAmount += 600;
    };
    native.open();
    for (let time = 0; time < 60; time++) {
      await pass(1_000);
      native.bufferedAmount -= 500;
      socket.send("more");
    }
    expect(socket.state.status).toBe("open");
  });

  test("gives a question more time behind a large message, which Node shows no progress of, and behind those that waited", async () => {
    const socket = await start({ heartbeat });
    socket.send("upload", "x".repeat(1_000_000));
    FakeWebSocket.last.open();
    await pass(13_900);
    expect(socket.state.status).toBe("open");
    pong();
    socket.send("upload", "x".repeat(2_500_000));
    await pass(28_900);
    expect(socket.state.status).toBe("open");
    await pass(200);
    expect(socket.state).toMatchObject({ status: "reconnecting", lastError: { code: "heartbeat" } });
  });

  test("gives a link up whose upload stands still", async () => {
    const socket = await open({ heartbeat });
    FakeWebSocket.last.bufferedAmount = 6_000_000;
    await pass(4_000);
    expect(socket.state).toMatchObject({ status: "reconnecting", lastError: { code: "heartbeat" } });
  });

  test("receives what arrived while the machine slept", async () => {
    const socket = await open({ heartbeat });
    sleep();
    await pass(4_000);
    pong();
    await pass(19_999);
    expect(socket.state.status).toBe("open");
    expect(pings()).toBe(2);
  });

  test("that throws is reported, keeps the connection, and asks again", async () => {
    const cmd = vi.fn(() => {
      throw new Error("mine");
    });
    const socket = await open({ heartbeat: { ...heartbeat, cmd } });
    await pass(0);
    expect(errors).toMatchObject([{ code: "listener", cause: { message: "mine" } }]);
    await pass(19_999);
    expect(cmd).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(cmd).toHaveBeenCalledTimes(2);
    expect(socket.state.status).toBe("open");
  });

  test("whose message does not fit the protocol reports it", async () => {
    const protocol = defineProtocol({ inbound: {}, outbound: { ping: z.object({ n: z.number() }) } });
    await open({ heartbeat, protocol } as SocketOptions);
    await pass(0);
    expect(errors).toMatchObject([{ code: "validation", cmd: "ping", issues: [{ path: ["n"] }] }]);
  });

  test("that is async has asked in its own way, and is awaited", async () => {
    const socket = await open({ heartbeat: { ...heartbeat, cmd: async () => {} } });
    await pass(3_999);
    expect(socket.state.status).toBe("open");
    expect(errors).toEqual([]);
    await pass(1);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("that returns no message has asked in its own way, and is awaited", async () => {
    const socket = await open({ heartbeat: { ...heartbeat, cmd: () => {} } });
    expect(FakeWebSocket.last.sent).toEqual([]);
    await pass(4_000);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("stops with the connection", async () => {
    const cmd = vi.fn();
    const socket = await open({ heartbeat: { ...heartbeat, cmd }, backoff: () => 3_600_000 });
    pong();
    FakeWebSocket.last.ends();
    await pass(60_000);
    expect(cmd).toHaveBeenCalledTimes(1);
    expect(socket.state.retryAt).not.toBe(null);
  });

  test("does not ask where onOpen has closed the socket", async () => {
    const socket = await start({ heartbeat, onOpen: () => socket.close() });
    FakeWebSocket.last.open().ends(1000);
    expect(FakeWebSocket.last.sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("has a reply that needs no definition; any other undefined command counts as unknown", async () => {
    const protocol = defineProtocol({ inbound: { chat: z.string() }, outbound: {} });
    const socket = new Socket({ url: "ws://peer.test", WebSocket: fake, protocol, heartbeat });
    sockets.push(socket);
    await settle();
    FakeWebSocket.last.open();
    pong();
    expect(socket.state.unknown).toBe(0);
    FakeWebSocket.last.says(`{"cmd":"news"}`);
    expect(socket.state.unknown).toBe(1);
  });
});

describe("a probe", () => {
  test.each(awake)("on %s asks over an open connection, which then has the time of a probe", async (event) => {
    const socket = await open({ heartbeat });
    pong();
    await pass(5_000);
    environment.turn(event);
    expect(pings()).toBe(2);
    await pass(999);
    expect(socket.state.status).toBe("open");
    await pass(1);
    expect(errors).toMatchObject([{ code: "heartbeat" }]);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("that is answered changes nothing else", async () => {
    const socket = await open({ heartbeat });
    pong();
    environment.turn("visible");
    pong();
    await pass(19_999);
    expect(pings()).toBe(2);
    expect(socket.state.status).toBe("open");
  });

  test("in the middle of a slow upload does not end the connection", async () => {
    const socket = await open({ heartbeat });
    const native = FakeWebSocket.last;
    native.bufferedAmount = 1_000_000;
    environment.turn("visible");
    while (native.bufferedAmount > 0) {
      await pass(500);
      native.bufferedAmount -= 50_000;
    }
    pong();
    await settle();
    expect(socket.state.status).toBe("open");
  });

  test.each(slowing)("is not sent when the page turns %s: a dead connection is detected in its time", async (event) => {
    const socket = await open({ heartbeat });
    pong();
    environment.turn(event);
    await settle();
    expect(pings()).toBe(1);
    expect(FakeWebSocket.last.closes).toEqual([]);
    expect(socket.state.status).toBe("open");
  });

  test.each([
    ["probe is false", { heartbeat, probe: false }],
    ["there is no heartbeat", { probe: 1_000 }],
    ["there is no environment", { heartbeat, environment: false }],
  ] as const)("is not sent where %s", async (_, options) => {
    const socket = await open(options);
    const asked = pings();
    pong();
    for (const event of awake) environment.turn(event);
    await pass(10_000);
    expect(pings()).toBe(asked);
    expect(socket.state.status).toBe("open");
  });

  test("is not sent while connecting", async () => {
    const socket = await start({ heartbeat });
    for (const event of awake) environment.turn(event);
    await pass(2_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 1, retryAt: null });
  });
});

describe("the latency", () => {
  test("is the time of the last reply, and null before the first and while not open", async () => {
    const socket = await open({ heartbeat });
    expect(socket.state.latency).toBe(null);
    await pass(40);
    FakeWebSocket.last.says(`{"cmd":"chat"}`);
    expect(socket.state.latency).toBe(null);
    await pass(2);
    pong();
    expect(socket.state.latency).toBe(42);
    const { state } = socket;
    expect(socket.state).toBe(state);
    FakeWebSocket.last.ends();
    expect(socket.state.latency).toBe(null);
    socket.retryNow();
    await settle();
    FakeWebSocket.last.open();
    expect(socket.state.latency).toBe(null);
  });

  test("notifies nobody, because the connection has not changed", async () => {
    const socket = await open({ heartbeat });
    const onStatus = vi.fn();
    socket.onStatus(onStatus);
    await pass(42);
    pong();
    await settle();
    expect(onStatus).not.toHaveBeenCalled();
    expect(Object.isFrozen(socket.state)).toBe(true);
  });

  test("counts from the oldest open question", async () => {
    const socket = await open({ heartbeat });
    await pass(100);
    environment.turn("visible");
    await pass(10);
    pong();
    expect(socket.state.latency).toBe(110);
  });

  test("is not measured without a reply to recognise", async () => {
    const socket = await open({ heartbeat: { ...heartbeat, reply: undefined } });
    await pass(10);
    pong();
    expect(socket.state.latency).toBe(null);
  });
});

describe("a handshake that hangs", () => {
  test("ends after connectTimeout, without waiting for its close", async () => {
    const socket = await start({ connectTimeout: 3_000 });
    const hanging = FakeWebSocket.last;
    await pass(2_999);
    expect(hanging.closes).toEqual([]);
    await pass(1);
    expect(hanging.closes).toEqual([[1000, undefined]]);
    expect(errors).toMatchObject([{ code: "timeout" }]);
    expect(closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2, lastError: { code: "timeout" } });
  });

  test("has connectTimeout after an address that took as long", async () => {
    await start({ connectTimeout: 3_000, url: () => new Promise((resolve) => setTimeout(resolve, 2_999, "ws://peer.test")) });
    await pass(2_999);
    await pass(2_999);
    expect(errors).toEqual([]);
    await pass(1);
    expect(errors).toMatchObject([{ code: "timeout" }]);
  });

  test("has connectTimeout once more if the machine sleeps, and no more than once", async () => {
    const socket = await start({ connectTimeout: 3_000 });
    sleep();
    await pass(3_000);
    expect(socket.state.attempt).toBe(1);
    sleep();
    await pass(2_999);
    expect(FakeWebSocket.last.closes).toEqual([]);
    await pass(1);
    expect(errors).toMatchObject([{ code: "timeout" }]);
  });

  test("succeeds with what arrived while the machine slept", async () => {
    const socket = await start({ connectTimeout: 3_000 });
    sleep();
    await pass(3_000);
    FakeWebSocket.last.open();
    await pass(60_000);
    expect(socket.state.status).toBe("open");
    expect(FakeWebSocket.made).toHaveLength(1);
  });
});

describe("authenticate", () => {
  const forever = () => new Promise(() => {});

  test("has connectTimeout after a handshake that took as long", async () => {
    const socket = await start({ connectTimeout: 3_000, authenticate: forever });
    await pass(2_999);
    const native = FakeWebSocket.last.open();
    await pass(2_999);
    expect(errors).toEqual([]);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 1 });
    await pass(1);
    expect(native.closes).toEqual([[1000, undefined]]);
    expect(errors).toMatchObject([{ code: "timeout" }]);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2 });
  });

  test("has connectTimeout once more if the machine sleeps, and no more than once", async () => {
    const socket = await start({ connectTimeout: 3_000, authenticate: forever });
    FakeWebSocket.last.open();
    sleep();
    await pass(3_000);
    expect(socket.state).toMatchObject({ attempt: 1, retryAt: null });
    sleep();
    await pass(3_000);
    expect(errors).toMatchObject([{ code: "timeout" }]);
  });

  test("prevents probes while it runs", async () => {
    const socket = await start({ heartbeat, authenticate: forever });
    FakeWebSocket.last.open();
    for (const event of awake) environment.turn(event);
    await pass(2_000);
    expect(FakeWebSocket.last.sent).toEqual([]);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 1, retryAt: null });
  });

  test.each(asleep)("is aborted on %s, its connection is closed politely, and it runs again on waking", async (event) => {
    const signals: AbortSignal[] = [];
    const authenticate = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return signals.length === 1 ? forever() : undefined;
    };
    const socket = await start({ authenticate });
    const native = FakeWebSocket.last.open();
    environment.turn(event);
    expect(native.closes).toEqual([[1000, undefined]]);
    expect(socket.state).toMatchObject({ status: "connecting", lastClose: { code: 1000 } });
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    environment.turn("pageshow");
    await settle();
    FakeWebSocket.last.open();
    await settle();
    expect(signals).toHaveLength(2);
    expect(socket.state).toMatchObject({ status: "open", attempt: 1 });
  });
});

describe.each(asleep)("%s", (event) => {
  test("closes an open connection with 1000, without waiting for the answer", async () => {
    const socket = await open();
    const native = FakeWebSocket.last;
    environment.turn(event);
    expect(native.closes).toEqual([[1000, undefined]]);
    expect(socket.state).toMatchObject({
      status: "reconnecting",
      attempt: 1,
      lastClose: { code: 1000, reason: "", wasClean: false },
      lastError: null,
    });
    native.ends(1006);
    await settle();
    expect(closes).toMatchObject([{ code: 1000 }]);
    expect(errors).toEqual([]);
  });

  test("lets sent messages arrive: an open connection is cut only if it has not answered after closeTimeout", async () => {
    for (const answers of [true, false]) {
      const terminate = vi.fn();
      const socket = await open({ closeTimeout: 2_000 });
      const native = Object.assign(FakeWebSocket.last, { terminate });
      socket.send("just-in-time");
      environment.turn(event);
      await pass(1_999);
      expect(terminate).not.toHaveBeenCalled();
      if (answers) native.ends(1000, "", true);
      await pass(1);
      expect(terminate).toHaveBeenCalledTimes(answers ? 0 : 1);
      socket.close();
    }
  });

  test("cuts a current attempt at once, because there is no closing handshake", async () => {
    await start();
    const terminate = vi.fn();
    Object.assign(FakeWebSocket.last, { terminate });
    environment.turn(event);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("tells the next attempt how the connection ended", async () => {
    const reasons: unknown[] = [];
    await open({
      url: ({ reason }) => {
        reasons.push(reason);
        return "ws://peer.test";
      },
    });
    environment.turn(event);
    environment.turn("pageshow");
    await settle();
    expect(reasons).toEqual([null, { code: 1000, reason: "", wasClean: false }]);
  });

  test.each(awake)("is followed by a reconnect at once on %s, and waiting messages leave", async (wake) => {
    const socket = await open();
    environment.turn(event);
    expect(socket.send("waits")).toBe("queued");
    await pass(5_000);
    environment.turn(wake);
    await settle();
    FakeWebSocket.last.open();
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(FakeWebSocket.last.sent).toEqual([`{"channel":"","cmd":"waits","param":null}`]);
    expect(socket.state).toMatchObject({ status: "open", attempt: 1 });
  });

  test("is followed by a slow retry without a wake event, as in a page that lives on", async () => {
    for (const [part, time] of [
      [0, 15_000],
      [1, 30_000],
    ] as const) {
      fixRandom(part);
      const socket = await open();
      environment.turn(event);
      expect(wait(socket)).toBe(time);
      const { length } = FakeWebSocket.made;
      await passWait(time);
      expect(FakeWebSocket.made).toHaveLength(length + 1);
      socket.close();
    }
  });

  test("does not involve shouldReconnect, backoff or maxRetries", async () => {
    const shouldReconnect = vi.fn(() => false);
    const backoff = vi.fn(() => 1);
    const socket = await open({ shouldReconnect, backoff, maxRetries: 0 });
    for (let round = 0; round < 3; round++) {
      environment.turn(event);
      environment.turn("pageshow");
      await settle();
      FakeWebSocket.last.open();
    }
    expect(socket.state.status).toBe("open");
    expect(shouldReconnect).not.toHaveBeenCalled();
    expect(backoff).not.toHaveBeenCalled();
  });

  test("forgives earlier failures: the first failure after it counts as the second in a row", async () => {
    const retries: number[] = [];
    const backoff = (retry: number) => {
      retries.push(retry);
      return 50;
    };
    await start({ backoff });
    for (let attempt = 1; attempt <= 4; attempt++) {
      FakeWebSocket.last.ends();
      await passWait(50);
    }
    environment.turn(event);
    environment.turn("pageshow");
    await settle();
    FakeWebSocket.last.ends();
    expect(retries).toEqual([1, 2, 3, 4, 2]);
  });

  test("fails a current attempt, and starts a new one on waking", async () => {
    const socket = await start();
    const hanging = FakeWebSocket.last;
    environment.turn(event);
    expect(hanging.closes).toEqual([[1000, undefined]]);
    expect(socket.state).toMatchObject({ status: "connecting", lastClose: { code: 1006 } });
    expect(socket.state.retryAt).not.toBe(null);
    environment.turn("pageshow");
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 1, retryAt: null });
    await settle();
    FakeWebSocket.last.open();
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(socket.state.status).toBe("open");
  });

  test("abandons an address request, and never uses its address", async () => {
    const signals: AbortSignal[] = [];
    const give: ((url: string) => void)[] = [];
    await start({
      url: ({ signal }) => {
        signals.push(signal);
        return new Promise((resolve) => give.push(resolve));
      },
    });
    environment.turn(event);
    await settle();
    expect(signals[0]!.aborted).toBe(true);
    give[0]!("ws://old.test");
    await settle();
    expect(FakeWebSocket.made).toHaveLength(0);
    environment.turn("pageshow");
    await settle();
    give[1]!("ws://new.test");
    await settle();
    expect(FakeWebSocket.made.map(({ url }) => url)).toEqual(["ws://new.test"]);
  });

  test("changes nothing during a wait for a retry", async () => {
    const socket = await waiting({ backoff: () => 900 });
    const { state } = socket;
    environment.turn(event);
    expect(socket.state).toBe(state);
    await settle();
    expect(closes).toHaveLength(1);
  });

  test("is final after close-connection", async () => {
    const socket = await open();
    FakeWebSocket.last.says(`{"cmd":"close-connection","param":null}`);
    environment.turn(event);
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 1000 } });
    expect(environment.listeners.size).toBe(0);
  });
});

test("a page that is hidden away and then frozen ends its connection once", async () => {
  await open();
  environment.turn("hidden");
  environment.turn("pagehide");
  environment.turn("freeze");
  await settle();
  expect(closes).toHaveLength(1);
  expect(FakeWebSocket.last.closes).toHaveLength(1);
});

describe.each(slowing)("%s", (event) => {
  const over = { offline: "online", hidden: "visible" } as const;

  test("keeps an open connection", async () => {
    const socket = await open();
    environment.turn(event);
    expect(socket.send("still-there")).toBe("sent");
    expect(FakeWebSocket.last.closes).toEqual([]);
  });

  test("lets a current attempt continue", async () => {
    const socket = await start();
    environment.turn(event);
    await settle();
    FakeWebSocket.last.open();
    expect(socket.state.status).toBe("open");
  });

  test("makes the current wait 15 to 30 seconds", async () => {
    for (const [part, time] of [
      [0, 15_000],
      [0.5, 22_500],
      [1, 30_000],
    ] as const) {
      fixRandom(part);
      const socket = await waiting();
      environment.turn(event);
      expect(wait(socket)).toBe(time);
      environment.turn(over[event]);
      socket.close();
    }
  });

  test("makes later waits 15 to 30 seconds where the user's own are shorter", async () => {
    for (const [part, time] of [
      [0, 15_000],
      [1, 30_000],
    ] as const) {
      fixRandom(part);
      environment.turn(event);
      const socket = await waiting({ backoff: () => 10, shouldReconnect: () => 20 });
      expect(wait(socket)).toBe(time);
      await passWait(time);
      FakeWebSocket.last.ends();
      expect(wait(socket)).toBe(time);
      socket.close();
    }
  });

  test("leaves a longer wait as it is", async () => {
    environment.turn(event);
    expect(wait(await waiting({ backoff: () => 600_000 }))).toBe(600_000);
  });

  test("does not shorten the current wait", async () => {
    const socket = await waiting({ backoff: () => 600_000 });
    await pass(1_000);
    environment.turn(event);
    expect(wait(socket)).toBeGreaterThanOrEqual(599_000);
    await pass(598_000);
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test("slows the short wait after a silent connection, too", async () => {
    const socket = await open({ heartbeat });
    environment.turn(event);
    await pass(4_000);
    expect(wait(socket)).toBeGreaterThanOrEqual(15_000);
  });

  test("lets slow attempts continue one after the other, because the report may be wrong", async () => {
    fixRandom(1);
    const socket = await waiting();
    environment.turn(event);
    await pass(29_999);
    expect(FakeWebSocket.made).toHaveLength(1);
    await passWait(1);
    expect(FakeWebSocket.made).toHaveLength(2);
    FakeWebSocket.last.ends();
    await passWait(30_000);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.made).toHaveLength(3);
    expect(socket.state.status).toBe("open");
  });

  test("ends with an attempt at once, as the first in a row", async () => {
    const socket = await start({ backoff: () => 50 });
    for (let attempt = 1; attempt <= 4; attempt++) {
      FakeWebSocket.last.ends();
      await passWait(50);
    }
    FakeWebSocket.last.ends();
    environment.turn(event);
    expect(socket.state.attempt).toBe(6);
    environment.turn(over[event]);
    expect(socket.state).toMatchObject({ attempt: 1, retryAt: null });
    await settle();
    expect(FakeWebSocket.made).toHaveLength(6);
    FakeWebSocket.last.ends();
    expect(socket.state.attempt).toBe(2);
    expect(wait(socket)).toBe(50);
  });

  test("does not affect waits once it is over", async () => {
    environment.turn(event);
    environment.turn(over[event]);
    expect(wait(await waiting({ backoff: () => 50 }))).toBe(50);
  });
});

describe("waking", () => {
  test.each(awake)("%s ends a wait at once, once, as the first attempt in a row", async (event) => {
    const retries: number[] = [];
    const socket = await start({
      backoff: (retry) => {
        retries.push(retry);
        return 50;
      },
    });
    for (let attempt = 1; attempt <= 3; attempt++) {
      FakeWebSocket.last.ends();
      await passWait(50);
    }
    FakeWebSocket.last.ends();
    environment.turn(event);
    environment.turn(event);
    expect(socket.state).toMatchObject({ attempt: 1, retryAt: null });
    await settle();
    expect(FakeWebSocket.made).toHaveLength(5);
    FakeWebSocket.last.ends();
    expect(retries).toEqual([1, 2, 3, 4, 2]);
    await passWait(50);
    expect(FakeWebSocket.made).toHaveLength(6);
  });

  test("over an open connection without a heartbeat changes nothing", async () => {
    const socket = await open();
    const { state } = socket;
    for (const event of awake) environment.turn(event);
    await settle();
    expect(socket.state).toBe(state);
    expect(FakeWebSocket.last.sent).toEqual([]);
  });
});

describe("the environment", () => {
  test("is listened to only while a connection is wanted", async () => {
    const socket = await start({ autoConnect: false });
    const listeners = () => environment.listeners.size;
    expect(listeners()).toBe(0);
    socket.connect();
    expect(listeners()).toBe(1);
    socket.connect();
    expect(listeners()).toBe(1);
    await settle();
    FakeWebSocket.last.open();
    FakeWebSocket.last.ends();
    expect(listeners()).toBe(1);
    socket.close();
    expect(listeners()).toBe(0);
    socket.connect();
    expect(listeners()).toBe(1);
  });

  test.each([
    ["a final code", () => FakeWebSocket.last.open().ends(4001), {}],
    ["the last retry", () => FakeWebSocket.last.ends(), { maxRetries: 0 }],
    ["shouldReconnect", () => FakeWebSocket.last.ends(), { shouldReconnect: () => false }],
  ] as const)("is not listened to after %s", async (_, ends, options) => {
    const socket = await start(options);
    ends();
    expect(socket.state.status).toBe("closed");
    expect(environment.listeners.size).toBe(0);
  });

  test.each(["pagehide", "hidden", "resume"] as const)("may report (%s) before there is a connection, or after its end", async (event) => {
    let tell: ((event: EnvironmentEvent) => void) | undefined;
    const hasty = {
      online: true,
      visible: true,
      listen(listener: typeof tell & object) {
        tell = listener;
        listener(event);
        return () => {};
      },
    };
    const socket = await open({ environment: hasty });
    expect(closes).toEqual([]);
    socket.close();
    const { state } = socket;
    tell!(event);
    expect(socket.state).toBe(state);
  });

  test("that cannot be listened to is reported, and the connection continues without it", async () => {
    const broken = {
      get online(): boolean {
        throw new Error("mine");
      },
      visible: true,
      listen: () => ({ remove() {} }) as never,
    };
    const socket = await open({ environment: broken });
    FakeWebSocket.last.ends();
    await pass(0);
    expect(errors).toMatchObject([{ code: "listener", cause: { message: "mine" } }]);
    await passWait(wait(socket));
    FakeWebSocket.last.open();
    expect(socket.state.status).toBe("open");
    socket.close();
    expect(socket.state.status).toBe("closed");
    expect(FakeWebSocket.last.closes).toHaveLength(1);
  });

  test("does not postpone a retry that is slow already", async () => {
    const socket = await open();
    environment.turn("offline");
    FakeWebSocket.last.ends();
    const due = socket.state.retryAt!;
    for (let times = 0; times < 5; times++) {
      await pass(1_000);
      environment.turn("offline");
    }
    expect(socket.state.retryAt).toBe(due);
  });

  test("is not listened to after an abort", async () => {
    const controller = new AbortController();
    await open({ signal: controller.signal });
    controller.abort();
    expect(environment.listeners.size).toBe(0);
  });

  test("is not listened to where connecting cannot begin", () => {
    expect(() => new Socket({ url: "nowhere", WebSocket: fake, environment })).toThrow();
    vi.stubGlobal("WebSocket", undefined);
    expect(() => new Socket({ url: "ws://peer.test", environment })).toThrow();
    expect(environment.listeners.size).toBe(0);
  });

  test("is the page's own by default", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("navigator", { onLine: true });
    const socket = await open({ environment: undefined });
    page.dispatchEvent(new Event("pagehide"));
    expect(socket.state.lastClose?.code).toBe(1000);
    page.dispatchEvent(new Event("pageshow"));
    await settle();
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  test("is ignored where environment is false, even in a page", async () => {
    const listen = vi.fn();
    vi.stubGlobal("addEventListener", listen);
    vi.stubGlobal("navigator", { onLine: false });
    const socket = await waiting({ environment: false, backoff: () => 50 });
    expect(listen).not.toHaveBeenCalled();
    expect(wait(socket)).toBe(50);
  });
});

describe("close()", () => {
  const scenes: Record<string, [SocketOptions, EnvironmentEvent[]]> = {
    "a question is open": [{ heartbeat }, []],
    "a probe is open": [{ heartbeat }, ["hidden", "visible"]],
    "the page is offline": [{ heartbeat }, ["offline"]],
    "the page is frozen": [{ heartbeat }, ["freeze"]],
    "the page is frozen, and offline": [{ heartbeat }, ["offline", "freeze"]],
    "the page has come back": [{ heartbeat }, ["pagehide", "pageshow"]],
  };

  test.each(Object.entries(scenes))("while %s is final, and nothing wakes it", async (_, [options, events]) => {
    const socket = await open(options);
    for (const event of events) environment.turn(event);
    socket.close();
    const { length } = FakeWebSocket.made;
    for (const event of [...slowing, ...asleep, ...awake]) environment.turn(event);
    await pass(3_600_000);
    expect(socket.state.status).toBe("closed");
    expect(FakeWebSocket.made).toHaveLength(length);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("during a slow wait is final", async () => {
    const socket = await waiting();
    environment.turn("offline");
    socket.close();
    environment.turn("online");
    await pass(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(socket.state.status).toBe("closed");
  });

  test("inside a heartbeat function is final", async () => {
    const socket = await start({ heartbeat: { ...heartbeat, cmd: () => socket.close() } });
    FakeWebSocket.last.open().ends(1000);
    await settle();
    expect(socket.state.status).toBe("closed");
    expect(errors).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("inside a heartbeat function that then throws is final, too", async () => {
    const cmd = () => {
      socket.close();
      throw new Error("mine");
    };
    const socket = await start({ heartbeat: { ...heartbeat, cmd } });
    FakeWebSocket.last.open().ends(1000);
    await settle();
    expect(socket.state.status).toBe("closed");
    expect(errors).toMatchObject([{ code: "listener" }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("inside a codec that decodes the reply is final", async () => {
    const decode = () => {
      socket.close();
      return { channel: "", cmd: "pong", param: null };
    };
    const socket = await open({ heartbeat, codec: { encode: () => "", decode } });
    FakeWebSocket.last.says("anything");
    FakeWebSocket.last.ends(1000);
    await settle();
    expect(errors).toEqual([]);
    expect(socket.state.status).toBe("closed");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("inside a function that rejoins a channel is final, and no open is reported", async () => {
    const onOpen = vi.fn();
    const join = (channel: string) => {
      if (socket.state.attempt === 2) socket.close();
      return { channel, cmd: "join", param: null };
    };
    const socket = await start({ heartbeat, onOpen, rejoin: { join } });
    socket.channel("room").join();
    FakeWebSocket.last.ends();
    socket.retryNow();
    await settle();
    FakeWebSocket.last.open().ends(1000);
    await settle();
    expect(socket.state.status).toBe("closed");
    expect(onOpen).not.toHaveBeenCalled();
    expect(FakeWebSocket.last.sent).toEqual([]);
  });

  test("inside onClose of a silent connection is final", async () => {
    const socket = await open({ heartbeat });
    socket.onClose(() => socket.close());
    await pass(60_000);
    expect(socket.state.status).toBe("closed");
    expect(FakeWebSocket.made.length).toBeLessThanOrEqual(2);
  });
});

describe("explain()", () => {
  test("prints what is known in each state", async () => {
    fixRandom(0.5);
    const socket = await start({ autoConnect: false, heartbeat, backoff: () => 2_100 });
    const failed = new SocketError("transport").message;
    const lines = [socket.explain()];
    const say = () => lines.push(socket.explain());
    socket.connect();
    say();
    await settle();
    FakeWebSocket.last.open();
    say();
    await pass(42.4);
    pong();
    say();
    FakeWebSocket.last.ends();
    say();
    environment.turn("hidden");
    say();
    environment.turn("offline");
    say();
    environment.turn("visible");
    say();
    await settle();
    FakeWebSocket.last.fails();
    say();
    environment.turn("online");
    say();
    socket.close();
    say();
    expect(lines).toEqual([
      "idle",
      "connecting: attempt 1",
      "open: attempt 1",
      "open: attempt 1; latency 42 ms",
      "reconnecting: attempt 1 in 2.1 s; last close 1006",
      "reconnecting: attempt 1 in 22.5 s (hidden); last close 1006",
      "reconnecting: attempt 1 in 22.5 s (offline); last close 1006",
      "reconnecting: attempt 1; last close 1006",
      `reconnecting: attempt 2 in 22.5 s (offline); last close 1006; ${failed}`,
      `reconnecting: attempt 1; last close 1006; ${failed}`,
      "closed; last close 1000",
    ]);
  });

  test("prints nothing about the page without a wait, or without an environment", async () => {
    const socket = await open();
    environment.turn("hidden");
    expect(socket.explain()).toBe("open: attempt 1");
    const alone = await waiting({ environment: false, backoff: () => 1_000 });
    expect(alone.explain()).toBe("reconnecting: attempt 1 in 1.0 s; last close 1006");
  });
});
