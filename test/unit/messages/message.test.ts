import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { jsonCodec, type Message, rawCodec, snapshot } from "../../../src/messages/message";

/** Strings of any UTF-16 units: pairs, halves of pairs, and what looks like an escape of one. */
const utf16 = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom("\\", "\\\\", "u", "\\ud800", "ud800", '"', "\n", "\0", "\ufeff", "😀"),
    ),
    { maxLength: 8 },
  )
  .map((units) => units.join(""));
const names = fc.oneof(utf16, fc.constantFrom("", "*", "__proto__", "constructor", "toString", "then", "toJSON"));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(utf16, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** What UTF-8 can carry of a JSON value: no half of a pair, and no minus before nothing. */
function carried(value: unknown): unknown {
  if (typeof value === "string") return Buffer.from(value).toString();
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(carried);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [carried(key), carried(entry)]));
}

const encode = (param: unknown, more: Partial<Message> = {}) => jsonCodec.encode({ channel: "a", cmd: "b", ...more, param });
const bytes = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

describe("jsonCodec.encode", () => {
  test("writes one compact object, in the order of the documents", () => {
    expect(jsonCodec.encode({ param: { text: "hi" }, cmd: "chat", channel: "lobby" })).toBe(
      '{"channel":"lobby","cmd":"chat","param":{"text":"hi"}}',
    );
  });

  test("never sends from, which makes Project Forge drop the connection", () => {
    expect(encode(1, { from: "me" })).toBe('{"channel":"a","cmd":"b","param":1}');
  });

  test("sends null for an undefined param", () => {
    expect(encode(undefined)).toBe('{"channel":"a","cmd":"b","param":null}');
  });

  test("keeps falsy params", () => {
    for (const param of [0, "", false, null]) expect(encode(param)).toBe(`{"channel":"a","cmd":"b","param":${JSON.stringify(param)}}`);
  });

  test("throws for values that JSON cannot hold", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    const vanishing = { toJSON: () => undefined };
    for (const param of [() => {}, Symbol("s"), 1n, { deep: 1n }, loop, vanishing]) expect(() => encode(param)).toThrow(TypeError);
  });

  test.each<[string, unknown, string]>([
    ["NaN", Number.NaN, "NaN"],
    ["Infinity", [1, -Infinity], "-Infinity"],
    ["a Map", { deep: [{ map: new Map([[1, 2]]) }] }, "Map"],
    ["a Set", new Set([1]), "Set"],
    ["a WeakMap", new WeakMap(), "WeakMap"],
    ["a RegExp", { pattern: /x/ }, "RegExp"],
    ["an Error", { error: new Error("mine") }, "Error"],
    ["a Promise", Promise.resolve(1), "Promise"],
    ["an ArrayBuffer", { bytes: new ArrayBuffer(2) }, "ArrayBuffer"],
    ["a Uint8Array", new Uint8Array(2), "Uint8Array"],
    ["an empty Uint8Array", [new Uint8Array()], "Uint8Array"],
    ["a Float64Array", { at: new Float64Array(3) }, "Float64Array"],
    ["a DataView", new DataView(new ArrayBuffer(1)), "DataView"],
    ["a Blob", { file: new Blob(["x"]) }, "Blob"],
  ])("throws for %s, which JSON would lose, and names it", (_, param, name) => {
    expect(() => encode(param)).toThrowError(
      expect.objectContaining({ name: "TypeError", message: expect.stringMatching(/^\w+ is .*JSON.*; /) }),
    );
    expect(() => encode(param)).toThrow(name);
  });

  test("writes what loses nothing: plain objects, whatever their keys, dates, and objects with toJSON", () => {
    const at = new Date(0);
    const map = Object.assign(new Map([[1, 2]]), { toJSON: () => ({ entries: 1 }) });
    const param = { empty: {}, nothing: null, 0: { 0: {} }, at, map, none: Object.assign(Object.create(null), { x: 1 }) };
    expect(jsonCodec.decode(encode(param) as string)?.param).toEqual({
      empty: {},
      nothing: null,
      0: { 0: {} },
      at: at.toJSON(),
      map: { entries: 1 },
      none: { x: 1 },
    });
  });

  test("writes the own properties of an object with a class, as JSON does", () => {
    class Point {
      x = 1;
      readonly at = null;
    }
    expect(jsonCodec.decode(encode(new Point()) as string)?.param).toEqual({ x: 1, at: null });
  });

  test("writes null for an undefined item, and leaves out an undefined property", () => {
    expect(encode([undefined])).toContain('"param":[null]');
    expect(encode({ a: undefined, b: null })).toContain('"param":{"b":null}');
  });

  test("replaces lone surrogates in channel, command, keys and strings", () => {
    const text = encode({ "k\udfff": "\ud800x" }, { channel: "c\ud800", cmd: "\udc00" });
    expect(text).toBe('{"channel":"c\ufffd","cmd":"\ufffd","param":{"k\ufffd":"\ufffdx"}}');
  });

  test("leaves pairs, and text that looks like an escaped surrogate, as they are", () => {
    expect(encode("😀")).toContain('"param":"😀"');
    for (const param of ["\\ud800", "\\\\ud800", "C:\\ud8ff\\udead"]) {
      expect(jsonCodec.decode(encode(param) as string)?.param).toBe(param);
    }
  });

  test("refuses two keys that differ only in lone surrogates, because Project Forge refuses a repeated member", () => {
    expect(() => encode({ "\ud800": 1, "\ud801": 2 })).toThrowError(/two keys/);
    expect(encode({ "\ud800": 1, 2: "\\ud801", __proto__: null })).toContain('"2":"\\\\ud801","\ufffd":1');
  });
});

describe("jsonCodec.decode", () => {
  test("reads Project Forge's messages: spaces, from, missing members", () => {
    const text = '{\n  "from": "0b9e",\n  "cmd": "chat",\n  "param": {\n    "text": "hi"\n  }\n}';
    expect(jsonCodec.decode(text)).toEqual({ channel: "", cmd: "chat", param: { text: "hi" }, from: "0b9e" });
    expect(jsonCodec.decode('{"cmd":"x"}')).toEqual({ channel: "", cmd: "x", param: undefined, from: undefined });
  });

  test("reads only known members", () => {
    const message = jsonCodec.decode('{"cmd":"x","extra":1,"toString":2,"__proto__":{"channel":"evil"}}');
    expect(Object.keys(message ?? {}).sort()).toEqual(["channel", "cmd", "from", "param"]);
    expect(message?.channel).toBe("");
  });

  test("reads binary as UTF-8", () => {
    expect(jsonCodec.decode(bytes('{"cmd":"x","param":"grüß 😀"}'))?.param).toBe("grüß 😀");
  });

  test("throws for bytes that are not UTF-8", () => {
    const broken = new Uint8Array([...new Uint8Array(bytes('{"cmd":"')), 0xff, ...new Uint8Array(bytes('"}'))]);
    expect(() => jsonCodec.decode(broken.buffer)).toThrow(TypeError);
  });

  test.each(["", " ", "null", '{"channel":"q","cmd":"x","param"', '{"cmd":"x"} {"cmd":"y"}'])("throws for %j", (text) => {
    expect(() => jsonCodec.decode(text)).toThrow();
    expect(() => jsonCodec.decode(bytes(text))).toThrow();
  });

  test.each(["secret", '{"cmd":"secret"', '["secret",]', "secret\u001b[31m"])(
    "throws an error that holds nothing of the text %j",
    (text) => {
      for (const data of [text, bytes(text)]) {
        expect(() => jsonCodec.decode(data)).toThrow(SyntaxError);
        for (const part of ["secret", "\u001b"]) expect(() => jsonCodec.decode(data)).not.toThrow(part);
      }
    },
  );

  test("reads binary, and refuses what is not UTF-8, without a TextDecoder, which not every runtime has", () => {
    vi.stubGlobal("TextDecoder", undefined);
    try {
      expect(jsonCodec.decode(bytes('{"cmd":"x","param":"grüß 😀 %41"}'))?.param).toBe("grüß 😀 %41");
      for (const wrong of [
        [0x22, 0xff, 0x22],
        [0x22, 0xed, 0xa0, 0x80, 0x22],
        [0x22, 0xc3],
      ]) {
        expect(() => jsonCodec.decode(new Uint8Array(wrong).buffer)).toThrow();
      }
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("treats __proto__ and constructor as names, and changes no prototype", () => {
    const text = '{"channel":"__proto__","cmd":"constructor","param":{"__proto__":{"admin":true}}}';
    const message = jsonCodec.decode(text)!;
    expect(message).toMatchObject({ channel: "__proto__", cmd: "constructor" });
    expect(Object.keys(message.param as object)).toEqual(["__proto__"]);
    expect((message.param as { admin?: boolean }).admin).toBeUndefined();
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
    expect(jsonCodec.encode(message)).toBe(text);
  });
});

describe("jsonCodec, both ways", () => {
  /** How many keys there are, at any depth. */
  const keys = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? Object.values(value).reduce<number>((sum, inner) => sum + keys(inner), Array.isArray(value) ? 0 : Object.keys(value).length)
      : 0;

  test("returns every message that UTF-8 can carry, and refuses the others", () => {
    fc.assert(
      fc.property(names, names, json, (channel, cmd, param) => {
        if (keys(JSON.parse(JSON.stringify(param))) !== keys(carried(param))) {
          expect(() => jsonCodec.encode({ channel, cmd, param })).toThrow("two keys");
          return;
        }
        const text = jsonCodec.encode({ channel, cmd, param });
        if (typeof text !== "string") throw new Error("no text");
        // As text: a matcher would look into keys such as constructor.
        const expected = JSON.stringify({ channel: carried(channel), cmd: carried(cmd), param: carried(param) });
        expect(JSON.stringify(jsonCodec.decode(text))).toBe(expected);
        expect(JSON.stringify(jsonCodec.decode(bytes(text)))).toBe(expected);
      }),
    );
  });

  test("never writes a lone surrogate, neither raw nor escaped", () => {
    fc.assert(
      fc.property(utf16, (param) => {
        const text = encode(param) as string;
        expect(Buffer.from(text).toString()).toBe(text);
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

describe("rawCodec", () => {
  const codec = rawCodec();
  const raw = (param: unknown) => codec.encode({ channel: "a", cmd: "b", param });

  test("sends the param as it is, text or binary", () => {
    for (const param of ["", "text", new ArrayBuffer(2), new Uint8Array(2), new DataView(new ArrayBuffer(1)), new Blob(["x"])]) {
      expect(raw(param)).toBe(param);
    }
  });

  test("delivers incoming data as the param of one command", () => {
    const data = new ArrayBuffer(2);
    expect(codec.decode("hi")).toEqual({ channel: "", cmd: "message", param: "hi" });
    expect(codec.decode("")).toEqual({ channel: "", cmd: "message", param: "" });
    expect(codec.decode(data)?.param).toBe(data);
    expect(rawCodec("line").decode("hi")).toEqual({ channel: "", cmd: "line", param: "hi" });
  });

  test("refuses data that is neither text nor binary", () => {
    for (const param of [undefined, null, 0, true, 1n, Symbol("s"), () => {}, [], ["x"]]) {
      expect(() => raw(param)).toThrow(/raw param must be/);
    }
  });

  test("refuses other objects, which a WebSocket would send as [object Object]", () => {
    for (const param of [{ text: "hi" }, new Date(0), new Map(), { byteLength: 1 }]) {
      expect(() => raw(param)).toThrow(/raw param must be/);
    }
  });

  test("returns any text unchanged", () => {
    fc.assert(
      fc.property(utf16, (text) => {
        const data = raw(text);
        expect(typeof data === "string" && codec.decode(data)?.param).toBe(text);
      }),
    );
  });
});

describe("snapshot", () => {
  test("copies plain objects and arrays, at any depth, so that later changes of the original do not show", () => {
    const original = { list: [{ x: 1 }], deep: { y: { z: 2 } }, ["__proto__x"]: 1 };
    const copy = snapshot(original);
    expect(copy).toEqual(original);
    original.list[0]!.x = 9;
    original.list.push({ x: 9 });
    original.deep.y.z = 9;
    expect(copy).toEqual({ list: [{ x: 1 }], deep: { y: { z: 2 } }, ["__proto__x"]: 1 });
  });

  test("keeps a key __proto__ as a key", () => {
    const copy = snapshot(JSON.parse('{"__proto__":{"admin":true}}')) as { admin?: boolean };
    expect([Object.keys(copy), copy.admin, Object.getPrototypeOf(copy)]).toEqual([["__proto__"], undefined, Object.prototype]);
  });

  const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  test.each<[string, ArrayBuffer | ArrayBufferView]>([
    ["an ArrayBuffer", buffer],
    ["a part of a Uint8Array", new Uint8Array(buffer, 2, 3)],
    ["a Uint16Array", new Uint16Array(buffer, 2, 2)],
    ["a Float32Array", new Float32Array(buffer)],
    ["a DataView", new DataView(buffer, 1, 4)],
    ["a Buffer of Node", Buffer.from(buffer, 1, 4)],
  ])("copies the bytes of %s, and keeps their type", (_, original) => {
    const bytes = (data: ArrayBuffer | ArrayBufferView) =>
      ArrayBuffer.isView(data) ? [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] : [...new Uint8Array(data)];
    const copy = snapshot({ original }).original;
    const before = bytes(original);
    expect(bytes(copy)).toEqual(before);
    expect(Object.prototype.toString.call(copy)).toBe(Object.prototype.toString.call(original));
    const all = new Uint8Array(buffer);
    const saved = all.slice();
    all.fill(0);
    expect(bytes(copy)).toEqual(before);
    all.set(saved);
  });

  test("keeps anything else as it is", () => {
    const param = {
      date: new Date(0),
      map: new Map(),
      own: new (class Own {})(),
      call: () => {},
      text: "x",
      nothing: null,
      none: undefined,
    };
    const copy = snapshot(param);
    for (const [name, value] of Object.entries(param)) expect(copy[name as keyof typeof copy], name).toBe(value);
  });
});
