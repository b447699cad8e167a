import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { defineProtocol, type OutboundDefinition, rulesOf } from "../../src/protocol";

const text = z.object({ text: z.string() });
const definitions = { bare: text, wrapped: { param: text } };

describe("defineProtocol", () => {
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

  test("returns the rules of a command, and a lone schema as that of the param", () => {
    expect(commandRules({ rules }, "rules")).toBe(rules);
    expect(commandRules(definitions, "wrapped")).toBe(definitions.wrapped);
    expect(commandRules(definitions, "bare")).toEqual({ param: text });
  });

  test("returns nothing for an undefined command", () => {
    expect(commandRules(definitions, "other")).toBeUndefined();
    expect(commandRules({}, "")).toBeUndefined();
  });

  test("recognises a schema, whatever else it has", () => {
    // Schemas of some libraries have members of such names.
    const schema = Object.assign(z.string(), { param: text, delivery: "drop", reply: "ruled", key: () => 1, match: () => true });
    const found = commandRules({ schema }, "schema");
    expect(found?.param).toBe(schema);
    expect(Object.keys(found!)).toEqual(["param"]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("treats %s as an ordinary name", (cmd) => {
    expect(commandRules(definitions, cmd)).toBeUndefined();
    expect(commandRules({ [cmd]: rules }, cmd)).toBe(rules);
  });

  test("are made once for all sockets of a protocol", () => {
    const protocol = { inbound: definitions, outbound: definitions };
    expect(rulesOf(protocol)).toBe(rulesOf(protocol));
    expect(rulesOf(protocol).inbound.get("bare")).toEqual({ param: text });
  });

  test("treats a command named param or ~standard as a name", () => {
    for (const cmd of ["param", "~standard"]) expect(commandRules({ [cmd]: text }, cmd)?.param).toBe(text);
  });

  test("finds commands in an object without a prototype, and none in a prototype", () => {
    expect(commandRules(Object.assign(Object.create(null), { rules }), "rules")).toBe(rules);
    expect(commandRules(Object.create({ rules }), "rules")).toBeUndefined();
  });
});
