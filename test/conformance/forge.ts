import assert from "node:assert/strict";
import { Socket } from "wireline";
import { WebSocket } from "ws";
import { type FaultProxy, startProxy } from "../faults/proxy";
import * as chats from "./chats";
import type { Client } from "./client";
import { idsIn, Member } from "./member";
import { Follower } from "./missed";
import { openChat } from "./recipes/projectforge";
import { about, inChromium, type Statement } from "./statement";

// The SDK on Project Forge [W1] [W3] [W4] [W5]. What no server sees of the seed's client is held elsewhere: wss of an https page by
// url.test.ts, what onError is given by options.test.ts, retries by policy.test.ts and backoff.test.ts, a page that goes by
// wake.test.ts, and the script tag by package.test.ts.

const it = about("projectforge");

/** What the SDK needs in Node 20. */
export const given = { WebSocket };

/** A socket in Node without a protocol, in a channel. */
function untyped(client: Client, channel: string): Socket {
  const socket = new Socket({ url: `${client.url}/connect?ch=${channel}`, channel, ...given });
  client.later(() => socket.close());
  return socket;
}

const kinds = ["truncated", "null", "number", "empty", "bytes"];
const survived = [kinds.map((kind) => [kind, ["codec"]]), 1, "open"];
const obeyed = ["sent", ["mark"], 1, "closed", 1000];

/** A follower in Node, who says what others miss. */
async function follower(client: Client, name: string, url = client.url): Promise<Follower> {
  const made = new Follower(url, name, given);
  client.later(() => made.close());
  await made.isLive();
  return made;
}

/** A way to the server that can be cut. */
async function proxied(client: Client): Promise<FaultProxy> {
  const proxy = await startProxy({ target: Number(new URL(client.url).port) });
  client.later(() => proxy.close());
  return proxy;
}

const many = Array.from({ length: 200 }, (_, index) => `missed ${index}`);

/** What others say before, while and after a connection through a proxy is cut. */
async function sayWhileCut(other: Follower, proxy: FaultProxy, hears: (text: string) => Promise<void>, lost: () => Promise<void>) {
  await other.say("before");
  await hears("before");
  await proxy.refuse();
  proxy.cut();
  await lost();
  await other.say(...many);
  await proxy.accept();
  await hears(many.at(-1)!);
  await other.say("after");
  await hears("after");
}

const complete = [
  ["before", ...many, "after"],
  ["new", "replayed 200"],
];

/** What a member hears of one who is asked to go. */
async function assertGoodbye(member: Member): Promise<void> {
  await member.hears("chat", ({ param }) => (param as { text: string }).text === "goodbye");
  await member.hears("online-update", ({ param }) => !(param as { connected: boolean }).connected);
}

/** The statements about the SDK on Project Forge. */
export const forgeStatements: Statement[] = [
  it("the SDK in Node is told of each piece of garbage once, and the connection stays", async (client) => {
    assert.deepEqual(await chats.playGarbage(client.url, "garbage-node", kinds, given), survived);
  }),
  inChromium(
    it("the SDK in Chromium is told of each piece of garbage once, and the connection stays", async (client) => {
      const page = await client.page(client.url);
      const to = [client.url, kinds] as const;
      const played = await page.evaluate(([url, kinds]) => plays.chats.playGarbage(url, "garbage-page", kinds), to);
      assert.deepEqual(played, survived);
    }),
  ),
  it("the SDK in Node is told 1006 where `ws` refuses a text that is no UTF-8, and is open again", async (client) => {
    assert.deepEqual(await chats.playNoUtf8(client.url, "utf8-node", given), [["transport"], 1006, 2]);
  }),
  inChromium(
    it("the SDK in Chromium is told 1006 where the browser refuses a text that is no UTF-8, and is open again", async (client) => {
      const page = await client.page(client.url);
      assert.deepEqual(await page.evaluate((url) => plays.chats.playNoUtf8(url, "utf8-page"), client.url), [["transport"], 1006, 2]);
    }),
  ),
  it("the SDK in Node sends U+FFFD for each lone surrogate, in channel, cmd and param, and the connection stays", async (client) => {
    await Member.of(client, "whole");
    const tap = await Member.tapping(client, "whole");
    let openings = 0;
    const socket = untyped(client, "whole");
    socket.onOpen(() => {
      openings += 1;
    });
    const kept = ["\ud83d\ude00", String.raw`\ud800`];
    socket.send({ channel: "\udc00r", cmd: "odd\ud800", param: { "k\udfff": ["\ud83d", ...kept] } });
    assert.deepEqual(await tap.hears("odd\ufffd"), { channel: "\ufffdr", cmd: "odd\ufffd", param: { "k\ufffd": ["\ufffd", ...kept] } });
    const chat = socket.once("chat");
    socket.send("chat", { text: "a\ud800b\udc00" });
    assert.equal(((await chat).param as { text: string }).text, "a\ufffdb\ufffd");
    assert.deepEqual([openings, socket.state.status], [1, "open"]);
  }),
  it("the SDK in Node obeys a close request with 1000, untold to the app, whose last words go out, and is not back", async (client) => {
    const member = await Member.of(client, "leaving-node");
    assert.deepEqual(await chats.playCloseRequest(client.url, "leaving-node", given), obeyed);
    await assertGoodbye(member);
    assert.equal((await idsIn(client, "leaving-node")).length, 1);
  }),
  inChromium(
    it("the SDK in Chromium obeys a close request in the same way", async (client) => {
      const member = await Member.of(client, "leaving-page");
      const page = await client.page(client.url);
      assert.deepEqual(await page.evaluate((url) => plays.chats.playCloseRequest(url, "leaving-page"), client.url), obeyed);
      await assertGoodbye(member);
    }),
  ),
  it("the SDK in Node hears `output` and `complete` as ordinary commands", async (client) => {
    const socket = untyped(client, "task-sdk");
    await Promise.all([socket.once("pong"), socket.send("ping")]);
    const said = { output: { msg: "done", html: "<b>done</b>" }, complete: { result: { ok: true }, html: "<p>" } };
    for (const [cmd, param] of Object.entries(said)) {
      const heard = new Promise((resolve) => void socket.on(cmd, (param, { channel }) => resolve([channel, param])));
      await client.order(`channel?ch=task-sdk&cmd=${cmd}`, param);
      assert.deepEqual(await heard, ["task-sdk", param]);
    }
  }),
  it("the SDK in Node joins a second channel, also after the server was killed, and both sides are heard there", async (client) => {
    const socket = openChat(`${client.url}/example/socket`, "room-1", { backoff: () => 20, ...given });
    client.later(() => socket.close());
    // The attempts that find no server.
    socket.onError(() => {});
    const room = socket.channel("room-2");
    room.join();
    for (const turn of ["before", "after"]) {
      await socket.ready();
      const member = await Member.of(client, "room-2");
      room.send("chat", { text: `from us ${turn}` });
      const { channel, param } = await member.hears("chat");
      assert.deepEqual([channel, (param as { text: string }).text], ["room-2", `from us ${turn}`]);
      const heard = new Promise((resolve) => {
        room.on("chat", ({ user, text }) => {
          if (user === "ann") resolve(text);
        });
      });
      member.say("chat", { text: `from them ${turn}` }, "room-2");
      assert.equal(await heard, `from them ${turn}`);
      if (turn === "after") return;
      const lost = new Promise<void>((resolve) => void socket.onClose(() => resolve()));
      await client.column.kill();
      await lost;
      await client.column.start();
    }
  }),
  it("the SDK in Node gets the 200 chats that were said while its connection was cut, in order, and is told so", async (client) => {
    const proxy = await proxied(client);
    const away = await follower(client, "missed-node", proxy.url.replace("ws:", "http:"));
    const other = await follower(client, "missed-node");
    await sayWhileCut(
      other,
      proxy,
      (text) => away.hears(text),
      () => away.isLost(),
    );
    assert.deepEqual([away.texts, away.told], complete);
  }),
  inChromium(
    it("the SDK in Chromium gets the 200 chats that were said while its connection was cut, in order, and is told so", async (client) => {
      const proxy = await proxied(client);
      const url = proxy.url.replace("ws:", "http:");
      const page = await client.page(url);
      await page.evaluate((url) => plays.follow(url, "missed-page"), url);
      const other = await follower(client, "missed-page");
      const hears = (text: string) => page.evaluate((text) => plays.follower.hears(text), text);
      await sayWhileCut(other, proxy, hears, () => page.evaluate(() => plays.follower.isLost()));
      assert.deepEqual(await page.evaluate(() => [plays.follower.texts, plays.follower.told]), complete);
    }),
  ),
  it("the SDK in Node is told where more was missed than is kept, and where the server has begun to count again", async (client) => {
    const proxy = await proxied(client);
    const away = await follower(client, "overflow", proxy.url.replace("ws:", "http:"));
    const other = await follower(client, "overflow");
    await other.say("before");
    await away.hears("before");
    await proxy.refuse();
    proxy.cut();
    await away.isLost();
    await other.say(...Array.from({ length: 501 }, (_, index) => `missed ${index}`));
    await proxy.accept();
    await away.isLive();
    await client.column.kill();
    await Promise.all([away.isLost(), other.isLost()]);
    await client.column.start();
    await Promise.all([away.isLive(), other.isLive()]);
    await other.say("after");
    await away.hears("after");
    assert.deepEqual(
      [away.texts, away.told],
      [
        ["before", "after"],
        ["new", "replay", "cannot", "epoch", "cannot"],
      ],
    );
  }),
  it("the SDK in Node knows all members of a room from the beginning, by the list that it asks for", async (client) => {
    const first = await follower(client, "members-live");
    const second = await follower(client, "members-live");
    // A list has the asker, too; changes are told to the others.
    assert.deepEqual(await second.members(2), ["Guest", "Guest"]);
    await first.members(2);
    first.close();
    assert.deepEqual(await second.members(1), ["Guest"]);
  }),
  inChromium(
    it("the seed's constructor in Chromium keeps 100, says them before each onOpen, and names `socket` in errors", async (client) => {
      await Member.of(client, "others");
      const tap = await Member.tapping(client, "others");
      const page = await client.page(client.url);
      const played = await page.evaluate(() => plays.chats.playSeed("seed"));
      assert.deepEqual(played, [["queued"], 103, "socket"]);
      const texts = [...Array.from({ length: 100 }, (_, index) => String(index + 2)), "open 1", "while it is lost", "open 2"];
      for (const text of texts) {
        // What clients say has no user; and a tap hears that in the order in which it was read.
        const { param } = await tap.hears("chat", ({ channel, param }) => channel === "seed" && !Object.hasOwn(param as object, "user"));
        assert.deepEqual(param, { text });
      }
    }),
  ),
];
