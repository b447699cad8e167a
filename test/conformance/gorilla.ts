import assert from "node:assert/strict";
import { frame } from "../faults/frames";
import type { Client } from "./client";
import type { Family } from "./column";
import { about, type Statement } from "./statement";

// What all of them have from gorilla/websocket (WIRE.md §5, below the table).

const all = about("goyave", "gofr", "projectforge");
const formless = about("goyave", "gofr");

/** Where a family is asked, and what it answers to what; Project Forge's without a channel, so that nobody else is in it. */
const places: Record<Family, { path: string; say: string; hears: RegExp }> = {
  goyave: { path: "/websocket", say: "hi", hears: /^text hi$/ },
  "goyave in debug mode": { path: "/websocket", say: "hi", hears: /^text hi$/ },
  gofr: { path: "/echo", say: "hi", hears: /^text hi$/ },
  projectforge: { path: "/connect", say: '{"cmd":"ping","param":{}}', hears: /"cmd": "pong"/ },
};
const placeOf = ({ column }: Client) => places[column.family];

/** An Origin header that names the server's own host and port, changed by what is given. */
const own = ({ url }: Client, change: (origin: string) => string = (origin) => origin) => ({ Origin: change(url) });

async function assertAccepts(client: Client, headers: Record<string, string | undefined>): Promise<void> {
  assert.equal((await client.answer(placeOf(client).path, headers)).status, 101, JSON.stringify(headers));
}

async function assertRefuses(client: Client, headers: Record<string, string | undefined>, status: number): Promise<void> {
  assert.equal((await client.answer(placeOf(client).path, headers)).status, status, JSON.stringify(headers));
}

/** The statements about what gorilla/websocket does under each of the frameworks. */
export const gorillaStatements: Statement[] = [
  all("a client without an Origin is let in", (client) => assertAccepts(client, {})),
  all("a page of the server's own host and port is let in, whatever its scheme", async (client) => {
    await assertAccepts(client, own(client));
    await assertAccepts(client, own(client, (origin) => origin.replace("http:", "https:")));
  }),
  all("the case of an Origin's host does not count", async (client) => {
    const port = new URL(client.url).port;
    await assertAccepts(client, { Host: `LocalHost:${port}`, Origin: `http://lOCALhOST:${port}` });
  }),
  all("a page of another host or port is refused with 403", async (client) => {
    await assertRefuses(client, { Origin: "http://elsewhere.example" }, 403);
    await assertRefuses(client, { Origin: "http://127.0.0.1" }, 403);
    await assertRefuses(client, { Origin: "http://127.0.0.1:1" }, 403);
  }),
  all("an Origin that is null or empty is refused with 403", async (client) => {
    await assertRefuses(client, { Origin: "null" }, 403);
    await assertRefuses(client, { Origin: "" }, 403);
  }),
  all("a handshake of another version, or without a key, is refused with 400", async (client) => {
    await assertRefuses(client, { "Sec-WebSocket-Version": "8" }, 400);
    await assertRefuses(client, { "Sec-WebSocket-Key": undefined }, 400);
  }),
  all("a ping is answered, before the message that follows it", async (client) => {
    const { path, say, hears } = placeOf(client);
    const line = await client.open(path);
    line.ping("are you there");
    line.say(say);
    assert.equal(await line.hears(), "pong are you there");
    assert.match(await line.hears(), hears);
  }),
  all("nothing comes but the answers: no pings", async (client) => {
    const { path, say, hears } = placeOf(client);
    const line = await client.open(path);
    for (let turn = 0; turn < 50; turn += 1) {
      line.say(say);
      assert.match(await line.hears(), hears);
    }
  }),
  all("a message in pieces, with a ping between them, arrives whole", async (client) => {
    const { path, say, hears } = placeOf(client);
    const line = await client.open(path);
    line.raw(frame({ payload: say.slice(0, 1), fin: false, masked: true }));
    line.ping("");
    line.raw(frame({ opcode: 0, payload: say.slice(1), masked: true }));
    assert.equal(await line.hears(), "pong ");
    assert.match(await line.hears(), hears);
  }),
  all("a close code that gorilla does not know is answered with 1002", async (client) => {
    for (const code of [0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000]) {
      const line = await client.open(placeOf(client).path);
      line.bye(code);
      assert.match(await line.hears(), /^close 1002\b/, String(code));
    }
  }),
  all("a frame that is not masked, or of a kind that is not there, is answered with 1002", async (client) => {
    for (const wrong of [frame({ payload: "hi" }), frame({ opcode: 3, masked: true }), frame({ opcode: 9, fin: false, masked: true })]) {
      const line = await client.open(placeOf(client).path);
      line.raw(wrong);
      assert.match(await line.hears(), /^close 1002\b/);
    }
  }),
  all("who asks for a subprotocol where the server has none is let in without one, and `ws` fails", async (client) => {
    const { path } = placeOf(client);
    const { headers } = (await client.open(path, { "Sec-WebSocket-Protocol": "v1.chat" })).answer;
    assert.equal(headers.get("sec-websocket-protocol"), undefined);
    await assert.rejects(client.socket(path, ["v1.chat"]), /Server sent no subprotocol/);
  }),
  formless("a text that is no UTF-8 comes back as it went", async (client) => {
    const line = await client.open(placeOf(client).path);
    const bytes = Buffer.from([0x68, 0xff, 0xfe]);
    line.say(bytes);
    const answer = await line.frame();
    assert.ok(answer !== "end" && answer.opcode === 1 && answer.payload.equals(bytes));
  }),
  formless("a message may be of any length", async (client) => {
    const line = await client.open(placeOf(client).path);
    const long = "x".repeat(2 ** 21);
    line.say(long);
    assert.equal(await line.hears(), `text ${long}`);
  }),
  formless("compression is not agreed on", async (client) => {
    const { answer } = await client.open(placeOf(client).path, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    assert.equal(answer.headers.get("sec-websocket-extensions"), undefined);
  }),
];
