import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { toJSONSchema } from "../../../src/contract/index";
import { defineProtocol, type Protocol, type Schema, SocketError } from "../../../src/index";

const outbound = (param: Schema, cmd = "chat"): Protocol => ({ inbound: {}, outbound: { [cmd]: param } });
const inbound = (param: Schema, cmd = "chat"): Protocol => ({ inbound: { [cmd]: param }, outbound: {} });
const failure = (protocol: Protocol): unknown => {
  try {
    return toJSONSchema(protocol);
  } catch (error) {
    return error;
  }
};

describe("toJSONSchema", () => {
  test("has one definition for each command and direction, with its reply, its delivery and its description", () => {
    const protocol = defineProtocol({
      inbound: { saved: z.object({ id: z.string() }) },
      outbound: {
        note: { param: z.object({ id: z.string() }).describe("A note."), reply: "saved", delivery: "confirm" },
        chat: z.object({ text: z.string() }),
      },
    });
    const id = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
    expect(toJSONSchema(protocol)).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $defs: {
        "outbound.note": { ...id, description: "A note.", "x-reply": "saved", "x-delivery": "confirm" },
        "outbound.chat": { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
        "inbound.saved": id,
      },
    });
  });

  test("describes what the server reads: the output of outbound schemas, the input of inbound ones", () => {
    const schema = z.object({ count: z.number().default(1), at: z.iso.datetime().pipe(z.coerce.date()).optional() });
    expect(toJSONSchema(inbound(schema)).$defs["inbound.chat"]).toMatchObject({
      properties: { count: { default: 1 }, at: { format: "date-time" } },
    });
    expect(toJSONSchema(inbound(schema)).$defs["inbound.chat"]).not.toHaveProperty("required");
    const counted = z.object({
      count: z.number().default(1),
      length: z
        .string()
        .transform((text) => text.length)
        .pipe(z.number()),
    });
    expect(toJSONSchema(outbound(counted)).$defs["outbound.chat"]).toMatchObject({
      properties: { count: { type: "number" }, length: { type: "number" } },
      required: ["count", "length"],
    });
  });

  test("closes an object only where the client's schema refuses further fields", () => {
    const schema = z.object({ open: z.object({ a: z.string() }), closed: z.array(z.strictObject({ a: z.string() })) });
    const a = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    expect(toJSONSchema(outbound(schema)).$defs["outbound.chat"]).toEqual({
      type: "object",
      properties: { open: a, closed: { type: "array", items: { ...a, additionalProperties: false } } },
      required: ["open", "closed"],
    });
  });

  test.each([
    ["zod", z.undefined()],
    ["Valibot", toStandardJsonSchema(v.undefined())],
    ["ArkType", type("undefined")],
  ])("describes a command without a param as null (%s)", (_, schema) => {
    expect(toJSONSchema(outbound(schema)).$defs["outbound.chat"]).toEqual({ type: "null" });
    expect(toJSONSchema(inbound(schema)).$defs["inbound.chat"]).toEqual({ type: "null" });
  });

  test("describes a param that may be left out as null or the param", () => {
    const schema = z.object({ a: z.string() }).optional();
    expect(toJSONSchema(outbound(schema)).$defs["outbound.chat"]?.anyOf).toEqual([
      expect.objectContaining({ type: "object" }),
      { type: "null" },
    ]);
    // What the client writes then is the default; what the server writes may be nothing.
    const filled = z.number().default(1);
    expect(toJSONSchema(outbound(filled)).$defs["outbound.chat"]).toMatchObject({ type: "number" });
    expect(toJSONSchema(inbound(filled)).$defs["inbound.chat"]?.anyOf).toHaveLength(2);
    expect(toJSONSchema(outbound(z.string().nullish())).$defs["outbound.chat"]).toEqual({ type: ["string", "null"] });
  });

  test.each([
    ["zod", z.object({ user: z.string(), age: z.number().optional() })],
    ["Valibot", toStandardJsonSchema(v.object({ user: v.string(), age: v.optional(v.number()) }))],
    ["ArkType", type({ user: "string", "age?": "number" })],
  ])("reads %s", (_, schema) => {
    const expected = { type: "object", properties: { user: { type: "string" }, age: { type: "number" } }, required: ["user"] };
    expect(toJSONSchema(outbound(schema)).$defs["outbound.chat"]).toEqual(expected);
    expect(toJSONSchema(inbound(schema)).$defs["inbound.chat"]).toEqual(expected);
  });

  test("shares a schema with a name, and keeps two apart that differ by their direction", () => {
    const user = z.object({ name: z.string() }).meta({ id: "User" });
    const room = z.object({ size: z.number().default(2) }).meta({ id: "Room" });
    const { $defs } = toJSONSchema({ outbound: { a: z.object({ user, room }), b: user }, inbound: { c: z.object({ user, room }) } });
    expect(Object.keys($defs)).toEqual(["outbound.a", "outbound.b", "inbound.c", "Room", "Room.inbound", "User"]);
    expect($defs["outbound.b"]).toEqual({ $ref: "#/$defs/User" });
    expect($defs["outbound.a"]?.properties?.["room"]).toEqual({ $ref: "#/$defs/Room" });
    expect($defs["inbound.c"]?.properties?.["room"]).toEqual({ $ref: "#/$defs/Room.inbound" });
  });

  test("refers to a schema that contains itself", () => {
    const tree = z.object({
      get next() {
        return tree.optional();
      },
    });
    const { $defs } = toJSONSchema({ outbound: { "a/b": tree, list: z.object({ tree }) }, inbound: {} });
    expect($defs["outbound.a/b"]?.properties?.["next"]).toEqual({ $ref: "#/$defs/outbound.a~1b" });
    expect($defs["outbound.list"]?.properties?.["tree"]).toEqual({ $ref: "#/$defs/schema0.outbound.list" });
    expect($defs["schema0.outbound.list"]?.properties?.["next"]).toEqual({ $ref: "#/$defs/schema0.outbound.list" });
  });

  test("does not take a value for a reference", () => {
    const value = z.literal("#/$defs/nowhere");
    expect(toJSONSchema(outbound(z.object({ $ref: value }))).$defs["outbound.chat"]?.properties).toEqual({
      $ref: { type: "string", const: "#/$defs/nowhere" },
    });
  });

  test("says what to install for a schema without Standard JSON Schema", () => {
    const error = failure(outbound(v.object({ a: v.string() }), "say"));
    expect(error).toBeInstanceOf(SocketError);
    expect(error).toMatchObject({ code: "usage" });
    expect((error as Error).message).toMatch(
      /^outbound\.say: the schema of valibot has no Standard JSON Schema .*@valibot\/to-json-schema/,
    );
  });

  test("names the path of what JSON Schema cannot describe, with the library's reason", () => {
    expect((failure(inbound(z.object({ notes: z.array(z.object({ at: z.date() })) }), "saved")) as Error).message).toBe(
      "inbound.saved.notes[].at: Date cannot be represented in JSON Schema; use a schema of what JSON holds, such as a string with a date.",
    );
    // Other libraries say only that it fails.
    expect((failure(inbound(toStandardJsonSchema(v.object({ at: v.date() })), "saved")) as Error).message).toMatch(
      /^inbound\.saved: The "date" schema cannot be converted to JSON Schema; use a schema of what JSON holds/,
    );
  });
});
