import { describe, expect, onTestFinished, test } from "vitest";
import type { LiveQuery } from "../../src/resume/index";
import { bundle } from "../harness/bundle";
import { engines, type Page } from "../harness/engines";
import { useRig } from "../harness/rig";
import { startServer } from "../server/http";
import { Peer } from "../server/peer";

// `wireline/resume` in real pages: what others said while the connection was cut is in the list of the page, complete and in order.

interface Chat {
  readonly text: string;
  readonly seq: number;
}

declare global {
  var Resume: typeof import("../../src/resume/index");
  /** The list of a page. */
  var chats: LiveQuery<readonly Chat[]>;
  /** How often its snapshot was fetched. */
  var fetches: number;
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name, { history: { messages: 500 } });

  /** A page that shows the chats of the channel `news`, fetched from nowhere and followed from then on. */
  async function openList(): Promise<Page> {
    rig.pages.files.set("/resume.js", await bundle(`import * as Resume from "./dist/resume.mjs"; globalThis.Resume = Resume;`, "iife"));
    const page = await rig.open();
    await page.evaluate(async (url) => {
      const script = document.createElement("script");
      script.src = "/resume.js";
      document.head.append(script);
      await new Promise((resolve) => (script.onload = resolve));
      const { socket } = connect({ url, rejoin: { join: { cmd: "join", reply: "joined" } } });
      const feed = Resume.resume(socket, {
        channel: "news",
        id: ({ cmd, param }) => (cmd === "chat" ? (param as Chat).seq : undefined),
        replay: "joined",
      });
      globalThis.fetches = 0;
      globalThis.chats = Resume.liveQuery(feed, {
        snapshot: (): readonly Chat[] => {
          globalThis.fetches++;
          return [];
        },
        apply: (chats, { cmd, param }) => (cmd === "chat" ? [...chats, param as Chat] : chats),
      });
      const list = document.body.appendChild(document.createElement("ol"));
      chats.onChange(({ value = [] }) =>
        list.replaceChildren(...value.map(({ text }) => Object.assign(document.createElement("li"), { innerText: text }))),
      );
      socket.channel("news").hold(feed.position);
    }, rig.url);
    await shown(page, 0);
    return page;
  }

  /** Resolves with the texts of the list and the status when it has so many items and is live. */
  const shown = (page: Page, count: number) =>
    page.evaluate(
      (count) =>
        new Promise<[texts: string[], status: string, fetches: number]>((resolve) => {
          const look = () => {
            const texts = [...document.querySelectorAll("li")].map(({ textContent }) => textContent ?? "");
            if (texts.length < count || chats.status !== "live") return;
            off();
            resolve([texts, chats.status, fetches]);
          };
          const off = chats.onChange(() => queueMicrotask(look));
          look();
        }),
      count,
    );

  test("a list is complete and in order after a cut, during which others wrote 200 messages, without a reload or another fetch", async () => {
    const page = await openList();
    const writer = await Peer.connect(`${rig.server.url}/connect?ch=news&user=bob`);
    const write = async (texts: readonly string[]) => {
      for (const text of texts) writer.send({ channel: "news", cmd: "chat", param: { text } });
      for (const _ of texts) await writer.find("chat");
    };
    await write(["before"]);
    await shown(page, 1);
    await rig.proxy.refuse();
    rig.proxy.cut();
    // The loss, and two attempts in vain.
    const away = page.evaluate(() => news.until(({ closes }) => closes.length >= 3));
    const missed = Array.from({ length: 200 }, (_, index) => `missed ${index}`);
    await write(missed);
    await away;
    await rig.proxy.accept();
    await shown(page, 201);
    await write(["after"]);
    expect(await shown(page, 202)).toEqual([["before", ...missed, "after"], "live", 1]);
    writer.socket.terminate();
  });

  test("a list is fetched again where the server has begun to count again", async () => {
    const page = await openList();
    const { port } = rig.server;
    await rig.server.close();
    await page.evaluate(() => news.until(({ closes }) => closes.length));
    const server = await startServer({ port, history: {}, allowedOrigins: [rig.pages.url] });
    onTestFinished(() => server.close());
    await page.evaluate(() => news.until(({ messages }) => messages.filter(({ cmd }) => cmd === "joined").length === 2));
    expect(await shown(page, 0)).toEqual([[], "live", 2]);
  });
});
