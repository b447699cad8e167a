import assert from "node:assert/strict";
import { frame } from "../faults/frames";
import type { Client } from "./client";
import type { Family } from "./column";
import type { Headers } from "./line";
import { about, inChromium, type Statement } from "./statement";

// What all of them have from gorilla/websocket [W9].

const all = about("goyave", "gofr", "projectforge");
const formless = about("goyave", "gofr");

/** Where a family is asked, and what it answers to what; Project Forge's without a channel, so that nobody else is in it. */
const places: Record<Family, { path: string; say: string; hears: RegExp }> = {
  goyave: { path: "/websocket", say: "hi", hears: /^text hi$/ },
  "goyave in debug mode": { path: "/websocket", say: "hi", hears: /^text hi$/ },
  gofr: { path: "/echo", say: "hi", hears: /^text hi$/ },
  "gofr 1.17": { path: "/echo", say: "hi", hears: /^text hi$/ },
  "gofr 1.10": { path: "/echo", say: "hi", hears: /^text hi$/ },
  projectforge: { path: "/connect", say: '{"cmd":"ping","param":{}}', hears: /"cmd": "pong"/ },
  "projectforge with user": { path: "/connect", say: '{"cmd":"ping","param":{}}', hears: /"cmd": "pong"/ },
  "projectforge with oauth": { path: "/connect", say: '{"cmd":"ping","param":{}}', hears: /"cmd": "pong"/ },
};
/** Where the column's family is asked. */
export const placeOf = ({ column }: Client) => places[column.family];

/** An Origin header that names the server's own host and port, changed by what is given. */
const own = ({ url }: Client, change: (origin: string) => string = (origin) => origin) => ({ Origin: change(url) });

async function assertAccepts(client: Client, headers: Headers): Promise<void> {
  assert.equal((await client.answer(placeOf(client).path, headers)).status, 101, JSON.stringify(headers));
}

async function assertRefuses(client: Client, headers: Headers, status: number): Promise<void> {
  assert.equal((await client.answer(placeOf(client).path, headers)).status, status, JSON.stringify(headers));
}

/** The statements about what gorilla/websocket does under each of the frameworks. */
export const gorillaStatements: Statement[] = [
  all("a client without an Origin is let in", (client) => assertAccepts(client, {})),
  all("a page of the server's own host and port is let in, whatever its scheme", async (client) => {
    await assertAccepts(client, own(client));
    await assertAccepts(
      client,
      own(client, (origin) => origin.replace("http:", "https:")),
    );
  }),
  all("the case of an Origin's host does not count", async (client) => {
    const port = new URL(client.url).port;
    await assertAccepts(client, { Host: `LocalHost:${port}`, Origin: `http://lOCALhOST:${port}` });
  }),
  all("an Origin's host that is the server's only by Unicode's case is refused with 403", async (client) => {
    // The Kelvin sign, whose small letter is a k.
    const { port } = new URL(client.url);
    await assertAccepts(client, { Host: `k.example:${port}`, Origin: `http://K.example:${port}` });
    await assertRefuses(client, { Host: `k.example:${port}`, Origin: `http://\u212a.example:${port}` }, 403);
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
  all("nothing comes between fifty answers, not even a ping", async (client) => {
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
  all("who asks for a subprotocol where the server has none is let in without one, and `ws` fails", async (client) => {
    const { path } = placeOf(client);
    const { headers } = (await client.open(path, { "Sec-WebSocket-Protocol": "v1.chat" })).answer;
    assert.equal(headers.get("sec-websocket-protocol"), undefined);
    await assert.rejects(client.socket(path, ["v1.chat"]), /Server sent no subprotocol/);
  }),
  inChromium(
    all("who asks for a subprotocol in Chromium where the server has none fails, and sees 1006", async (client) => {
      const page = await client.page(client.url);
      const address = client.url.replace("http", "ws") + placeOf(client).path;
      const heard = await page.evaluate(
        (url) =>
          new Promise<unknown[]>((resolve) => {
            const events: unknown[] = [];
            const socket = new WebSocket(url, ["v1.chat"]);
            socket.onopen = () => resolve(["open"]);
            socket.onerror = () => void events.push("error");
            socket.onclose = ({ code, reason, wasClean }) => resolve([...events, code, reason, wasClean]);
          }),
        address,
      );
      assert.deepEqual(heard, ["error", 1006, "", false]);
    }),
  ),
  formless("answers come in the order of the messages, to each connection its own", async (client) => {
    const { path } = placeOf(client);
    const lines = [await client.open(path), await client.open(path), await client.open(path)];
    const said = Array.from({ length: 50 }, (_, turn) => turn);
    for (const turn of said) for (const [index, line] of lines.entries()) line.say(`${index}.${turn}`);
    for (const turn of said) for (const [index, line] of lines.entries()) assert.equal(await line.hears(), `text ${index}.${turn}`);
  }),
  formless("a message may come in many pieces, empty ones, too, and in the middle of a character", async (client) => {
    const line = await client.open(placeOf(client).path);
    const [first = 0, ...rest] = Buffer.from("é😀");
    line.raw(frame({ payload: Buffer.from([first]), fin: false, masked: true }));
    for (const byte of rest) {
      line.raw(frame({ opcode: 0, payload: Buffer.from([byte]), fin: false, masked: true }));
      line.raw(frame({ opcode: 0, fin: false, masked: true }));
    }
    line.raw(frame({ opcode: 0, masked: true }));
    line.say("whole");
    for (const heard of ["text é😀", "text whole"]) assert.equal(await line.hears(), heard);
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
  all("what is refused as a handshake is told the version that is spoken, 13", async (client) => {
    const refused: Headers[] = [{ "Sec-WebSocket-Version": "8" }, { "Sec-WebSocket-Key": undefined }, { Origin: "null" }];
    for (const headers of refused) {
      const answer = await client.answer(placeOf(client).path, headers);
      assert.equal(answer.headers.get("sec-websocket-version"), "13", JSON.stringify(headers));
    }
    assert.equal((await client.open(placeOf(client).path)).answer.headers.get("sec-websocket-version"), undefined);
  }),
  formless("compression is not agreed on", async (client) => {
    const { answer } = await client.open(placeOf(client).path, { "Sec-WebSocket-Extensions": "permessage-deflate" });
    assert.equal(answer.headers.get("sec-websocket-extensions"), undefined);
  }),
];
