import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Playground, startPlayground } from "../../playground/server";
import { type Server, startServer } from "../server/http";
import { chromiumArgs, findChromium } from "../tools/browsers";

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
  // The window knows its user from an earlier visit.
  if (user) await page.addInitScript((user) => sessionStorage.setItem("wireline-user", user), user);
  await page.goto(playground.url + path);
  return page;
}

/** Opens the chat in its own window, under a name. */
async function chat(user: string): Promise<Page> {
  const page = await open("/", user);
  await page.locator("#status[data-status=open]").waitFor();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

/** Opens the log-in that the name in the corner is, and decides there, by keyboard alone. */
async function become(page: Page, name: string): Promise<void> {
  await page.locator("#me").press("Enter");
  await page.locator("#name").fill(name);
  await page.locator("#name").press("Enter");
}

/** Goes to a room. */
async function go(page: Page, room: string): Promise<void> {
  await page.locator("#room").fill(room);
  await page.locator("#room").press("Enter");
}

const texts = (page: Page) => page.locator(".log:not([hidden]) .line .text").allTextContents();
const status = (page: Page, status: string) => page.locator(`#status[data-status=${status}]`).waitFor();
const line = (page: Page, text: string) => page.locator(".log .line", { has: page.getByText(text, { exact: true }) });
const fate = (page: Page, text: string, fate: string) =>
  line(page, text)
    .and(page.locator(`[data-fate=${fate}]`))
    .waitFor();
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

  test("survives a restart of the server: both pages reconnect and rejoin, and no message is lost", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    for (const page of [ada, bob]) await go(page, "kitchen");
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

  test("its button restart closes every window with 1012, and no message is lost", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await ada.locator("#restart").click();
    for (const page of [ada, bob]) await page.locator("#journal li", { hasText: "ended with 1012" }).waitFor({ state: "attached" });
    await say(ada, "meanwhile");
    await say(bob, "also");
    await Promise.all([heard(bob, "meanwhile"), heard(ada, "also")]);
    expect(complaints).toEqual([]);
  });

  test("needs no name, says what Wireline is, and its three tasks tell what happens, first and at the end", async () => {
    const page = await open("/");
    await status(page, "open");
    expect(await page.locator("#my-name").textContent()).toMatch(/^Guest \d+$/);
    expect(await page.locator("h1").textContent()).toMatch(/^Wireline keeps a WebSocket connected/);
    const told = page.locator("#told");
    await page.locator("#try-cut").click();
    await page.keyboard.type("while it is away");
    await page.keyboard.press("Enter");
    await told.getByText("The link is back").waitFor();
    await fate(page, "while it is away", "delivered");
    await page.locator("#try-stall").click();
    await told.getByText("The heartbeat noticed").waitFor();
    const [other] = await Promise.all([context.waitForEvent("page"), page.locator("#try-restart").click()]);
    await told.getByText("Both windows are back").waitFor();
    await status(other, "open");
    expect(complaints).toEqual([]);
  });

  test("shows its messages in the inspector", async () => {
    const page = await chat("Ada");
    await say(page, "seen by the inspector");
    const row = page.locator("wireline-devtools tr", { hasText: "chat" }).filter({ hasText: "answered" });
    await row.first().locator("button").click();
    await page.locator("wireline-devtools .detail").getByText("seen by the inspector").first().waitFor();
    expect(complaints).toEqual([]);
  });

  test.each([
    ["cut", 1006],
    // Only the heartbeat notices.
    ["stall", 1006],
  ])("recovers from its own button %s, and the other page is not affected", async (button, code) => {
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

  test("confirms messages: a lost echo loses and repeats nothing", async () => {
    // The first reader misses the echo of one message.
    let [first, deaf] = ["", false];
    await context.routeWebSocket(/\/chat\/socket/, (page) => {
      first ||= page.url();
      page.connectToServer().onMessage((message) => {
        if (!deaf || page.url() !== first || !String(message).includes("is it there?")) page.send(message);
      });
    });
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    deaf = true;
    await say(ada, "is it there?");
    await heard(bob, "is it there\\?");
    await fate(ada, "is it there?", "sent");
    await ada.locator("#queued", { hasText: "1" }).waitFor();
    await playground.server.drop();
    await fate(ada, "is it there?", "queued");
    await say(ada, "and this?");
    deaf = false;
    await playground.server.restart();
    await fate(ada, "is it there?", "delivered");
    await fate(ada, "and this?", "delivered");
    await heard(bob, "and this\\?");
    for (const page of [ada, bob]) expect(await texts(page)).toEqual(["is it there?", "and this?"]);
    expect(complaints).toEqual([]);
  });

  test("reconnects with new credentials to a server that has forgotten everything", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await say(ada, "before");
    await heard(bob, "before");
    const { port } = playground.server;
    await playground.close();
    await Promise.all([status(ada, "reconnecting"), status(bob, "reconnecting")]);
    await say(ada, "between");
    playground = await startPlayground({ port });
    await ada.locator("#journal li", { hasText: "ended with 4101, The token is no good" }).waitFor({ state: "attached" });
    await fate(ada, "between", "delivered");
    await heard(bob, "between");
    for (const page of [ada, bob]) expect(await texts(page)).toEqual(["before", "between"]);
    expect(complaints).toEqual([]);
  });

  test("asks for a new token when its own has expired, and sends nothing twice", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await ada.locator("#expire").click();
    await ada.locator("#journal li", { hasText: "ended with 4101, The token has expired" }).waitFor({ state: "attached" });
    await say(ada, "still me");
    await fate(ada, "still me", "delivered");
    await heard(bob, "still me");
    expect(await line(bob, "still me").getAttribute("data-user")).toBe("Ada");
    expect(await texts(bob)).toEqual(["still me"]);
    expect(complaints).toEqual([]);
  });

  test("shows who is typing until they send, stop or empty the box", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    const typing = ada.getByRole("status").and(ada.locator("#typing"));
    await bob.locator("#text").pressSequentially("hel");
    await expect.poll(() => typing.textContent()).toBe("Bob is typing …");
    expect(await bob.locator("#typing").textContent()).toBe("");
    await say(bob, "hello");
    await heard(ada, "hello");
    expect(await typing.textContent()).toBe("");

    await bob.locator("#text").fill("something else");
    await expect.poll(() => typing.textContent()).toBe("Bob is typing …");
    await bob.locator("#text").fill("");
    await expect.poll(() => typing.textContent()).toBe("");

    await bob.locator("#text").fill("and a third thing");
    await expect.poll(() => typing.textContent()).toBe("Bob is typing …");
    // He does no more: it wears off.
    await expect.poll(() => typing.textContent(), { timeout: 30_000 }).toBe("");

    await bob.locator("#text").fill("a fourth, and away");
    await expect.poll(() => typing.textContent()).toBe("Bob is typing …");
    await bob.close();
    await expect.poll(() => typing.textContent()).toBe("");
    expect(complaints).toEqual([]);
  });

  test("keeps typing signals out of the queue and the journal while disconnected", async () => {
    const ada = await chat("Ada");
    await playground.server.drop();
    await status(ada, "reconnecting");
    await ada.locator("#text").pressSequentially("nobody sees this");
    await say(ada, "but this waits");
    await expect.poll(() => ada.locator("#queued").textContent()).toBe("1");
    expect(await ada.locator("#journal").textContent()).not.toContain("gave up");
    await playground.server.restart();
    await fate(ada, "but this waits", "delivered");
    expect(complaints).toEqual([]);
  });

  test("shows how far each member has read a room, only the newest mark, also after a reconnect", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await say(ada, "one");
    await line(ada, "one").locator(".by", { hasText: "Seen by Bob" }).waitFor();
    await go(bob, "kitchen");
    await say(ada, "two");
    await say(ada, "three");
    await bob.locator("#rooms .badge", { hasText: "2" }).waitFor();
    expect(await line(ada, "three").locator(".by").textContent()).toBe("");
    await playground.server.drop();
    await status(bob, "reconnecting");
    await bob.locator("#rooms .room", { hasText: "lobby" }).click();
    await expect.poll(() => bob.locator("#queued").textContent()).toBe("1");
    await playground.server.restart();
    await line(ada, "three").locator(".by", { hasText: "Seen by Bob" }).waitFor();
    expect(await line(ada, "one").locator(".by").textContent()).toBe("");
    expect(complaints).toEqual([]);
  });

  test("shows how long a ping took, or why there is no answer and whether the ping was sent", async () => {
    const ada = await chat("Ada");
    const result = ada.getByRole("status").and(ada.locator("#ping-result"));
    await ada.locator("#ping").press("Enter");
    await expect.poll(() => result.textContent()).toMatch(/^Answered in \d+\sms\.$/);
    await ada.locator("#stall").click();
    await ada.locator("#ping").press("Enter");
    await expect.poll(() => result.textContent(), { timeout: 10_000 }).toMatch(/^No answer: .* It was sent\.$/);
    await playground.server.drop();
    await status(ada, "reconnecting");
    await ada.locator("#ping").press("Enter");
    await expect
      .poll(() => result.textContent(), { timeout: 10_000 })
      .toMatch(/^No answer: nothing came within 2\.0\ss\. It was never sent\.$/);
    await ada.locator("#connect").press("Enter");
    await ada.locator("#ping").press("Enter");
    await expect.poll(() => result.textContent()).toBe("No answer: the connection is closed. It was never sent.");
    expect(complaints).toEqual([]);
  });

  test("never sends waiting messages under another name, and offers to send them under the old one again", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await say(ada, "hello");
    await heard(bob, "hello");
    await playground.server.drop();
    await status(ada, "reconnecting");
    await say(ada, "secret 1");
    await say(ada, "secret 2");
    await ada.locator("#me").press("Enter");
    await ada
      .locator("#name-note", { hasText: "2 messages of yours wait for the connection, and will not be sent unless you stay Ada." })
      .waitFor();
    await ada.keyboard.press("Escape");
    await fate(ada, "secret 2", "queued");

    await become(ada, "Bea");
    for (const text of ["secret 1", "secret 2"]) {
      await fate(ada, text, "dropped");
      expect(await line(ada, text).locator(".fate").textContent()).toBe("not sent: you changed your name");
      expect(await line(ada, text).getByRole("button").count()).toBe(0);
    }
    await say(ada, "I am Bea");
    await playground.server.restart();
    await fate(ada, "I am Bea", "delivered");
    await heard(bob, "I am Bea");
    const said = (page: Page) =>
      page
        .locator(".log:not([hidden]) .line")
        .evaluateAll((all) => all.map((line) => `${(line as HTMLElement).dataset["user"]}: ${line.querySelector(".text")!.textContent}`));
    expect(await said(bob)).toEqual(["Ada: hello", "Bea: I am Bea"]);
    expect(await said(ada)).toEqual(["Ada: hello", "Ada: secret 1", "Ada: secret 2", "Bea: I am Bea"]);
    await expect.poll(() => bob.locator("#people li").allTextContents()).toEqual(["Bob (you)", "Bea"]);

    await become(ada, "Ada");
    await status(ada, "open");
    await line(ada, "secret 1").getByRole("button", { name: "Send again" }).click();
    await heard(bob, "secret 1");
    expect(await said(bob)).toEqual(["Ada: hello", "Bea: I am Bea", "Ada: secret 1"]);
    expect(complaints).toEqual([]);
  });

  test("logs out once all messages have arrived, and logs in under another name", async () => {
    const [ada, bob] = [await chat("Ada"), await chat("Bob")];
    await say(ada, "good-bye");
    await ada.locator("#me").press("Enter");
    await ada.locator("#log-out").press("Enter");
    await heard(bob, "good-bye");
    await ada.locator("#name-title", { hasText: "Log in" }).waitFor();
    await ada.keyboard.press("Escape");
    await status(ada, "closed");
    await fate(ada, "good-bye", "delivered");
    await expect.poll(() => bob.locator("#people li").allTextContents()).toEqual(["Bob (you)"]);
    expect(await ada.evaluate(() => sessionStorage.length)).toBe(0);
    expect(await ada.locator("#me").textContent()).toContain("Log in");

    // Whatever needs a user asks for one.
    await say(ada, "who am I?");
    await ada.locator("#name").fill("Cleo");
    await ada.locator("#name").press("Enter");
    await status(ada, "open");
    await ada.locator("#text").press("Enter");
    await heard(bob, "who am I\\?");
    expect(await line(bob, "who am I?").getAttribute("data-user")).toBe("Cleo");
    await expect.poll(() => bob.locator("#people li").allTextContents()).toEqual(["Bob (you)", "Cleo"]);
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

test("every page fits a screen of 320, 390 and 1280 px, and axe finds nothing in light and dark", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const bypassing = await browser.newContext({ bypassCSP: true });
  try {
    const page = await bypassing.newPage();
    for (const path of ["/", "/umd.html", "/admin/websocket"]) {
      await page.goto(playground.url + path);
      if (path !== "/umd.html") await page.locator("#status[data-status=open]").waitFor();
      await page.evaluate(axe);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const width of [320, 390, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          const found = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as {
              axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown }[] }[] }> };
            };
            const { violations } = await axe.run();
            return {
              width: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
              violations: violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]),
            };
          });
          expect(found, `${path}, ${colorScheme}`).toEqual({ width, violations: [] });
        }
      }
    }
  } finally {
    await bypassing.close();
  }
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

test("the admin page matches each answer with its question, and says of a missing answer whether the question was sent", async () => {
  const ada = await chat("Ada");
  const admin = await open("/admin/websocket");
  await admin.locator("#connections tr", { hasText: "Ada" }).waitFor();
  const result = admin.locator("#result");
  // Two at once: the second is refused, and says so last.
  await admin.locator("#target").selectOption({ label: "lobby" });
  await admin.locator("#broadcast button").evaluate((send) => {
    (send as HTMLButtonElement).click();
    const target = document.querySelector("select")!;
    target.append(new Option("nobody", "connection none"));
    target.value = "connection none";
    (send as HTMLButtonElement).click();
  });
  await expect.poll(() => result.textContent()).toMatch(/^No connection has this id/);
  await ada.locator(".notice").waitFor();
  await playground.server.drop();
  await status(admin, "reconnecting");
  await admin.locator("#broadcast button").click();
  await expect.poll(() => result.textContent(), { timeout: 10_000 }).toMatch(/^No answer within 5\.0\ss\. It was never sent\.$/);
  await playground.server.restart();
  await status(admin, "open");
  expect(await ada.locator(".notice").count()).toBe(1);
  expect(complaints.filter((text) => !/^wireline: (SocketError: )?The WebSocket failed/.test(text))).toEqual([]);
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

  /** Opens a page that consists of this HTML, from its own server; returns what it prints. */
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

  test("shows its HTML example in the documentation, and the example runs", async () => {
    const html = /^```html\n(.*?)^```/ms.exec(readFileSync("playground/docs/start/script-tag.md", "utf8"))![1]!;
    const { page, said } = await openHtml(html, readFileSync("dist/wireline.umd.js", "utf8"));
    await page.goto(bare!.url);
    await expect.poll(() => said.join("\n")).toMatch(/^chat .*/m);
    expect(said).toContain("Connected");
  });
});
