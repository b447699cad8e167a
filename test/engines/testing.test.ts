import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type MockServer, mockServer, toPlaywright } from "../../src/testing/index";
import { type Pages, startPages } from "../harness/pages";
import { openAfter } from "../harness/waits";
import { chromiumArgs, findChromium } from "../tools/browsers";

// A mock server behind Playwright: the library in a real page talks to a script in the test.

const executablePath = findChromium();

describe.skipIf(!executablePath)("behind Playwright's routeWebSocket, a mock server", () => {
  let browser: Browser;
  let pages: Pages;
  let page: Page;
  let server: MockServer;

  beforeAll(async () => {
    pages = await startPages();
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs });
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });
  beforeEach(async () => {
    server = mockServer();
    page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.routeWebSocket("**/connect", toPlaywright(server));
    await page.goto(pages.url);
    await page.evaluate(() => void connect({ channel: "lobby" }));
    await openAfter(page as never, 0);
  });

  test("answers text and bytes", async () => {
    server.on("echo", (param, { reply }) => reply("echo", param));
    const answer = await page.evaluate(() => news.socket.request("echo", { text: "ä€😀" }, { reply: "echo" }));
    expect(answer).toEqual({ text: "ä€😀" });
    const heard = page.evaluate(() => news.socket.once("hello").then(({ param }) => param));
    await server.settled();
    server.sendRaw(new Uint8Array(Buffer.from('{"cmd":"hello","param":"ä"}')).buffer);
    expect(await heard).toBe("ä");
  });

  test("closes with its code, cuts with 1011, and the page reconnects", async () => {
    server.close(1012, "restart");
    server.cut();
    expect((await openAfter(page as never, 1)).closes).toEqual([{ code: 1012, reason: "restart", wasClean: true }]);
    server.cut();
    expect((await openAfter(page as never, 2)).closes[1]).toMatchObject({ code: 1011 });
  });

  test("sends a message again whose confirmation was cut off", async () => {
    server.on("note", (param, { reply }) => reply("saved", param));
    server.stall("down");
    const confirmed = page.evaluate(() => news.socket.confirm("note", { id: 1 }, { reply: "saved" }));
    await server.next("note");
    server.cut();
    expect(await confirmed).toEqual({ id: 1 });
    expect(server.received("note")).toHaveLength(2);
  });

  test("learns how the page has closed", async () => {
    const { client } = server;
    await page.evaluate(() => news.socket.close(4321, "moved"));
    await expect.poll(() => client.closed).toEqual({ code: 4321, reason: "moved" });
  });
});
