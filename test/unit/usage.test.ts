import { describe, expect, test } from "vitest";
import { SocketError } from "../../src/errors";
import { checkKinds, isFunction, type Kinds, requireListener, usage } from "../../src/usage";
import { errorOf } from "../harness/thrown";

const kinds: Kinds = {
  text: "string",
  count: "number",
  flag: "boolean",
  call: "function",
  thing: "object",
  list: "string array",
  class: "class",
  either: "object false",
  word: '"one" "two"',
  any: "anything",
};
const refused = (given: object, within?: string) => errorOf(() => checkKinds(given, kinds, within));

describe("usage", () => {
  test("is an error of that code with a sentence of its own", () => {
    const error = usage("It is wrong; do this.");
    expect(error).toBeInstanceOf(SocketError);
    expect(error).toMatchObject({ code: "usage", message: "It is wrong; do this." });
  });
});

describe("isFunction", () => {
  test("is true for what can be called, and for nothing else", () => {
    for (const value of [() => {}, async () => {}, class {}, Date.now]) expect(isFunction(value)).toBe(true);
    for (const value of [undefined, null, {}, "call", { call() {} }]) expect(isFunction(value)).toBe(false);
  });
});

describe("requireListener", () => {
  test("accepts a function, and refuses anything else", () => {
    expect(() => requireListener(() => {})).not.toThrow();
    for (const listener of [undefined, null, {}, "listener", { handleEvent() {} }]) {
      expect(errorOf(() => requireListener(listener))).toMatchObject({ code: "usage", message: "There is no listener; pass a function." });
    }
  });
});

describe("checkKinds", () => {
  test.each<[keyof typeof kinds, unknown[], unknown[]]>([
    ["text", ["", "x"], [1, true, null, {}, [], ["x"], () => {}, new String("x")]],
    ["count", [0, 1.5, Number.POSITIVE_INFINITY], [-1, Number.NaN, Number.NEGATIVE_INFINITY, "1", null, 1n, new Number(1), new Date(0)]],
    ["flag", [true, false], ["true", 0, null]],
    ["call", [() => {}, class {}], ["call", {}, null]],
    ["thing", [{}, new URL("ws://peer.test")], ["{}", null, () => {}, true]],
    ["list", ["a", ["a"], []], [{ 0: "a", length: 1 }, null, 1]],
    ["class", [class {}, function old() {}], [() => {}, {}, "WebSocket", null]],
    ["either", [{}, false], [true, null, "false", 0]],
    ["word", ["one", "two"], ["three", "", '"one"', "one two", null, 1, true]],
    ["any", [null, 1, "x", () => {}, 1n, Symbol("any")], []],
  ])("for %s accepts and refuses by its kinds", (name, accepted, wrong) => {
    for (const value of [undefined, ...accepted]) expect(() => checkKinds({ [name]: value }, kinds), String(value)).not.toThrow();
    for (const value of wrong) expect(refused({ [name]: value }).code).toBe("usage");
  });

  test("names the option that is wrong, and what it may be", () => {
    expect(refused({ text: "ok", list: 1 }).message).toMatch(/^options\.list .*; pass string or array\.$/);
    expect(refused({ word: "three" }, "queue").message).toMatch(/^queue\.word .*; pass "one" or "two"\.$/);
  });

  test.each(["flagg", "", "__proto__", "constructor", "toString"])(
    "refuses the name %j, which is no option, and lists those that are",
    (name) => {
      const { code, message } = refused(JSON.parse(`{${JSON.stringify(name)}: 1}`) as object);
      expect(code).toBe("usage");
      expect(message).toBe(`options has no ${name}; use one of ${Object.keys(kinds).join(", ")}.`);
    },
  );

  test("refuses a name that is no option though its value is undefined, as a misspelt one may be", () => {
    expect(refused({ flagg: undefined }).code).toBe("usage");
  });

  test("ignores names that are not its own, and accepts an object without a prototype", () => {
    expect(() => checkKinds(Object.assign(Object.create(null), { text: "x" }), kinds)).not.toThrow();
    expect(() => checkKinds({}, kinds)).not.toThrow();
  });

  class Options {
    get text() {
      return "x";
    }
  }
  test.each<[string, unknown]>([
    ["an instance of a class, whose prototype would be lost", new Options()],
    ["an instance of a class with options of its own", Object.assign(new Options(), { flag: true })],
    ["an object with options on its prototype", Object.create({ text: "x" })],
    ["an array", []],
    ["a text", "options"],
    ["null", null],
    ["a Map", new Map([["text", "x"]])],
    ["a function", () => {}],
  ])("refuses %s", (_, given) => {
    expect(refused(given as object, "queue")).toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^queue must be a plain object.*; pass \{.*\}\.$/),
    });
  });

  test("repeats no value, which may be a secret, and escapes a name that would break the line", () => {
    const values = { text: ["secret"], count: "secret", word: "secret", call: { secret: true } };
    for (const [name, value] of Object.entries(values)) expect(refused({ [name]: value }).message).not.toContain("secret");
    expect(refused({ "a\nb\u202e": 1 }).message).toMatch(/^options has no a\\u000ab\\u202e; /);
  });

  test("says what is wrong with values that cannot be printed or written as JSON", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const value of [1n, Symbol("x"), Object.create(null), cycle]) {
      expect(refused({ word: value }).code).toBe("usage");
      expect(refused({ count: value }).code).toBe("usage");
    }
    expect(() => checkKinds({ thing: cycle }, kinds)).not.toThrow();
  });
});
