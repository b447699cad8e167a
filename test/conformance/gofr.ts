import assert from "node:assert/strict";
import { closing, frame } from "../faults/frames";
import type { Client } from "./client";
import type { Headers } from "./line";
import { about, type Statement } from "./statement";

// What clients see of GoFr [W8].

const it = about("gofr");
const old = about("gofr 1.10");

/** What a path answers to some texts, each. */
async function assertAnswers(client: Client, path: string, answers: readonly (readonly [said: string, heard: string])[]): Promise<void> {
  const line = await client.open(path);
  for (const [said, heard] of answers) {
    line.say(said);
    assert.equal(await line.hears(), heard);
  }
}

/** What a request that is no upgrade is answered with: JSON, whose type names no character set. */
async function assertFails(client: Client, path: string, status: number, message: string): Promise<void> {
  const answer = await client.answer(path, { Connection: "close", Upgrade: undefined });
  assert.deepEqual([answer.status, answer.body], [status, `{"error":{"message":"${message}"}}\n`]);
  assert.equal(answer.headers.get("content-type"), "application/json");
}

/** The codes of closes that GoFr takes for ends; after others that gorilla takes it goes on reading, until gorilla panics. */
const ENDS = [1000, 1001];
const OTHERS = [1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4000, 4999];

/** The statements about GoFr. */
export const gofrStatements: Statement[] = [
  it("a handler that returns nothing answers every message with `null`", (client) =>
    assertAnswers(client, "/nothing", [
      ['{"content":"hi","user":"ann"}', "text null"],
      ['{"content":"again","user":"ann"}', "text null"],
    ])),
  it("what cannot be read into the struct is answered with `null`, too, and the connection stays", async (client) => {
    const wrong = ["{", "", "hi", '{"content":1}', '{"content":{}}', "[]", '"x"', "1", '{"content":"hi"} {}'];
    for (const path of ["/nothing", "/chat"])
      await assertAnswers(
        client,
        path,
        wrong.map((said) => [said, "text null"] as const),
      );
    await assertAnswers(client, "/nothing", [["{}", "text null"]]);
  }),
  it("a string is read and answered as it is", (client) =>
    assertAnswers(client, "/echo", [
      ["hi", "text hi"],
      ["", "text "],
      ['"x"', 'text "x"'],
      ["null", "text null"],
      ["{", "text {"],
    ])),
  it("the kind of a frame is ignored: bytes are read as texts are, and answered with a text", async (client) => {
    const line = await client.open("/echo");
    line.give(Buffer.from("bytes"));
    line.give(Buffer.alloc(0));
    for (const heard of ["text bytes", "text "]) assert.equal(await line.hears(), heard);
    line.give(Buffer.from([0xff, 0xfe]));
    assert.deepEqual(await line.frame(), { opcode: 1, payload: Buffer.from([0xff, 0xfe]) });
    const struct = await client.open("/chat");
    struct.give(Buffer.from('{"content":"hi"}'));
    assert.equal(await struct.hears(), 'text {"content":"hi","user":"","length":2}');
  }),
  it("bytes are read from base64 in JSON, and answered with a text of them as they are, UTF-8 or not", async (client) => {
    await assertAnswers(client, "/bytes", [
      ['"aGk="', "text hi"],
      ['""', "text "],
      ["null", "text "],
    ]);
    const line = await client.open("/bytes");
    line.say('"//4="');
    assert.deepEqual(await line.frame(), { opcode: 1, payload: Buffer.from([0xff, 0xfe]) });
  }),
  it("what cannot be read into bytes gives none: an empty text", (client) =>
    assertAnswers(client, "/bytes", [
      ["hi", "text "],
      ["1", "text "],
      ["", "text "],
      ['"aGk="', "text hi"],
    ])),
  it("a struct is read as Go reads JSON, and answered with compact JSON", (client) =>
    assertAnswers(client, "/chat", [
      ['{"content":"hi","user":"ann"}', 'text {"content":"hi","user":"ann","length":2}'],
      [' { "content" : "héllo" } ', 'text {"content":"héllo","user":"","length":6}'],
      ['{"CONTENT":"hi","User":"ann","more":[1]}', 'text {"content":"hi","user":"ann","length":2}'],
      ['{"content":null}', 'text {"content":"","user":"","length":0}'],
      ["null", 'text {"content":"","user":"","length":0}'],
      ["{}", 'text {"content":"","user":"","length":0}'],
    ])),
  it("half of a surrogate pair in a struct is answered as U+FFFD", (client) =>
    assertAnswers(client, "/chat", [
      [String.raw`{"content":"a\ud800b\udc00","user":"\ud83d\ude00"}`, 'text {"content":"a\ufffdb\ufffd","user":"\u{1f600}","length":8}'],
    ])),
  it("what could end a script is escaped in JSON, and not in texts", async (client) => {
    const struct = String.raw`text {"content":"\u003cb\u003e\u0026","user":"","length":4}`;
    await assertAnswers(client, "/chat", [['{"content":"<b>&"}', struct]]);
    await assertAnswers(client, "/value", [["markup", String.raw`text ["\u003cb\u003e\u0026\u2028"]`]]);
    await assertAnswers(client, "/echo", [["<b>&", "text <b>&"]]);
  }),
  it("an error is answered with the value beside it, or `null`, and the connection stays", async (client) => {
    await assertAnswers(client, "/error", [
      ["one", "text null"],
      ["two", "text null"],
    ]);
    await assertAnswers(client, "/error-value", [
      ["one", "text value"],
      ["two", "text value"],
    ]);
  }),
  it("numbers, booleans, slices and maps are JSON, nil is `null`, and the text `null` looks like it", (client) =>
    assertAnswers(client, "/value", [
      ["number", "text 42"],
      ["fraction", "text 1.5"],
      ["boolean", "text true"],
      ["slice", 'text [1,"two"]'],
      ["map", 'text {"a":1,"b":2}'],
      ["nil", "text null"],
      ["nil slice", "text null"],
      ["nil pointer", "text null"],
      ["null", "text null"],
    ])),
  about("gofr 1.17")("a value that JSON cannot hold is not answered at all, and the connection stays", async (client) => {
    const line = await client.open("/unmarshalable");
    line.say("one");
    line.ping("two");
    assert.equal(await line.hears(), "pong two");
    await assertAnswers(client, "/value", [
      ["map", 'text {"a":1,"b":2}'],
      ["nil", "text null"],
    ]);
  }),
  old("answers are what fmt.Sprint makes of a value: nil is `<nil>`, a struct is in braces, bytes are numbers", async (client) => {
    await assertAnswers(client, "/struct", [
      ['{"content":"hi","user":"ann"}', "text {{hi ann} 2}"],
      ["null", "text {{ } 0}"],
      ["{", "text <nil>"],
    ]);
    await assertAnswers(client, "/bytes", [
      ['"aGk="', "text [104 105]"],
      ['""', "text []"],
    ]);
    await assertAnswers(client, "/value", [
      ["number", "text 42"],
      ["fraction", "text 1.5"],
      ["boolean", "text true"],
      ["slice", "text [1 two]"],
      ["nil slice", "text []"],
      ["map", "text map[a:1 b:2]"],
      ["nil", "text <nil>"],
      ["nil pointer", "text <nil>"],
      ["null", "text null"],
    ]);
  }),
  old("an error is answered with the value beside it, or `<nil>`, and the connection stays", async (client) => {
    await assertAnswers(client, "/error", [
      ["one", "text <nil>"],
      ["two", "text <nil>"],
    ]);
    await assertAnswers(client, "/error-value", [["one", "text value"]]);
    await assertAnswers(client, "/nothing", [["{}", "text <nil>"]]);
  }),
  about("gofr", "gofr 1.10")("the chat of the recipe answers JSON, a heartbeat, too, and refuses what has no content", async (client) => {
    const refusal = client.column.name === "gofr" ? "text null" : "text <nil>";
    await assertAnswers(client, "/chat", [
      ['{"content":"<hi>","user":"ann"}', String.raw`text {"content":"\u003chi\u003e","user":"ann","length":4}`],
      ["null", 'text {"content":"","user":"","length":0}'],
      ['{"user":"ann"}', refusal],
      ["{", refusal],
    ]);
  }),
  it("a value that JSON cannot hold is answered with an empty text, and the connection stays", (client) =>
    assertAnswers(client, "/unmarshalable", [
      ["one", "text "],
      ["two", "text "],
    ])),
  it("a handler that panics drops TCP without a close frame", (client) => assertAnswers(client, "/panic", [["go", "end"]])),
  it("a client's close is answered with its code and no reason, and TCP ends, be it at once or after GoFr has spun", async (client) => {
    for (const code of [...ENDS, ...OTHERS]) {
      const line = await client.open("/chat");
      line.bye(code, "bye");
      assert.deepEqual([await line.hears(), await line.hears()], [`close ${code}`, "end"]);
    }
  }),
  it("a client's close without a code, or with half of one, is answered with one without, and TCP ends", async (client) => {
    for (const half of [[], [3]]) {
      const line = await client.open("/chat");
      line.raw(frame({ opcode: 8, payload: Buffer.from(half), masked: true }));
      assert.deepEqual([await line.hears(), await line.hears()], ["close", "end"]);
    }
  }),
  it("after a close frame nothing is answered, and others are answered while GoFr spins", async (client) => {
    const other = await client.open("/echo");
    for (const code of [1000, undefined, 4000]) {
      const line = await client.open("/echo");
      const closed = frame({ opcode: 8, payload: code === undefined ? "" : closing(code), masked: true });
      const late = [1, 9].map((opcode) => frame({ opcode, payload: "late", masked: true }));
      // At once, for TCP drops what it still had to deliver where more arrives after its end.
      line.raw(Buffer.concat([closed, ...late]));
      other.say("hi");
      assert.equal(await other.hears(), "text hi");
      assert.deepEqual([await line.hears(), await line.hears()], [code === undefined ? "close" : `close ${code}`, "end"]);
    }
  }),
  it("a path is cleaned: further slashes and dots lead to the same handler", async (client) => {
    for (const path of ["/echo/", "//echo", "/echo//", "/./echo", "/nowhere/../echo"]) {
      // As it stands: an URL would clean it before it leaves.
      const line = await client.open({ target: path });
      line.say(path);
      assert.equal(await line.hears(), `text ${path}`);
    }
  }),
  it("an unknown path is let in, and then is silent, to pings and closes, too", async (client) => {
    const line = await client.open("/nowhere");
    line.say("hi");
    line.ping("hi");
    line.bye(1000);
    assert.equal(await client.hearsMeanwhile(line), "silence");
  }),
  it("a request that is no upgrade fails: 404 on an unknown path, and on a known one 500, for its handler panics", async (client) => {
    await assertFails(client, "/nowhere", 404, "route not registered");
    await assertFails(client, "/chat", 500, "Internal Server Error");
  }),
  it("a refused upgrade is answered with two lines of text, on an unknown path, too", async (client) => {
    const refusals: [status: number, text: string, headers: Headers][] = [
      [403, "Forbidden", { Origin: "http://elsewhere.example" }],
      [400, "Bad Request", { "Sec-WebSocket-Version": "8" }],
      [400, "Bad Request", { "Sec-WebSocket-Key": undefined }],
    ];
    for (const path of ["/chat", "/nowhere"]) {
      for (const [expected, text, given] of refusals) {
        const { status, body, headers } = await client.answer(path, given);
        assert.deepEqual([status, body], [expected, `${text}\nCould not open WebSocket connection\n`]);
        assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
      }
    }
  }),
];
