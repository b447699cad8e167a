import { describe, expect, test, vi } from "vitest";
import { SocketError } from "../../src/errors";
import { Socket } from "../../src/index";
import { jsonCodec, type Message, rawCodec } from "../../src/messages/message";
import { type PositionalOptions, resolveOptions, type SocketOptions } from "../../src/options";
import { FakeWebSocket, fake } from "../harness/fake";

const resolve = (options?: SocketOptions) => resolveOptions([options]);
const positional = (...args: PositionalOptions) => resolveOptions(args);

const defaults = {
  url: "/connect",
  protocols: [],
  codec: jsonCodec,
  channel: "",
  autoConnect: true,
  backoff: { min: 2200, max: 30_000, factor: 1.16 },
  minUptime: 5000,
  connectTimeout: 10_000,
  closeTimeout: 3000,
  maxRetries: Infinity,
  heartbeat: undefined,
  probe: 3000,
  environment: undefined,
  queue: { max: 100, ttl: Infinity, overflow: "drop-oldest" },
  validate: "always",
  maxMessageBytes: 1_048_576,
  highWaterMark: 1_048_576,
  rejoin: { join: "join", leave: "leave" },
};

describe("options", () => {
  test("have the documented defaults", () => {
    expect(resolve()).toEqual(defaults);
    expect(resolve({})).toEqual(defaults);
    expect(resolveOptions([])).toEqual(defaults);
  });

  test("are taken as given", () => {
    const given = {
      url: () => "/x",
      protocols: ["a"],
      codec: rawCodec(),
      channel: "lobby",
      autoConnect: false,
      backoff: () => 1,
      minUptime: 0,
      connectTimeout: 1,
      closeTimeout: 0,
      maxRetries: 0,
      heartbeat: { cmd: "ping", param: 1, reply: "pong", interval: 1, timeout: 2 },
      probe: false,
      environment: { online: true, visible: true, listen: () => () => {} },
      queue: { max: 0, ttl: 0, overflow: "throw" },
      validate: "never",
      maxMessageBytes: 0,
      highWaterMark: 0,
      authenticate: () => {},

      identity: "",
      rejoin: { join: () => ({ channel: "", cmd: "j", param: 1 }), leave: "part" },
      shouldReconnect: () => false,
      signal: new AbortController().signal,
      debug: true,
      onOpen: () => {},
    } satisfies SocketOptions;
    expect(resolve(given)).toEqual(given);
    expect(resolve(given).url).toBe(given.url);
  });

  test("have no default for the identity, its proof, and the part that needs an import", () => {
    const options = resolve();
    for (const name of ["identity", "authenticate", "deliveries", "protocol"]) expect(options, name).not.toHaveProperty(name);
  });

  test("have a highWaterMark of exactly a mebibyte by default", async () => {
    for (const [options, mark] of [[{}, 1_048_576], [{ highWaterMark: undefined }, 1_048_576], [{ highWaterMark: 0 }, 0], [{ highWaterMark: 5 }, 5]] as const) {
      const made = FakeWebSocket.next();
      const socket = new Socket({ url: "ws://peer.test", WebSocket: fake, ...options });
      const native = (await made).open();
      native.bufferedAmount = mark;
      expect(socket.send("x", 1, { delivery: "latest" })).toBe("sent");
      native.bufferedAmount = mark + 1;
      expect(socket.send("x", 1, { delivery: "latest" })).toBe("queued");
      socket.close();
      native.ends();
    }
  });

  test("of a heartbeat have defaults, too", () => {
    const heartbeat = { cmd: "ping" };
    expect(resolve({ heartbeat }).heartbeat).toEqual({ cmd: "ping", param: {}, interval: 25_000, timeout: 10_000 });
    expect(resolve({ heartbeat: false }).heartbeat).toBe(false);
    expect(resolve({ heartbeat: { ...heartbeat, param: undefined } }).heartbeat).toMatchObject({ param: {} });
    // What a server without objects may want to be asked with.
    expect(resolve({ heartbeat: { ...heartbeat, param: null } }).heartbeat).toMatchObject({ param: null });
  });

  test.each([true, {}, { cmd: 1 }])("refuse a heartbeat without a question (%j)", (heartbeat) => {
    expect(() => resolve({ heartbeat: heartbeat as never })).toThrowError(expect.objectContaining({ code: "usage" }));
  });

  test("that are undefined have their default", () => {
    const names = Object.keys(defaults);
    const undefineds = Object.fromEntries(names.map((name) => [name, undefined])) as SocketOptions;
    expect(resolve(undefineds)).toEqual(defaults);
    expect(resolve({ backoff: { min: undefined }, queue: { overflow: undefined }, rejoin: { join: undefined } })).toEqual(defaults);
  });

  test("inside options are filled in one by one", () => {
    const { backoff, queue, rejoin } = resolve({ backoff: { max: 9 }, queue: { max: 7 }, rejoin: { leave: "part" } });
    expect(backoff).toEqual({ min: 2200, max: 9, factor: 1.16 });
    expect(queue).toEqual({ max: 7, ttl: Infinity, overflow: "drop-oldest" });
    expect(resolve({ queue: { ttl: 5 } }).queue).toEqual({ max: 100, ttl: 5, overflow: "drop-oldest" });
    expect(rejoin).toEqual({ join: "join", leave: "part" });
  });

  test("are not changed or shared between sockets", () => {
    const given = Object.freeze({ backoff: Object.freeze({ max: 9 }), queue: Object.freeze({ max: 7 }) });
    const [one, two] = [resolve(given), resolve(given)];
    for (const name of ["backoff", "queue", "rejoin"] as const) {
      expect(one[name]).not.toBe(two[name]);
      Object.assign(one[name], { max: 1 });
    }
    expect(resolve()).toEqual(defaults);
  });

  const numbers: [string, (value: number) => SocketOptions][] = [
    ["minUptime", (minUptime) => ({ minUptime })],
    ["connectTimeout", (connectTimeout) => ({ connectTimeout })],
    ["closeTimeout", (closeTimeout) => ({ closeTimeout })],
    ["maxRetries", (maxRetries) => ({ maxRetries })],
    ["min", (min) => ({ backoff: { min } })],
    ["max", (max) => ({ backoff: { max } })],
    ["factor", (factor) => ({ backoff: { factor } })],
    ["max", (max) => ({ queue: { max } })],
    ["ttl", (ttl) => ({ queue: { ttl } })],
    ["maxMessageBytes", (maxMessageBytes) => ({ maxMessageBytes })],
    ["highWaterMark", (highWaterMark) => ({ highWaterMark })],
  ];
  test.each(numbers)("for %s must be numbers of 0 or more", (name, options) => {
    for (const value of [-1, NaN, -Infinity, "soon" as unknown as number, {} as unknown as number]) {
      const call = () => resolve(options(value));
      expect(call).toThrow(SocketError);
      expect(call).toThrow(expect.objectContaining({ code: "usage", message: `The option ${name} must be 0 or more.` }) as Error);
    }
    for (const value of [0, 1.5, Infinity]) expect(() => resolve(options(value))).not.toThrow();
  });
});

describe("positional arguments", () => {
  test("are recognised by a boolean in the first place", () => {
    expect(positional(true)).toEqual({ ...defaults, debug: true });
    expect(positional(false)).toEqual({ ...defaults, debug: false });
  });

  test("become the options of the same meaning", () => {
    const [onOpen, onMessage] = [vi.fn<() => void>(), vi.fn<(message: Message) => void>()];
    expect(positional(true, onOpen, onMessage, undefined, "/example/socket")).toEqual({
      ...defaults, debug: true, onOpen, onMessage, url: "/example/socket",
    });
  });

  test("pass the service and the sentence to onError", () => {
    const onError = vi.fn<(service: string, error: string) => void>();
    positional(false, undefined, undefined, onError).onError?.(new SocketError("closed", { cause: new Error("secret") }));
    expect(onError.mock.calls).toEqual([["socket", "The socket is closed; call connect()."]]);
  });

  test("leave onError out where it is missing, so errors are printed", () => {
    expect(positional(false).onError).toBeUndefined();
  });
});
