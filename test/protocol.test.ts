import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineProtocol, schemaOf } from "../src/messages/protocol";

const text = z.object({ text: z.string() });
const definitions = { bare: text, wrapped: { param: text } };

describe("defineProtocol", () => {
  test("gives back what it was given", () => {
    const protocol = { inbound: definitions, outbound: {} };
    expect(defineProtocol(protocol)).toBe(protocol);
    expect(protocol).toEqual({ inbound: definitions, outbound: {} });
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
