import assert from "node:assert/strict";
import { once } from "node:events";
import { closing, frame } from "../faults/frames";
import type { Client } from "./client";
import type { Headers } from "./line";
import { follow, idsIn, Member, type Said } from "./member";
import { serviceStatements } from "./service";
import { about, type Statement } from "./statement";

// What clients see of Project Forge [W1] [W2] [W4] [W6].

const it = about("projectforge");

/** What a client that says this once hears: the end of TCP, without a close frame. */
async function assertDrops(client: Client, said: string | Uint8Array, path = "/connect"): Promise<void> {
  const line = await client.open(path);
  line.say(said);
  assert.equal(await line.hears(), "end", String(said));
}

/** The statements about Project Forge. */
export const projectForgeStatements: Statement[] = [
  it("what a handler says is JSON with two spaces, in the order channel, cmd, param, and without a from", async (client) => {
    const { line } = await Member.of(client, "lobby");
    line.say('{"channel":"lobby","cmd":"ping","param":{}}');
    const heard = (await line.hears()).replace(/\d+/, "1");
    assert.equal(heard, 'text {\n  "channel": "lobby",\n  "cmd": "pong",\n  "param": {\n    "timestamp": 1\n  }\n}');
  }),
  it("a ping is answered to the asker alone", async (client) => {
    const first = await Member.of(client, "alone");
    const [second] = await follow(client, first, "alone");
    second.say("ping", {}, "alone");
    await second.hears("pong");
    assert.deepEqual(await first.heardSoFar(client, "alone"), []);
  }),
  it("a chat comes to all of the channel, its sender, too, with the name and the time", async (client) => {
    const first = await Member.of(client, "chat");
    const [second] = await follow(client, first, "chat");
    second.say("chat", { text: "hi <b>&" }, "chat");
    for (const member of [first, second]) {
      const { param, ...rest } = await member.hears("chat");
      const { time, ...said } = param as Record<string, unknown>;
      assert.deepEqual([rest, said, typeof time], [{ channel: "chat", cmd: "chat" }, { user: "ann", text: "hi <b>&" }, "number"]);
    }
  }),
  it("who names no channel is in one that is made up", async (client) => {
    const member = new Member(await client.open("/example/socket"));
    member.say("ping");
    assert.match((await member.hears("pong")).channel ?? "", /^example-[A-Za-z0-9]{8}$/);
  }),
  it("a chat that does not fit the protocol drops TCP without a close frame", async (client) => {
    const params = ["null", "{}", '{"text":null}', '{"more":1}', '{"text":""}', '{"text":1}', "[]", '"hi"'];
    for (const rest of ["", ...params.map((param) => `,"param":${param}`)]) await assertDrops(client, `{"cmd":"chat"${rest}}`);
  }),
  it("who names no user is `Guest`", async (client) => {
    const member = new Member(await client.open("/connect?ch=guests"));
    member.say("chat", { text: "hi" });
    assert.equal(((await member.hears("chat")).param as { user: string }).user, "Guest");
  }),
  it("a command that is not known is not answered, and the connection stays", async (client) => {
    const member = await Member.of(client, "unknown");
    member.say("nonsense");
    assert.deepEqual(await member.heardSoFar(client, "unknown"), []);
  }),
  it("`join-room` joins a room, whose members hear what is said there", async (client) => {
    const inside = await Member.of(client, "room");
    const outside = await Member.of(client, "elsewhere");
    outside.say("join-room", { room: "room" });
    await inside.hears("online-update");
    inside.say("chat", { text: "welcome" }, "room");
    assert.equal((await outside.hears("chat")).channel, "room");
  }),
  it("joining, leaving and being lost is told to the others, by the connection's id; nobody hears who is there", async (client) => {
    const first = await Member.of(client, "presence");
    const [second, id] = await follow(client, first, "presence");
    assert.ok((await idsIn(client, "presence")).includes(id));
    assert.deepEqual(await second.heardSoFar(client, "presence"), []);
    second.say("leave", {}, "presence");
    const lost = (userID: string) => ({ from: userID, channel: "presence", cmd: "online-update", param: { userID, connected: false } });
    assert.deepEqual(await first.hears("online-update"), lost(id));
    const [third, other] = await follow(client, first, "presence");
    third.line.cut();
    assert.deepEqual(await first.hears("online-update"), lost(other));
  }),
  it("a second join of the same channel is told again", async (client) => {
    const first = await Member.of(client, "twice");
    const [second, id] = await follow(client, first, "twice");
    second.say("join-room", { room: "twice" });
    assert.deepEqual((await first.hears("online-update")).param, { userID: id, connected: true });
  }),
  it("a second leave of the same channel is told again, and that of one who was never in it", async (client) => {
    const first = await Member.of(client, "left");
    const [second, id] = await follow(client, first, "left");
    for (let turn = 0; turn < 2; turn += 1) {
      second.say("leave", {}, "left");
      assert.deepEqual((await first.hears("online-update")).param, { userID: id, connected: false });
    }
    const stranger = await Member.of(client, "left-not");
    const [strange] = await idsIn(client, "left-not");
    stranger.say("leave", {}, "left");
    assert.deepEqual((await first.hears("online-update")).param, { userID: strange, connected: false });
  }),
  ...(
    [
      ["invalid JSON", ["{", "", "[1]", "1", '"x"']],
      ["a duplicate member", ['{"cmd":"a","cmd":"b","param":{}}', '{"cmd":"ping","param":{"x":1,"x":2}}']],
      ["a channel or cmd that is no string", ['{"channel":1,"cmd":"ping"}', '{"cmd":{}}']],
      ["a lone surrogate", [String.raw`{"cmd":"ping","param":"\ud800"}`]],
      ["trailing data", ['{"cmd":"ping","param":{}}{}', '{"cmd":"ping","param":{}} x']],
      ["a from that is no UUID", ['{"from":"me","cmd":"ping"}', '{"from":1,"cmd":"ping"}']],
      ["bytes that are no UTF-8", [Buffer.from([...Buffer.from('{"cmd":"'), 0xff, ...Buffer.from('"}')])]],
    ] as [string, (string | Uint8Array)[]][]
  ).map(([what, texts]) =>
    it(`${what} drops TCP without a close frame`, async (client) => {
      for (const text of texts) await assertDrops(client, text);
    }),
  ),
  it("a param may be missing, null or any other value, and unknown members do no harm", async (client) => {
    const member = await Member.of(client, "params");
    for (const rest of ["", ',"param":null', ',"param":"x"', ',"param":[1]', ',"param":{},"more":{"cmd":1}', ',"from":null']) {
      member.line.say(`{"channel":"params","cmd":"ping"${rest}}`);
      await member.hears("pong");
    }
  }),
  it("a message may come in a binary frame", async (client) => {
    const member = await Member.of(client, "bytes");
    member.line.give(Buffer.from('{"cmd":"ping","param":{}}'));
    await member.hears("pong");
  }),
  it("a handler that returns an error or panics drops TCP without a close frame", async (client) => {
    await assertDrops(client, '{"cmd":"chat","param":"no object"}');
    for (const cmd of ["fail", "panic"]) await assertDrops(client, `{"cmd":"${cmd}","param":{}}`, "/faulty/socket");
  }),
  it("a client's close is answered with its code and no reason, and TCP ends", async (client) => {
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4999]) {
      const line = await client.open("/connect");
      line.bye(code, "bye");
      assert.deepEqual([await line.hears(), await line.hears()], [`close ${code}`, "end"]);
    }
  }),
  it("a client's close without a code is answered with one without, and TCP ends", async (client) => {
    const line = await client.open("/connect");
    line.bye();
    assert.deepEqual([await line.hears(), await line.hears()], ["close", "end"]);
  }),
  it("a client's close with half a code is taken for one without", async (client) => {
    const line = await client.open("/connect");
    line.raw(frame({ opcode: 8, payload: Buffer.from([3]), masked: true }));
    assert.deepEqual([await line.hears(), await line.hears()], ["close", "end"]);
  }),
  it("a handshake that is refused for its form is answered with 400, whatever is wrong", async (client) => {
    const wrong: Headers[] = [
      { Connection: "close", Upgrade: undefined },
      { Upgrade: undefined },
      { Upgrade: "h2c" },
      { "Sec-WebSocket-Version": "8" },
      { "Sec-WebSocket-Version": undefined },
      { "Sec-WebSocket-Key": "c2hvcnQ=" },
      // Its version is looked at before its origin.
      { "Sec-WebSocket-Version": "8", Origin: "null" },
    ];
    for (const headers of wrong) assert.equal((await client.answer("/connect", headers)).status, 400, JSON.stringify(headers));
  }),
  it("after a message that failed nothing more is answered, neither a ping nor a close", async (client) => {
    for (const said of ["{", '{"cmd":"chat","param":"no object"}']) {
      const line = await client.open("/connect");
      const late = [frame({ opcode: 9, payload: "late", masked: true }), frame({ opcode: 8, payload: closing(1000), masked: true })];
      line.raw(Buffer.concat([frame({ payload: said, masked: true }), ...late]));
      assert.equal(await line.hears(), "end", said);
    }
  }),
  it("a close request is `close-connection` with no channel and null, after which the server still answers", async (client) => {
    const member = await Member.of(client, "closing");
    await client.order("close-request?ch=closing");
    assert.equal(await member.line.hears(), 'text {\n  "cmd": "close-connection",\n  "param": null\n}');
    member.say("ping");
    await member.hears("pong");
  }),
  it("the server may drop TCP at any time, without a close frame", async (client) => {
    const { line } = await Member.of(client, "dropped");
    await client.order("drop?ch=dropped");
    assert.equal(await line.hears(), "end");
  }),
  it("garbage comes as it is: truncated JSON, null, a number, an empty text, bytes, no UTF-8", async (client) => {
    const { line } = await Member.of(client, "garbage");
    const kinds = {
      truncated: 'text {"channel":"q","cmd":"x","param"',
      null: "text null",
      number: "text 42",
      empty: "text ",
      bytes: "binary 0001feff",
      utf8: "text \ufffd\ufffd",
    };
    for (const [kind, heard] of Object.entries(kinds)) {
      await client.order(`garbage?ch=garbage&kind=${kind}`);
      assert.equal(await line.hears(), heard);
    }
    await client.order("garbage?ch=garbage&kind=binary");
    assert.match(await line.hears(), /^binary 7b22/);
  }),
  it("what is said to a channel comes to each of it once, and at times in another order", async (client) => {
    const members = [await Member.of(client, "fan"), await Member.of(client, "fan")];
    const texts = Array.from({ length: 100 }, (_, index) => String(index));
    let inversions = 0;
    // By chance it may be in order, but hardly every time.
    for (let turn = 0; turn < 30 && inversions === 0; turn += 1) {
      for (const text of texts) members[0]!.say("chat", { text }, "fan");
      for (const member of members) {
        const got: number[] = [];
        while (got.length < texts.length) got.push(Number(((await member.hears("chat")).param as { text: string }).text));
        inversions += got.filter((text, index) => text < (got[index - 1] ?? 0)).length;
        assert.deepEqual(
          got.sort((one, other) => one - other),
          texts.map(Number),
        );
        assert.ok(!(await member.heardSoFar(client, "fan")).some(({ cmd }) => cmd === "chat"));
      }
    }
    assert.ok(inversions > 0, "all came in order");
  }),
  it("a broadcast comes to all, with no channel where it names none", async (client) => {
    const members = [await Member.of(client, "here"), await Member.of(client, "there")];
    await client.order("broadcast?cmd=news", "hi");
    for (const member of members) assert.deepEqual(await member.hears("news"), { cmd: "news", param: "hi" });
  }),
  it("compression is agreed on, without context takeover, and a message may be of any length", async (client) => {
    const { headers } = (await client.open("/connect", { "Sec-WebSocket-Extensions": "permessage-deflate" })).answer;
    const agreed = /^permessage-deflate; server_no_context_takeover; client_no_context_takeover/;
    assert.match(headers.get("sec-websocket-extensions") ?? "", agreed);
    const socket = await client.socket("/connect?ch=long", [], { perMessageDeflate: { threshold: 0 } });
    const text = "x".repeat(2 ** 21);
    socket.send(JSON.stringify({ cmd: "chat", param: { text } }));
    const said = JSON.parse(String((await once(socket, "message"))[0])) as { param: { text: string } };
    assert.ok(said.param.text === text);
  }),
  it("who offers no compression gets none", async (client) => {
    assert.equal((await client.open("/connect")).answer.headers.get("sec-websocket-extensions"), undefined);
  }),
  it("an unknown path is answered with 404", async (client) => {
    assert.equal((await client.answer("/nowhere")).status, 404);
  }),
  it("a tap hears who comes and goes and what is said by both sides", async (client) => {
    await Member.of(client, "others");
    const tap = await Member.tapping(client, "others");
    const member = await Member.of(client, "tapped");
    const [id] = await idsIn(client, "tapped");
    // Those of other statements may still be going.
    const hearsOf = async (cmd: string): Promise<Said> => {
      const said = await tap.hears(cmd);
      return (said.param as { id: string }).id === id ? said : hearsOf(cmd);
    };
    assert.equal((await hearsOf("open")).channel, "connection");
    assert.deepEqual((await tap.hears("ping")).param, {});
    await tap.hears("pong");
    member.say("ping", { mark: 1 }, "tapped");
    assert.deepEqual((await tap.hears("ping")).param, { mark: 1 });
    assert.equal((await tap.hears("pong")).channel, "tapped");
    member.line.cut();
    assert.equal((await hearsOf("close")).channel, "connection");
  }),
  it("an order of the tests' own is refused to pages of other origins, and where its body is of more than 8 kB", async (client) => {
    await Member.of(client, "guarded");
    const statusOf = async (order: string, headers: Record<string, string>, body: string) =>
      (await fetch(`${client.url}/control/${order}`, { method: "POST", headers, body })).status;
    const foreign = { Origin: "http://elsewhere.example" };
    for (const order of ["drop?ch=guarded", "channel?ch=guarded&cmd=n", "broadcast?cmd=n"]) {
      assert.equal(await statusOf(order, foreign, "1"), 403, order);
    }
    assert.equal(await statusOf("channel?ch=guarded&cmd=n", { Origin: client.url }, "1"), 200);
    assert.equal(await statusOf("channel?ch=guarded&cmd=n", {}, `"${"x".repeat(8000)}"`), 200);
    assert.equal(await statusOf("channel?ch=guarded&cmd=n", {}, `"${"x".repeat(9000)}"`), 413);
    assert.equal((await idsIn(client, "guarded")).length, 1);
  }),
  it("an order of the tests' own is taken by POST only, and for nobody not at all", async (client) => {
    const { line } = await Member.of(client, "ordered");
    const statusOf = async (order: string, method = "POST", body?: string) =>
      (await fetch(`${client.url}/control/${order}`, { method, ...(body !== undefined && { body }) })).status;
    for (const order of ["close-request", "drop", "garbage"]) {
      for (const place of ["", "&ch=", "&ch=nobody's"]) assert.equal(await statusOf(`${order}?kind=null${place}`), 404, order + place);
      assert.equal(await statusOf(`${order}?kind=null&ch=ordered`, "GET"), 405, order);
    }
    assert.equal(await statusOf("garbage?kind=other&ch=ordered"), 409);
    assert.equal(await statusOf("nonsense?ch=ordered"), 404);
    assert.equal(await statusOf("status"), 405);
    for (const order of ["channel", "broadcast"]) {
      assert.equal(await statusOf(`${order}?ch=ordered&cmd=n`, "POST", "{"), 400, order);
      assert.equal(await statusOf(`${order}?ch=ordered&cmd=n`, "PUT", "1"), 405, order);
    }
    assert.equal(await statusOf("channel?cmd=n", "POST", "1"), 400);
    assert.equal(await statusOf("channel?ch=nobody's&cmd=n", "POST", "1"), 200);
    // A broadcast comes to all, whichever channel it names.
    await client.order("broadcast?ch=nobody's&cmd=n", 1);
    const heard = JSON.parse((await line.hears()).slice(5)) as Said;
    assert.deepEqual(heard, { channel: "nobody's", cmd: "n", param: 1 });
  }),
  ...serviceStatements,
];
