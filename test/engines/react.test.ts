import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { bundle } from "../harness/bundle";
import { type Engine, engines, launch, type Page } from "../harness/engines";
import { pageOf, scriptOf, type Site, startSite } from "../harness/site";
import { Connected } from "../harness/status";

// React 19 in its development build, under StrictMode, which mounts, unmounts and mounts again: in every engine that is installed.

const { Socket } = createRequire(import.meta.url)("wireline") as typeof import("../../src/index");

const development = { define: { "process.env.NODE_ENV": `"development"` } };

let site: Site;
beforeAll(async () => {
  site = await startSite();
  site.files.set("/mounts.js", await bundle(`import "./test/harness/mounts.ts"`, "iife", development));
});
afterAll(() => site?.close());

/** A server that counts. */
let server: WebSocketServer;
let url: string;
/** How many connections were open, with the one that opened, at each opening. */
let openings: number[];
beforeEach(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  openings = [];
  server.on("connection", (socket) => {
    openings.push([...server.clients].filter(({ readyState }) => readyState === WebSocket.OPEN).length);
    socket.once("close", () => server.emit("left"));
  });
});
afterEach(async () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
  await once(server, "close");
});

/** Resolves when the server has no connection. */
async function empty(): Promise<void> {
  while (server.clients.size) await once(server, "left");
}

describe.each(engines)("%s", (name) => {
  let engine: Engine;
  let page: Page | undefined;
  beforeAll(async () => {
    engine = await launch(name);
  });
  afterAll(() => engine?.close());
  afterEach(async () => {
    await page?.close();
    page = undefined;
  });

  async function open(body = "", ...more: string[]): Promise<Page> {
    const scripts = [scriptOf("/wireline.umd.js"), scriptOf("/news.js"), scriptOf("/mounts.js", "defer"), ...more];
    site.files.set("/", pageOf(...scripts, `<body>${body}</body>`));
    page = await engine.open(site.url);
    return page;
  }

  /** All that happened, after the page has let go of everything. */
  async function outcome(page: Page): Promise<{ made: number; openings: number[]; complaints: string[] }> {
    await page.evaluate(() => mounts.unmount());
    await empty();
    return { ...(await page.evaluate(() => ({ made: mounts.made, complaints: mounts.complaints }))), openings };
  }

  describe.each(["outside", "effect"] as const)("a socket created %s", (place) => {
    test("has one connection, which ends with the component", async () => {
      const page = await open();
      await page.evaluate(([place, url]) => mounts.mount(place, url), [place, url] as const);
      await page.evaluate(() => mounts.shows("open"));
      expect(server.clients.size).toBe(1);
      expect(await outcome(page)).toEqual({ made: 1, openings: [1], complaints: [] });
    });

    test("has one connection at a time while its file is edited", async () => {
      const page = await open();
      for (let edit = 0; edit < 5; edit++) {
        const opening = once(server, "connection");
        await page.evaluate(([place, url]) => mounts.mount(place, url), [place, url] as const);
        await opening;
        await page.evaluate(() => mounts.shows("open"));
      }
      expect(await outcome(page)).toEqual({ made: 5, openings: [1, 1, 1, 1, 1], complaints: [] });
    });

    test("has one connection after it was unmounted and mounted at once", async () => {
      const page = await open();
      await page.evaluate(
        async ([place, url]) => {
          for (let turn = 0; turn < 5; turn++) {
            mounts.mount(place, url);
            mounts.unmount();
          }
          mounts.mount(place, url);
          await mounts.shows("open");
        },
        [place, url] as const,
      );
      expect(await outcome(page)).toEqual({ made: 1, openings: [1], complaints: [] });
    });
  });

  test("the first component of the documentation has one connection", async () => {
    const [, block = ""] = /^```tsx\n(.*?)^```/ms.exec(readFileSync("playground/docs/start/react.md", "utf8")) ?? [];
    const contents = `${block.replace("/example/socket?ch=lobby", url)}
      import { createElement, StrictMode } from "react";
      import { createRoot } from "react-dom/client";
      createRoot(document.body).render(createElement(StrictMode, null, createElement(Status)));`;
    const stdin = { contents, resolveDir: ".", loader: "tsx" } as const;
    const advice = await bundle("", "iife", {
      ...development,
      stdin,
      jsx: "automatic",
      alias: { wireline: resolve("dist/index.mjs"), "wireline/react": resolve("dist/react.mjs") },
    });
    site.files.set("/advice.js", advice);
    const page = await open("", scriptOf("/advice.js", "defer"));
    await page.evaluate(() => mounts.shows("open"));
    expect(server.clients.size).toBe(1);
    expect(await page.evaluate(() => [mounts.made, mounts.complaints] as const)).toEqual([1, []]);
  });

  test("a socket created while rendering is closed by StrictMode, and leaves a second one open", async () => {
    const page = await open();
    await page.evaluate((url) => mounts.mount("render", url), url);
    await page.evaluate(() => mounts.shows("closed"));
    const left = await page.evaluate(async () => {
      mounts.unmount();
      await Promise.any(mounts.rendered.map((socket) => socket.ready()));
      return mounts.rendered.map(({ state }) => state.status).sort();
    });
    expect(left).toEqual(["closed", "open"]);
  });

  test("markup from a server hydrates without a mismatch, and the socket connects", async () => {
    const html = renderToString(createElement(Connected, { socket: new Socket({ url: "/connect", autoConnect: false }) }));
    const page = await open(html);
    expect(await page.evaluate(() => document.body.textContent)).toBe("idle");
    await page.evaluate(async (url) => {
      mounts.hydrate(url, false);
      await mounts.shows("open");
    }, url);
    expect(await outcome(page)).toEqual({ made: 1, openings: [1], complaints: [] });
  });

  test("a socket that connects before hydration causes a mismatch, which React corrects", async () => {
    const page = await open("<p>idle</p>");
    await page.evaluate(async (url) => {
      mounts.hydrate(url, true);
      await mounts.shows("open");
    }, url);
    const { complaints } = await outcome(page);
    expect(complaints.join("\n")).toMatch(/hydrat/i);
  });
});
