import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { frameworks } from "../../playground/frameworks/page";
import { type Playground, startPlayground } from "../../playground/server";
import { Socket } from "../../src/index";
import { chromiumArgs, findChromium } from "../tools/browsers";

// The page of each framework is the source of an app: it is built and run in a real Chromium, over the server of `npm start`.

let browser: Browser;
let playground: Playground;
let context: BrowserContext;
let bob: Socket;
/** What no app may do: errors and warnings on the console, uncaught errors, violations of the Content-Security-Policy. */
const complaints: string[] = [];
/** Every connection that the apps have had, by its id: those of a user named Ada. */
const connections = new Set<string>();

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  // One for all, so that each app is built once.
  playground = await startPlayground();
  playground.server.service.onChange(() => {
    for (const { id, profile } of playground.server.service.connections()) if (profile.name === "Ada") connections.add(id);
  });
});
afterAll(async () => {
  await browser?.close();
  await playground?.close();
});

beforeEach(async () => {
  context = await browser.newContext();
  complaints.length = 0;
  connections.clear();
  await context.exposeBinding("complain", (_, text: string) => complaints.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      void (window as unknown as { complain(text: string): void }).complain(`${violatedDirective} ${blockedURI}`);
    });
  });
  bob = new Socket({ url: `${playground.url}/example/socket?user=Bob`, WebSocket, onError: () => {} });
  bob.channel("lobby").join();
  await bob.ready();
});
afterEach(async () => {
  bob.close();
  await context.close();
  // The next one counts its own.
  await inChannels(null);
});

/** Opens a framework's app, as Ada; the only errors it may print are those of the browser for a server that is away. */
async function open(framework: string): Promise<{ page: Page; dialed: () => number }> {
  const page = await context.newPage();
  let dialed = 0;
  page.on("websocket", () => dialed++);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const away =
      /^WebSocket connection to .*ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE)|^wireline: (SocketError: )?The WebSocket failed/.test(
        message.text(),
      );
    if (["error", "warning"].includes(message.type()) && !away) complaints.push(message.text());
  });
  await page.goto(`${playground.url}/${framework}/?user=Ada`);
  await status(page, "open");
  return { page, dialed: () => dialed };
}

const status = (page: Page, status: string) => page.locator(`.status[data-status=${status}]`, { hasText: status }).waitFor();
const heard = (page: Page, text: string) => page.getByRole("log").locator("p", { hasText: text }).first().waitFor();
const texts = (page: Page) => page.getByRole("log").locator("p").allTextContents();
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const fate = (page: Page, text: string) => page.locator("form output", { hasText: new RegExp(`^${text}$`) }).waitFor();

async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill(text);
  await field.press("Enter");
  await expect.poll(() => field.inputValue()).toBe("");
}

const ada = () => playground.server.service.connections().find(({ profile }) => profile.name === "Ada");

/** The channels that Ada is in, except the one that the server invented for her connection; `null` when she is gone. */
function channels(): string[] | null {
  return (
    ada()
      ?.channels.filter((name) => !name.startsWith("example-"))
      .sort() ?? null
  );
}

/** Waits until the server sees Ada in these channels. */
function inChannels(expected: string[] | null): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (JSON.stringify(channels()) !== JSON.stringify(expected)) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = playground.server.service.onChange(look);
    look();
  });
}

// Firefox or WebKit may be here without it.
describe.skipIf(!findChromium()).each(frameworks)("the app of the page for %s", (framework) => {
  test("opens one connection, and shows messages of others and its own", async () => {
    const { page, dialed } = await open(framework);
    await inChannels(["lobby"]);
    bob.channel("lobby").send("chat", { text: "hello, <b>Ada</b>" });
    await heard(page, "hello, <b>Ada</b>");
    const echo = bob.channel("lobby").once("chat");
    await say(page, "hello, Bob");
    await heard(page, "hello, Bob");
    await fate(page, "sent");
    expect((await echo).param).toMatchObject({ user: "Ada", text: "hello, Bob" });
    expect(await texts(page)).toEqual(["Bob hello, <b>Ada</b>", "Ada hello, Bob"]);
    expect([dialed(), connections.size]).toEqual([1, 1]);
    expect(complaints).toEqual([]);
  });

  test("shows when the server answered", async () => {
    const { page } = await open(framework);
    await button(page, "Ping").click();
    await page.locator(".ping output", { hasText: /^Answered at .*\.$/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("reconnects after a restart of the server, rejoins its room, and shows each message sent meanwhile once", async () => {
    const { page } = await open(framework);
    await say(page, "before");
    await heard(page, "before");
    await playground.server.drop();
    await status(page, "reconnecting");
    await say(page, "meanwhile");
    await fate(page, "queued");
    await playground.server.restart();
    await status(page, "open");
    await fate(page, "sent");
    await heard(page, "meanwhile");
    await bob.ready();
    await say(page, "after");
    await heard(page, "after");
    expect(await texts(page)).toEqual(["Ada before", "Ada meanwhile", "Ada after"]);
    expect(complaints).toEqual([]);
  });

  test("joins a room while it is shown, and receives nothing from other rooms", async () => {
    const { page } = await open(framework);
    await inChannels(["lobby"]);
    await button(page, "kitchen").click();
    await inChannels(["kitchen"]);
    expect(await button(page, "kitchen").getAttribute("aria-pressed")).toBe("true");
    // A command without listeners is not checked: a listener left behind would complain.
    playground.server.service.writeConnection("chat", { nothing: "that fits" }, ada()!.id, "lobby");
    bob.channel("lobby").send("chat", { text: "in the lobby" });
    bob.channel("kitchen").join();
    bob.channel("kitchen").send("chat", { text: "in the kitchen" });
    await heard(page, "in the kitchen");
    expect(await texts(page)).toEqual(["Bob in the kitchen"]);
    await button(page, "lobby").click();
    await inChannels(["lobby"]);
    expect(await texts(page)).toEqual([]);
    await button(page, "lobby").click();
    await say(page, "still here");
    await heard(page, "still here");
    expect(channels()).toEqual(["lobby"]);
    expect(await texts(page)).toEqual(["Ada still here"]);
    expect(connections.size).toBe(1);
    expect(complaints).toEqual([]);
  });

  test.skipIf(framework === "plain")("hears on in its room when another component of the same room unmounts", async () => {
    const { page } = await open(framework);
    await inChannels(["lobby"]);
    const asks = button(page, "Who else is here?");
    await asks.click();
    const others = page.locator(".ping output", { hasText: "0 came since you did." });
    await others.waitFor();
    await asks.click();
    await others.waitFor({ state: "detached" });
    bob.channel("lobby").send("chat", { text: "still there?" });
    await heard(page, "still there?");
    expect(channels()).toEqual(["lobby"]);
    expect(await texts(page)).toEqual(["Bob still there?"]);
    expect(complaints).toEqual([]);
  });

  test("has nothing to improve for axe, with messages in it", async () => {
    const { page } = await open(framework);
    await say(page, "hello");
    await heard(page, "hello");
    // A policy of the page forbids scripts of others, so this one comes as the browser's own.
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
    expect(found.violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
  });

  test("closes the connection when the chat unmounts, and opens one new one when it mounts again", async () => {
    const { page, dialed } = await open(framework);
    await inChannels(["lobby"]);
    await button(page, "Leave the chat").click();
    await inChannels(null);
    expect(await page.getByRole("log").filter({ visible: true }).count()).toBe(0);
    await button(page, "Enter the chat").click();
    await status(page, "open");
    await inChannels(["lobby"]);
    bob.channel("lobby").send("chat", { text: "welcome back" });
    await heard(page, "welcome back");
    expect(await texts(page)).toEqual(["Bob welcome back"]);
    expect([dialed(), connections.size]).toEqual([2, 2]);
    expect(complaints).toEqual([]);
  });
});
