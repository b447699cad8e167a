import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Socket } from "../../src/index";
import { type Dev, hookFrameworks, startDev } from "../harness/dev";
import { type Server, startServer } from "../server/http";
import { chromiumArgs, findChromium } from "../tools/browsers";
import type { Trace } from "./hooks/socket";

// The hooks of each framework in real components, from a real development server of Vite, in Chromium, against the test server.

declare global {
  /** The WebSockets of the page; how many of them were alive when each was created; what they have sent. */
  var dialed: globalThis.WebSocket[];
  var alive: number[];
  var sent: string[];
  var trace: Trace;
}

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
});
afterAll(() => browser?.close());

const setups = [
  ...hookFrameworks.map((framework) => ({ name: framework, framework, compiled: false })),
  {
    name: "react, compiled by its compiler",
    framework: "react" as const,
    compiled: true,
  },
];

describe.skipIf(!findChromium()).each(setups)("the hooks of $name", ({ framework, compiled }) => {
  let dev: Dev;
  beforeAll(async () => {
    dev = await startDev(framework, { source: "test/engines/hooks", compiled });
  });
  afterAll(() => dev?.close());

  let context: BrowserContext;
  let server: Server;
  let page: Page;
  let bob: Socket;
  /** What no page may print: errors and warnings, uncaught errors. */
  let complaints: string[];

  beforeEach(async () => {
    server = await startServer({ allowedOrigins: [dev.url] });
    context = await browser.newContext();
    complaints = [];
    bob = new Socket({ url: `${server.url}/example/socket?user=Bob`, WebSocket, onError: () => {} });
    bob.channel("lobby").join();
    await bob.ready();
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const away = /^WebSocket connection to .*ERR_CONNECTION_REFUSED|^wireline: (SocketError: )?The WebSocket failed/;
      if (["error", "warning"].includes(message.type()) && !away.test(message.text())) complaints.push(message.text());
    });
    await page.addInitScript(() => {
      globalThis.dialed = [];
      globalThis.alive = [];
      globalThis.sent = [];
      const NativeWebSocket = globalThis.WebSocket;
      globalThis.WebSocket = class extends NativeWebSocket {
        readonly #isOurs: boolean;
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          // Vite has one of its own.
          this.#isOurs = String(url).includes("/example/socket");
          if (!this.#isOurs) return;
          alive.push(dialed.filter(({ readyState }) => readyState <= NativeWebSocket.OPEN).length);
          dialed.push(this);
        }
        override send(data: string) {
          if (this.#isOurs) sent.push((JSON.parse(data) as { cmd: string }).cmd);
          super.send(data);
        }
      };
    });
    await page.goto(`${dev.url}/?server=${server.url.replace("http", "ws")}`);
    await shows("status", "open");
    await shows("channel", "joined");
    await inChannels("lobby");
  });
  afterEach(async () => {
    bob.close();
    await context.close();
    await server.close();
  });

  const ada = () => server.service.connections().filter(({ profile }) => profile.name === "Ada");
  const shows = (id: string, text: string | RegExp) =>
    page.locator(`#${id}`, { hasText: typeof text === "string" ? new RegExp(`^${text}$`) : text }).waitFor({ state: "attached" });
  const click = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const say = (text: string, room = "lobby") => bob.channel(room).send("chat", { text });
  const heard = (component: string) => page.evaluate((component) => trace.heard[component] ?? [], component);
  /** How many other connections of the page were alive when each was opened. */
  const openings = () => page.evaluate(() => alive);
  const sentCommands = () => page.evaluate(() => sent.filter((cmd) => cmd !== "chat" && cmd !== "ping"));

  /** Waits until the server sees one connection of Ada's in exactly these channels; without any, until it sees none. */
  function inChannels(...expected: string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        const connections = ada();
        const channels = connections.flatMap(({ channels }) => channels.filter((name) => name !== "own")).sort();
        if (connections.length !== (expected[0] === undefined ? 0 : 1) || channels.join() !== expected.join()) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = server.service.onChange(look);
      look();
    });
  }

  test("have one connection and one join, however often the framework mounts", async () => {
    expect([await openings(), await sentCommands()]).toEqual([[0], ["join"]]);
    say("hello");
    await shows("texts", "hello");
    await shows("latest", "hello");
    await shows("count", "1");
    expect(await heard("room")).toEqual(["hello"]);
    expect(complaints).toEqual([]);
  });

  test("send nothing when a component is unmounted and mounted again at once, and hear on", async () => {
    for (let turn = 0; turn < 3; turn++) await click("remount");
    await page.evaluate(() => {
      const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "show")!;
      button.click();
      button.click();
    });
    say("after");
    await shows("texts", "after");
    expect([await openings(), await sentCommands(), await heard("room")]).toEqual([[0], ["join"], ["after"]]);
    expect(complaints).toEqual([]);
  });

  test("give a thousand messages of one tick to the listener one by one, and render few times", async () => {
    const renders = await page.evaluate(() => trace.renders["room"] ?? 0);
    await page.evaluate(() => {
      const [socket] = dialed;
      for (let number = 1; number <= 1000; number++) {
        const data = JSON.stringify({ channel: "lobby", cmd: "chat", param: { user: "Bob", text: String(number) } });
        socket!.dispatchEvent(new MessageEvent("message", { data }));
      }
    });
    await shows("count", "1000");
    await shows("latest", "1000");
    await shows("texts", "998 999 1000");
    expect(await heard("room")).toEqual(Array.from({ length: 1000 }, (_, index) => String(index + 1)));
    // StrictMode counts each one twice.
    expect((await page.evaluate(() => trace.renders["room"]!)) - renders).toBeLessThanOrEqual(6);
    expect(complaints).toEqual([]);
  });

  test("connect and join while they are enabled", async () => {
    await click("join");
    await inChannels("");
    await shows("channel", "left");
    await click("join");
    await inChannels("lobby");
    await click("connect");
    await inChannels();
    await shows("status", "closed");
    await click("connect");
    await inChannels("lobby");
    await shows("channel", "joined");
    say("again");
    await shows("texts", "again");
    expect([await openings(), await heard("room")]).toEqual([[0, 0], ["again"]]);
    expect(complaints).toEqual([]);
  });

  test("follow the name of the channel, and start again in another one", async () => {
    say("one");
    await shows("count", "1");
    await click("move");
    await inChannels("kitchen");
    await shows("count", "0");
    bob.channel("kitchen").join();
    say("elsewhere");
    say("two", "kitchen");
    await shows("texts", /two$/);
    await shows("count", "1");
    expect([await heard("room"), await sentCommands()]).toEqual([["one", "two"], expect.arrayContaining(["join", "leave"])]);
    expect(complaints).toEqual([]);
  });

  test("let two components share a channel: the one that is unmounted does not take it from the other", async () => {
    await click("second");
    await page.locator("h2").waitFor();
    await click("second");
    await page.locator("h2").waitFor({ state: "detached" });
    say("one");
    await shows("texts", "one");
    await click("second");
    await page.locator("h2").waitFor();
    await click("show");
    await page.locator("h1").waitFor({ state: "detached" });
    say("two");
    await expect.poll(() => heard("second")).toEqual(["two"]);
    expect([await heard("room"), await sentCommands(), await openings()]).toEqual([["one"], ["join"], [0]]);
    await click("second");
    await inChannels("");
    expect(await sentCommands()).toEqual(["join", "leave"]);
    expect(complaints).toEqual([]);
  });

  test("count who is in a channel", async () => {
    await shows("members", "0");
    const eve = new Socket({ url: `${server.url}/example/socket?user=Eve`, WebSocket });
    eve.channel("lobby").join();
    await shows("members", "1");
    eve.close();
    await shows("members", "0");
    expect(complaints).toEqual([]);
  });

  test("show the reply of a request", async () => {
    await click("ping");
    await shows("ping", "answered");
    expect(complaints).toEqual([]);
  });

  test("show the countdown and what is unsaved while the server is away, and save it once", async () => {
    await server.drop();
    await shows("status", "reconnecting");
    await shows("retry", "retry in 2");
    await click("say");
    await click("say");
    await shows("unsaved", "text-0 text-1");
    await shows("queued", "2");
    await shows("retry", "retry in 1");
    await server.restart();
    await shows("status", "open");
    await shows("unsaved", "");
    await shows("queued", "0");
    await shows("saved", "text-1");
    expect(await heard("room")).toEqual(["text-0", "text-1"]);
    expect(await page.evaluate(() => trace.reconnects)).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("keep the connection when a component is edited, and hear on", async () => {
    const file = { react: "Room.tsx", vue: "Room.vue", svelte: "Room.svelte", solid: "Room.tsx" }[framework];
    const before = ada().map(({ id }) => id);
    for (const version of [2, 3]) {
      dev.edit(file, (text) => text.replace(/version \d/, `version ${version}`));
      await page.locator("h1", { hasText: `version ${version}` }).waitFor();
      say(`version-${version}`);
      await shows("texts", new RegExp(`version-${version}$`));
    }
    dev.edit(file, (text) => text.replace(/version \d/, "version 1"));
    await page.locator("h1", { hasText: "version 1" }).waitFor();
    expect([ada().map(({ id }) => id), await openings(), await sentCommands()]).toEqual([before, [0], ["join"]]);
    expect(await heard("room")).toEqual(["version-2", "version-3"]);
    expect(complaints).toEqual([]);
  });

  test("have one connection at a time when the module of the socket is edited, and hear on", async () => {
    for (const edition of [2, 1]) {
      dev.edit("socket.ts", (text) => text.replace(/edition \d/, `edition ${edition}`));
      await shows("edition", `edition ${edition}`);
      await shows("status", "open");
      await shows("channel", "joined");
      await inChannels("lobby");
      say(`edition-${edition}`);
      await shows("texts", new RegExp(`edition-${edition}$`));
    }
    expect(await openings()).toEqual([0, 0, 0]);
    expect(await heard("room")).toEqual(["edition-2", "edition-1"]);
    expect(complaints).toEqual([]);
  });
});
