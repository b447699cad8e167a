import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { reactive } from "vue";
import { WebSocket } from "ws";
import { z } from "zod";
import {
  defineProtocol,
  type Message,
  type OpenEvent,
  rawCodec,
  Socket,
  SocketError,
  type SocketOptions,
  type SocketState,
} from "../../src/index";
import { mockServer } from "../../src/testing/index";
import { FakeWebSocket, fake } from "../harness/fake";
import { type Peer, startPeer } from "../harness/peer";

const protocol = defineProtocol({
  inbound: {
    chat: z.object({ user: z.string(), text: z.string() }),
    count: { param: z.coerce.number() },
    tick: z.null(),
  },
  outbound: {
    chat: z.object({ text: z.string().trim().min(1) }),
    at: { param: z.date().transform((date) => date.toISOString()) },
    ping: z.object({}).optional(),
  },
});

let peer: Peer;
const sockets: { close(): void }[] = [];

function open(options: SocketOptions<typeof protocol> = {}) {
  const socket = new Socket({ url: peer.url, WebSocket, backoff: () => 1, protocol, ...options });
  sockets.push(socket);
  return socket;
}

function untyped(options: SocketOptions = {}) {
  const socket = new Socket({ url: peer.url, WebSocket, backoff: () => 1, onError: () => {}, ...options });
  sockets.push(socket);
  return socket;
}

const next = <T>(subscribe: (listener: (value: T) => void) => unknown) => new Promise<T>((resolve) => void subscribe(resolve));

beforeEach(async () => {
  peer = await startPeer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.close();
  await peer.stop();
});

describe("sending", () => {
  test("commands and messages leave as compact text, by default to the default channel", async () => {
    const socket = untyped({ channel: "lobby" });
    await socket.ready();
    expect(socket.send("ping", {})).toBe("sent");
    expect(socket.send({ channel: "room", cmd: "chat", param: { text: "hi" } })).toBe("sent");
    expect(socket.send({ cmd: "bare", channel: undefined })).toBe("sent");
    expect(await peer.receives(3)).toEqual([
      `{"channel":"lobby","cmd":"ping","param":{}}`,
      `{"channel":"room","cmd":"chat","param":{"text":"hi"}}`,
      `{"channel":"lobby","cmd":"bare","param":null}`,
    ]);
  });

  test("the output of the schema is what leaves", async () => {
    const socket = open();
    await socket.ready();
    socket.send("chat", { text: "  hi  " });
    socket.send("at", new Date(0));
    socket.send("ping");
    expect((await peer.receives(3)).map((text) => JSON.parse(text).param)).toEqual([{ text: "hi" }, "1970-01-01T00:00:00.000Z", null]);
  });

  test("a command or param that does not fit is refused before it is queued", () => {
    const socket = open({ autoConnect: false });
    expect(() => socket.send("chat", { text: "" })).toThrowError(
      expect.objectContaining({ code: "validation", cmd: "chat", issues: [expect.objectContaining({ path: ["text"] })] }),
    );
    // @ts-expect-error: not in the protocol
    expect(() => socket.send("shout", {})).toThrowError(/^shout: The protocol has no such outbound command/);
    // @ts-expect-error: only a name, not a key of the prototype
    expect(() => socket.send("constructor", {})).toThrowError(SocketError);
    expect(socket.state.queued).toBe(0);
  });

  test.each([
    ["a BigInt", 1n],
    ["a function", () => 1],
    ["a circle", (() => ((circle) => Object.assign(circle, { circle }))({}))()],
  ])("%s cannot be encoded, and send() throws", (_, param) => {
    const socket = untyped({ autoConnect: false });
    expect(() => socket.send("a", param)).toThrowError(expect.objectContaining({ code: "codec", cmd: "a" }));
    expect(socket.state.queued).toBe(0);
  });

  test("a message without strings for cmd and channel is refused", () => {
    const socket = untyped({ autoConnect: false });
    expect(() => socket.send({ cmd: 1 } as unknown as Message)).toThrowError(expect.objectContaining({ code: "codec" }));
    expect(() => socket.send({ cmd: "a", channel: null } as unknown as Message)).toThrowError(SocketError);
  });

  test("changing a param afterwards does not change the queued message", async () => {
    const socket = untyped({ autoConnect: false });
    const param = { text: "first" };
    socket.send("chat", param);
    param.text = "changed";
    socket.connect();
    expect(JSON.parse((await peer.receives(1))[0]!).param.text).toBe("first");
  });

  test("a socket whose close has begun queues messages", async () => {
    const socket = untyped({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    native.readyState = 2;
    expect(socket.send("a")).toBe("queued");
    expect(native.sent).toEqual([]);
  });
});

describe("receiving", () => {
  test("listeners, iterators and promises of a command receive it, typed and checked", async () => {
    const socket = open();
    const heard: unknown[] = [];
    socket.on("chat", ({ user, text }, message) => heard.push([user, text, message.channel, message.from]));
    socket.on("count", (count) => heard.push(count));
    const once = socket.once("chat");
    const messages = socket.messages("count");
    await socket.ready();
    peer.last.send(JSON.stringify({ from: "id", channel: "lobby", cmd: "chat", param: { user: "Ada", text: "hi" } }, null, 2));
    peer.last.send(Buffer.from(`{"cmd":"count","param":"7"}`));
    expect((await once).param).toEqual({ user: "Ada", text: "hi" });
    expect((await messages.next()).value).toMatchObject({ cmd: "count", channel: "", param: 7 });
    expect(heard).toEqual([["Ada", "hi", "lobby", "id"], 7]);
  });

  test.each(["", "beside another "])("onMessage, added %sby a listener of the command, receives the current message", async (beside) => {
    const socket = open();
    const heard: string[] = [];
    if (beside) socket.onMessage(() => void heard.push("another"));
    const unsubscribe = socket.on("tick", () => {
      unsubscribe();
      socket.onMessage(() => void heard.push("added"));
    });
    await socket.ready();
    const ticked = next((resolve) => socket.on("tick", () => queueMicrotask(() => resolve(undefined))));
    peer.last.send(JSON.stringify({ cmd: "tick", param: null }));
    await ticked;
    expect(heard).toEqual(beside ? ["another", "added"] : ["added"]);
  });

  test("onMessage receives every command of the protocol, and no other", async () => {
    const socket = open();
    const heard: string[] = [];
    socket.onMessage((message) => heard.push(message.cmd));
    await socket.ready();
    for (const cmd of ["later", "constructor", "__proto__", "tick"]) peer.last.send(JSON.stringify({ cmd, param: null }));
    await socket.once("tick");
    expect(heard).toEqual(["tick"]);
    expect(socket.state.unknown).toBe(3);
  });

  test("an inbound param that does not fit is reported and dropped, and the connection stays open", async () => {
    const socket = open();
    const errors: SocketError[] = [];
    socket.onError((error) => errors.push(error));
    const heard = vi.fn();
    socket.on("chat", heard);
    await socket.ready();
    peer.last.send(`{"channel":"lobby","cmd":"chat","param":{"user":1,"text":"secret"}}`);
    peer.last.send(`{"cmd":"tick","param":null}`);
    await socket.once("tick");
    expect(heard).not.toHaveBeenCalled();
    expect(errors).toMatchObject([{ code: "validation", channel: "lobby", cmd: "chat", issues: [{ path: ["user"] }] }]);
    expect(errors[0]!.message).not.toContain("secret");
    expect(socket.state.status).toBe("open");
  });

  test("a command without listeners is not checked", async () => {
    const check = vi.fn((value: unknown) => ({ value }));
    const schema = { "~standard": { version: 1, vendor: "test", validate: check } } as const;
    const socket = new Socket({
      url: peer.url,
      WebSocket,
      protocol: defineProtocol({ inbound: { quiet: schema, loud: schema }, outbound: {} }),
    });
    sockets.push(socket);
    await socket.ready();
    const loud = socket.once("loud");
    peer.last.send(`{"cmd":"quiet","param":1}`);
    peer.last.send(`{"cmd":"loud","param":2}`);
    await loud;
    expect(check.mock.calls).toEqual([[2]]);
  });

  test.each([
    ["cut short", `{"channel":"q","cmd":"x","param"`],
    ["null", "null"],
    ["a number", "7"],
    ["an array", "[]"],
    ["empty", ""],
    ["without a cmd", `{"channel":"q"}`],
    ["a string", `"x"`],
    ["with a cmd that is not a string", `{"cmd":["x"]}`],
    ["with a channel that is not a string", `{"channel":7,"cmd":"x"}`],
    ["with a channel that is null", `{"channel":null,"cmd":"x"}`],
    ["in no UTF-8", Buffer.from([0xff, 0xfe])],
  ])("garbage that is %s is reported once, and the connection stays open", async (_, garbage) => {
    const socket = untyped();
    const errors: SocketError[] = [];
    socket.onError((error) => errors.push(error));
    await socket.ready();
    peer.last.send(garbage);
    peer.last.send(`{"cmd":"after","param":null}`);
    await socket.once("after");
    expect(errors).toMatchObject([{ code: "codec" }]);
  });

  test("errors are printed without an error listener, without the data", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const socket = open();
    await socket.ready();
    socket.on("chat", () => {
      throw new Error("mine");
    });
    peer.last.send(`{"cmd":"chat","param":"secret"}`);
    peer.last.send(`secret`);
    peer.last.send(`{"cmd":"chat","param":{"user":"a","text":"b"}}`);
    peer.last.send(`{"cmd":"tick","param":null}`);
    await socket.once("tick");
    // As objects: consoles show their cause, issues and stack.
    expect(print.mock.calls.map(([prefix, error]) => [prefix, (error as SocketError).code])).toEqual([
      ["wireline:", "validation"],
      ["wireline:", "codec"],
      ["wireline:", "listener"],
    ]);
    expect(inspect(print.mock.calls)).not.toContain("secret");
    expect(inspect(print.mock.calls)).toContain("Error: mine");
  });

  test("a thousand errors of one kind without an error listener print a dozen lines", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    untyped({ WebSocket: fake, onError: undefined });
    const native = (await FakeWebSocket.next()).open();
    for (let index = 0; index < 1000; index++) native.says("garbage");
    await turn();
    // The first ten, the hundredth and the thousandth.
    expect(print).toHaveBeenCalledTimes(12);
    const notes = print.mock.calls.map(([, , note]) => note as string);
    expect(notes.slice(0, 9)).toEqual(Array(9).fill(""));
    expect(notes.slice(9)).toEqual([
      "10 errors of this code so far; the next is printed at 100",
      "100 errors of this code so far; the next is printed at 1000",
      "1000 errors of this code so far; the next is printed at 10000",
    ]);
  });

  test("debug lines show what the network sent without control characters, ANSI codes or marks of direction", async () => {
    const lines: string[] = [];
    const hostile = "a\u001b[31m\n\u009b\u007f\u202eb";
    open({ WebSocket: fake, debug: (line) => lines.push(line) });
    const native = (await FakeWebSocket.next()).open();
    native.says({ cmd: hostile });
    native.ends(4000, hostile);
    await turn();
    const escaped = "a\\u001b[31m\\u000a\\u009b\\u007f\\u202eb";
    expect(lines).toContain(`wireline: unknown command ${escaped}`);
    expect(lines.at(-1)).toContain(`last close 4000 ${escaped}`);
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("unsubscribing removes one listener, and unsubscribing twice does nothing more", async () => {
    const socket = untyped();
    const listener = vi.fn();
    const unsubscribe = socket.on("a", listener);
    socket.on("a", listener);
    unsubscribe();
    unsubscribe();
    await socket.ready();
    peer.last.send(`{"cmd":"a","param":1}`);
    await socket.once("a");
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("rawCodec passes text and binary as they are", async () => {
    const socket = untyped({ codec: rawCodec() });
    await socket.ready();
    const text = socket.once("message");
    peer.last.send("plain {");
    expect((await text).param).toBe("plain {");
    const binary = socket.once("message");
    peer.last.send(Buffer.from([1, 2]));
    expect(new Uint8Array((await binary).param as ArrayBuffer)).toEqual(new Uint8Array([1, 2]));
    socket.send("message", "as it is");
    socket.send("message", new Uint8Array([65, 66]));
    expect(await peer.receives(2)).toEqual(["as it is", "AB"]);
  });

  test("a codec may ignore data", async () => {
    const socket = untyped({
      codec: {
        encode: ({ param }) => String(param),
        decode: (data) => (data === "null" ? undefined : { channel: "", cmd: "say", param: data }),
      },
    });
    await socket.ready();
    const said = socket.once("say");
    peer.last.send("null");
    peer.last.send("hello");
    expect((await said).param).toBe("hello");
  });
});

describe("once", () => {
  test("in a row misses no message of the same TCP segment", async () => {
    const socket = untyped({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    const heard: unknown[] = [];
    socket.onMessage(({ cmd }) => heard.push(cmd));
    const reading = (async () => {
      for (const cmd of ["a", "b", "a", "c"]) heard.push([cmd, (await socket.once(cmd)).param]);
    })();
    for (const [param, cmd] of ["a", "b", "x", "a", "c", "y"].entries()) native.says({ cmd, param });
    await reading;
    await vi.waitFor(() => expect(heard).toContain("y"));
    expect(heard).toEqual(["a", ["a", 0], "b", ["b", 1], "x", "a", ["a", 3], "c", ["c", 4], "y"]);
  });

  test("in a row among very many messages copies none of them, and misses none", async () => {
    const count = 200_000;
    const socket = untyped({
      WebSocket: fake,
      codec: { encode: String, decode: (data) => ({ channel: "", cmd: data as string, param: null }) },
    });
    const native = (await FakeWebSocket.next()).open();
    let heard = 0;
    socket.onMessage(() => heard++);
    const slice = vi.spyOn(Array.prototype, "slice");
    const reading = (async () => {
      for (const cmd of ["a", "b", "a"]) await socket.once(cmd);
    })();
    for (let index = 0; index < count; index++) native.says(["a", "b", "a"][index] ?? "x");
    await reading;
    await vi.waitFor(() => expect(heard).toBe(count));
    expect(slice.mock.results.every(({ value }) => (value as unknown[]).length < 1_000)).toBe(true);
  });

  test("holds no message back for longer than the connection", async () => {
    const log: string[] = [];
    const socket = untyped({ WebSocket: fake, onMessage: ({ cmd }) => log.push(cmd), onClose: () => log.push("close") });
    const native = (await FakeWebSocket.next()).open();
    void socket.once("a");
    native.says({ cmd: "a" });
    native.says({ cmd: "b" });
    native.ends(1006);
    await turn();
    expect(log).toEqual(["a", "b", "close"]);
  });

  test.each(["lost in the same moment", "still there"])(
    "delivers nothing more once a listener closes the socket, the connection being %s",
    async (fate) => {
      const log: unknown[] = [];
      const socket = untyped({ WebSocket: fake, onClose: ({ code }) => log.push(code), onError: (error) => log.push(error.code) });
      const native = (await FakeWebSocket.next()).open();
      for (const cmd of ["a", "b", "c"]) socket.on(cmd, () => log.push(cmd));
      socket.on("b", () => socket.close());
      void socket.once("a");
      for (const cmd of ["a", "b", "c"]) native.says({ cmd });
      if (fate === "lost in the same moment") native.ends(1006);
      await vi.waitFor(() => expect(log).toContain("b"));
      if (native.readyState < 3) native.ends(1000, "", true);
      await turn();
      expect(log).toEqual(["a", "b", 1000]);
      expect(socket.state).toMatchObject({ status: "closed", retryAt: null });
    },
  );

  test("that is settled does not hold back what the server says later", async () => {
    const socket = untyped({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    const once = socket.once("a");
    native.says({ cmd: "a" });
    await once;
    const heard = vi.fn();
    socket.on("b", heard);
    native.says({ cmd: "b" });
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test("leaves what comes after close() unread", async () => {
    const socket = untyped({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    const heard = vi.fn();
    socket.on("b", heard);
    void socket.once("a");
    native.says({ cmd: "a" });
    native.says({ cmd: "b" });
    socket.close();
    await turn();
    expect(heard).not.toHaveBeenCalled();
  });
});

describe("onOpen", () => {
  test("gets whether it is a reconnect, how long the server was not heard, and the number of the attempt", async () => {
    using server = mockServer(undefined, { timers: "mock" });
    const opens: OpenEvent[] = [];
    using socket = untyped({ ...server.options, backoff: () => 1_000, onOpen: (event) => opens.push(event) });
    await server.settled();
    server.refuse(1);
    server.cut();
    await server.advance(2_100);
    expect(opens).toEqual([
      { reconnected: false, downFor: 0, attempt: 1 },
      { reconnected: true, downFor: expect.any(Number), attempt: 2 },
    ]);
    expect(opens[1]!.downFor).toBeGreaterThanOrEqual(2_000);
    expect(opens[1]!.downFor).toBeLessThan(2_100);
    socket.close();
    socket.connect();
    await server.settled();
    expect(opens[2]).toEqual({ reconnected: false, downFor: 0, attempt: 1 });
  });
});

describe("drops without an onDrop listener", () => {
  test("print one warning, with the reason of the first", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const socket = untyped({ autoConnect: false, queue: { max: 1 } });
    for (const cmd of ["a", "b", "c"]) socket.send(cmd, "secret");
    await Promise.resolve();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/overflow.*onDrop/)]]);
    expect(String(warn.mock.calls)).not.toContain("secret");
  });

  test("print nothing where the delivery asks for it, and nothing where somebody listens", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const socket = untyped({ autoConnect: false });
    expect(socket.send("a", 1, { delivery: "drop" })).toBe("dropped");
    const heard = untyped({ autoConnect: false, queue: { max: 1 }, onDrop: () => {} });
    heard.send("a");
    heard.send("b");
    await Promise.resolve();
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("closing", () => {
  test.each([1002, 1003, 1007, 1010, 4000, 4099, 4400, 4499])("close code %i is final, and reported as refused", async (code) => {
    const errors: SocketError[] = [];
    using server = mockServer();
    const socket = untyped({ ...server.options, onError: (error) => errors.push(error) });
    (await server.connected()).close(code, "because");
    await server.settled();
    expect(socket.state).toMatchObject({ status: "closed", retryAt: null, lastClose: { code, reason: "because", wasClean: true } });
    expect(errors).toMatchObject([{ code: "refused" }]);
    expect(socket.state.lastError).toBe(errors[0]);
  });

  test.each([1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 4100, 4200, 4300, 4500, 4999])(
    "close code %i is retried",
    async (code) => {
      using server = mockServer();
      const socket = untyped({ ...server.options, backoff: () => 3_600_000 });
      (await server.connected()).close(code);
      await next(socket.onClose.bind(socket));
      expect(socket.state).toMatchObject({ status: "reconnecting", lastClose: { code } });
    },
  );

  test("a second 4100–4199 in a row is final; one after a lasting connection is not", async () => {
    const socket = untyped({ minUptime: 0 });
    for (let round = 0; round < 2; round++) {
      await socket.ready();
      peer.last.close(4101);
      await next(socket.onClose.bind(socket));
      expect(socket.state.status).toBe("reconnecting");
    }
    const strict = untyped();
    await strict.ready();
    peer.last.close(4101);
    await next(strict.onClose.bind(strict));
    expect(strict.state.status).toBe("reconnecting");
    await strict.ready();
    peer.last.close(4199);
    await next(strict.onClose.bind(strict));
    expect(strict.state.status).toBe("closed");
  });

  test("shouldReconnect decides with false, true or a time; undefined follows the code", async () => {
    const decide = vi.fn<(close: { code: number }) => boolean | number | undefined>();
    using server = mockServer();
    const socket = untyped({ ...server.options, shouldReconnect: decide });
    const end = async (code: number) => {
      const closed = next(socket.onClose.bind(socket));
      (await server.connected()).close(code);
      await closed;
      return socket.state;
    };
    decide.mockReturnValueOnce(true);
    expect((await end(4001)).status).toBe("reconnecting");
    decide.mockReturnValueOnce(5);
    expect((await end(1002)).status).toBe("reconnecting");
    decide.mockReturnValueOnce(undefined);
    expect((await end(1006)).status).toBe("reconnecting");
    decide.mockReturnValueOnce(false);
    expect((await end(1006)).status).toBe("closed");
    expect(decide.mock.calls.map(([{ code }]) => code)).toEqual([4001, 1002, 1006, 1006]);
  });

  test("a shouldReconnect or backoff that throws is reported, and the client still retries", async () => {
    const errors: SocketError[] = [];
    const fails = () => {
      throw new Error("mine");
    };
    const socket = untyped({ shouldReconnect: fails, backoff: fails, onError: (error) => errors.push(error) });
    await socket.ready();
    peer.last.terminate();
    await peer.connection();
    expect(errors.filter(({ code }) => code === "listener")).toHaveLength(2);
  });

  test("a close code before the open does not come from the server, and is retried", async () => {
    const socket = untyped({ WebSocket: fake });
    (await FakeWebSocket.next()).ends(1002, "Expected 101");
    expect(socket.state).toMatchObject({ status: "connecting", lastClose: { code: 1006, reason: "Expected 101" } });
  });

  test("close() closes with 1000 by default, reports the true end, and waits for nothing else", async () => {
    const socket = untyped();
    await socket.ready();
    const served = new Promise((resolve) => peer.last.on("close", (code, reason) => resolve([code, String(reason)])));
    socket.close();
    expect(socket.state.status).toBe("closed");
    expect(await next(socket.onClose.bind(socket))).toEqual({ code: 1000, reason: "", wasClean: true });
    expect(await served).toEqual([1000, ""]);
    socket.connect();
    await socket.ready();
    const again = new Promise((resolve) => peer.last.on("close", (code, reason) => resolve([code, String(reason)])));
    socket.disconnect(4321, "done");
    expect(await again).toEqual([4321, "done"]);
  });

  test("messages sent before close() arrive", async () => {
    const socket = untyped();
    await socket.ready();
    for (let index = 0; index < 50; index++) socket.send("count", index);
    socket.close();
    expect(await peer.receives(50)).toHaveLength(50);
  });

  test("an abort closes, before and after the open; an aborted signal never connects", async () => {
    const controller = new AbortController();
    const socket = untyped({ signal: controller.signal });
    await socket.ready();
    controller.abort();
    expect(socket.state.status).toBe("closed");
    const late = untyped({ signal: controller.signal });
    expect(late.state.status).toBe("closed");
    late.connect();
    expect(late.state.status).toBe("closed");
  });

  test("an abort works before connect() was called", async () => {
    const controller = new AbortController();
    const onDrop = vi.fn();
    const socket = untyped({ autoConnect: false, signal: controller.signal, onDrop });
    socket.send("waits");
    const ready = socket.ready();
    controller.abort();
    await expect(ready).rejects.toMatchObject({ code: "closed" });
    expect(socket.state.status).toBe("closed");
    expect(onDrop).toHaveBeenCalledWith(expect.objectContaining({ cmd: "waits" }), "closed");
  });

  test("the end of a session is reported once, before anything of the next, and its late close changes nothing", async () => {
    const log: (string | number)[] = [];
    const socket = untyped({
      WebSocket: fake,
      onClose: ({ code }) => log.push(code),
      onStatus: ({ status }) => log.push(status),
      onOpen: () => log.push("onOpen"),
    });
    const first = (await FakeWebSocket.next()).open();
    await turn();
    log.length = 0;
    socket.close(4321);
    socket.connect();
    (await FakeWebSocket.next()).open();
    const state = socket.state;
    first.ends(4321, "", true);
    await turn();
    expect(socket.state).toBe(state);
    // The second change has the end as its `lastClose`.
    expect(log).toEqual(["closed", "closed", 1006, "connecting", "open", "onOpen"]);
  });

  test("a closed socket leaves no listener on its signal", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const socket = untyped({ signal });
    await socket.ready({ signal });
    await Promise.allSettled([socket.once("never", { signal }), Promise.resolve().then(() => socket.close())]);
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
    expect(add.mock.calls.length).toBeGreaterThan(1);
  });

  test("using closes", async () => {
    let socket: Socket;
    {
      using scoped = untyped();
      socket = scoped;
      await socket.ready();
    }
    expect(socket.state.status).toBe("closed");
  });

  test.each(["Symbol.for", "a polyfill that was loaded after the library"])(
    "compiled using closes where the engine has no Symbol.dispose: by %s",
    (by) => {
      const polyfill = by === "Symbol.for" ? undefined : Symbol("dispose");
      vi.stubGlobal("Symbol", Object.create(Symbol, { dispose: { value: polyfill } }));
      try {
        const socket = untyped({ WebSocket: fake });
        const dispose = polyfill ?? Symbol.for("Symbol.dispose");
        (socket as unknown as Record<symbol, () => void>)[dispose]!();
        expect(socket.state.status).toBe("closed");
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );

  test("pending promises of a closed socket end: ready and once reject, iterators finish", async () => {
    const socket = untyped({ autoConnect: false });
    const ready = socket.ready();
    const once = socket.once("a");
    const messages = socket.messages("a");
    const reading = messages.next();
    socket.close();
    await expect(ready).rejects.toMatchObject({ code: "closed" });
    await expect(once).rejects.toMatchObject({ code: "closed" });
    expect(await reading).toEqual({ done: true, value: undefined });
    await expect(socket.ready()).rejects.toMatchObject({ code: "closed" });
    await expect(socket.once("a")).rejects.toMatchObject({ code: "closed" });
    expect((await socket.messages("a").next()).done).toBe(true);
  });

  test("a promise created right after close() and connect() belongs to the next session", async () => {
    const socket = untyped({ autoConnect: false });
    socket.close();
    const messages = socket.messages("a");
    const once = socket.once("a");
    socket.connect();
    await socket.ready();
    peer.last.send(`{"cmd":"a","param":1}`);
    expect((await once).param).toBe(1);
    expect((await messages.next()).value).toMatchObject({ param: 1 });
  });

  test("promises end with the reason of an aborted signal", async () => {
    const socket = untyped({ autoConnect: false });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(socket.ready({ signal })).rejects.toBe(reason);
    await expect(socket.once("a", { signal })).rejects.toBe(reason);
    expect((await socket.messages("a", { signal }).next()).done).toBe(true);
  });

  test("close-connection is reported as refused, with what to do", async () => {
    using server = mockServer(undefined, { timers: "mock" });
    const errors: SocketError[] = [];
    using socket = untyped({ ...server.options, onError: (error) => errors.push(error) });
    await server.settled();
    server.dismiss();
    await server.advance(500);
    expect(errors).toMatchObject([{ code: "refused", message: expect.stringContaining("connect()") }]);
    expect(socket.state).toMatchObject({ status: "closed", lastError: { code: "refused" } });
  });

  test("close-connection in a channel is an ordinary message", async () => {
    const socket = untyped();
    await socket.ready();
    const heard = socket.once("close-connection");
    peer.last.send(`{"channel":"room","cmd":"close-connection","param":null}`);
    expect((await heard).channel).toBe("room");
    expect(socket.state.status).toBe("open");
  });

  test("errors are reported before the end that they cause, and the end before the status", async () => {
    const log: string[] = [];
    const socket = untyped({
      WebSocket: fake,
      onStatus: ({ retryAt }) => void (retryAt && log.push("status")),
      onClose: () => log.push("close"),
      onError: () => log.push("error"),
    });
    (await FakeWebSocket.next()).fails();
    await turn();
    expect(log).toEqual(["error", "close", "status"]);
    socket.close();
  });

  test("refused credentials are tried again after connect()", async () => {
    const socket = untyped();
    await socket.ready();
    peer.last.close(4100);
    await next(socket.onClose.bind(socket));
    socket.close();
    socket.connect();
    await socket.ready();
    peer.last.close(4100);
    await next(socket.onClose.bind(socket));
    expect(socket.state.status).toBe("reconnecting");
  });

  test("close() during the server's closing handshake waits for its end", async () => {
    const socket = untyped({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    native.readyState = 2;
    socket.close();
    native.ends(1001, "going", true);
    expect(await next(socket.onClose.bind(socket))).toEqual({ code: 1001, reason: "going", wasClean: true });
  });

  test("close-connection is followed after half a second, not delivered, and without a reconnect", async () => {
    using server = mockServer(undefined, { timers: "mock" });
    using socket = untyped(server.options);
    const heard = vi.fn();
    socket.onMessage(heard);
    await server.settled();
    const { client } = server;
    server.dismiss();
    await server.settled();
    expect(socket.send("bye")).toBe("sent");
    await server.advance(499);
    server.dismiss();
    await server.settled();
    expect(socket.state.status).toBe("open");
    await server.advance(1);
    expect(socket.state.status).toBe("closed");
    expect(client.closed).toEqual({ code: 1000, reason: "close-connection" });
    expect(heard).not.toHaveBeenCalled();

    socket.connect();
    await server.settled();
    server.dismiss();
    await server.settled();
    server.cut();
    await server.settled();
    expect([socket.state.status, server.attempts]).toEqual(["closed", 2]);
  });
});

describe("events in one tick", () => {
  test("a greeting that the server sends at once is delivered after onOpen", async () => {
    const log: string[] = [];
    peer.greets = ["hello", "again"];
    const socket = untyped({ onOpen: () => log.push("open"), onStatus: ({ status }) => log.push(status) });
    socket.onMessage(({ cmd }) => log.push(cmd));
    await socket.once("again");
    expect(log).toEqual(["connecting", "open", "open", "hello", "again"]);
  });

  test("a close from an abort listener of the attempt is final", async () => {
    const listen = ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => socket.close());
      return peer.url;
    };
    const onOpen = vi.fn();
    const socket = untyped({ url: listen, onOpen });
    await next(socket.onClose.bind(socket));
    expect(socket.state.status).toBe("closed");
    expect(socket.send("late")).toBe("dropped");
    expect(onOpen).toHaveBeenCalledTimes(1);
  });

  test("a close from onStatus on open prevents onOpen, and does not resolve ready() of the next session", async () => {
    const onOpen = vi.fn();
    const socket = untyped({ onOpen });
    const again = await new Promise<{ ready: Promise<void> }>((resolve) => {
      const unsubscribe = socket.onStatus(({ status }) => {
        if (status !== "open") return;
        unsubscribe();
        socket.close();
        socket.connect();
        resolve({ ready: socket.ready() });
      });
    });
    expect(onOpen).not.toHaveBeenCalled();
    await again.ready;
    expect(socket.state.status).toBe("open");
    expect(onOpen).toHaveBeenCalledTimes(1);
  });

  test("a url function that closes leaves no listener on the signal of the options", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    let socket: Socket | undefined;
    const close = () => {
      socket?.close();
      return peer.url;
    };
    socket = untyped({ autoConnect: false, signal, url: close });
    socket.connect();
    await turn();
    expect(socket.state.status).toBe("closed");
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

describe("the state", () => {
  test("is frozen from the start", () => {
    expect(Object.isFrozen(untyped({ autoConnect: false }).state)).toBe(true);
  });

  test("reports the number of waiting messages to listeners, and 0 once they were dropped", async () => {
    const seen: [string, number][] = [];
    const socket = untyped({ autoConnect: false, onStatus: ({ status, queued }) => seen.push([status, queued]) });
    socket.send("a");
    socket.send("b");
    socket.connect();
    await turn();
    socket.send("c");
    socket.close();
    await turn();
    expect(seen[0]).toEqual(["connecting", 2]);
    expect(seen.filter(([status]) => status === "closed").every(([, queued]) => queued === 0)).toBe(true);
  });

  test("is one frozen object until something changes, and listeners receive it with the previous one", async () => {
    const socket = untyped();
    const seen: [SocketState, SocketState][] = [];
    const first = socket.state;
    expect(socket.state).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    socket.onStatus((state, previous) => seen.push([state, previous]));
    await socket.ready();
    await turn();
    expect(seen.map(([state, previous]) => [previous.status, state.status])).toEqual([
      ["idle", "connecting"],
      ["connecting", "open"],
    ]);
    expect(socket.state).toBe(seen.at(-1)![0]);
  });

  test("passes through the arrows of the diagram, and explain() prints each", async () => {
    const socket = untyped({ autoConnect: false, backoff: () => 60_000 });
    const seen: string[] = [socket.explain()];
    socket.onStatus(() => seen.push(socket.explain()));
    socket.connect();
    socket.send("a");
    await socket.ready();
    peer.last.terminate();
    await next(socket.onClose.bind(socket));
    const open = next<void>((listener) => socket.onOpen(() => listener()));
    socket.retryNow();
    await open;
    socket.close();
    await next(socket.onClose.bind(socket));
    expect(seen).toEqual([
      "idle",
      "connecting: attempt 1; 1 queued",
      "open: attempt 1",
      expect.stringMatching(/^reconnecting: attempt 1 in (60\.0|59\.9) s; last close 1006$/),
      "reconnecting: attempt 1; last close 1006",
      "open: attempt 1; last close 1006",
      "closed; last close 1006",
      "closed; last close 1000",
    ]);
  });

  test("connect() and retryNow() do nothing where there is nothing to do", async () => {
    const socket = untyped({ autoConnect: false });
    socket.retryNow();
    expect(socket.state.status).toBe("idle");
    socket.connect();
    socket.connect();
    await socket.ready();
    socket.connect();
    socket.retryNow();
    expect(socket.state.status).toBe("open");
    expect(peer.requests).toHaveLength(1);
  });
});

describe("a wrong use", () => {
  const advice = expect.objectContaining({ code: "usage", message: expect.stringMatching(/called without its socket.*markRaw/) });

  test("a method that was taken off its socket says how to call it", () => {
    const { send, on, channel, close } = untyped({ autoConnect: false });
    expect(() => send("a")).toThrowError(advice);
    expect(() => on("a", () => {})).toThrowError(advice);
    expect(() => channel("room")).toThrowError(advice);
    expect(() => close()).toThrowError(advice);
    const { join, once } = untyped({ autoConnect: false }).channel("room");
    expect(() => join()).toThrowError(advice);
    expect(() => once("a")).toThrowError(advice);
  });

  test("a method that is called by a proxy says to keep the socket out of it", () => {
    const proxy = new Proxy(untyped({ autoConnect: false }), {});
    expect(() => proxy.send("a")).toThrowError(advice);
    expect(() => proxy.state).toThrowError(advice);
  });

  test("Vue leaves sockets and channels as they are, because they are no plain objects by name", () => {
    const socket = untyped({ autoConnect: false });
    const room = socket.channel("room");
    const held = reactive({ socket, room });
    expect(held.socket).toBe(socket);
    expect(held.room).toBe(room);
    expect(held.socket.send("a")).toBe("queued");
    expect(String(socket)).toBe("[object Socket]");
    expect(String(room)).toBe("[object Channel]");
  });

  test.each<[string, (socket: Socket) => unknown]>([
    ["on() without a listener", (socket) => socket.on("a", undefined as never)],
    ["onMessage() without a listener", (socket) => socket.onMessage(undefined as never)],
    ["onError() with a string", (socket) => socket.onError("listener" as never)],
    ["onPresence() without a listener", (socket) => socket.channel("room").onPresence(undefined as never)],
    ["send() without a command", (socket) => socket.send(undefined as never)],
    ["once() with a misspelt option", (socket) => socket.once("a", { singal: AbortSignal.abort() } as never)],
    ["once() with a signal in place of options", (socket) => socket.once("a", AbortSignal.abort() as never)],
    ["ready() with a misspelt option", (socket) => socket.ready({ timeout: 5 } as never)],
    ["drained() with a misspelt option", (socket) => socket.drained({ timeout: 5 } as never)],
    ["messages() with a misspelt option", (socket) => socket.messages("a", { bufer: 5 } as never)],
    ["messages() with a buffer that is no number", (socket) => socket.messages("a", { buffer: "5" } as never)],
    ["send() with a misspelt option", (socket) => socket.send("a", 1, { delivry: "drop" } as never)],
  ])("%s is refused where it is made", (_, call) => {
    const socket = untyped({ autoConnect: false });
    expect(() => call(socket)).toThrowError(expect.objectContaining({ code: "usage" }));
  });
});

describe("functions of the user that misbehave", () => {
  test.each(["shouldReconnect", "backoff"])("close() inside %s is final", async (name) => {
    for (const answer of [true, false, 1]) {
      const decide = () => {
        socket.close();
        return answer as number;
      };
      const socket = untyped({ WebSocket: fake, [name]: decide });
      (await FakeWebSocket.next()).open().ends();
      expect(socket.state.status).toBe("closed");
    }
  });

  test("close() and connect() inside shouldReconnect start again", async () => {
    let turns = 0;
    const again = () => {
      if (turns++) return;
      socket.close();
      socket.connect();
    };
    const socket = untyped({ WebSocket: fake, shouldReconnect: () => void again() });
    (await FakeWebSocket.next()).open().ends();
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 1 });
    (await FakeWebSocket.next()).open();
    expect(socket.state.status).toBe("open");
  });

  test("a debug function that throws is reported, and the connection continues", async () => {
    const errors: SocketError[] = [];
    const debug = () => {
      throw new Error("mine");
    };
    const socket = untyped({ debug, onError: (error) => errors.push(error) });
    await socket.ready();
    peer.last.terminate();
    await peer.connection();
    await socket.ready();
    expect(errors.every(({ code }) => code === "listener")).toBe(true);
    expect(errors.length).toBeGreaterThan(3);
  });

  test("close() inside the WebSocket's constructor is final, whether it throws or not", async () => {
    for (const throws of [false, true]) {
      class Closing extends FakeWebSocket {
        constructor(url: string) {
          super(url);
          socket.close();
          if (throws) throw new Error("mine");
        }
      }
      const socket = untyped({ WebSocket: Closing });
      const native = await FakeWebSocket.next();
      await turn();
      native.open();
      expect(socket.state.status).toBe("closed");
    }
  });

  test("an onError listener that throws is printed, and does not receive its own error", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const heard = vi.fn(() => {
      throw new Error("mine");
    });
    const socket = untyped({ onError: heard });
    await socket.ready();
    peer.last.send("garbage");
    await vi.waitFor(() => expect(print).toHaveBeenCalledWith(expect.objectContaining({ message: "mine" })));
    peer.last.send(`{"cmd":"after"}`);
    await socket.once("after");
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test.each([NaN, -5, "soon", null])("a wait of %s is not a time, and the default applies", async (rubbish) => {
    const time = rubbish as unknown as number;
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    for (const options of [{ backoff: () => time }, { shouldReconnect: () => time }]) {
      const socket = untyped({ WebSocket: fake, backoff: {}, ...options });
      (await FakeWebSocket.next()).ends();
      expect(socket.state.retryAt! - Date.now()).toBeGreaterThan(200);
      socket.close();
    }
  });

  test.each([
    ["a number", () => 7],
    ["no cmd", () => ({ channel: "" })],
    ["no channel", () => ({ cmd: "x" })],
  ])("a codec that decodes to %s is reported", async (_, decode) => {
    const codec = { encode: () => "", decode: decode as unknown as () => Message };
    const errors: SocketError[] = [];
    const socket = untyped({ codec, onError: (error) => errors.push(error), onMessage: () => expect.unreachable() });
    await socket.ready();
    peer.last.send("anything");
    await vi.waitFor(() => expect(errors).toMatchObject([{ code: "codec" }]));
  });

  test("promises that nobody awaits cause no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const socket = untyped({ autoConnect: false });
    void socket.ready();
    void socket.once("a");
    void socket.channel("room").once("a");
    socket.close();
    await turn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test.each(["wss://example.com", 7])("new Socket(%j), a wrong use, says what to pass", (rubbish) => {
    expect(() => new Socket(rubbish as unknown as SocketOptions)).toThrowError(/^options must be a plain object: .*pass \{ … \}/);
  });

  test("the first of several failures in a row is printed without an error listener", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const socket = new Socket({ url: "ws://peer.test", WebSocket: fake, backoff: () => 0 });
    sockets.push(socket);
    for (let attempt = 0; attempt < 3; attempt++) (await FakeWebSocket.next()).fails();
    expect(print.mock.calls.map(([, error, outlook]) => [(error as SocketError).code, outlook])).toEqual([
      ["transport", expect.stringContaining("ws://peer.test")],
    ]);
  });
});

test("every listener may call anything: close, connect, send and retryNow inside each", async () => {
  const socket = untyped();
  const calls = [() => socket.close(), () => socket.connect(), () => socket.send("x"), () => socket.retryNow()];
  let called = 0;
  const act = () => {
    if (called < 60) calls[called++ % calls.length]!();
  };
  socket.onOpen(act);
  socket.onStatus(act);
  socket.onClose(act);
  socket.onDrop(act);
  socket.onMessage(act);
  while (called < 60) {
    socket.connect();
    await turn();
    if (socket.state.status === "open") peer.last.terminate();
  }
  socket.close();
  socket.connect();
  await socket.ready();
});

test("a socket runs without the globals that some engines do not have", async () => {
  // Hermes, jsdom and older browsers each lack some of them.
  for (const name of ["TextEncoder", "TextDecoder", "structuredClone", "CloseEvent", "ErrorEvent", "Event", "EventTarget"])
    vi.stubGlobal(name, undefined);
  const { hasOwn } = Object;
  Object.hasOwn = undefined as never;
  try {
    const socket = open({ WebSocket: fake, onError: (error) => expect.unreachable(error.message) });
    const native = (await FakeWebSocket.next()).open();
    const heard = vi.fn();
    socket.on("chat", heard);
    native.says({ cmd: "chat", param: { user: "Ada", text: "é".repeat(400_000) } });
    expect(heard).toHaveBeenCalledTimes(1);
    expect(socket.send("chat", { text: "hi" })).toBe("sent");
    native.ends(1006);
    expect(socket.send("chat", { text: "later" })).toBe("queued");
    (await FakeWebSocket.next()).open();
    socket.close(4000, "até logo");
  } finally {
    Object.hasOwn = hasOwn;
    vi.unstubAllGlobals();
  }
  expect(FakeWebSocket.last.sent).toHaveLength(1);
  expect(FakeWebSocket.last.closes).toEqual([[4000, "até logo"]]);
});
