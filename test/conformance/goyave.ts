import assert from "node:assert/strict";
import { once } from "node:events";
import type { Client } from "./client";
import { about, type Statement } from "./statement";

// What clients see of Goyave 3 and 5 (WIRE.md §5, the first column).

const plain = about("goyave");
const debug = about("goyave in debug mode");
const both = about("goyave", "goyave in debug mode");

const NORMAL = "close 1000 Server closed connection";
const isThree = ({ column }: Client) => column.name === "goyave3";
/** What the client is told of a fault, beside 1011. */
const words = (client: Client) => (isThree(client) ? "Internal server error" : "Internal Server Error");

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

async function assertAnswers(client: Client, path: string, status: number, body: unknown, headers?: Record<string, string>): Promise<void> {
  const answer = await client.answer(path, headers);
  assert.deepEqual([answer.status, JSON.parse(answer.body)], [status, body]);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
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
  plain("a client's close without a code, with 1000 or 1001 is answered with 1000 `Server closed connection`", async (client) => {
    for (const code of [undefined, 1000, 1001]) assert.equal(await answerTo(client, code, "bye"), NORMAL, String(code));
  }),
  plain("a client's close with another code is answered with 1011, in the words of the version", async (client) => {
    for (const code of [1003, 1008, 3000, 4000, 4999]) assert.equal(await answerTo(client, code), `close 1011 ${words(client)}`, String(code));
  }),
  debug("in debug mode version 3 answers it with gorilla's words, and version 5 does not", async (client) => {
    const told = (text: string) => `close 1011 ${isThree(client) ? text : words(client)}`;
    assert.equal(await answerTo(client, 4000), told("websocket: close 4000"));
    assert.equal(await answerTo(client, 4000, "why"), told("websocket: close 4000: why"));
    assert.equal(await answerTo(client, 1008), told("websocket: close 1008 (policy violation)"));
  }),
  both("a handler that returns nil closes with 1000 `Server closed connection`", async (client) => {
    assert.equal(await endOf(client, "/nil", "go"), NORMAL);
  }),
  plain("a handler that returns an error or panics closes with 1011, in the words of the version", async (client) => {
    for (const path of ["/error", "/panic"]) assert.equal(await endOf(client, path, "secret"), `close 1011 ${words(client)}`);
  }),
  debug("in debug mode version 3 tells the error's text, cut to 123 bytes, and version 5 does not", async (client) => {
    const told = (text: string) => `close 1011 ${isThree(client) ? text : words(client)}`;
    for (const path of ["/error", "/panic"]) {
      assert.equal(await endOf(client, path, "no such room"), told("no such room"));
      assert.equal(await endOf(client, path, "x".repeat(200)), told("x".repeat(123)));
      assert.equal(await endOf(client, path, "é".repeat(200)), told("é".repeat(61)));
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
  debug("a client that never answers the close frame is dropped after the timeout", async (client) => {
    const line = await client.open("/nil");
    line.say("go");
    assert.deepEqual([await line.hears(), await line.hears()], [NORMAL, "end"]);
  }),
  plain("a refused upgrade is answered with JSON and the status's name", async (client) => {
    await assertAnswers(client, "/websocket", 403, { error: "Forbidden" }, { Origin: "http://elsewhere.example" });
    await assertAnswers(client, "/websocket", 400, { error: "Bad Request" }, { "Sec-WebSocket-Version": "8" });
    await assertAnswers(client, "/websocket", 400, { error: "Bad Request" }, { Connection: "close", Upgrade: "" });
  }),
  debug("in debug mode a refused upgrade is answered with gorilla's words", async (client) => {
    const error = "websocket: request origin not allowed by Upgrader.CheckOrigin";
    await assertAnswers(client, "/websocket", 403, { error }, { Origin: "http://elsewhere.example" });
  }),
  plain("an unknown path is answered with 404", async (client) => {
    assert.equal((await client.answer("/nowhere")).status, 404);
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
  plain("a message over a read limit ends with 1009 and no reason", async (client) => {
    const line = await client.open("/limited");
    line.say("x".repeat(1024));
    assert.equal(await line.hears(), `text ${"x".repeat(1024)}`);
    line.say("x".repeat(1025));
    assert.equal(await line.hears(), "close 1009");
  }),
];
