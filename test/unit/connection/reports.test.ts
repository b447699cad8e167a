import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type OpenEvent, Socket, type SocketClose, SocketError, type SocketOptions } from "../../../src/index";
import { FakeWebSocket, fake } from "../../harness/fake";

// What a connection reports of its openings and ends, and in which order. With a fake clock.

let errors: SocketError[];
let closes: SocketClose[];
let opens: OpenEvent[];
const sockets: Socket[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.reset();
  errors = [];
  closes = [];
  opens = [];
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await pass(60_000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (time: number) => vi.advanceTimersByTimeAsync(time);
/** Lets promises, reports and the timers of 0 ms of reconnecting-websocket run. */
const settle = () => pass(2);
const closeConnection = `{"cmd":"close-connection","param":null}`;

/** A socket whose first attempt is under way. */
async function start(options: SocketOptions = {}): Promise<Socket> {
  const socket = new Socket({
    url: "ws://peer.test",
    WebSocket: fake,
    backoff: () => 1_000,
    onError: (error) => errors.push(error),
    onClose: (close) => closes.push(close),
    onOpen: (event) => opens.push(event),
    onDrop: () => {},
    ...options,
  });
  sockets.push(socket);
  await settle();
  return socket;
}

/** A socket that is open. */
async function open(options: SocketOptions = {}): Promise<Socket> {
  const socket = await start(options);
  FakeWebSocket.last.open();
  return socket;
}

describe("a refusal", () => {
  test.each([1002, 1003, 1007, 1010, 4000, 4099, 4400, 4499])(
    "with %d closes the socket, and is reported as an error with code refused",
    async (code) => {
      const socket = await open();
      FakeWebSocket.last.ends(code, "no", true);
      expect(socket.state).toMatchObject({
        status: "closed",
        retryAt: null,
        lastClose: { code, reason: "no", wasClean: true },
        lastError: { code: "refused" },
      });
      await pass(60_000);
      expect(errors).toMatchObject([{ code: "refused" }]);
      expect(errors[0]).toBe(socket.state.lastError);
      expect(closes).toEqual([{ code, reason: "no", wasClean: true }]);
      expect(FakeWebSocket.made).toHaveLength(1);
    },
  );

  test("of credentials is reported the second time in a row, not the first", async () => {
    const socket = await open();
    FakeWebSocket.last.ends(4101);
    expect(socket.state.status).toBe("reconnecting");
    await pass(1_010);
    expect(errors).toEqual([]);
    FakeWebSocket.last.open().ends(4101);
    await settle();
    expect(socket.state).toMatchObject({ status: "closed", lastError: { code: "refused" } });
    expect(errors).toMatchObject([{ code: "refused" }]);
  });

  test("can be followed by connect(), which starts without the error", async () => {
    const socket = await open();
    FakeWebSocket.last.ends(4001);
    socket.connect();
    await settle();
    FakeWebSocket.last.open();
    expect(socket.state).toMatchObject({ status: "open", lastError: null });
  });

  test("by close-connection closes after half a second, and is reported", async () => {
    const socket = await open();
    FakeWebSocket.last.says(closeConnection);
    await pass(499);
    expect(socket.state.status).toBe("open");
    expect(errors).toEqual([]);
    await pass(1);
    expect(socket.state).toMatchObject({ status: "closed", lastError: { code: "refused" } });
    expect(FakeWebSocket.last.closes).toEqual([[1000, "close-connection"]]);
    FakeWebSocket.last.ends(1000, "close-connection", true);
    await settle();
    expect(errors).toMatchObject([{ code: "refused" }]);
    expect(closes).toEqual([{ code: 1000, reason: "close-connection", wasClean: true }]);
  });

  test("by close-connection is reported once, whatever ends the connection before", async () => {
    const socket = await open();
    FakeWebSocket.last.says(closeConnection);
    FakeWebSocket.last.says(closeConnection);
    FakeWebSocket.last.ends(1006);
    await pass(60_000);
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 1006 }, lastError: { code: "refused" } });
    expect(errors).toMatchObject([{ code: "refused" }]);
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test("says what to do", () => {
    expect(new SocketError("refused").message).toMatch(/call connect\(\)/);
  });

  test.each([
    ["shouldReconnect declines", () => FakeWebSocket.last.ends(1006), { shouldReconnect: () => false }],
    ["shouldReconnect declines after a final code", () => FakeWebSocket.last.ends(4001), { shouldReconnect: () => false }],
    ["close() is called", (socket: Socket) => socket.close(), {}],
  ] as [string, (socket: Socket) => void, SocketOptions][])("is not reported where %s", async (_, ends, options) => {
    const socket = await open(options);
    ends(socket);
    await pass(60_000);
    expect(socket.state).toMatchObject({ status: "closed", lastError: null });
    expect(errors).toEqual([]);
  });

  test("is not what a message that is too large gets: after 1009 the socket reconnects", async () => {
    const socket = await open();
    FakeWebSocket.last.ends(1009);
    expect(socket.state).toMatchObject({ status: "reconnecting", lastClose: { code: 1009 }, lastError: null });
    await settle();
    expect(errors).toEqual([]);
  });

  test("cannot come without a link: a code that a handshake ends with is 1006", async () => {
    const socket = await start();
    FakeWebSocket.last.ends(4001);
    await settle();
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2, lastClose: { code: 1006 } });
    expect(errors).toEqual([]);
  });
});

describe("a subprotocol that no WebSocket takes", () => {
  test("throws usage where it is fixed, and the socket stays as it was", async () => {
    expect(() => new Socket({ url: "ws://peer.test", WebSocket: fake, protocols: ["chat", "chat"] })).toThrow(
      expect.objectContaining({ code: "usage" }) as Error,
    );
    const socket = await start({ autoConnect: false, protocols: "two words" });
    expect(() => socket.connect()).toThrow(SocketError);
    expect(socket.state.status).toBe("idle");
    expect(FakeWebSocket.made).toEqual([]);
  });

  test("closes the socket where a function returns it, and is reported: another attempt would not mend it", async () => {
    const protocols = vi.fn(() => ["chat", "chat"]);
    const socket = await start({ protocols });
    await pass(60_000);
    expect(protocols).toHaveBeenCalledTimes(1);
    expect(errors).toMatchObject([{ code: "usage" }]);
    expect(socket.state).toMatchObject({ status: "closed", lastError: { code: "usage" } });
    expect(FakeWebSocket.made).toEqual([]);
  });
});

describe("an opening", () => {
  test("of the first connection says that nothing was missed", async () => {
    await open();
    expect(opens).toEqual([{ reconnected: false, downFor: 0, attempt: 1 }]);
  });

  test("counts the attempts before it", async () => {
    await start();
    for (let failures = 0; failures < 2; failures++) {
      FakeWebSocket.last.ends();
      await pass(1_010);
    }
    FakeWebSocket.last.open();
    expect(opens).toEqual([{ reconnected: false, downFor: 0, attempt: 3 }]);
  });

  test("after a loss says how long the server was not heard, over all attempts", async () => {
    await open();
    await pass(7_000);
    FakeWebSocket.last.ends();
    await pass(1_500);
    FakeWebSocket.last.ends();
    await pass(1_500);
    FakeWebSocket.last.open();
    expect(opens.slice(1)).toEqual([{ reconnected: true, downFor: 3_000, attempt: 2 }]);
  });

  test("after a silent connection counts from the question that got no answer", async () => {
    await open({ heartbeat: { cmd: "ping", interval: 20_000, timeout: 4_000 } });
    FakeWebSocket.last.says({ cmd: "pong" });
    await pass(24_000);
    await pass(1_500);
    FakeWebSocket.last.open();
    expect(opens.slice(1)).toEqual([{ reconnected: true, downFor: 5_500, attempt: 1 }]);
  });

  test("counts as 0 ms where the clock was set back", async () => {
    await open();
    FakeWebSocket.last.ends();
    await pass(1_010);
    vi.setSystemTime(Date.now() - 3_600_000);
    FakeWebSocket.last.open();
    expect(opens.slice(1)).toMatchObject([{ reconnected: true, downFor: 0 }]);
  });

  test("of a new session starts from nothing", async () => {
    const socket = await open();
    FakeWebSocket.last.ends();
    await pass(1_010);
    FakeWebSocket.last.open();
    socket.close();
    await pass(10_000);
    socket.connect();
    await settle();
    FakeWebSocket.last.open();
    expect(opens).toMatchObject([{ reconnected: false }, { reconnected: true }, { reconnected: false, downFor: 0, attempt: 1 }]);
  });
});

describe("a new session", () => {
  /** What was reported, in order. */
  function record(socket: Socket): unknown[] {
    const reports: unknown[] = [];
    socket.onStatus(({ status }, previous) => status !== previous.status && reports.push(status));
    socket.onOpen(() => reports.push("onOpen"));
    socket.onClose(({ code }) => reports.push(code));
    socket.onMessage(({ cmd }) => reports.push(cmd));
    return reports;
  }

  test("comes after the end of the one before, also where its server does not answer the close", async () => {
    const socket = await open();
    const dead = FakeWebSocket.last;
    const reports = record(socket);
    socket.close();
    socket.connect();
    await settle();
    FakeWebSocket.last.open();
    expect(reports).toEqual(["closed", 1006, "connecting", "open", "onOpen"]);
    dead.says({ cmd: "late" });
    dead.ends(1000, "", true);
    await pass(60_000);
    expect(reports).toHaveLength(5);
    expect(socket.state).toMatchObject({ status: "open", lastClose: { code: 1006 } });
  });

  test("follows the real end of the one before, where that comes first", async () => {
    const socket = await open();
    const reports = record(socket);
    socket.close(4001);
    FakeWebSocket.last.ends(4001, "", true);
    await settle();
    socket.connect();
    await settle();
    expect(reports).toEqual(["closed", 4001, "connecting"]);
    expect(closes).toHaveLength(1);
  });

  test("gives an old connection its time to close, and cuts it then", async () => {
    const socket = await open({ closeTimeout: 2_000 });
    const terminate = vi.fn();
    Object.assign(FakeWebSocket.last, { terminate });
    socket.close();
    socket.connect();
    await pass(1_999);
    expect(terminate).not.toHaveBeenCalled();
    await pass(1);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("lets what is sent wait for its connection", async () => {
    const socket = await open();
    socket.close();
    expect(socket.send("after")).toBe("dropped");
    socket.connect();
    expect(socket.send("waits")).toBe("queued");
    await settle();
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent).toEqual([expect.stringContaining("waits")]);
  });

  test("lets a url function send, which then waits", async () => {
    const results: string[] = [];
    const socket: Socket = await start({
      autoConnect: false,
      url: () => {
        results.push(socket.send("from-url"));
        return "ws://peer.test";
      },
    });
    socket.close();
    socket.connect();
    expect(results).toEqual(["queued"]);
  });
});
