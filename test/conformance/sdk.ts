import assert from "node:assert/strict";
import type { Page } from "../harness/engines";
import type { Client } from "./client";
import type { Family } from "./column";
import { forgeStatements, given } from "./forge";
import {
  type Play,
  playAfterHeartbeat,
  playEmpty,
  playHeartbeat,
  playMembers,
  playOf,
  playRoom,
  playSilence,
  playStruct,
  playZombie,
} from "./plays";
import { about, inChromium, type Statement } from "./statement";

// The SDK on each of the servers, as the recipes make it: in Node with `ws`, and in Chromium, where origins count.

const every = about("goyave", "gofr", "gofr 1.10", "projectforge", "projectforge with user", "projectforge with oauth");
const goyave = about("goyave");
const gofr = about("gofr");
const gofrs = about("gofr", "gofr 1.10");
const withUser = about("projectforge with user");

const struct = (content: string, length: number) => ({ content, user: "ann", length });
/** Two answers, and the one of a handler that fails. */
const structs = [struct("héllo", 6), struct("again", 5), null];

/** What an exchange gives, by family. */
const answers: Record<Family, unknown> = {
  goyave: ["hello", [0, 255]],
  "goyave in debug mode": ["hello", [0, 255]],
  gofr: struct("hello", 5),
  "gofr 1.17": struct("hello", 5),
  "gofr 1.10": struct("hello", 5),
  projectforge: ["lobby", "hello", "number"],
  "projectforge with user": ["lobby", "hello", "number"],
  "projectforge with oauth": ["lobby", "hello", "number"],
};
const answerOf = ({ column }: Client) => answers[column.family];

/** The play of the column, in Node. */
function play(client: Client): Play {
  const play = playOf(client.column.family, client.url, given);
  client.later(() => play.close());
  return play;
}

/** The play of the column, in a page of Chromium: of the server's own origin, or of another. */
async function playInPage(client: Client, origin?: string): Promise<Page> {
  const page = await client.page(origin);
  await page.evaluate(([family, url]) => plays.begin(family, url), [client.column.family, client.url] as const);
  return page;
}

async function restart({ column }: Client): Promise<void> {
  await column.kill();
  await column.start();
}

/** The statements about the SDK. Some kill the server, which comes back where it was. */
export const sdkStatements: Statement[] = [
  every("the SDK in Node talks to it as the recipe says", async (client) => {
    const on = play(client);
    assert.deepEqual(await on.talk(0), answerOf(client));
    assert.deepEqual(on.errors, []);
  }),
  inChromium(
    every("the SDK in Chromium talks to it as the recipe says, from a page of its own origin", async (client) => {
      const page = await playInPage(client, client.url);
      assert.deepEqual(await page.evaluate(() => plays.on.talk(0)), answerOf(client));
      assert.deepEqual(await page.evaluate(() => plays.on.errors), []);
    }),
  ),
  inChromium(
    every("the SDK in Chromium is refused from a page of another origin, and sees 1006", async (client) => {
      const page = await playInPage(client);
      assert.equal(await page.evaluate(() => plays.on.refused()), 1006);
    }),
  ),
  ...(
    [
      [goyave, "/chat"],
      [gofr, "/room"],
    ] as const
  ).map(([family, path]) =>
    family("the SDK in Node talks to a handler of generated code", async (client) => {
      // The page is about version 5.
      if (client.column.name === "goyave3") return;
      const answers = ["number", "lobby", "you", "héllo <b> 😀", "number", []];
      assert.deepEqual(await playRoom(`${client.url}${path}`, given), answers);
    }),
  ),
  gofrs("the SDK in Node is given each request's own struct, and `null` where the handler fails", async (client) => {
    assert.deepEqual(await playStruct(client.url, given), structs);
  }),
  inChromium(
    gofr("the SDK in Chromium is given each request's own struct, and `null` where the handler fails", async (client) => {
      const page = await playInPage(client, client.url);
      assert.deepEqual(await page.evaluate((url) => plays.struct(url), client.url), structs);
    }),
  ),
  gofrs("the SDK in Node is given each request's own answer right after the heartbeat's", async (client) => {
    assert.deepEqual(await playAfterHeartbeat(client.url, given), [
      { content: "ann", user: "ann", length: 3 },
      { content: "bob", user: "bob", length: 3 },
      true,
    ]);
  }),
  withUser("the SDK in Node counts each guest as a member of its own, and one less when one goes", async (client) => {
    assert.deepEqual(await playMembers(client.url, given), [2, 1]);
  }),
  gofr("the SDK in Node keeps the connection when it cannot read an answer", async (client) => {
    assert.deepEqual(await playEmpty(client.url, given), ["codec", "codec", "open"]);
  }),
  gofr("the SDK in Node asks by its heartbeat with `null`", async (client) => {
    assert.deepEqual(await playHeartbeat(client.url, given), ["answer", null]);
  }),
  ...[goyave, gofr].map((family) =>
    family("the SDK in Node has its heartbeat answered, of which the app hears nothing", async (client) => {
      const play = playSilence(client.column.name === "gofr" ? "gofr" : "goyave", client.url, given);
      assert.deepEqual(await play, [true, ["hello"]]);
    }),
  ),
  gofr("the SDK in Node notices by its heartbeat that nobody is behind a path that let it in", async (client) => {
    assert.deepEqual(await playZombie(client.url, given), [true, "heartbeat"]);
  }),
  every("the SDK in Node closes with 1000, and the server agrees", async (client) => {
    const on = play(client);
    await on.talk(0);
    assert.deepEqual(await on.leave(), [1000, true]);
  }),
  ...forgeStatements,
  every("the SDK in Node is open again after the server was killed and started anew", async (client) => {
    const on = play(client);
    await on.talk(0);
    await restart(client);
    assert.deepEqual(await on.talk(1), answerOf(client));
  }),
  inChromium(
    every("the SDK in Chromium is open again after the server was killed and started anew", async (client) => {
      const page = await playInPage(client, client.url);
      await page.evaluate(() => plays.on.talk(0));
      await restart(client);
      assert.deepEqual(await page.evaluate(() => plays.on.talk(1)), answerOf(client));
    }),
  ),
];
