import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Playground, startPlayground } from "../playground/server";
import { type Server, startServer } from "./server/http";
import { chromiumArgs, findChromium } from "./tools/browsers";

// The pages of the playground in a real Chromium, over the real server that `npm start` runs.

let browser: Browser;
let playground: Playground;
let context: BrowserContext;
/** What no page may do: errors on the console, uncaught errors, violations of the Content-Security-Policy. */
const complaints: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  playground = await startPlayground();
  context = await browser.newContext();
  complaints.length = 0;
  await context.exposeBinding("complain", (_, text: string) => complaints.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      void (window as unknown as { complain(text: string): void }).complain(`${violatedDirective} ${blockedURI}`);
    });
  });
});
afterEach(async () => {
  await context.close();
  await playground.close();
});

/** Opens a page; the only errors it may print are those of the browser for a server that is away. */
async function open(path: string, user?: string): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const away = /^WebSocket connection to |ERR_CONNECTION_REFUSED/.test(message.text());
    if (message.type() === "error" && !away) complaints.push(message.text());
  });
  await page.goto(playground.url + path);
  if (user) {
    await page.locator("#name").fill(user);
    await page.locator("#name-form button").click();
  }
  return page;
}

/** Opens the chat in a window of its own, as somebody. */
async function chat(user: string): Promise<Page> {
  const page = await open("/", user);
  await page.locator("#status[data-status=open]").waitFor();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

const texts = (page: Page) => page.locator(".log:not([hidden]) .line .text").allTextContents();
const status = (page: Page, status: string) => page.locator(`#status[data-status=${status}]`).waitFor();
const heard = (page: Page, text: string) => page.locator(".log .line .text", { hasText: new RegExp(`^${text}$`) }).waitFor();

describe("the chat", () => {
  test("lets two people talk, and shows who is here", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await say(ada, "hello");
    await heard(bob, "hello");
    await say(bob, "hi, Ada");
    await heard(ada, "hi, Ada");
    expect(await texts(ada)).toEqual(["hello", "hi, Ada"]);
    expect(await texts(bob)).toEqual(["hello", "hi, Ada"]);
    for (const page of [ada, bob]) {
      await page.locator("#people li", { hasText: "Ada" }).waitFor();
      await page.locator("#people li", { hasText: "Bob" }).waitFor();
    }
    await bob.close();
    await expect.poll(() => ada.locator("#people li").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("lives through a server that goes away: both come back, are in their rooms again, and nothing is lost", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    for (const page of [ada, bob]) {
      await page.locator("#room").fill("kitchen");
      await page.locator("#room").press("Enter");
    }
    await say(ada, "before");
    await heard(bob, "before");
    await ada.evaluate(() => Object.assign(window, { sameDocument: true }));

    await playground.server.drop();
    await Promise.all([status(ada, "reconnecting"), status(bob, "reconnecting")]);
    for (let index = 1; index <= 5; index++) await say(ada, `ada ${index}`);
    for (let index = 1; index <= 5; index++) await say(bob, `bob ${index}`);
    await expect.poll(() => ada.locator("#queued").textContent()).toBe("5");
    await playground.server.restart();

    await Promise.all([status(ada, "open"), status(bob, "open")]);
    await Promise.all([heard(ada, "bob 5"), heard(bob, "ada 5")]);
    for (const page of [ada, bob]) {
      const all = await texts(page);
      expect(all.filter((text) => text.startsWith("ada"))).toEqual([1, 2, 3, 4, 5].map((index) => `ada ${index}`));
      expect(all.filter((text) => text.startsWith("bob"))).toEqual([1, 2, 3, 4, 5].map((index) => `bob ${index}`));
      expect(all[0]).toBe("before");
      await expect.poll(() => page.locator("[data-fate]:not([data-fate=delivered])").count()).toBe(0);
      await expect.poll(() => page.locator("#people li").allTextContents()).toHaveLength(2);
    }
    expect(await ada.evaluate(() => "sameDocument" in window)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test.each([
    ["cut", 1006],
    ["restart", 1012],
    // Nobody but the heartbeat notices.
    ["stall", 1006],
  ])("recovers from its own button %s, and the other page is not touched", async (button, code) => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await ada.locator(`#${button}`).click();
    // Not the status: full jitter may mend a cut before anybody looks.
    await ada.locator("#journal li", { hasText: `ended with ${code}` }).waitFor({ state: "attached" });
    await say(ada, "meanwhile");
    await status(ada, "open");
    await heard(bob, "meanwhile");
    expect(await bob.locator("#journal").textContent()).not.toContain("reconnecting");
    expect(await texts(bob)).toEqual(["meanwhile"]);
    expect(complaints).toEqual([]);
  });

  test("closes and connects by its button, and works by keyboard alone", async () => {
    const ada = await chat("Ada");
    await ada.locator("#connect").focus();
    await ada.keyboard.press("Enter");
    await status(ada, "closed");
    await ada.keyboard.press("Space");
    await status(ada, "open");
    await ada.locator("#text").focus();
    await ada.keyboard.type("typed");
    await ada.keyboard.press("Enter");
    await heard(ada, "typed");
    expect(complaints).toEqual([]);
  });
});

test("the admin page shows connections and channels, and broadcasts to all, a channel and one connection", async () => {
  const ada = await chat("Ada");
  const admin = await open("/admin/websocket");
  await admin.locator("#connections tr", { hasText: "Ada" }).waitFor();
  await admin.locator("#channels li", { hasText: "lobby" }).waitFor();
  const options = await admin.locator("#target option").evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value));
  expect(options.length).toBe(3);
  for (const [index, target] of options.entries()) {
    await admin.locator("#target").selectOption(target);
    await admin.locator("#param").fill(JSON.stringify({ text: `notice ${index}` }));
    await admin.locator("#broadcast button").click();
    await ada.locator(".notice", { hasText: `notice ${index}` }).waitFor();
  }
  await admin.locator("#param").fill("{nonsense");
  await admin.locator("#broadcast button").click();
  await expect.poll(() => admin.locator("#param-error").textContent()).not.toBe("");
  await ada.close();
  await admin.locator("#nobody").waitFor();
  expect(complaints).toEqual([]);
});

describe("the code of Project Forge's documentation", () => {
  test("runs from a script tag, with its own constructor", async () => {
    const page = await open("/umd.html");
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.locator("#chat-input").fill("from a script");
    await page.locator("#chat-form button").click();
    await page.locator("#messages div", { hasText: /^chat: \{.*"text":"from a script"/ }).waitFor();
    await playground.server.drop();
    await playground.server.restart();
    await page.locator("#chat-input").fill("again");
    await page.locator("#chat-form button").click();
    await page.locator("#messages div", { hasText: /"text":"again"/ }).waitFor();
    expect(said).toContain("Connected");
    expect(complaints.filter((text) => !text.startsWith("socket: The WebSocket failed"))).toEqual([]);
  });

  /** Opens a page that is nothing but this HTML, served by a server of its own; gives what it prints. */
  async function openHtml(html: string, script = ""): Promise<{ page: Page; said: string[] }> {
    const pages = (request: IncomingMessage, response: ServerResponse) => {
      const isScript = request.url!.endsWith(".js");
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html").end(isScript ? script : html);
      return true;
    };
    bare = await startServer({ pages });
    const page = await context.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    return { page, said };
  }
  let bare: Server | undefined;
  afterEach(async () => {
    await bare?.close();
    bare = undefined;
  });

  test("compiles and runs as TypeScript", async () => {
    const { outputFiles } = await build({ entryPoints: ["test/seed/client.ts"], bundle: true, format: "iife", write: false });
    const html = `<form id="chat-form"><input id="chat-input"></form><script src="/script.js"></script>`;
    const { page, said } = await openHtml(html, outputFiles[0]!.text);
    await page.addInitScript(() => {
      Object.defineProperty(window, "ExampleClient", {
        set(client: { prototype: object }) {
          Object.assign(client.prototype, { displayChatMessage: (param: object) => console.log("chat", JSON.stringify(param)) });
        },
      });
    });
    await page.goto(bare!.url);
    await expect.poll(() => said.join("\n")).toContain("Received pong:");
    expect(said).toContain("Connected to WebSocket");
    await page.locator("#chat-input").fill("typed");
    await page.locator("#chat-input").press("Enter");
    await expect.poll(() => said.join("\n")).toMatch(/chat .*"text":"typed"/);
  });

  test("has its HTML example in the README, which runs", async () => {
    const html = /^```html\n(.*?)^```/ms.exec(readFileSync("README.md", "utf8"))![1]!;
    const { page, said } = await openHtml(html, readFileSync("dist/wireline.umd.js", "utf8"));
    await page.goto(bare!.url);
    await expect.poll(() => said.join("\n")).toMatch(/^chat .*/m);
    expect(said).toContain("Connected");
  });
});
