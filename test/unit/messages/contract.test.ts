import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { SocketError } from "../../../src/errors";
import { Socket, type SocketOptions } from "../../../src/index";
import { Contract, type ContractOptions, type Validate } from "../../../src/messages/contract";
import { type Codec, type IncomingData, jsonCodec, type Message, rawCodec } from "../../../src/messages/message";
import { defineProtocol } from "../../../src/protocol";
import { type MockServer, mockServer } from "../../../src/testing/index";
import { errorOf } from "../../harness/thrown";

// A schema of either side that a default and a transform can be seen by.
const schema = z.object({ n: z.string().transform(Number), more: z.string().default("none") });
const protocol = defineProtocol({ inbound: { news: schema }, outbound: { say: schema, wrapped: { param: schema, delivery: "drop" } } });
const settings: Validate[] = ["always", "inbound", "outbound", "never"];

const options = (more: Partial<ContractOptions> = {}): ContractOptions => ({
  codec: jsonCodec,
  protocol,
  validate: "always",
  maxMessageBytes: 1_048_576,
  ...more,
});
const encode = (message: Message, more: Partial<ContractOptions> = {}, strict = true) =>
  new Contract(options(more)).encode(message, strict);
const decode = (data: IncomingData, more: Partial<ContractOptions> = {}) => new Contract(options(more)).decode(data);
/** What is made of a message of the server's with a command that the protocol names. */
const check = (message: Message, more: Partial<ContractOptions> = {}) => {
  const contract = new Contract(options(more));
  return contract.check(message, contract.validator(message.cmd)!);
};
const say = (param: unknown, cmd = "say"): Message => ({ channel: "lobby", cmd, param });

describe("encode", () => {
  test("returns what is sent, as a message and as data", () => {
    const message = say({ n: "5" });
    const { sent, data } = encode(message);
    expect(sent).toEqual({ channel: "lobby", cmd: "say", param: { n: 5, more: "none" } });
    expect(data).toBe('{"channel":"lobby","cmd":"say","param":{"n":5,"more":"none"}}');
    // The message of the caller is not changed.
    expect(message).toEqual(say({ n: "5" }));
  });

  describe.each(settings)("where validate is %s", (validate) => {
    const checks = validate === "always" || validate === "outbound";

    test.each(["say", "wrapped"])(
      `${checks ? "gives %s the defaults and transforms of its schema" : "sends the param of %s as it is"}`,
      (cmd) => {
        const param = { n: "5" };
        const { sent } = encode(say(param, cmd), { validate });
        if (checks) expect(sent.param).toEqual({ n: 5, more: "none" });
        else expect(sent.param).toBe(param);
      },
    );

    test(checks ? "throws for a param that does not fit" : "does not check a param", () => {
      const call = () => encode(say({ n: 5 }), { validate });
      if (checks) expect(errorOf(call)).toMatchObject({ code: "validation", channel: "lobby", cmd: "say", issues: [{ path: ["n"] }] });
      else expect(call()).toMatchObject({ sent: { param: { n: 5 } } });
    });

    test.each(["other", "news", "__proto__", "constructor"])("throws for %s, which the protocol does not define as outbound", (cmd) => {
      expect(errorOf(() => encode(say(1, cmd), { validate }))).toMatchObject({
        code: "validation",
        channel: "lobby",
        cmd,
        message: `${cmd}: The protocol has no such outbound command; add it to \`outbound\`.`,
      });
    });

    test("sends a command that needs no definition as it is", () => {
      const param = { n: "5" };
      expect(encode(say(param, "other"), { validate }, false).sent.param).toBe(param);
    });

    test("checks a command that needs no definition where it has one", () => {
      const call = () => encode(say({ n: 5 }), { validate }, false);
      if (checks) expect(errorOf(call).code).toBe("validation");
      else expect(call().sent.param).toEqual({ n: 5 });
    });

    test("sends anything without a protocol", () => {
      for (const strict of [true, false]) {
        const param = { n: 5 };
        expect(encode(say(param, "any"), { validate, protocol: undefined }, strict).sent.param).toBe(param);
      }
    });
  });

  test("checks nothing twice, and never the output of the schema", () => {
    const check = vi.fn((value: unknown) => ({ value: [value] }));
    const own = defineProtocol({ inbound: {}, outbound: { own: { "~standard": { version: 1, vendor: "test", validate: check } } } });
    expect(encode(say("x", "own"), { protocol: own }).sent.param).toEqual(["x"]);
    expect(check.mock.calls).toEqual([["x"]]);
  });

  test("sends no other properties of the user's object", () => {
    const message = { ...say({ n: "5" }), from: "me", extra: 1 };
    const write = vi.fn((_: Message) => "");
    encode(message, { codec: { ...jsonCodec, encode: write } });
    expect(write.mock.calls[0]).toEqual([{ channel: "lobby", cmd: "say", param: { n: 5, more: "none" } }]);
    expect(Object.keys(write.mock.calls[0]![0])).toEqual(["channel", "cmd", "param"]);
  });

  test("says where the codec threw, and keeps its error as the cause", () => {
    const cause = new Error("mine");
    const codec: Codec = {
      ...jsonCodec,
      encode() {
        throw cause;
      },
    };
    const error = errorOf(() => encode(say({ n: "5" }), { codec }));
    expect(error).toMatchObject({ code: "codec", channel: "lobby", cmd: "say" });
    expect(error.cause).toBe(cause);
  });

  test.each([
    [1, "say"],
    [undefined, "say"],
    ["lobby", 5],
    ["lobby", undefined],
    ["lobby", null],
  ])("throws for channel %j and command %j, which no server could read", (channel, cmd) => {
    const message = { channel, cmd, param: 1 } as unknown as Message;
    const error = errorOf(() => encode(message, { protocol: undefined }));
    expect(error.code).toBe("codec");
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("has no size limit, because only the server knows its own", () => {
    expect(() => encode(say({ n: "5" }), { maxMessageBytes: 0 })).not.toThrow();
  });
});

describe("decode", () => {
  test("returns the codec's message", () => {
    const message = { channel: "lobby", cmd: "news", param: { n: 5 }, from: "me" };
    expect(decode(JSON.stringify(message))).toEqual(message);
    expect(decode("x", { codec: { ...jsonCodec, decode: () => message } })).toBe(message);
  });

  test("returns nothing for data that the codec ignores", () => {
    expect(decode("x", { codec: { ...jsonCodec, decode: () => undefined } })).toBeUndefined();
  });

  test("does not check the param before it is known whether anyone listens", () => {
    expect(decode('{"cmd":"news","param":{"n":5}}')).toMatchObject({ param: { n: 5 } });
    expect(decode('{"cmd":"other"}')).toMatchObject({ cmd: "other" });
  });

  test("keeps the codec's error as the cause, and repeats nothing of the data", () => {
    const error = errorOf(() => decode("secret"));
    expect(error.code).toBe("codec");
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(error.message).not.toContain("secret");
  });

  test.each(['{"channel":5,"cmd":"x"}', '{"channel":null,"cmd":"x"}', '{"cmd":5}', '{"channel":"a"}', "[]", "5"])(
    "throws for %s, whose channel and command are not both strings",
    (text) => {
      const error = errorOf(() => decode(text));
      expect(error.code).toBe("codec");
      expect(error.cause).toBeInstanceOf(TypeError);
    },
  );
});

describe("maxMessageBytes", () => {
  /** Takes anything, so that only its size can be wrong. */
  const codec = rawCodec();
  const passes = (data: IncomingData, maxMessageBytes: number) => {
    try {
      expect(decode(data, { codec, maxMessageBytes })).toMatchObject({ param: data });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: "SocketError", code: "size" });
      return false;
    }
  };
  const bytes = (text: string) => new TextEncoder().encode(text).length;

  // By hand, so that this test does not believe what it tests.
  test.each([
    ["of nothing", "", 0],
    ["of ASCII", "abcdef", 6],
    ["of two bytes a character", "größe", 7],
    ["of three bytes a character", "漢字", 6],
    ["of the last character of two bytes", "\u07ff", 2],
    ["of the first character of three bytes", "\u0800", 3],
    ["of astral characters, four bytes for two units", "😀😀", 8],
    ["of a lone high surrogate, which becomes U+FFFD", "\ud83d", 3],
    ["of a lone low surrogate", "x\udc00", 4],
    ["of a pair the wrong way round", "\udc00\ud83d", 6],
    ["of a byte order mark", "\ufeff", 3],
    ["of a zero character", "\0", 1],
  ])("accepts a text %s of exactly the limit, and refuses one byte more", (_, text, size) => {
    expect(passes(text, size)).toBe(true);
    if (size) expect(passes(text, size - 1)).toBe(false);
    expect(passes(text, size + 1)).toBe(true);
    expect(passes(text, Infinity)).toBe(true);
  });

  test("counts the bytes of binary data", () => {
    for (const size of [0, 1, 5]) {
      const data = new ArrayBuffer(size);
      expect(passes(data, size)).toBe(true);
      if (size) expect(passes(data, size - 1)).toBe(false);
    }
  });

  test("measures any text as UTF-8 does", () => {
    // Characters of one to four bytes, halves of pairs, and limits about the size, where it is decided.
    const unit = fc.oneof(fc.constantFrom("a", "é", "漢", "😀", "\ud83d", "\ude00"), fc.string({ unit: "binary", maxLength: 3 }));
    const text = fc.array(unit, { maxLength: 40 }).map((units) => units.join(""));
    const near = fc.tuple(text, fc.integer({ min: -4, max: 4 })).map(([it, by]): [string, number] => [it, Math.max(0, bytes(it) + by)]);
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(text, fc.nat(200))), ([it, limit]) => {
        expect(passes(it, limit)).toBe(bytes(it) <= limit);
        expect(passes(new TextEncoder().encode(it).buffer as ArrayBuffer, limit)).toBe(bytes(it) <= limit);
      }),
      { numRuns: 200 },
    );
  });

  test("is checked before the codec runs", () => {
    const read = vi.fn(() => undefined);
    for (const data of ["xx", new ArrayBuffer(2)]) {
      expect(errorOf(() => decode(data, { codec: { ...jsonCodec, decode: read }, maxMessageBytes: 1 })).code).toBe("size");
    }
    expect(read).not.toHaveBeenCalled();
  });

  test("counts the bytes of a text only where its length is near the limit", () => {
    const count = vi.spyOn(String.prototype, "codePointAt");
    try {
      passes("漢".repeat(10), 30);
      passes("x".repeat(11), 10);
      expect(count).not.toHaveBeenCalled();
      passes("漢".repeat(10), 29);
      expect(count).toHaveBeenCalledTimes(10);
    } finally {
      count.mockRestore();
    }
  });

  test("needs no TextEncoder, which jsdom and old React Native lack", () => {
    vi.stubGlobal("TextEncoder", undefined);
    try {
      expect([passes("größe", 7), passes("größe", 6)]).toEqual([true, false]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("check", () => {
  const news = (param: unknown, more: object = {}) => ({ channel: "lobby", cmd: "news", param, from: undefined, ...more });

  test.each(settings)(
    "gives a message of the server what its schema makes of the param, or leaves it, where validate is %s",
    (validate) => {
      const message = news({ n: "5" }, { from: "me" });
      const checked = check(message, { validate });
      if (validate === "outbound" || validate === "never") expect(checked).toBe(message);
      else expect(checked).toEqual({ channel: "lobby", cmd: "news", param: { n: 5, more: "none" }, from: "me" });
      expect(message.param).toEqual({ n: "5" });
    },
  );

  test("throws for a param that does not fit, with what is wrong", () => {
    expect(errorOf(() => check(news({ n: 5 })))).toMatchObject({
      code: "validation",
      channel: "lobby",
      cmd: "news",
      issues: [{ path: ["n"] }],
    });
  });
});

describe("the commands of a protocol", () => {
  test("are those that it names, on their own side", () => {
    const contract = new Contract(options());
    expect([contract.named, new Contract(options({ protocol: undefined })).named]).toEqual([true, false]);
    expect(contract.rules("wrapped")).toBe(protocol.outbound.wrapped);
    expect(contract.rules("say")).toEqual({ param: schema });
    expect(contract.validator("news")).toBe(schema["~standard"]);
    for (const cmd of ["news", "other", "__proto__", "constructor"]) expect(contract.rules(cmd)).toBeUndefined();
    for (const cmd of ["say", "other", "__proto__", "constructor"]) expect(contract.validator(cmd)).toBeUndefined();
    expect(new Contract(options({ protocol: undefined })).rules("say")).toBeUndefined();
  });

  test("are read from the protocol once each", () => {
    const reads = vi.fn();
    const watched = <T extends object>(definitions: T) =>
      new Proxy(definitions, {
        get(target, name, receiver) {
          reads(name);
          return Reflect.get(target, name, receiver);
        },
      });
    const contract = new Contract(options({ protocol: { inbound: watched({ news: schema }), outbound: watched({ say: schema }) } }));
    for (let time = 0; time < 3; time++) {
      contract.rules("say");
      contract.validator("news");
    }
    expect(reads.mock.calls).toEqual([["news"], ["say"]]);
  });
});

describe("a socket", () => {
  let socket: Socket<typeof protocol>;
  let errors: SocketError[];
  let heard: unknown[];
  let server: MockServer;
  /** The server sends a message, or a frame as it is. */
  const says = async (frame: object | string) => {
    server.sendRaw(typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame));
    await server.settled();
  };
  /** The params that the server has got. */
  const got = async () => {
    await server.settled();
    return server.received().map(({ param }) => param);
  };

  async function open(options: SocketOptions<typeof protocol> = {}): Promise<void> {
    socket = new Socket({ ...server.options, protocol, onError: (error) => errors.push(error), ...options } as SocketOptions<
      typeof protocol
    >);
    socket.on("news", (param) => heard.push(param));
    await server.connected();
  }

  beforeEach(() => {
    // What the client checks, the server does not.
    server = mockServer();
    errors = [];
    heard = [];
  });
  afterEach(() => {
    socket.close();
    server.end();
  });

  describe.each(settings)("where validate is %s", (validate) => {
    const [outbound, inbound] = [validate === "always" || validate === "outbound", validate === "always" || validate === "inbound"];
    const made = { n: 5, more: "none" };

    test(outbound ? "sends the output of the schema" : "sends a param as it is", async () => {
      await open({ validate });
      socket.send("say", { n: "5" });
      expect(await got()).toEqual([outbound ? made : { n: "5" }]);
    });

    test(outbound ? "throws for a param that does not fit" : "sends a param that does not fit", async () => {
      await open({ validate });
      const call = () => socket.send("say", { n: 5 } as never);
      if (outbound) expect(errorOf(call).code).toBe("validation");
      else expect(call()).toBe("sent");
      expect(await got()).toHaveLength(outbound ? 0 : 1);
    });

    test("throws for a command that is not defined", async () => {
      await open({ validate });
      expect(errorOf(() => socket.send("other" as never, {} as never)).code).toBe("validation");
    });

    test(inbound ? "delivers the output of the schema" : "delivers a param as it is", async () => {
      await open({ validate });
      await says({ cmd: "news", param: { n: "5" } });
      expect(heard).toEqual([inbound ? made : { n: "5" }]);
    });

    test(inbound ? "reports and drops a param that does not fit, and stays open" : "delivers a param that does not fit", async () => {
      await open({ validate });
      await says({ channel: "lobby", cmd: "news", param: { n: 5 } });
      expect(heard).toEqual(inbound ? [] : [{ n: 5 }]);
      expect(errors).toMatchObject(inbound ? [{ code: "validation", channel: "lobby", cmd: "news", issues: [{ path: ["n"] }] }] : []);
      await says({ cmd: "news", param: { n: "5" } });
      expect(heard).toHaveLength(inbound ? 1 : 2);
      expect(socket.state.status).toBe("open");
    });

    test("drops and counts an undefined command from the server", async () => {
      const onMessage = vi.fn();
      await open({ validate, onMessage });
      await says({ cmd: "other", param: 1 });
      expect(onMessage).not.toHaveBeenCalled();
      expect(socket.state.unknown).toBe(1);
    });
  });

  test("reports a message above maxMessageBytes, drops it, and stays open", async () => {
    const text = (length: number) => {
      const [head, tail] = ['{"cmd":"news","param":{"n":"1","more":"', '"}}'];
      return head + "x".repeat(length - head.length - tail.length) + tail;
    };
    await open({ maxMessageBytes: 100 });
    await says(text(100));
    expect(heard).toHaveLength(1);
    await says(text(101));
    expect(heard).toHaveLength(1);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ["size", "A message of the server was too large; raise `maxMessageBytes`."],
    ]);
    await says(text(100));
    expect(heard).toHaveLength(2);
    expect(socket.state).toMatchObject({ status: "open", unknown: 0 });
    expect(server.attempts).toBe(1);
  });

  test("accepts a message of a mebibyte by default, and none that is larger", async () => {
    const onMessage = vi.fn();
    await open({ codec: rawCodec(), protocol: undefined, onMessage });
    for (const size of [1_048_576, 1_048_577]) {
      await says("x".repeat(size));
      await says(new ArrayBuffer(size));
    }
    expect(onMessage).toHaveBeenCalledTimes(2);
    expect(errors).toMatchObject([{ code: "size" }, { code: "size" }]);
  });
});
