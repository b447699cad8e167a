import assert from "node:assert/strict";
import type { Client } from "./client";
import { about, type Statement } from "./statement";

// What clients see of GoFr (WIRE.md §5, the second column).

const it = about("gofr");

/** What a path answers to some texts, each. */
async function assertAnswers(client: Client, path: string, answers: readonly (readonly [said: string, heard: string])[]): Promise<void> {
  const line = await client.open(path);
  for (const [said, heard] of answers) {
    line.say(said);
    assert.equal(await line.hears(), heard);
  }
}

/** The statements about GoFr. */
export const gofrStatements: Statement[] = [
  it("a handler that returns nothing answers every message with `null`", (client) =>
    assertAnswers(client, "/chat", [['{"content":"hi","user":"ann"}', "text null"], ['{"content":"again","user":"ann"}', "text null"]])),
  it("what cannot be read into the struct is answered with `null`, too, and the connection stays", (client) =>
    assertAnswers(client, "/chat", [["{", "text null"], ['{"content":1}', "text null"], ["[]", "text null"], ["", "text null"], ["{}", "text null"]])),
  it("a string is read and answered as it is", (client) => assertAnswers(client, "/echo", [["hi", "text hi"], ["", "text "], ['"x"', 'text "x"']])),
  it("the kind of a frame is ignored: bytes are answered with a text", async (client) => {
    const line = await client.open("/echo");
    line.give(Buffer.from("bytes"));
    assert.equal(await line.hears(), "text bytes");
  }),
  it("returned bytes are a text as they are", (client) => assertAnswers(client, "/bytes", [["go", "text raw bytes"]])),
  it("a returned struct is compact JSON", (client) =>
    assertAnswers(client, "/struct", [['{"content":"hi","user":"ann"}', 'text {"content":"hi","user":"ann","length":2}'], ["{", "text null"]])),
  it("an error is answered with the value beside it, or `null`, and the connection stays", async (client) => {
    await assertAnswers(client, "/error", [["one", "text null"], ["two", "text null"]]);
    await assertAnswers(client, "/error-value", [["one", "text value"], ["two", "text value"]]);
  }),
  it("a value that JSON cannot hold is answered with an empty text, and the connection stays", (client) =>
    assertAnswers(client, "/unmarshalable", [["one", "text "], ["two", "text "]])),
  it("a handler that panics drops TCP without a close frame", (client) => assertAnswers(client, "/panic", [["go", "end"]])),
  it("a client's close is answered with its code and no reason, and TCP ends", async (client) => {
    for (const code of [1000, 1001, 1008, 3000, 4999]) {
      const line = await client.open("/chat");
      line.bye(code, "bye");
      assert.deepEqual([await line.hears(), await line.hears()], [`close ${code}`, "end"]);
    }
  }),
  it("a client's close without a code is answered with one without, and TCP ends", async (client) => {
    const line = await client.open("/chat");
    line.bye();
    assert.deepEqual([await line.hears(), await line.hears()], ["close", "end"]);
  }),
  it("an unknown path is let in, and then is silent for ever, to pings and closes, too", async (client) => {
    const line = await client.open("/nowhere");
    line.say("hi");
    line.ping("hi");
    line.bye(1000);
    assert.equal(await client.hearsMeanwhile(line), "silence");
  }),
  it("an unknown path that is no upgrade is answered with 404", async (client) => {
    assert.equal((await fetch(`${client.url}/nowhere`)).status, 404);
  }),
  it("a refused upgrade is answered with two lines of text", async (client) => {
    const { status, body, headers } = await client.answer("/chat", { Origin: "http://elsewhere.example" });
    assert.deepEqual([status, body], [403, "Forbidden\nCould not open WebSocket connection\n"]);
    assert.match(headers.get("content-type") ?? "", /^text\/plain/);
  }),
];
