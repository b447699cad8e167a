import assert from "node:assert/strict";
import { once } from "node:events";
import { frame } from "../faults/frames";
import type { Client } from "./client";
import type { Headers } from "./line";
import { about, type Statement } from "./statement";

// What clients see of Goyave 3 and 5 [W7].

const plain = about("goyave");
const debug = about("goyave in debug mode");
const both = about("goyave", "goyave in debug mode");

const NORMAL = "close 1000 Server closed connection";
const isThree = ({ column }: Client) => column.name === "goyave3";
/** What the client is told of a fault, beside 1011. */
const words = (client: Client) => (isThree(client) ? "Internal server error" : "Internal Server Error");
/** What it is told in debug mode: version 3 tells the error. */
const told = (client: Client, text: string) => `close 1011 ${isThree(client) ? text : words(client)}`;

/** What the close frame says after one message. */
async function endOf(client: Client, path: string, message: string): Promise<string> {
  const line = await client.open(path);
  line.say(message);
  const end = await line.hears();
  // Its answer ends the handshake, and TCP with it.
  line.bye(1000);
  assert.equal(await line.hears(), "end");
  return end;
}

/** What the close frame says that answers the client's. */
async function answerTo(client: Client, code?: number, reason?: string): Promise<string> {
  const line = await client.open("/websocket");
  line.bye(code, reason);
  const end = await line.hears();
  assert.equal(await line.hears(), "end");
  return end;
}

const FOREIGN = "websocket: the client is not using the websocket protocol: ";
const VERSIONLESS = "websocket: unsupported version: 13 not found in 'Sec-Websocket-Version' header";
const KEYLESS = "websocket: not a websocket handshake: 'Sec-WebSocket-Key' header ";

/** What gorilla says of a key: 1.4.2, which Goyave 3 has, takes any that is not blank. */
const ofKey = (client: Client) => KEYLESS + (isThree(client) ? "is missing or blank" : "must be Base64 encoded value of 16-byte in length");

/** Keys that are not 16 bytes in base64. */
const oddKeys = ["c2hvcnQ=", Buffer.alloc(17).toString("base64"), "no base64, but long"];

/** What is refused as an upgrade, and the status; the words are gorilla's, which are told in debug mode only. */
const refusals: readonly (readonly [status: number, name: string, headers: Headers, words: string])[] = [
  [400, "Bad Request", { Connection: "close", Upgrade: undefined }, `${FOREIGN}'upgrade' token not found in 'Connection' header`],
  [400, "Bad Request", { Upgrade: undefined }, `${FOREIGN}'websocket' token not found in 'Upgrade' header`],
  [400, "Bad Request", { "Sec-WebSocket-Version": "8" }, VERSIONLESS],
  [400, "Bad Request", { "Sec-WebSocket-Version": undefined }, VERSIONLESS],
  [403, "Forbidden", { Origin: "http://elsewhere.example" }, "websocket: request origin not allowed by Upgrader.CheckOrigin"],
];

/** The same, with the keys that the version does not take. */
const refusalsOf = (client: Client): typeof refusals => {
  const keys = [undefined, "", ...(isThree(client) ? [] : oddKeys)];
  return [...refusals, ...keys.map((key) => [400, "Bad Request", { "Sec-WebSocket-Key": key }, ofKey(client)] as const)];
};

/** What a request is answered with: JSON and nothing else. */
async function assertAnswers(
  client: Client,
  path: string,
  status: number,
  body: unknown,
  headers?: Headers,
  method?: string,
): Promise<void> {
  const answer = await client.answer(path, headers, method);
  assert.deepEqual([answer.status, answer.body], [status, `${JSON.stringify(body)}\n`]);
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
}

/** The statements about Goyave. */
export const goyaveStatements: Statement[] = [
  plain("texts and bytes come back as they went, empty ones, too", async (client) => {
    const line = await client.open("/websocket");
    line.say("héllo");
    line.give(Buffer.from([0, 255]));
    line.say("");
    line.give(Buffer.alloc(0));
    for (const expected of ["text héllo", "binary 00ff", "text ", "binary "]) assert.equal(await line.hears(), expected);
  }),
  both("a client's close without a code, with 1000 or 1001 is answered with 1000 `Server closed connection`", async (client) => {
    for (const code of [undefined, 1000, 1001]) assert.equal(await answerTo(client, code, "bye"), NORMAL, String(code));
  }),
  both("a client's close with half a code is taken for one without", async (client) => {
    const line = await client.open("/websocket");
    line.raw(frame({ opcode: 8, payload: Buffer.from([3]), masked: true }));
    assert.deepEqual([await line.hears(), await line.hears()], [NORMAL, "end"]);
  }),
  plain("a client's close with another code is answered with 1011, in the words of the version", async (client) => {
    for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4000, 4999]) {
      assert.equal(await answerTo(client, code), `close 1011 ${words(client)}`, String(code));
    }
  }),
  debug("in debug mode version 3 answers it with gorilla's words, and version 5 does not", async (client) => {
    assert.equal(await answerTo(client, 4000), told(client, "websocket: close 4000"));
    assert.equal(await answerTo(client, 4000, "why"), told(client, "websocket: close 4000: why"));
    const names: Record<number, string> = {
      1002: " (protocol error)",
      1003: " (unsupported data)",
      1007: " (invalid payload data)",
      1008: " (policy violation)",
      1009: " (message too big)",
      1010: " (mandatory extension missing)",
      1011: " (internal server error)",
      1012: "",
      1013: "",
    };
    for (const [code, name] of Object.entries(names)) {
      assert.equal(await answerTo(client, Number(code)), told(client, `websocket: close ${code}${name}`));
    }
  }),
  both("a handler that returns nil closes with 1000 `Server closed connection`", async (client) => {
    assert.equal(await endOf(client, "/nil", "go"), NORMAL);
  }),
  plain("a handler that returns an error or panics closes with 1011, in the words of the version", async (client) => {
    for (const path of ["/error", "/panic"]) assert.equal(await endOf(client, path, "secret"), `close 1011 ${words(client)}`);
  }),
  plain("a handler may panic with anything, an error or not", async (client) => {
    for (const reason of ["a text", "error lost", "42"]) {
      assert.equal(await endOf(client, "/panic", reason), `close 1011 ${words(client)}`, reason);
    }
  }),
  debug("in debug mode version 3 tells what a handler has panicked with, an error or not, and version 5 does not", async (client) => {
    const texts = { "a text": "a text", "error lost": "lost", "42": "42" };
    for (const [reason, text] of Object.entries(texts)) assert.equal(await endOf(client, "/panic", reason), told(client, text));
  }),
  debug("in debug mode version 3 tells the error's text, cut to 123 bytes of whole characters, and version 5 does not", async (client) => {
    for (const path of ["/error", "/panic"]) {
      assert.equal(await endOf(client, path, "no such room"), told(client, "no such room"));
      assert.equal(await endOf(client, path, "x".repeat(200)), told(client, "x".repeat(123)));
      assert.equal(await endOf(client, path, "é".repeat(200)), told(client, "é".repeat(61)));
      assert.equal(await endOf(client, path, `x${"é".repeat(61)}`), told(client, `x${"é".repeat(61)}`));
      assert.equal(await endOf(client, path, "😀".repeat(40)), told(client, "😀".repeat(30)));
    }
  }),
  both("a handler may close with a code and a reason of its own", async (client) => {
    assert.equal(await endOf(client, "/close", "go"), "close 4001 moved");
  }),
  plain("after its close frame the server waits for the client's, and is deaf to pings", async (client) => {
    const line = await client.open("/nil");
    line.say("go");
    assert.equal(await line.hears(), NORMAL);
    line.ping("still there?");
    assert.equal(await client.hearsMeanwhile(line), "silence");
  }),
  plain("what a client says after the server's close frame is nobody's, until its own ends TCP", async (client) => {
    for (const path of ["/nil", "/error", "/close"]) {
      const line = await client.open(path);
      line.say("go");
      assert.match(await line.hears(), /^close /);
      line.say("late");
      line.give(Buffer.from("late"));
      line.say("x".repeat(2 ** 17));
      line.bye(4000, "any code");
      assert.equal(await line.hears(), "end");
    }
  }),
  debug("a client that never answers the close frame is dropped after the timeout", async (client) => {
    const line = await client.open("/nil");
    line.say("go");
    assert.deepEqual([await line.hears(), await line.hears()], [NORMAL, "end"]);
  }),
  plain("a refused upgrade is answered with JSON and the status's name", async (client) => {
    for (const [status, error, headers] of refusalsOf(client)) await assertAnswers(client, "/websocket", status, { error }, headers);
  }),
  debug("in debug mode a refused upgrade is answered with gorilla's words", async (client) => {
    for (const [status, , headers, error] of refusalsOf(client)) await assertAnswers(client, "/websocket", status, { error }, headers);
  }),
  both("a key that is not 16 bytes in base64 is let in by version 3 and refused by version 5", async (client) => {
    for (const key of oddKeys) {
      const { status } = await client.answer("/websocket", { "Sec-WebSocket-Key": key });
      assert.equal(status, isThree(client) ? 101 : 400, key);
    }
  }),
  both("an unknown path is answered with 404 and JSON, be it an upgrade or not", async (client) => {
    await assertAnswers(client, "/nowhere", 404, { error: "Not Found" });
    await assertAnswers(client, "/nowhere", 404, { error: "Not Found" }, { Connection: "close", Upgrade: undefined });
  }),
  both("another method than GET is answered with 405 and JSON, be it an upgrade or not", async (client) => {
    await assertAnswers(client, "/websocket", 405, { error: "Method Not Allowed" }, {}, "POST");
    const headers = { Connection: "close", Upgrade: undefined };
    await assertAnswers(client, "/websocket", 405, { error: "Method Not Allowed" }, headers, "POST");
  }),
  plain("a CheckOrigin of its own decides alone", async (client) => {
    assert.equal((await client.answer("/origin", { Origin: "http://allowed.example" })).status, 101);
    for (const headers of [{}, { Origin: client.url }]) assert.equal((await client.answer("/origin", headers)).status, 403);
  }),
  plain("Headers of its own come with the 101", async (client) => {
    assert.equal((await client.open("/headers")).answer.headers.get("x-custom-header"), "value");
  }),
  plain("an UpgradeErrorHandler of its own answers what is refused", async (client) => {
    await assertAnswers(client, "/refuse", 403, { refused: "Forbidden" });
  }),
  plain("the subprotocol is the first of the server's that the client knows", async (client) => {
    const socket = await client.socket("/subprotocols", ["v0.chat", "v1.chat", "v2.chat"]);
    assert.equal(socket.protocol, "v2.chat");
    await assert.rejects(client.socket("/subprotocols", ["v3.chat"]), /Server sent no subprotocol/);
  }),
  plain("where its settings ask for compression it is agreed on, without context takeover", async (client) => {
    const socket = await client.socket("/compressed", [], { perMessageDeflate: { threshold: 0 } });
    assert.equal(socket.extensions, "permessage-deflate");
    for (const text of ["hi", "x".repeat(70_000), ""]) {
      socket.send(text);
      assert.equal(String((await once(socket, "message"))[0]), text);
    }
    const { headers } = (await client.open("/compressed", { "Sec-WebSocket-Extensions": "permessage-deflate" })).answer;
    assert.match(headers.get("sec-websocket-extensions") ?? "", /server_no_context_takeover; client_no_context_takeover/);
  }),
  plain("a message over a read limit ends with 1009 and no reason, after which not even a close frame is read", async (client) => {
    const line = await client.open("/limited");
    line.say("x".repeat(1024));
    assert.equal(await line.hears(), `text ${"x".repeat(1024)}`);
    line.say("x".repeat(1025));
    assert.equal(await line.hears(), "close 1009");
    line.bye(1009);
    assert.equal(await client.hearsMeanwhile(line), "silence");
  }),
  debug("after 1009 TCP ends when the timeout of the close handshake has passed", async (client) => {
    const line = await client.open("/limited");
    line.say("x".repeat(1025));
    assert.deepEqual([await line.hears(), await line.hears()], ["close 1009", "end"]);
  }),
];
