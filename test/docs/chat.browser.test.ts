import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../harness/peer";
import { Program } from "../harness/program";
import { chromiumArgs, findChromium } from "../tools/browsers";
import { bundleExample, copyExample, examples } from "./examples";

// "A chat in five minutes", as the page tells it: two windows chat, the server stops, and what was written meanwhile arrives.

test("two windows of the first page chat, and recover when the server was away", async () => {
  const port = await freePort();
  const start = async () => {
    const program = new Program(process.execPath, [copyExample("first/server.mjs", { 8080: port })]);
    onTestFinished(() => program.end());
    await program.says(/Listening on/);
    return program;
  };
  const script = readFileSync(await bundleExample("chat/main.ts", { 8080: port }, "browser"));
  const html = readFileSync(`${examples}/chat/index.html`);
  const site = createServer(({ url }, response) => {
    const isScript = url === "/main.ts";
    response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" }).end(isScript ? script : html);
  });
  await new Promise<void>((done) => site.listen(0, "127.0.0.1", done));
  onTestFinished(() => void site.close());
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  onTestFinished(() => browser.close());

  let server = await start();
  const open = async (user: string) => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/?user=${user}`);
    await page.getByText("Connection: open").waitFor();
    return page;
  };
  const [ann, bob] = [await open("Ann"), await open("Bob")];
  const say = async (text: string) => {
    await ann.getByLabel("Message").fill(text);
    await ann.getByRole("button", { name: "Send" }).click();
  };
  await say("hi");
  await bob.getByText("Ann: hi").waitFor();

  await server.end();
  for (const page of [ann, bob]) await page.getByText("Connection: reconnecting").waitFor();
  await say("written while the server was away");
  server = await start();
  for (const page of [ann, bob]) await page.getByText("Connection: open").waitFor();
  await ann.getByText("Ann: written while the server was away").waitFor();
  expect(await bob.locator("li").allTextContents()).toContain("Ann: hi");
});
