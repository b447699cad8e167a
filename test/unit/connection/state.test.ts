import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { explain, initialState, type SocketState } from "../../../src/connection/state";
import { SocketError } from "../../../src/errors";
import { defineProtocol, Socket, type SocketOptions } from "../../../src/index";
import { FakeWebSocket, fake } from "../../harness/fake";

const now = 1_700_000_000_000;

beforeEach(() => vi.useFakeTimers({ now }));
afterEach(() => vi.useRealTimers());

const initial: SocketState = { ...initialState(), latency: null, queued: 0, unknown: 0, late: 0 };
const line = (patch: Partial<SocketState> = {}, slowedBy?: string) => explain({ ...initial, ...patch }, slowedBy);
const lastClose = { code: 1006, reason: "", wasClean: false };

describe("initialState", () => {
  test("is idle since now, and nothing has happened", () => {
    expect(initialState()).toEqual({
      status: "idle",
      since: now,
      attempt: 0,
      retryAt: null,
      lastClose: null,
      lastError: null,
    });
  });

  test("reads the clock each time", () => {
    initialState();
    vi.setSystemTime(now + 5);
    expect(initialState().since).toBe(now + 5);
  });
});

describe("explain", () => {
  test("prints what the manual shows", () => {
    expect(line({ status: "reconnecting", attempt: 3, retryAt: now + 2100, lastClose, queued: 2 })).toBe(
      "reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued",
    );
  });

  test("prints only the status where nothing else is known", () => {
    expect(line()).toBe("idle");
    expect(line({ status: "closed" })).toBe("closed");
  });

  test("prints the current attempt without a time", () => {
    expect(line({ status: "connecting", attempt: 1 })).toBe("connecting: attempt 1");
  });

  test("counts down, to 0 at the least", () => {
    const patch = { status: "reconnecting", attempt: 1, retryAt: now + 1500 } as const;
    vi.setSystemTime(now + 500);
    expect(line(patch)).toContain("in 1.0 s");
    vi.setSystemTime(now + 9999);
    expect(line(patch)).toContain("in 0.0 s");
  });

  test("says what slows retries during a wait", () => {
    const patch = { status: "reconnecting", attempt: 1, retryAt: now + 20_000, lastClose } as const;
    expect(line(patch, "offline")).toBe("reconnecting: attempt 1 in 20.0 s (offline); last close 1006");
    expect(line({ ...patch, retryAt: null }, "hidden")).toBe("reconnecting: attempt 1; last close 1006");
    expect(line({ status: "open", attempt: 1 }, "hidden")).toBe("open: attempt 1");
  });

  test("prints the latency in whole milliseconds, if there is one", () => {
    expect(line({ status: "open", attempt: 1, latency: 41.6, queued: 1 })).toBe("open: attempt 1; latency 42 ms; 1 queued");
    expect(line({ status: "open", attempt: 1, latency: 0 })).toBe("open: attempt 1; latency 0 ms");
  });

  test("prints the reason of the last close, if there is one", () => {
    expect(line({ status: "closed", lastClose: { code: 4001, reason: "banned", wasClean: true } })).toBe("closed; last close 4001 banned");
    expect(line({ status: "closed", lastClose })).toBe("closed; last close 1006");
  });

  test("escapes what the reason of the server would do to a terminal", () => {
    const reason = "bye\n\u001b[31mred\u009b\u202e";
    expect(line({ status: "closed", lastClose: { code: 4001, reason, wasClean: true } })).toBe(
      "closed; last close 4001 bye\\u000a\\u001b[31mred\\u009b\\u202e",
    );
  });

  test("prints the sentence of the last error, and nothing of its cause", () => {
    const lastError = new SocketError("timeout", { cause: new Error("secret") });
    const text = line({ status: "connecting", attempt: 2, lastError });
    expect(text).toBe(`connecting: attempt 2; ${lastError.message}`);
  });
});

describe("the state of a socket", () => {
  let socket: Socket;
  const pass = (time: number) => vi.advanceTimersByTimeAsync(time);

  /** A socket whose first attempt is under way. */
  async function start(options: SocketOptions = {}): Promise<void> {
    socket = new Socket({ url: "ws://peer.test", WebSocket: fake, backoff: () => 1_000, onError: () => {}, ...options });
    await pass(0);
  }

  beforeEach(() => FakeWebSocket.reset());
  afterEach(() => socket.close());

  test("says since when it has its status, whatever else changes meanwhile", async () => {
    await start({ autoConnect: false });
    expect(socket.state.since).toBe(now);
    await pass(10);
    socket.connect();
    expect(socket.state).toMatchObject({ status: "connecting", since: now + 10 });
    await pass(10);
    FakeWebSocket.last.ends();
    await pass(1_010);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2, since: now + 10 });
    FakeWebSocket.last.open();
    expect(socket.state).toMatchObject({ status: "open", since: now + 1_030 });
    await pass(10);
    socket.send("ping");
    expect(socket.state.since).toBe(now + 1_030);
    FakeWebSocket.last.ends();
    expect(socket.state).toMatchObject({ status: "reconnecting", since: now + 1_040 });
    await pass(10);
    socket.close();
    expect(socket.state).toMatchObject({ status: "closed", since: now + 1_050 });
  });

  test("counts attempts from 1 again after a connection that lived minUptime to the millisecond, and not after a shorter one", async () => {
    for (const [uptime, attempt] of [
      [4_999, 2],
      [5_000, 1],
    ] as const) {
      await start();
      FakeWebSocket.last.ends();
      await pass(1_010);
      FakeWebSocket.last.open();
      await pass(uptime);
      FakeWebSocket.last.ends();
      expect(socket.state).toMatchObject({ status: "reconnecting", attempt });
      socket.close();
    }
  });

  test("has a last error that says that all retries failed, with the last one's cause", async () => {
    const errors: SocketError[] = [];
    await start({ maxRetries: 0, onError: (error) => errors.push(error) });
    FakeWebSocket.last.fails();
    await pass(0);
    expect(errors).toMatchObject([{ code: "transport" }, { code: "retries" }]);
    expect(errors[1]!.cause).toBe(errors[0]);
    expect(socket.state).toMatchObject({ status: "closed", attempt: 0, lastError: errors[1] });
  });

  test("has the error of the last end, and none where that had none", async () => {
    await start();
    FakeWebSocket.last.fails();
    await pass(1_010);
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2, lastError: { code: "transport" } });
    FakeWebSocket.last.ends();
    expect(socket.state).toMatchObject({ lastClose: { code: 1006 }, lastError: null });
    expect(socket.explain()).not.toContain(new SocketError("transport").message);
  });

  test("has no last error while it is open", async () => {
    await start();
    FakeWebSocket.last.fails();
    await pass(1_010);
    FakeWebSocket.last.open();
    expect(socket.state.lastError).toBe(null);
  });

  test("is not changed by retryNow() without a wait", async () => {
    const url = vi.fn(() => "ws://peer.test");
    await start({ url });
    const connecting = socket.state;
    socket.retryNow();
    expect(socket.state).toBe(connecting);
    FakeWebSocket.last.open();
    const open = socket.state;
    socket.retryNow();
    expect(socket.state).toBe(open);
    expect(url).toHaveBeenCalledTimes(1);
  });

  test("is not changed by an address that fails after its attempt", async () => {
    const reject: ((error: Error) => void)[] = [];
    await start({ url: () => new Promise((_, fail) => reject.push(fail)), connectTimeout: 3_000 });
    await pass(3_000);
    await pass(1_010);
    const { state } = socket;
    expect(state).toMatchObject({ attempt: 2, retryAt: null });
    reject[0]!(new Error("aborted"));
    await pass(0);
    expect(socket.state).toBe(state);
  });

  test("counts waiting, unknown and late messages, and these counts alone notify nobody", async () => {
    const protocol = defineProtocol({
      inbound: { pong: z.null() },
      outbound: { ping: { param: z.null(), reply: "pong" }, save: { param: z.null(), reply: "pong", delivery: "confirm" } },
    });
    const onStatus = vi.fn();
    const socket = new Socket({ url: "ws://peer.test", WebSocket: fake, protocol });
    socket.send("save", null);
    socket.send("ping", null);
    expect(socket.state).toMatchObject({ queued: 2, unknown: 0, late: 0 });
    await pass(0);
    FakeWebSocket.last.open();
    await pass(0);
    socket.onStatus(onStatus);
    // One is kept until it is confirmed; the other has left.
    expect(socket.state.queued).toBe(1);
    FakeWebSocket.last.says({ cmd: "pong", param: null });
    expect(socket.state).toMatchObject({ queued: 0, late: 0 });
    const request = socket.request("ping", null, { timeout: 100 });
    await pass(100);
    await expect(request).rejects.toMatchObject({ code: "timeout" });
    expect(socket.state.late).toBe(0);
    const { state } = socket;
    FakeWebSocket.last.says({ cmd: "pong", param: null });
    FakeWebSocket.last.says({ cmd: "news", param: null });
    expect(socket.state).toEqual({ ...state, late: 1, unknown: 1 });
    expect(Object.isFrozen(socket.state)).toBe(true);
    expect(socket.state).toBe(socket.state);
    // The one before stays as it was.
    expect(state).toMatchObject({ late: 0, unknown: 0 });
    await pass(0);
    expect(onStatus).not.toHaveBeenCalled();
    socket.close();
    expect(socket.state).toMatchObject({ status: "closed", queued: 0, late: 1, unknown: 1 });
  });

  test("counts no reply as late that nothing has asked for", async () => {
    await start();
    FakeWebSocket.last.open().says({ cmd: "pong", param: null });
    expect(socket.state.late).toBe(0);
  });

  test("says how it was closed where nothing had started", async () => {
    await start({ autoConnect: false });
    socket.close(4001, "never mind");
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 4001, reason: "never mind", wasClean: false } });
  });
});
