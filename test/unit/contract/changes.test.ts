import { describe, expect, test } from "vitest";
import * as z from "zod";
import { changesBetween } from "../../../src/contract/changes";
import { toJSONSchema } from "../../../src/contract/index";
import type { OutboundDefinition, Protocol } from "../../../src/index";

type Effect = "nothing" | "server" | "clients" | "both";
type Row = readonly [title: string, used: z.ZodType, next: z.ZodType, what: string, outbound: Effect, inbound: Effect];

/** What a change breaks: the server in use with new clients, or clients in use with the new server. */
function effectsOf(used: Protocol, next: Protocol) {
  return changesBetween(toJSONSchema(used), toJSONSchema(next)).map(({ where, what, breaksServer, breaksClients }) => {
    const effect: Effect = breaksServer && breaksClients ? "both" : breaksServer ? "server" : breaksClients ? "clients" : "nothing";
    return [`${where}: ${what}`, effect];
  });
}

const outbound = (chat: OutboundDefinition): Protocol => ({ inbound: { sent: z.null(), done: z.null() }, outbound: { chat } });
const inbound = (chat: z.ZodType): Protocol => ({ inbound: { chat }, outbound: {} });

const { object, string, number, array } = z;
const text = object({ text: string() });
const circle = object({ kind: z.literal("circle"), r: number() });
const square = object({ kind: z.literal("square"), a: number() });
const tree = (more: Record<string, z.ZodType>) => {
  const node: z.ZodType = object({
    ...more,
    get next() {
      return node.optional();
    },
  });
  return object({ root: node });
};

// The client writes outbound params and reads inbound ones, so the same change harms the other side.
const rows: readonly Row[] = [
  ["a new optional field", text, text.extend({ more: string().optional() }), "chat.more: is a new optional field", "nothing", "nothing"],
  ["a new required field", text, text.extend({ more: string() }), "chat.more: is a new required field", "clients", "server"],
  ["a removed field", text.extend({ more: string() }), text, "chat.more: was removed", "server", "clients"],
  ["a removed optional field", text.extend({ more: string().optional() }), text, "chat.more: was removed", "server", "clients"],
  [
    "a field that becomes required",
    object({ text: string().optional() }),
    text,
    "chat.text: is required, was optional",
    "clients",
    "server",
  ],
  [
    "a field that becomes optional",
    text,
    object({ text: string().optional() }),
    "chat.text: is optional, was required",
    "server",
    "clients",
  ],
  ["another type", text, object({ text: number() }), "chat.text: is a number, was a string", "both", "both"],
  [
    "a number that becomes whole",
    object({ n: number() }),
    object({ n: number().multipleOf(1) }),
    "chat.n: has multipleOf 1, had none",
    "clients",
    "server",
  ],
  [
    "a whole number that becomes any",
    object({ n: z.literal(1) }),
    object({ n: number() }),
    "chat.n: may be any value",
    "server",
    "clients",
  ],
  ["null is allowed", text, object({ text: string().nullable() }), "chat.text: may also be null", "server", "clients"],
  ["null is no longer allowed", object({ text: string().nullable() }), text, "chat.text: may no longer be null", "clients", "server"],
  ["anything becomes text", object({ text: z.unknown() }), text, "chat.text: is a string, was any value", "clients", "server"],
  ["text becomes anything", text, object({ text: z.unknown() }), "chat.text: is any value, was a string", "server", "clients"],
  [
    "a shorter maximum",
    object({ text: string().max(9) }),
    object({ text: string().max(5) }),
    "chat.text: has maxLength 5, had 9",
    "clients",
    "server",
  ],
  [
    "a longer maximum",
    object({ text: string().max(5) }),
    object({ text: string().max(9) }),
    "chat.text: has maxLength 9, had 5",
    "server",
    "clients",
  ],
  ["a new maximum", text, object({ text: string().max(9) }), "chat.text: has maxLength 9, had none", "clients", "server"],
  ["a new minimum", text, object({ text: string().min(1) }), "chat.text: has minLength 1, had none", "clients", "server"],
  ["no minimum", object({ n: number().min(1) }), object({ n: number() }), "chat.n: has no minimum, had 1", "server", "clients"],
  [
    "a lower exclusive minimum",
    object({ n: number().gt(1) }),
    object({ n: number().gt(0) }),
    "chat.n: has exclusiveMinimum 0, had 1",
    "server",
    "clients",
  ],
  ["a new pattern", text, object({ text: string().regex(/a/) }), 'chat.text: has pattern "a", had none', "clients", "server"],
  [
    "another pattern",
    object({ text: string().regex(/a/) }),
    object({ text: string().regex(/b/) }),
    'chat.text: has pattern "b", had "a"',
    "both",
    "both",
  ],
  [
    "a new value",
    object({ k: z.enum(["a", "b"]) }),
    object({ k: z.enum(["a", "b", "c"]) }),
    'chat.k: may also be "c"',
    "server",
    "clients",
  ],
  ["a removed value", object({ k: z.enum(["a", "b"]) }), object({ k: z.enum(["a"]) }), 'chat.k: may no longer be "b"', "clients", "server"],
  ["text of certain values", text, object({ text: z.enum(["a", "b"]) }), 'chat.text: may only be "a" or "b"', "clients", "server"],
  [
    "other items",
    object({ l: array(string()) }),
    object({ l: array(string().min(1)) }),
    "chat.l[]: has minLength 1, had none",
    "clients",
    "server",
  ],
  [
    "fewer items",
    object({ l: array(string()).max(9) }),
    object({ l: array(string()).max(5) }),
    "chat.l: has maxItems 5, had 9",
    "clients",
    "server",
  ],
  [
    "other values of a record",
    object({ r: z.record(string(), number()) }),
    object({ r: z.record(string(), string()) }),
    "chat.r[]: is a string, was a number",
    "both",
    "both",
  ],
  ["an object that becomes strict", text, z.strictObject({ text: string() }), "chat: allows no other fields", "clients", "server"],
  ["a strict object that becomes open", z.strictObject({ text: string() }), text, "chat: allows other fields", "server", "clients"],
  [
    "a new choice",
    circle,
    z.discriminatedUnion("kind", [circle, square]),
    'chat: may also be an object with kind "square"',
    "server",
    "clients",
  ],
  [
    "a removed choice",
    z.discriminatedUnion("kind", [circle, square]),
    circle,
    'chat: may no longer be an object with kind "square"',
    "clients",
    "server",
  ],
  [
    "a field of one choice",
    z.discriminatedUnion("kind", [circle, square]),
    z.discriminatedUnion("kind", [square, circle.extend({ r: number().min(1) })]),
    'chat (an object with kind "circle").r: has minimum 1, had none',
    "clients",
    "server",
  ],
  [
    "text becomes text or a number",
    text,
    object({ text: z.union([string(), number()]) }),
    "chat.text: may also be a number",
    "server",
    "clients",
  ],
  [
    "a field of a schema that contains itself",
    tree({ a: string() }),
    tree({ a: string().min(2) }),
    "chat.root.a: has minLength 2, had none",
    "clients",
    "server",
  ],
  [
    "a field in a schema with a name",
    object({ u: text.meta({ id: "ChangedUser" }) }),
    object({ u: text.extend({ more: number() }).meta({ id: "ChangedUser2" }) }),
    "chat.u.more: is a new required field",
    "clients",
    "server",
  ],
  ["a description", text, object({ text: string().describe("What is sent.") }), "chat.text: has another description", "nothing", "nothing"],
  ["no param", text, z.null(), "chat: is null, was an object", "both", "both"],
];

describe("a change of an outbound command:", () => {
  test.each(rows)("%s", (_, used, next, what, effect) => {
    expect(effectsOf(outbound(used), outbound(next))).toEqual([[`outbound ${what}`, effect]]);
  });

  test.each([
    [
      "a reply where there was none",
      { param: text },
      { param: text, reply: "sent" },
      "is replied to with sent, was replied to by nothing",
      "server",
    ],
    [
      "no reply where there was one",
      { param: text, reply: "sent" },
      { param: text },
      "is replied to by nothing, was replied to with sent",
      "clients",
    ],
    [
      "another reply",
      { param: text, reply: "sent" },
      { param: text, reply: "done" },
      "is replied to with done, was replied to with sent",
      "both",
    ],
    ["another delivery", { param: text }, { param: text, delivery: "drop" }, "has the delivery drop, had queue", "nothing"],
  ] as const)("%s", (_, used, next, what, effect) => {
    expect(effectsOf(outbound(used), outbound(next))).toEqual([[`outbound chat: ${what}`, effect]]);
  });

  test("a new command and a removed one", () => {
    expect(effectsOf(outbound(text), { ...outbound(text), outbound: { say: text } })).toEqual([
      ["outbound chat: was removed", "clients"],
      ["outbound say: is a new command", "server"],
    ]);
  });
});

describe("a change of an inbound command:", () => {
  test.each(rows)("%s", (_, used, next, what, __, effect) => {
    expect(effectsOf(inbound(used), inbound(next))).toEqual([[`inbound ${what}`, effect]]);
  });

  test("a new command and a removed one", () => {
    expect(effectsOf(inbound(text), { outbound: {}, inbound: { say: text } })).toEqual([
      ["inbound chat: was removed", "clients"],
      ["inbound say: is a new command", "nothing"],
    ]);
  });
});

test("what a new client no longer sends is a mismatch only where the server requires it", () => {
  const mismatches = (field: z.ZodType) =>
    changesBetween(toJSONSchema(outbound(text.extend({ more: field }))), toJSONSchema(outbound(text))).map(({ isMismatch }) => isMismatch);
  expect([mismatches(string()), mismatches(string().optional())]).toEqual([[true], [false]]);
});

test.each(rows)("nothing changes between a protocol and itself: %s", (_, used, next) => {
  for (const schema of [used, next]) {
    expect(effectsOf(outbound(schema), outbound(schema))).toEqual([]);
    expect(effectsOf(inbound(schema), inbound(schema))).toEqual([]);
  }
});

test("several changes are all told", () => {
  const used = object({ a: string().max(9), b: number(), c: z.boolean() });
  const next = object({ a: string().max(5), b: string(), d: z.boolean().optional() });
  expect(effectsOf(outbound(used), outbound(next)).map(([what]) => what)).toEqual([
    "outbound chat.a: has maxLength 5, had 9",
    "outbound chat.b: is a string, was a number",
    "outbound chat.c: was removed",
    "outbound chat.d: is a new optional field",
  ]);
});

test("schemas of Go structs are compared, whatever they call things", () => {
  const server = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: {
      "outbound.chat": { $ref: "#/$defs/ChatCommand" },
      ChatCommand: {
        type: "object",
        properties: { text: { type: "string", minLength: 1 }, room: { $ref: "#/$defs/Room" } },
        required: ["room", "text"],
        additionalProperties: true,
      },
      Room: { $id: "x", title: "Room", type: "integer" },
    },
  };
  const client = toJSONSchema(outbound(object({ text: string().min(1), room: string() })));
  expect(changesBetween(server, client).filter(({ where }) => where.startsWith("outbound"))).toMatchObject([
    { where: "outbound chat.room", what: "is a string, was an integer" },
  ]);
});
