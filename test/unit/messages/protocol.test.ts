import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { defineProtocol, rulesOf } from "../../../src/messages/protocol";

const text = z.object({ text: z.string() });
const definitions = { bare: text, wrapped: { param: text } };

describe("defineProtocol", () => {
  test("gives back what it was given", () => {
    const protocol = { inbound: definitions, outbound: {} };
    expect(defineProtocol(protocol)).toBe(protocol);
    expect(protocol).toEqual({ inbound: definitions, outbound: {} });
  });

  test("calls no function of the rules, and changes none", () => {
    const save = Object.freeze({ param: text, reply: "bare", delivery: "confirm", ttl: 5, key: vi.fn(() => 1), match: vi.fn(() => true) } as const);
    const { outbound } = defineProtocol({ inbound: definitions, outbound: { save } });
    expect(outbound.save).toBe(save);
    expect(save.key).not.toHaveBeenCalled();
    expect(save.match).not.toHaveBeenCalled();
  });
});

describe("rulesOf", () => {
  const rules = { param: text, delivery: "drop", ttl: 5 } as const;

  test("gives what is said of a command, and of a schema alone that it is the param's", () => {
    expect(rulesOf({ rules }, "rules")).toBe(rules);
    expect(rulesOf(definitions, "wrapped")).toBe(definitions.wrapped);
    expect(rulesOf(definitions, "bare")).toEqual({ param: text });
  });

  test("gives nothing for a command that is not named, or where there is no protocol", () => {
    expect(rulesOf(definitions, "other")).toBeUndefined();
    expect(rulesOf({}, "")).toBeUndefined();
    expect(rulesOf(undefined, "bare")).toBeUndefined();
  });

  test("takes a schema for itself, whatever else it has", () => {
    // Schemas of some libraries have members of such names.
    const schema = Object.assign(z.string(), { param: text, delivery: "drop", reply: "ruled", key: () => 1, match: () => true });
    const found = rulesOf({ schema }, "schema");
    expect(found?.param).toBe(schema);
    expect(Object.keys(found!)).toEqual(["param"]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("takes %s as a name like any other", (cmd) => {
    expect(rulesOf(definitions, cmd)).toBeUndefined();
    expect(rulesOf({ [cmd]: rules }, cmd)).toBe(rules);
  });

  test("takes a command that is called param or ~standard as a name", () => {
    for (const cmd of ["param", "~standard"]) expect(rulesOf({ [cmd]: text }, cmd)?.param).toBe(text);
  });

  test("finds commands in an object without a prototype, and none in a prototype", () => {
    expect(rulesOf(Object.assign(Object.create(null), { rules }), "rules")).toBe(rules);
    expect(rulesOf(Object.create({ rules }), "rules")).toBeUndefined();
  });
});
