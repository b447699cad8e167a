import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { Socket, SocketError, type SocketClose, type SocketOptions, type SocketState } from "../../../src/index";
import { bundle } from "../../harness/bundle";
import { FakeWebSocket, fake } from "../../harness/fake";
import { freePort, type Peer, startMute, startPeer } from "../../harness/peer";

// One test for each fault of reconnecting-websocket in test/catalogue/dependencies.md, by its tag: what users of Wireline would see of it.

let peer: Peer;
let socket: Socket | undefined;

/** A socket of `ws` that retries at once and ignores errors. */
function connect(options: SocketOptions = {}): Socket {
  socket = new Socket({ url: peer?.url, WebSocket, backoff: () => 1, onError: () => {}, onDrop: () => {}, ...options });
  return socket;
}

/** Resolves with the first state that fits. */
function until(socket: Socket, fits: (state: SocketState) => boolean): Promise<SocketState> {
  return new Promise((resolve) => {
    if (fits(socket.state)) return resolve(socket.state);
    const unsubscribe = socket.onStatus((state) => {
      if (!fits(state)) return;
      unsubscribe();
      resolve(state);
    });
  });
}

const closeOf = (socket: Socket) => new Promise<SocketClose>((resolve) => socket.onClose(resolve));
const errorOf = (socket: Socket) => new Promise<SocketError>((resolve) => socket.onError(resolve));

beforeEach(async () => {
  peer = await startPeer();
});
afterEach(async () => {
  socket?.close();
  socket = undefined;
  await peer.stop();
});

describe("reconnecting-websocket", () => {
  test("[R1] a socket closed during a wait connects again", async () => {
    const port = await freePort();
    const socket = connect({ url: `ws://127.0.0.1:${port}`, backoff: () => 60_000 });
    await until(socket, (state) => state.retryAt !== null);
    socket.close();
    const late = await startPeer({ port });
    socket.connect();
    await socket.ready();
    await late.stop();
  });

  test("[R1] a socket closed before its first WebSocket existed connects again", async () => {
    const socket = connect();
    socket.close();
    socket.connect();
    await socket.ready();
    expect(peer.requests).toHaveLength(1);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("no token"))],
    [
      "throws",
      () => {
        throw new Error("no token");
      },
    ],
  ])("[R2] a url function that %s is reported and called again", async (_, fails) => {
    let calls = 0;
    const socket = connect({ url: () => (++calls < 3 ? fails() : peer.url) });
    const error = await errorOf(socket);
    expect(error).toMatchObject({ code: "address", cause: { message: "no token" } });
    await socket.ready();
    expect(calls).toBe(3);
  });

  test("[R3] a url function that hangs is aborted at connectTimeout, reported, and called again", async () => {
    const signals: AbortSignal[] = [];
    const socket = connect({
      connectTimeout: 20,
      url: ({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 1 ? new Promise<string>(() => {}) : peer.url;
      },
    });
    expect((await errorOf(socket)).code).toBe("timeout");
    expect(signals[0]!.aborted).toBe(true);
    await until(socket, ({ status }) => status === "open");
  });

  test("[R4] a url function may return a URL", async () => {
    await connect({ url: () => new URL(peer.url.replace("ws:", "http:")) }).ready();
  });

  test.each([undefined, null, 7, "ftp://example.com", ""])(
    "[R4] a url function that returns %s is reported and called again",
    async (rubbish) => {
      let calls = 0;
      const socket = connect({ url: () => (++calls === 1 ? (rubbish as unknown as string) : peer.url) });
      expect((await errorOf(socket)).code).toBe("address");
      await socket.ready();
    },
  );

  test("[R5] a WebSocket constructor that throws is reported and called again", async () => {
    let calls = 0;
    class Failing extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        if (++calls === 1) throw new Error("not today");
        super(url, protocols);
      }
    }
    const socket = connect({ WebSocket: Failing });
    expect(await errorOf(socket)).toMatchObject({ code: "transport", cause: { message: "not today" } });
    await socket.ready();
    expect(calls).toBe(2);
  });

  test("[R5] a WebSocket constructor that refuses the address or the subprotocol ends the socket, and says so", async () => {
    class Refusing extends WebSocket {
      constructor(url: string) {
        // The ws package, like browsers, throws a SyntaxError at a subprotocol that is named twice.
        super(url, ["chat", "chat"]);
      }
    }
    const socket = connect({ WebSocket: Refusing });
    expect((await errorOf(socket)).code).toBe("usage");
    expect(socket.state).toMatchObject({ status: "closed", lastError: { code: "usage" } });
  });

  test("[R6] after maxRetries the socket closes and says why, and connect() starts it again", async () => {
    const port = await freePort();
    const socket = connect({ url: `ws://127.0.0.1:${port}`, maxRetries: 2 });
    const attempts = new Set<number>();
    socket.onStatus(({ attempt }) => attempts.add(attempt));
    const codes: string[] = [];
    socket.onError(({ code }) => codes.push(code));
    await until(socket, ({ status }) => status === "closed");
    expect([...attempts]).toEqual([1, 2, 3, 0]);
    expect(codes.at(-1)).toBe("retries");
    expect(socket.state.lastError?.code).toBe("retries");
    const late = await startPeer({ port });
    socket.connect();
    await socket.ready();
    await late.stop();
  });

  test("[R7] without a WebSocket class connect() says what to pass", () => {
    vi.stubGlobal("WebSocket", undefined);
    expect(() => new Socket({ url: "ws://127.0.0.1:9" })).toThrowError(/no WebSocket; pass .*`WebSocket`/);
    const idle = new Socket({ url: "ws://127.0.0.1:9", autoConnect: false });
    expect(() => idle.connect()).toThrowError(SocketError);
    expect(idle.state.status).toBe("idle");
    vi.unstubAllGlobals();
  });

  test("[R8] the close code and reason are those of the server", async () => {
    const socket = connect();
    await socket.ready();
    peer.last.close(4001, "not you");
    expect(await closeOf(socket)).toEqual({ code: 4001, reason: "not you", wasClean: true });
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 4001 } });
  });

  test("[R8] a cut connection ends with 1006, not with a clean 1000", async () => {
    const socket = connect();
    await socket.ready();
    peer.last.terminate();
    expect(await closeOf(socket)).toEqual({ code: 1006, reason: "", wasClean: false });
    await socket.ready();
  });

  test("[R9] a hanging handshake ends with 1006 and a timeout, not with 1000", async () => {
    const mute = await startMute();
    const socket = connect({ connectTimeout: 20, url: ({ attempt }) => (attempt === 1 ? mute.url : peer.url) });
    const error = errorOf(socket);
    expect(await closeOf(socket)).toEqual({ code: 1006, reason: "", wasClean: false });
    expect((await error).code).toBe("timeout");
    await mute.stop();
  });

  test("[R10] listeners receive plain objects, whatever the runtime's events are", async () => {
    const socket = connect();
    await socket.ready();
    const close = closeOf(socket);
    const message = new Promise((resolve) => socket.onMessage(resolve));
    peer.last.send(`{"cmd":"a","param":1}`);
    expect(Object.getPrototypeOf(await message)).toBe(Object.prototype);
    peer.last.terminate();
    expect(Object.getPrototypeOf(await close)).toBe(Object.prototype);
  });

  test("[R11] the status is right before the first WebSocket, during a wait, and after the end", async () => {
    const port = await freePort();
    const socket = connect({ url: `ws://127.0.0.1:${port}`, autoConnect: false });
    expect(socket.state.status).toBe("idle");
    socket.connect();
    expect(socket.state.status).toBe("connecting");
    await until(socket, (state) => state.retryAt !== null);
    expect(socket.state.status).toBe("connecting");
    socket.close();
    expect(socket.state.status).toBe("closed");
  });

  test("[R11] an address with a token is neither shown by the socket nor logged", async () => {
    const lines: string[] = [];
    const url = peer.url.replace("ws://", "ws://user:pass@");
    const socket = connect({ url: `${url}/room?token=secret#secret`, debug: (line) => void lines.push(line) });
    await socket.ready();
    expect(lines).toContain(`wireline: connecting to ${peer.url}/room`);
    expect(lines.join() + JSON.stringify(socket) + JSON.stringify(socket.state) + socket.explain()).not.toMatch(/secret|pass/);
  });

  test("[R12] close() before the first WebSocket reports the end", async () => {
    const socket = connect();
    socket.close(1000, "never mind");
    expect(await closeOf(socket)).toEqual({ code: 1000, reason: "never mind", wasClean: false });
  });

  test("[R13] attempts count from 1 again after a connection has lived for minUptime, and not before", async () => {
    const lasting = connect({ minUptime: 0 });
    for (let round = 0; round < 3; round++) {
      await lasting.ready();
      peer.last.terminate();
      expect((await until(lasting, ({ status }) => status === "reconnecting")).attempt).toBe(1);
      await until(lasting, ({ status }) => status === "open");
    }
    lasting.close();
    const flapping = connect({ minUptime: 60_000 });
    for (let round = 1; round <= 3; round++) {
      await flapping.ready();
      peer.last.terminate();
      expect((await until(flapping, ({ status }) => status === "reconnecting")).attempt).toBe(round);
      await until(flapping, ({ status }) => status === "open");
    }
  });

  describe("with a fake WebSocket and a fake clock", () => {
    beforeEach(() => {
      vi.useFakeTimers();
      FakeWebSocket.reset();
    });
    afterEach(() => {
      socket?.close();
      vi.runAllTimers();
      vi.useRealTimers();
      vi.restoreAllMocks();
    });

    /** Lets reconnecting-websocket, its promises and its timers of 0 ms run. */
    const settle = () => vi.advanceTimersByTimeAsync(2);
    const start = async (options: SocketOptions = {}) => {
      const started = connect({ url: "ws://peer.test", WebSocket: fake, backoff: {}, ...options });
      await settle();
      return started;
    };

    test("[R14] every wait is drawn for itself, even at the maximum", async () => {
      const socket = await start({ backoff: { min: 100, max: 400, factor: 2 } });
      const waits: number[] = [];
      for (const draw of [0.5, 0.25, 0.5, 0.75, 0.1]) {
        vi.spyOn(Math, "random").mockReturnValue(draw);
        FakeWebSocket.last.ends();
        waits.push(socket.state.retryAt! - Date.now());
        await vi.advanceTimersByTimeAsync(waits.at(-1)!);
        await settle();
      }
      expect(waits).toEqual([50, 125, 300, 350, 220]);
      expect(FakeWebSocket.made).toHaveLength(6);
    });

    test("[R15] after close() no timer is left, from any state", async () => {
      const socket = await start();
      socket.close();
      await settle();
      expect(vi.getTimerCount()).toBe(0);
      socket.connect();
      await settle();
      FakeWebSocket.last.ends();
      socket.close();
      await settle();
      expect(vi.getTimerCount()).toBe(0);
      socket.connect();
      await settle();
      FakeWebSocket.last.open();
      socket.close();
      FakeWebSocket.last.ends(1000, "", true);
      await settle();
      expect(vi.getTimerCount()).toBe(0);
    });

    test.each([Infinity, 2 ** 40])("[R16] a connectTimeout of %s is long, not one millisecond", async (connectTimeout) => {
      const socket = await start({ connectTimeout });
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(FakeWebSocket.made).toHaveLength(1);
      expect(socket.state.attempt).toBe(1);
    });

    test("[R16] a closeTimeout of Infinity is long, not one millisecond", async () => {
      const socket = await start({ closeTimeout: Infinity });
      const native = FakeWebSocket.last.open();
      const closes: SocketClose[] = [];
      socket.onClose((close) => closes.push(close));
      socket.close();
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(closes).toEqual([]);
      native.ends(1000, "", true);
      await settle();
      expect(closes).toEqual([{ code: 1000, reason: "", wasClean: true }]);
    });

    test("[R17] a handshake has ten seconds", async () => {
      const socket = await start();
      await vi.advanceTimersByTimeAsync(9_990);
      expect(socket.state.attempt).toBe(1);
      await vi.advanceTimersByTimeAsync(10);
      expect(socket.state).toMatchObject({ attempt: 2, lastError: { code: "timeout" } });
    });

    test("[R18] connect() inside a close listener does not shorten the wait", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0.99);
      const socket = await start();
      const unsubscribe = socket.onClose(() => socket.connect());
      for (let time = 0; time < 400; time++) {
        await vi.advanceTimersByTimeAsync(1);
        if (FakeWebSocket.last.readyState === 0) FakeWebSocket.last.ends();
      }
      expect(FakeWebSocket.made).toHaveLength(1);
      unsubscribe();
    });

    test("[R19] an address requested before close() is not used after connect()", async () => {
      const give: ((url: string) => void)[] = [];
      const socket = await start({ url: () => new Promise((resolve) => give.push(resolve)) });
      socket.close();
      socket.connect();
      give[0]!("ws://user-a.test");
      await settle();
      expect(FakeWebSocket.made).toHaveLength(0);
      give[1]!("ws://user-b.test");
      await settle();
      expect(FakeWebSocket.made.map(({ url }) => url)).toEqual(["ws://user-b.test"]);
    });

    test("[R26] a message that the WebSocket refuses is reported, and the others leave once", async () => {
      const drops: unknown[] = [];
      const socket = await start({ onDrop: ({ cmd }, reason) => drops.push([cmd, reason]) });
      for (const cmd of ["a", "b", "c"]) socket.send(cmd);
      const native = FakeWebSocket.last;
      native.send = (data) => {
        if (String(data).includes(`"b"`)) throw new TypeError("cannot");
        native.sent.push(data);
      };
      native.open();
      await settle();
      expect(native.sent).toHaveLength(2);
      expect(drops).toEqual([["b", "refused"]]);
      expect(socket.state.queued).toBe(0);
      native.ends();
      socket.retryNow();
      await settle();
      FakeWebSocket.last.open();
      expect(FakeWebSocket.last.sent).toEqual([]);
    });

    test("an error without a close ends the attempt (CSP, blocked ports)", async () => {
      const socket = await start();
      FakeWebSocket.last.fails();
      expect(socket.state).toMatchObject({ attempt: 2, lastClose: { code: 1006 }, lastError: { code: "transport" } });
    });

    test("late events of a socket that was given up are ignored", async () => {
      const socket = await start({ connectTimeout: 50 });
      const [old] = FakeWebSocket.made;
      await vi.advanceTimersByTimeAsync(50);
      socket.retryNow();
      await settle();
      const state = socket.state;
      old!.open();
      old!.says({ cmd: "a" });
      old!.ends(4001);
      expect(socket.state).toBe(state);
    });

    test("a closing handshake that is never answered ends after closeTimeout", async () => {
      const socket = await start({ closeTimeout: 100 });
      FakeWebSocket.last.open();
      const closes: SocketClose[] = [];
      socket.onClose((close) => closes.push(close));
      socket.close();
      await vi.advanceTimersByTimeAsync(99);
      expect(closes).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  test.each([
    ["while it waits to retry", "wait"],
    ["while the handshake hangs", "hang"],
    ["when it is open", "open"],
  ])("[R15] a Node process ends after close() %s", async (_, moment) => {
    const library = await bundle(`export * from "./src/index"`, "cjs");
    const mute = await startMute();
    const url = { wait: `ws://127.0.0.1:${await freePort()}`, hang: mute.url, open: peer.url }[moment];
    const code = `
      const { Socket } = ((module) => {
        ${library}
        return module.exports;
      })({ exports: {} });
      const socket = new Socket({ url: ${JSON.stringify(url)}, WebSocket: require(${JSON.stringify(createRequire(import.meta.url).resolve("ws"))}).WebSocket, backoff: () => 1e9, onError() {} });
      socket.onStatus((state) => (state.status === "open" || state.retryAt) && socket.close());
      process.stdin.on("end", () => socket.close()).resume();
      process.on("exit", () => console.log(socket.state.status));
    `;
    const folder = mkdtempSync(join(tmpdir(), "wireline-"));
    const file = join(folder, "program.cjs");
    writeFileSync(file, code);
    const running = promisify(execFile)(process.execPath, [file], { timeout: 15_000 });
    if (moment === "hang") await mute.upgrade;
    running.child.stdin!.end();
    const { stdout } = await running;
    rmSync(folder, { recursive: true });
    expect(stdout.trim()).toBe("closed");
    await mute.stop();
  });

  test("[R20] giving up a handshake does not end the Node process", async () => {
    const mute = await startMute();
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    const socket = connect({ connectTimeout: 10, url: ({ attempt }) => (attempt < 4 ? mute.url : peer.url) });
    await socket.ready();
    await mute.stop();
    process.off("uncaughtException", uncaught);
    expect(uncaught).not.toHaveBeenCalled();
  });

  test("[R21] subprotocols and headers are computed for each attempt", async () => {
    let token = 0;
    class WithHeaders extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols, { headers: { authorization: `token ${++token}` } });
      }
    }
    const socket = connect({ WebSocket: WithHeaders, protocols: async () => [`v${token + 1}`] });
    await socket.ready();
    peer.last.terminate();
    await once(peer.last, "close");
    await peer.connection();
    expect(peer.requests.map(({ headers }) => [headers.authorization, headers["sec-websocket-protocol"]])).toEqual([
      ["token 1", "v1"],
      ["token 2", "v2"],
    ]);
  });

  test("[R22] [R23] a hundred messages wait; the next one drops the oldest, which is reported", async () => {
    const drops: unknown[] = [];
    const socket = connect({ autoConnect: false, onDrop: ({ param }, reason) => drops.push([param, reason]) });
    const results = Array.from({ length: 103 }, (_, index) => socket.send("count", index));
    expect(new Set(results)).toEqual(new Set(["queued"]));
    expect(socket.state.queued).toBe(100);
    socket.connect();
    const texts = await peer.receives(100);
    expect(texts.map((text) => JSON.parse(text).param)).toEqual(Array.from({ length: 100 }, (_, index) => index + 3));
    expect(drops).toEqual([0, 1, 2].map((param) => [param, "overflow"]));
  });

  test("[R25] messages that wait when the socket closes are reported, and never leave on a later connection", async () => {
    const drops: unknown[] = [];
    const socket = connect({ autoConnect: false, onDrop: ({ cmd }, reason) => drops.push([cmd, reason]) });
    socket.send("of-user-a");
    socket.close();
    expect(socket.send("after")).toBe("dropped");
    socket.connect();
    await socket.ready();
    socket.send("of-user-b");
    expect(await peer.receives(1)).toEqual([`{"channel":"","cmd":"of-user-b","param":null}`]);
    expect(drops).toEqual([
      ["of-user-a", "closed"],
      ["after", "closed"],
    ]);
  });

  test("[R27] a listener that throws is reported and stops no other", async () => {
    const socket = connect();
    const errors: SocketError[] = [];
    socket.onError((error) => errors.push(error));
    socket.onOpen(() => {
      throw new Error("mine");
    });
    await socket.ready();
    expect(errors).toMatchObject([{ code: "listener", cause: { message: "mine" } }]);
  });

  test.each([
    [1001, ""],
    [1006, ""],
    [2999, ""],
    [5000, ""],
    [1000.5, ""],
    [NaN, ""],
    [1000, "é".repeat(62)],
  ])("[R28] close(%s, %j) throws, and the connection stays as it was", async (code, reason) => {
    const socket = connect();
    await socket.ready();
    expect(() => socket.close(code, reason)).toThrowError(SocketError);
    expect(socket.state.status).toBe("open");
    expect(socket.send("still-there")).toBe("sent");
    await peer.receives(1);
  });

  test("[R29] waiting messages are counted without Blob", () => {
    vi.stubGlobal("Blob", undefined);
    const socket = connect({ autoConnect: false });
    expect(socket.send("a", "ü")).toBe("queued");
    expect(socket.state.queued).toBe(1);
    vi.unstubAllGlobals();
  });

  test("[R30] debug prints neither params nor tokens, and nothing of the library below", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    const debug = vi.spyOn(console, "debug").mockReturnValue();
    const socket = connect({ url: `${peer.url}?token=secret`, debug: true });
    socket.send("login", { password: "secret" });
    await socket.ready();
    peer.last.send(`{"cmd":"answer","param":"secret"}`);
    await socket.once("answer");
    peer.last.terminate();
    await closeOf(socket);
    expect(debug.mock.calls.length).toBeGreaterThan(3);
    expect(debug.mock.calls.join()).not.toContain("secret");
    expect(log).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
