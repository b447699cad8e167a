import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { defineProtocol, type OutboundDefinition, rulesOf } from "../../src/protocol";
import { errorOf } from "../harness/thrown";

const text = z.object({ text: z.string() });
const definitions = { bare: text, wrapped: { param: text } };

describe("defineProtocol", () => {
  const define = (outbound: object, inbound: object = {}) => errorOf(() => defineProtocol({ inbound, outbound } as never));

  test.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["a type", "string"],
    ["an object without a schema", {}],
    ["rules whose param is no schema", { param: { text: "string" }, delivery: "drop" }],
    ["a schema by its name only", { "~standard": {} }],
  ])("refuses %s as a definition, on either side, and names the command", (_, definition) => {
    for (const error of [define({ chat: definition }), define({}, { chat: definition })]) {
      expect(error).toMatchObject({ code: "usage", message: expect.stringMatching(/^The protocol has no schema for chat; /) });
    }
  });

  test.each<[string, object, RegExp]>([
    ["a misspelt rule", { param: text, replay: "bare" }, /^save has no replay; use one of param, delivery, reply, ttl, key, match\.$/],
    [
      "an unknown delivery",
      { param: text, delivery: "reliable" },
      /^save\.delivery .*; pass "queue" or "drop" or "latest" or "confirm"\.$/,
    ],
    ["a text as ttl", { param: text, ttl: "5" }, /^save\.ttl .*; pass number\b.*\.$/],
    ["a text as key", { param: text, key: "id" }, /^save\.key .*; pass function\.$/],
    ["null as match", { param: text, match: null }, /^save\.match .*; pass function\.$/],
    ["rules on a prototype", Object.assign(Object.create({ delivery: "drop" }), { param: text }), /^save must be a plain object/],
  ])("refuses %s, and says what is allowed", (_, rules, sentence) => {
    expect(define({ save: rules })).toMatchObject({ code: "usage", message: expect.stringMatching(sentence) });
  });

  test("refuses a name that would break the line of an error, and escapes it", () => {
    expect(define({ "a\nb": {} }).message).toContain("a\\u000ab");
  });

  test("returns its argument", () => {
    const protocol = { inbound: definitions, outbound: {} };
    expect(defineProtocol(protocol)).toBe(protocol);
    expect(protocol).toEqual({ inbound: definitions, outbound: {} });
  });

  test("calls no function of the rules, and changes none", () => {
    const save = Object.freeze({
      param: text,
      reply: "bare",
      delivery: "confirm",
      ttl: 5,
      key: vi.fn(() => 1),
      match: vi.fn(() => true),
    } as const);
    const { outbound } = defineProtocol({ inbound: definitions, outbound: { save } });
    expect(outbound.save).toBe(save);
    expect(save.key).not.toHaveBeenCalled();
    expect(save.match).not.toHaveBeenCalled();
  });
});

/** The rules of one outbound command. */
const commandRules = (outbound: Record<string, OutboundDefinition>, cmd: string) => rulesOf({ inbound: {}, outbound }).outbound.get(cmd);

describe("the rules of a protocol", () => {
  const rules = { param: text, delivery: "drop", ttl: 5 } as const;

  test("are those of each command, and a lone schema is that of the param", () => {
    expect(commandRules({ rules }, "rules")).toBe(rules);
    expect(commandRules(definitions, "wrapped")).toBe(definitions.wrapped);
    expect(commandRules(definitions, "bare")).toEqual({ param: text });
  });

  test("are missing for a command that is not defined", () => {
    expect(commandRules(definitions, "other")).toBeUndefined();
    expect(commandRules({}, "")).toBeUndefined();
  });

  test("are not looked for in a schema, whatever else it has", () => {
    // Schemas of some libraries have members of such names.
    const schema = Object.assign(z.string(), { param: text, delivery: "drop", reply: "ruled", key: () => 1, match: () => true });
    const found = commandRules({ schema }, "schema");
    expect(found?.param).toBe(schema);
    expect(Object.keys(found!)).toEqual(["param"]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("treat %s as an ordinary name", (cmd) => {
    expect(commandRules(definitions, cmd)).toBeUndefined();
    expect(commandRules({ [cmd]: rules }, cmd)).toBe(rules);
  });

  test("are made once for all sockets of a protocol", () => {
    const protocol = { inbound: definitions, outbound: definitions };
    expect(rulesOf(protocol)).toBe(rulesOf(protocol));
    expect(rulesOf(protocol).inbound.get("bare")).toEqual({ param: text });
  });

  test("treat a command named param or ~standard as a name", () => {
    for (const cmd of ["param", "~standard"]) expect(commandRules({ [cmd]: text }, cmd)?.param).toBe(text);
  });

  test("name commands of an object without a prototype, and none of a prototype", () => {
    expect(commandRules(Object.assign(Object.create(null), { rules }), "rules")).toBe(rules);
    expect(commandRules(Object.create({ rules }), "rules")).toBeUndefined();
  });
});
