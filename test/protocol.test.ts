import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { defineProtocol, rulesOf, schemaOf } from "../src/messages/protocol";

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

describe("schemaOf", () => {
  test("finds the schema of a command, alone or as {param}", () => {
    expect(schemaOf(definitions, "bare")).toBe(text);
    expect(schemaOf(definitions, "wrapped")).toBe(text);
  });

  test("takes a schema for itself, whatever else it has", () => {
    const schema = Object.assign(z.string(), { param: text });
    expect(schemaOf({ schema }, "schema")).toBe(schema);
  });

  test("finds nothing for a command that is not named", () => {
    expect(schemaOf(definitions, "other")).toBeUndefined();
    expect(schemaOf({}, "")).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("takes %s as a name like any other", (cmd) => {
    expect(schemaOf(definitions, cmd)).toBeUndefined();
    expect(schemaOf({ [cmd]: text }, cmd)).toBe(text);
  });

  test("finds commands in an object without a prototype, and none in a prototype", () => {
    expect(schemaOf(Object.assign(Object.create(null), definitions), "bare")).toBe(text);
    expect(schemaOf(Object.create(definitions), "bare")).toBeUndefined();
  });

  test("takes a command that is called param or ~standard as a name", () => {
    expect(schemaOf({ param: text }, "param")).toBe(text);
    expect(schemaOf({ "~standard": text }, "~standard")).toBe(text);
  });
});

describe("rulesOf", () => {
  const rules = { param: text, delivery: "drop", ttl: 5 } as const;
  const protocol = defineProtocol({ inbound: { ruled: text }, outbound: { ruled: rules, plain: text } });

  test("gives what a protocol says of a command of ours beside its schema", () => {
    expect(rulesOf(protocol, "ruled")).toBe(rules);
  });

  test("gives nothing for a command that has a schema alone, is not named, or where there is no protocol", () => {
    for (const [it, cmd] of [[protocol, "plain"], [protocol, "other"], [undefined, "ruled"]] as const) {
      expect(rulesOf(it, cmd)).toEqual({});
    }
  });

  test("takes a schema for itself, whatever else it has", () => {
    // Schemas of some libraries have members of such names.
    const schema = Object.assign(z.string(), { delivery: "drop", reply: "ruled", key: () => 1, match: () => true });
    expect(rulesOf({ inbound: {}, outbound: { schema } }, "schema")).toEqual({});
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("takes %s as a name like any other", (cmd) => {
    expect(rulesOf(protocol, cmd)).toEqual({});
    expect(rulesOf({ inbound: {}, outbound: { [cmd]: rules } }, cmd)).toBe(rules);
  });

  test("finds commands in an object without a prototype, and none in a prototype", () => {
    const outbound = { ruled: rules };
    expect(rulesOf({ inbound: {}, outbound: Object.assign(Object.create(null), outbound) }, "ruled")).toBe(rules);
    expect(rulesOf({ inbound: {}, outbound: Object.create(outbound) }, "ruled")).toEqual({});
  });
});
