import { describe, expect, test } from "vitest";
import { compile } from "../harness/compile";

// The compiler's first line about a wrong use names the wrong word, and what is allowed or meant. The lines after it are
// for readers who know our types. These are the words of the TypeScript that the project uses; others differ in details.

const imports = `
  import { z } from "zod";
  import { defineProtocol, Socket } from "../src/index";
  const inbound = { pong: z.object({ timestamp: z.number() }), saved: { param: z.string().transform(Number) } };
`;
const setting = `${imports}
  const protocol = defineProtocol({
    inbound,
    outbound: {
      ping: { param: z.object({ at: z.number() }), reply: "pong" },
      chat: z.object({ text: z.string() }),
      leave: z.undefined(),
    },
  });
  const socket = new Socket({ protocol, autoConnect: false });
  const room = socket.channel("room");
`;

/** A protocol with one command, of these rules. */
const ruled = (rules: string) => `defineProtocol({ inbound, outbound: { note: { param: z.string(), ${rules} } } })`;

type Case = readonly [wrong: string, code: string, ...lines: string[]];

/** What is wrong, the code, and the first line of each message; one that ends with "…" is compared up to there. */
const cases: Record<string, readonly Case[]> = {
  defineProtocol: [
    [
      "an unknown reply",
      ruled(`reply: "pongg"`),
      `Type '"pongg"' is not assignable to type '"pong" | "saved" | undefined'. Did you mean '"pong"'?`,
    ],
    [
      "an unknown reply, before a match",
      ruled(`reply: "pongg", match: () => true`),
      `Type '"pongg"' is not assignable to type '"pong" | "saved"'. Did you mean '"pong"'?`,
    ],
    [
      "a reply that may be any string",
      ruled(`reply: "pong" as string`),
      `Type 'string' is not assignable to type '"pong" | "saved" | undefined'.`,
    ],
    [
      "a misspelt rule",
      ruled(`delivry: "drop"`),
      `Object literal may only specify known properties, but 'delivry' does not exist in type 'CommandRules<string, "pong" | "saved", never>'. Did you mean to write 'delivery'?`,
    ],
    [
      "a misspelt rule, beside a function",
      ruled(`key: (text) => text, delivry: "drop"`),
      `Object literal may only specify known properties, but 'delivry' does not exist in type 'CommandRules<string, "pong" | "saved", never>'. Did you mean to write 'delivery'?`,
    ],
    [
      "a wrong delivery",
      ruled(`delivery: "later"`),
      `Type '"later"' is not assignable to type '"confirm" | "drop" | "latest" | "queue" | undefined'.`,
    ],
    [
      "a misspelt delivery",
      ruled(`delivery: "confrim"`),
      `Type '"confrim"' is not assignable to type '"confirm" | "drop" | "latest" | "queue" | undefined'. Did you mean '"confirm"'?`,
    ],
    [
      "the delivery confirm without a reply",
      ruled(`delivery: "confirm"`),
      `Property 'reply' is missing in type '{ param: z.ZodString; delivery: "confirm"; }' but required in type 'AnsweredRules<string, "pong" | "saved", never>'.`,
    ],
    [
      "a delivery that may be confirm without a reply",
      ruled(`delivery: "queue" as "queue" | "confirm"`),
      `Property 'reply' is missing in type '{ param: z.ZodString; delivery: "confirm" | "queue"; }' but required in type 'AnsweredRules<string, "pong" | "saved", never>'.`,
    ],
    [
      "a match without a reply",
      ruled(`match: (sent) => !!sent`),
      `Property 'reply' is missing in type '{ param: ZodString; match: (sent: string) => boolean; }' but required in type 'AnsweredRules<string, "pong" | "saved", never>'.`,
    ],
    ["a ttl that is no number", ruled(`ttl: "1s"`), "Type 'string' is not assignable to type 'number'."],
    [
      "a match of another param",
      ruled(`reply: "saved", match: (sent: number) => !!sent`),
      "Type '(sent: number) => boolean' is not assignable to type '(sent: string, reply: number) => boolean'.",
    ],
    [
      "a match of another reply",
      ruled(`reply: "saved", match: (sent, reply: string) => sent === reply`),
      "Type '(sent: string, reply: string) => boolean' is not assignable to type '(sent: string, reply: number) => boolean'.",
    ],
    [
      "a match that reads another reply",
      ruled(`reply: "saved", match: (sent, reply) => reply.timestamp > 0`),
      "Property 'timestamp' does not exist on type 'number'.",
    ],
    [
      "a match that returns no boolean",
      ruled(`reply: "saved", match: () => "yes"`),
      "Type '() => string' is not assignable to type '(sent: string, reply: number) => boolean'.",
    ],
    [
      "a key of another param",
      ruled(`key: (text: number) => text`),
      "Type '(text: number) => number' is not assignable to type '(param: string) => string | number'.",
    ],
    [
      "a key that is neither string nor number",
      ruled(`key: (text) => new Date(text)`),
      "Type '(text: string) => Date' is not assignable to type '(param: string) => string | number'.",
    ],
    [
      "a param that is no schema",
      `defineProtocol({ inbound, outbound: { note: { param: Number } } })`,
      `Property '"~standard"' is missing in type 'NumberConstructor' but required in type 'Schema<unknown, unknown>'.`,
    ],
    [
      "rules without a param",
      `defineProtocol({ inbound, outbound: { note: { delivery: "drop" } } })`,
      `Property 'param' is missing in type '{ delivery: "drop"; }' but required in type 'CommandRules<never, "pong" | "saved", never>'.`,
    ],
    [
      "a command that is no schema",
      `defineProtocol({ inbound, outbound: { note: "string" } })`,
      `Type 'string' is not assignable to type 'AnsweredRules<never, "pong" | "saved", number | { timestamp: number; }>'.`,
    ],
    [
      "an inbound command that is no schema",
      `defineProtocol({ inbound: { note: { parm: z.string() } }, outbound: {} })`,
      "Object literal may only specify known properties, and 'parm' does not exist in type 'InboundDefinition'.",
    ],
    [
      "a misspelt direction",
      `defineProtocol({ inbound, outbund: {} })`,
      "Object literal may only specify known properties, but 'outbund' does not exist in type '{ inbound: Record<string, InboundDefinition>; outbound: {}; }'. Did you mean to write 'outbound'?",
    ],
  ],
  send: [
    [
      "an unknown command",
      `socket.send("chatt", { text: "hi" })`,
      `Argument of type '"chatt"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    [
      "an unknown command, whatever follows",
      `socket.send("chatt")`,
      `Argument of type '"chatt"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    [
      "a command of the server",
      `socket.send("pong", { timestamp: 1 })`,
      `Argument of type '"pong"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    [
      "an unknown command in a channel",
      `room.send("chatt", { text: "hi" })`,
      `Argument of type '"chatt"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    [
      "a missing member of the param",
      `socket.send("chat", {})`,
      "Argument of type '{}' is not assignable to parameter of type '{ text: string; }'.",
    ],
    ["a wrong member of the param", `socket.send("chat", { text: 5 })`, "Type 'number' is not assignable to type 'string'."],
    [
      "a misspelt member of the param",
      `socket.send("chat", { txt: "hi" })`,
      "Object literal may only specify known properties, but 'txt' does not exist in type '{ text: string; }'. Did you mean to write 'text'?",
    ],
    [
      "a param of another type",
      `socket.send("chat", "hi")`,
      "Argument of type 'string' is not assignable to parameter of type '{ text: string; }'.",
    ],
    ["a wrong param in a channel", `room.send("chat", { text: 5 })`, "Type 'number' is not assignable to type 'string'."],
    ["a missing param", `socket.send("chat")`, "Expected 2-3 arguments, but got 1."],
    [
      "a param where none is allowed",
      `socket.send("leave", 1)`,
      "Argument of type '1' is not assignable to parameter of type 'undefined'.",
    ],
    [
      "a wrong delivery",
      `socket.send("chat", { text: "hi" }, { delivery: "later" })`,
      `Type '"later"' is not assignable to type '"confirm" | "drop" | "latest" | "queue" | undefined'.`,
    ],
    [
      "an unknown reply",
      `socket.send("chat", { text: "hi" }, { delivery: "confirm", reply: "pongg" })`,
      `Type '"pongg"' is not assignable to type '"pong" | "saved" | undefined'. Did you mean '"pong"'?`,
    ],
    [
      "a match of another reply",
      `socket.send("ping", { at: 1 }, { match: (sent, reply) => reply.at === sent.at })`,
      "Property 'at' does not exist on type '{ timestamp: number; }'.",
    ],
    [
      "a message with an unknown command",
      `socket.send({ cmd: "chatt" })`,
      `Type '"chatt"' is not assignable to type '"chat" | "leave" | "ping"'. Did you mean '"chat"'?`,
    ],
    [
      "a message with a wrong param",
      `socket.send({ cmd: "chat", param: { text: 5 } })`,
      "Type 'number' is not assignable to type 'string'.",
    ],
    [
      "a message with a param of another type",
      `socket.send({ cmd: "chat", param: "hi" })`,
      "Type 'string' is not assignable to type '{ text: string; }'.",
    ],
    [
      "a message with a member that is never sent",
      `socket.send({ cmd: "leave", from: "me" })`,
      `Object literal may only specify known properties, and 'from' does not exist in type '{ readonly channel?: string | undefined; readonly cmd: "leave"; } & { readonly param?: undefined; }'.`,
    ],
    [
      "an unknown command in authenticate",
      `new Socket({ protocol, authenticate: ({ send }) => send("chatt", { text: "hi" }) })`,
      `Argument of type '"chatt"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    [
      "a wrong param in authenticate",
      `new Socket({ protocol, authenticate: ({ send }) => send("chat", { text: 5 }) })`,
      "Type 'number' is not assignable to type 'string'.",
    ],
  ],
  request: [
    [
      "an unknown command",
      `socket.request("pingg", { at: 1 })`,
      `Argument of type '"pingg"' is not assignable to parameter of type '"chat" | "leave" | "ping"'.`,
    ],
    ["a wrong member of the param", `socket.request("ping", { at: "1" })`, "Type 'string' is not assignable to type 'number'."],
    [
      "a misspelt member of the param",
      `socket.request("ping", { att: 1 })`,
      "Object literal may only specify known properties, and 'att' does not exist in type '{ at: number; }'.",
    ],
    ["a wrong param in a channel", `room.request("ping", { at: "1" })`, "Type 'string' is not assignable to type 'number'."],
    [
      "a command without a reply",
      `socket.request("chat", { text: "hi" })`,
      `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
    ],
    [
      "a command without a reply, beside other options",
      `socket.request("chat", { text: "hi" }, { timeout: 1 })`,
      `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
    ],
    [
      "a command without a reply in a channel",
      `room.request("chat", { text: "hi" })`,
      `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
    ],
    [
      "a command without a reply, without a protocol",
      `new Socket().request("chat", 1)`,
      `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
    ],
    [
      "an unknown reply",
      `socket.request("chat", { text: "hi" }, { reply: "pongg" })`,
      `Type '"pongg"' is not assignable to type '"pong" | "saved" | undefined'. Did you mean '"pong"'?`,
    ],
    [
      "a wrong param beside a reply",
      `socket.request("chat", { text: 5 }, { reply: "pong" })`,
      "Type 'number' is not assignable to type 'string'.",
    ],
    [
      "a match of another reply",
      `socket.request("ping", { at: 1 }, { match: (sent, reply) => reply.at === sent.at })`,
      "Property 'at' does not exist on type '{ timestamp: number; }'.",
    ],
    [
      "a timeout that is no number",
      `socket.request("ping", { at: 1 }, { timeout: "1s" })`,
      "Type 'string' is not assignable to type 'number'.",
    ],
    [
      "a channel of a channel",
      `room.request("ping", { at: 1 }, { channel: "other" })`,
      "Object literal may only specify known properties, and 'channel' does not exist in type 'Omit<RequestOptions<…",
    ],
    [
      "a command without a reply in authenticate",
      `new Socket({ protocol, authenticate: ({ request }) => request("chat", { text: "hi" }) })`,
      `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
    ],
  ],
  listeners: [
    [
      "an unknown command in on",
      `socket.on("pongg", () => {})`,
      `Argument of type '"pongg"' is not assignable to parameter of type '"pong" | "saved"'.`,
    ],
    [
      "a command of the client in on",
      `socket.on("chat", () => {})`,
      `Argument of type '"chat"' is not assignable to parameter of type '"pong" | "saved"'.`,
    ],
    [
      "an unknown command in once",
      `socket.once("pongg")`,
      `Argument of type '"pongg"' is not assignable to parameter of type '"pong" | "saved"'.`,
    ],
    [
      "an unknown command in messages",
      `socket.messages("pongg")`,
      `Argument of type '"pongg"' is not assignable to parameter of type '"pong" | "saved"'.`,
    ],
    [
      "an unknown command in on of a channel",
      `room.on("pongg", () => {})`,
      `Argument of type '"pongg"' is not assignable to parameter of type '"pong" | "saved"'.`,
    ],
    [
      "a param of another type",
      `socket.on("saved", (id: string) => id)`,
      `Argument of type '(id: string) => string' is not assignable to parameter of type '(param: number, message: Message<"saved", number>) => void'.`,
    ],
    [
      "a member that the param has not",
      `socket.on("pong", ({ time }) => time)`,
      "Property 'time' does not exist on type '{ timestamp: number; }'.",
    ],
  ],
  "the constructor": [
    [
      "a heartbeat's reply that is no command of the server",
      `new Socket({ protocol, heartbeat: { cmd: "ping", reply: "pongg" } })`,
      `Type '"pongg"' is not assignable to type '"pong" | "saved" | undefined'. Did you mean '"pong"'?`,
    ],
    [
      "an unknown option",
      `new Socket({ protocol, uri: "/x" })`,
      "Object literal may only specify known properties, and 'uri' does not exist in type 'SocketOptions<…",
    ],
    ["a wrong option", `new Socket({ protocol, closeTimeout: "3s" })`, "Type 'string' is not assignable to type 'number'."],
    [
      "an address in place of options",
      `new Socket("/connect")`,
      `Argument of type '"/connect"' is not assignable to parameter of type 'boolean | SocketOptions<…`,
    ],
    [
      "a wrong positional argument",
      `new Socket(true, "/connect")`,
      "Argument of type 'string' is not assignable to parameter of type '() => void'.",
    ],
    ["positional arguments after options", `new Socket({ protocol }, () => {})`, "Argument of type '{ protocol: …"],
  ],
};

const wrongUses = Object.entries(cases).flatMap(([where, list]) => list.map(([wrong, code, ...lines]) => ({ where, wrong, code, lines })));
const found = compile(wrongUses.map(({ where, code }) => `${where === "defineProtocol" ? imports : setting}\n${code};\nexport {};`));

describe("the compiler's first line about a wrong use", () => {
  test.each(wrongUses.map((use, index) => ({ ...use, reported: found[index]! })))("$where: $wrong", ({ lines, reported }) => {
    expect(reported.map((line, index) => (lines[index]?.endsWith("…") ? `${line.slice(0, lines[index].length - 1)}…` : line))).toEqual(
      lines,
    );
  });
});
