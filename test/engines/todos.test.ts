import { readdirSync, readFileSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Socket } from "../../src/index";
import { copyExample } from "../docs/examples";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { type Dev, hookFrameworks, startDev } from "../harness/dev";
import { freePort } from "../harness/peer";
import { Program } from "../harness/program";
import { chromiumArgs, findChromium } from "../tools/browsers";

// The app of the documentation's guides: todo lists with typing, presence, confirmations and an offline banner, in each framework,
// in Chromium, with the server that stands beside it, behind a network that fails.

const source = "playground/docs/examples/todos";

test("the app in React needs at most 20 lines beside the hooks and its markup", () => {
  const lines = (file: string) =>
    readFileSync(`${source}/react/${file}`, "utf8")
      .split("\n")
      .filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line) && !/^(import|export \{)/.test(line));
  // What is neither markup, nor the protocol, nor an event handler of a form.
  expect(lines("useTodos.ts").length + lines("hooks.ts").length).toBeLessThanOrEqual(20);
  expect(readdirSync(`${source}/react`).sort()).toEqual(["Todos.tsx", "hooks.ts", "main.tsx", "useTodos.ts"]);
  expect(readFileSync(`${source}/react/Todos.tsx`, "utf8")).not.toMatch(
    /useEffect|useRef|useReducer|useMemo|useSyncExternalStore|setTimeout|setInterval/,
  );
});

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
});
afterAll(() => browser?.close());

describe.skipIf(!findChromium()).each(hookFrameworks)("the todo lists in %s", (framework) => {
  let port: number;
  let program: Program;
  let proxy: FaultProxy;
  let dev: Dev;
  let context: BrowserContext;
  let page: Page;
  let bob: Socket;
  const complaints: string[] = [];

  beforeAll(async () => {
    port = await freePort();
    program = new Program(process.execPath, [copyExample("todos/server.mjs", { 8080: port })]);
    await program.says(/Listening on/);
    proxy = await startProxy({ target: port });
    dev = await startDev(framework, { source, adapt: (text) => text.replace("localhost:8080", `127.0.0.1:${proxy.port}`) });
  });
  afterAll(async () => {
    await dev?.close();
    await proxy?.close();
    await program?.end();
  });
  beforeEach(async () => {
    complaints.length = 0;
    // Bob's network does not fail.
    bob = new Socket({ url: `ws://127.0.0.1:${port}/?user=Bob`, WebSocket });
    await bob.ready();
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const away =
        /^WebSocket connection to .*ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE)|^wireline: (SocketError: )?The WebSocket failed/;
      if (["error", "warning"].includes(message.type()) && !away.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${dev.url}/?user=Ada`);
    await page.getByText("Here: Ada").waitFor();
  });
  afterEach(async () => {
    bob.close();
    await context.close();
  });

  const home = () => bob.channel("home");
  const save = (text: string) => home().confirm("save", { id: text, text, done: false }, { reply: "saved" });
  const item = (text: string) => page.getByRole("listitem").filter({ hasText: text });
  const add = async (text: string) => {
    await page.getByRole("textbox", { name: "Todo" }).fill(text);
    await page.getByRole("button", { name: "Add" }).click();
  };

  test("show who is there, who types, and what each one adds and does", async () => {
    home().join();
    await page.getByText("Here: Ada, Bob").waitFor();
    await save("milk");
    await item("milk").waitFor();
    home().send("typing", { on: true });
    await page.getByText("Bob typing …").waitFor();
    home().send("typing", { on: false });
    await page.getByText("Bob typing …").waitFor({ state: "detached" });
    const typing = home().once("typing");
    const added = home().once("todo");
    await add("bread");
    expect((await typing).param).toEqual({ user: "Ada", on: true });
    expect((await added).param).toMatchObject({ text: "bread", done: false });
    await item("bread").locator("em").waitFor({ state: "detached" });
    const done = home().once("todo");
    await item("bread").getByRole("checkbox").check();
    expect((await done).param).toMatchObject({ text: "bread", done: true });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      // The page around the app is the test's own.
      (window as unknown as { axe: typeof axe }).axe.run("#app", { rules: { region: { enabled: false } } }),
    );
    expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
    bob.close();
    await page.getByText("Here: Ada", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("keep what is added offline, say when the next attempt is, and are complete afterwards", async () => {
    home().join();
    await page.getByText("Here: Ada, Bob").waitFor();
    await proxy.refuse();
    proxy.cut();
    await page.getByText(/Offline\. Next attempt in \d+ s\./).waitFor();
    await add("offline");
    await item("offline").getByText("saving …").waitFor();
    await page.getByText("Waiting changes: 1.").waitFor();
    const ids = ["while-1", "while-2"];
    for (const text of ids) await save(text);
    expect(await item("while-1").count()).toBe(0);
    const added: string[] = [];
    home().on("todo", (param) => added.push((param as { text: string }).text));
    await proxy.accept();
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByRole("button", { name: "Try now" }).waitFor({ state: "detached" });
    for (const text of [...ids, "offline"]) await item(text).waitFor();
    await item("offline").getByText("saving …").waitFor({ state: "detached" });
    expect(added).toEqual(["offline"]);
    await page.getByText("Here: Bob, Ada").waitFor();
    expect(complaints).toEqual([]);
  });

  test("have a list for each room, which another browser shows, too", async () => {
    home().join();
    await save("at home");
    await item("at home").waitFor();
    await page.getByRole("button", { name: "work" }).click();
    await item("at home").waitFor({ state: "detached" });
    await add("at work");
    await item("at work").waitFor();
    await page.getByRole("button", { name: "home" }).click();
    await item("at home").waitFor();
    expect(await item("at work").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
