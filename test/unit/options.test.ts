import { describe, expect, test, vi } from "vitest";
import { SocketError } from "../../src/errors";
import { Socket } from "../../src/index";
import { jsonCodec, type Message, rawCodec } from "../../src/messages/message";
import { type PositionalOptions, resolveOptions, type SocketOptions } from "../../src/options";
import { FakeWebSocket, fake } from "../harness/fake";
import { errorOf } from "../harness/thrown";

/** Options with what they inherit: where defaults are kept does not matter. */
function flat<T extends object>(options: T): T {
  const all: Record<string, unknown> = {};
  for (const name in options) {
    const value = options[name];
    const nested = ["backoff", "queue", "rejoin", "presence", "heartbeat"].includes(name) && typeof value === "object" && value !== null;
    all[name] = nested ? flat(value) : value;
  }
  return all as T;
}
const resolve = (options?: SocketOptions) => flat(resolveOptions([options]));
const positional = (...args: PositionalOptions) => flat(resolveOptions(args));

/** The sentence that refuses wrong options. */
const wrong = (options: object) => {
  const { code, message } = errorOf(() => resolve(options));
  expect(code).toBe("usage");
  return message;
};

const arrow = () => {};

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
  probe: 3000,
  environment: undefined,
  queue: { max: 100, ttl: Infinity, overflow: "drop-oldest" },
  validate: "always",
  maxMessageBytes: 1_048_576,
  highWaterMark: 1_048_576,
  rejoin: { join: "join", leave: "leave" },
  presence: { update: "online-update", readUpdate: expect.any(Function), readList: expect.any(Function) },
};

describe("options", () => {
  test("have the documented defaults", () => {
    expect(resolve()).toEqual(defaults);
    expect(resolve({})).toEqual(defaults);
    expect(flat(resolveOptions([]))).toEqual(defaults);
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
      presence: { update: "u", readUpdate: () => undefined, list: "l", readList: () => [], ask: "who" },
      shouldReconnect: () => false,
      signal: new AbortController().signal,
      debug: true,
      onOpen: () => {},
    } satisfies SocketOptions;
    expect(resolve(given)).toEqual(given);
    expect(resolve(given).url).toBe(given.url);
  });

  test("have no default for the identity, its proof, and the protocol", () => {
    const options = resolve();
    for (const name of ["identity", "authenticate", "protocol"]) expect(options, name).not.toHaveProperty(name);
  });

  test("have a highWaterMark of exactly a mebibyte by default", async () => {
    for (const [options, mark] of [
      [{}, 1_048_576],
      [{ highWaterMark: undefined }, 1_048_576],
      [{ highWaterMark: 0 }, 0],
      [{ highWaterMark: 5 }, 5],
    ] as const) {
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

  test.each([true, {}, { cmd: 1 }, { cmd: undefined, reply: "pong" }, null])("refuse a heartbeat without a command (%j)", (heartbeat) => {
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

  test("are not changed, and what is filled in is not shared between sockets", () => {
    const given = Object.freeze({
      backoff: Object.freeze({ max: 9 }),
      queue: Object.freeze({ max: 7 }),
      rejoin: Object.freeze({ leave: "part" }),
    });
    const [one, two] = [resolveOptions([given]), resolveOptions([given])];
    for (const name of ["backoff", "queue", "rejoin"] as const) {
      expect(one[name]).not.toBe(two[name]);
      Object.assign(one[name], { max: 1 });
    }
    expect([flat(two.backoff), two.queue.max, flat(two.rejoin)]).toEqual([
      { min: 2200, max: 9, factor: 1.16 },
      7,
      { join: "join", leave: "part" },
    ]);
    expect(resolve()).toEqual(defaults);
  });

  const numbers: [string, (value: number) => SocketOptions][] = [
    ["options.minUptime", (minUptime) => ({ minUptime })],
    ["options.connectTimeout", (connectTimeout) => ({ connectTimeout })],
    ["options.closeTimeout", (closeTimeout) => ({ closeTimeout })],
    ["options.maxRetries", (maxRetries) => ({ maxRetries })],
    ["options.probe", (probe) => ({ probe })],
    ["options.maxMessageBytes", (maxMessageBytes) => ({ maxMessageBytes })],
    ["options.highWaterMark", (highWaterMark) => ({ highWaterMark })],
    ["backoff.min", (min) => ({ backoff: { min } })],
    ["backoff.max", (max) => ({ backoff: { max } })],
    ["backoff.factor", (factor) => ({ backoff: { factor } })],
    ["queue.max", (max) => ({ queue: { max } })],
    ["queue.ttl", (ttl) => ({ queue: { ttl } })],
    ["heartbeat.interval", (interval) => ({ heartbeat: { cmd: "ping", interval } })],
    ["heartbeat.timeout", (timeout) => ({ heartbeat: { cmd: "ping", timeout } })],
  ];
  test.each(numbers)("for %s must be numbers of 0 or more", (name, options) => {
    for (const value of [-1, NaN, -Infinity, "3", {}, null] as number[]) {
      expect(wrong(options(value)), String(value)).toMatch(new RegExp(`^${name} .*; pass number`));
    }
    for (const value of [0, 1.5, Infinity]) expect(() => resolve(options(value))).not.toThrow();
  });

  test.each(["heartBeat", "recconect", "headers", "deliveries", "__proto__"])(
    "named %s are no options, and those that are are listed",
    (name) => {
      const message = wrong(JSON.parse(`{"${name}": {}}`) as object);
      expect(message).toMatch(new RegExp(`^options has no ${name}; use one of url, protocols, .*\\.$`));
    },
  );

  test.each([
    ["backoff", "minimum"],
    ["queue", "size"],
    ["rejoin", "joins"],
    ["heartbeat", "every"],
  ])("inside %s have no other names, such as %s", (option, name) => {
    expect(wrong({ [option]: { cmd: "ping", [name]: 1 } })).toMatch(
      option === "heartbeat" ? /^heartbeat has no every; use one of cmd, / : new RegExp(`^${option} has no cmd; use one of `),
    );
    expect(wrong({ [option]: { ...(option === "heartbeat" && { cmd: "ping" }), [name]: 1 } })).toMatch(
      new RegExp(`^${option} has no ${name}; use one of `),
    );
  });

  test.each<[string, object, RegExp]>([
    ["queue: 500", { queue: 500 }, /^options\.queue .*; pass object\.$/],
    ["backoff: 1000", { backoff: 1_000 }, /^options\.backoff .*; pass object or function\.$/],
    ["validate: false", { validate: false }, /^options\.validate .*; pass "always" or "inbound" or "outbound" or "never"\.$/],
    ["overflow: drop_oldest", { queue: { overflow: "drop_oldest" } }, /^queue\.overflow .*; pass "drop-oldest" or /],
    ["autoConnect: no", { autoConnect: "no" }, /^options\.autoConnect .*; pass boolean\.$/],
    ["onOpen: {}", { onOpen: {} }, /^options\.onOpen .*; pass function\.$/],
    ["protocols: {}", { protocols: {} }, /^options\.protocols .*; pass string or array or function\.$/],
    ["url: 8080", { url: 8080 }, /^options\.url /],
    ["identity: 5", { identity: 5 }, /^options\.identity .*; pass string\.$/],
    ["probe: true", { probe: true }, /^options\.probe .*; pass number or false\.$/],
    ["environment: true", { environment: true }, /^options\.environment .*; pass object or false\.$/],
    ["rejoin.join: false", { rejoin: { join: false } }, /^rejoin\.join .*; pass string or function or object\.$/],
    ["rejoin.join without reply", { rejoin: { join: { cmd: "join" } } }, /^rejoin\.join has no `cmd` or no `reply`; /],
    [
      "rejoin.join.answer",
      { rejoin: { join: { cmd: "join", answer: "joined" } } },
      /^rejoin\.join has no answer; use one of cmd, reply, refused\.$/,
    ],
    [
      "rejoin.join.refused, which the protocol lacks",
      {
        protocol: { inbound: { joined: null }, outbound: {} },
        rejoin: { join: { cmd: "join", reply: "joined", refused: "refused" } },
      },
      /^The protocol has no such inbound command as `rejoin\.join` names; /,
    ],
    ["presence.ask: 5", { presence: { ask: 5 } }, /^presence\.ask .*; pass string or function\.$/],
    ["an instance as WebSocket", { WebSocket: {} }, /^options\.WebSocket .*; pass class\.$/],
    ["an arrow function as WebSocket", { WebSocket: arrow }, /^options\.WebSocket .*; pass class\.$/],
    ["a list as queue", { queue: [] }, /^queue must be a plain object/],
    ["a protocol without inbound", { protocol: { outbound: {} } }, /defineProtocol\.$/],
  ])("with a wrong value, such as %s, throw and say what is allowed", (_, options, sentence) => {
    expect(wrong(options)).toMatch(sentence);
  });

  test("that are null are wrong, each of them", () => {
    for (const name of [
      ...Object.keys(defaults),
      "identity",
      "protocol",
      "signal",
      "debug",
      "onOpen",
      "WebSocket",
      "authenticate",
      "shouldReconnect",
    ]) {
      expect(wrong({ [name]: null }), name).toMatch(new RegExp(`^options\\.${name} `));
    }
    for (const nested of [{ queue: { max: null } }, { backoff: { min: null } }, { rejoin: { leave: null } }])
      expect(wrong(nested)).toMatch(/^\w+\.\w+ /);
  });

  test("must be a plain object, because what a class has on its prototype would be lost", () => {
    class Mine {
      url = "ws://peer.test/";
      authenticate(): void {}
    }
    expect(wrong(new Mine())).toMatch(/^options must be a plain object/);
    expect(
      wrong({
        queue: new (class {
          max = 1;
        })(),
      }),
    ).toMatch(/^queue must be a plain object/);
    for (const options of [null, "ws://peer.test/", [], () => {}] as unknown as object[]) {
      if (options) expect(wrong(options)).toMatch(/^options must be a plain object/);
    }
  });

  test("may have no prototype, as those of another frame have another", () => {
    expect(resolve(Object.assign(Object.create(null), { channel: "lobby" })).channel).toBe("lobby");
  });

  test("are checked by the constructor of a socket, before anything is connected", () => {
    FakeWebSocket.reset();
    expect(() => new Socket({ WebSocket: fake, url: "ws://peer.test/", maxRetries: "3" as never })).toThrow(
      expect.objectContaining({ code: "usage" }),
    );
    expect(FakeWebSocket.made).toEqual([]);
  });
});

describe("positional arguments", () => {
  test("are recognised by a boolean in the first place", () => {
    expect(positional(true)).toEqual({ ...defaults, debug: true });
    expect(positional(false)).toEqual({ ...defaults, debug: false });
  });

  test("become the options of the same meaning", () => {
    const [onOpen, onMessage] = [vi.fn<() => void>(), vi.fn<(message: Message) => void>()];
    const options = positional(true, onOpen, onMessage, undefined, "/example/socket");
    expect(options).toEqual({
      ...defaults,
      debug: true,
      onOpen: expect.any(Function),
      onMessage,
      onError: undefined,
      url: "/example/socket",
    });
    // Project Forge's client calls it without arguments.
    options.onOpen?.({ reconnected: false, downFor: 0, attempt: 1 });
    expect(onOpen.mock.calls).toEqual([[]]);
  });

  test("pass the service and the sentence to onError", () => {
    const onError = vi.fn<(service: string, error: string) => void>();
    positional(false, undefined, undefined, onError).onError?.(new SocketError("closed", { cause: new Error("secret") }));
    expect(onError.mock.calls).toEqual([["socket", "The socket is closed; call connect() to open it again."]]);
  });

  test("leave onError out where it is missing, so errors are printed", () => {
    expect(positional(false).onError).toBeUndefined();
  });
});
