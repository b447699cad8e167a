import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { type Engine, engines, launch, type Page } from "../harness/engines";
import { type Peer, startPeer } from "../harness/peer";
import { pageOf, type Site, startSite } from "../harness/site";

// The panel of wireline/devtools in every engine that is installed, under a strict Content-Security-Policy.

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A row of the table, as it is shown. */
type ShownRow = [kind: string, text: string, outcome: string];

interface Lab {
  /** What an independent tap has heard: each message with what became of it, in the order of the table. */
  expected(): ShownRow[];
  /** What the table shows. */
  shown(): ShownRow[];
  /** What the table shows of errors. */
  errors(): string[];
  /** The first element of the panel that fits a selector, and a text if there is one. */
  find<T extends HTMLElement>(selector: string, text?: string): T;
  readonly socket: import("../../src/index").Socket;
  readonly violations: string[];
}

declare global {
  var lab: Lab;
}

/** Runs in the page, as a module. */
const script = `
import { Socket } from "/dist/index.mjs";
import { faults, inspect, mount } from "/dist/devtools.mjs";

const violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => violations.push(violatedDirective + " " + blockedURI));
const query = new URLSearchParams(location.search);
const link = faults();
const socket = new Socket({
  ...link.options, url: query.get("url"), channel: "lobby", autoConnect: false, backoff: { min: 1, max: 50 },
  heartbeat: query.has("beat") && { cmd: "ask", reply: "answer", interval: 50, timeout: 100 },
});
socket.onError(() => {});
socket.onDrop(() => {});
const stories = new Map();
const ins = [];
socket.tap((event) => {
  const step = (text) => stories.get(event.message).push(text);
  if (["queued", "out", "drop", "settled"].includes(event.type) && !stories.has(event.message)) {
    const story = [];
    stories.set(event.message, story);
    ins.push(["→ out", event.message.cmd, story]);
  }
  if (event.type === "in") ins.push(["← in", event.message.cmd, []]);
  if (event.type === "queued") step("queued");
  if (event.type === "out") step(stories.get(event.message).some((text) => text.startsWith("sent")) ? "sent again" : "sent");
  if (event.type === "drop") step("dropped: " + event.reason);
  if (event.type === "settled") {
    step(event.error ? "failed: " + event.error.code : "answered");
    if (!event.error) ins.filter(([kind, cmd]) => kind === "← in" && cmd === "answer").at(-1)[2].push("reply");
  }
});
inspect(socket, { name: "the socket", faults: link });
mount(document.querySelector("main"), { open: query.has("open") });
socket.connect();
const root = () => document.querySelector("wireline-devtools").shadowRoot;
globalThis.lab = {
  socket, violations,
  expected: () => ins.map(([kind, cmd, story]) => [kind, cmd, story.at(-1) ?? ""]),
  shown: () => [...root().querySelectorAll("tbody tr")]
    .map(({ cells }) => [cells[1].textContent, cells[2].textContent, cells[5].textContent.replace(/ in \\d+ ms/, "")])
    .filter(([kind]) => /^[←→]/.test(kind)),
  errors: () => [...root().querySelectorAll("tr[data-kind=error]")].map(({ cells }) => cells[2].textContent),
  find: (selector, text) => [...root().querySelectorAll(selector)].find((element) => !text || element.textContent === text),
};
`;

describe.each(engines)("%s", (name) => {
  let engine: Engine;
  let site: Site;
  let peer: Peer;
  let proxy: FaultProxy;
  let page: Page;

  beforeAll(async () => {
    site = await startSite();
    site.files.set("/lab.js", script);
    site.files.set("/", pageOf('<html lang="en"><main><h1>A page</h1></main><script type="module" src="/lab.js"></script>'));
    engine = await launch(name);
  });
  afterAll(async () => {
    await engine?.close();
    await site?.close();
  });
  beforeEach(async () => {
    peer = await startPeer();
    proxy = await startProxy({ target: peer.port });
    site.headers.set("/", {
      "content-security-policy": `default-src 'none'; script-src 'self'; connect-src ws://127.0.0.1:${proxy.port}; img-src data:; require-trusted-types-for 'script'`,
    });
    void answer(peer);
  });
  afterEach(async () => {
    await page?.close();
    await proxy.close();
    await peer.stop();
  });

  async function open(query = ""): Promise<void> {
    page = await engine.open(`${site.url}/?url=${proxy.url}${query}`);
    await expect.poll(() => page.evaluate(() => typeof lab)).toBe("object");
    await page.evaluate(() => lab.socket.ready());
  }

  const press = (text: string) => page.evaluate((text) => lab.find<HTMLButtonElement>("button", text).click(), text);
  const shownStatus = () => page.evaluate(() => lab.find(".status").textContent);

  test("the panel shows what an independent tap has heard, also of a connection that was cut", async () => {
    await open("&open");
    await page.evaluate(() => {
      const { socket } = lab;
      socket.send("chat", { text: "one" });
      return socket.request("ask", { n: 1 }, { reply: "answer" });
    });
    await proxy.refuse("reset");
    proxy.cut();
    await page.evaluate(async () => {
      const { socket } = lab;
      while (socket.state.status === "open") await new Promise<void>((resolve) => socket.onStatus(() => resolve()));
      for (let n = 0; n < 3; n++) socket.send("later", { n });
      socket.send("now or never", {}, { delivery: "drop" });
    });
    await expect.poll(() => page.evaluate(() => lab.find("summary").textContent)).toBe("Queue (3)");
    await proxy.accept();
    await page.evaluate(async () => {
      await lab.socket.ready();
      await lab.socket.request("ask", { n: 2 }, { reply: "answer" });
    });
    await expect.poll(() => page.evaluate(() => lab.shown())).toEqual(await page.evaluate(() => lab.expected()));
    const shown = await page.evaluate(() => lab.shown());
    expect(shown).toEqual([
      ["→ out", "chat", "sent"],
      ["→ out", "ask", "answered"],
      ["← in", "answer", "reply"],
      ...[1, 2, 3].map(() => ["→ out", "later", "sent"]),
      ["→ out", "now or never", "dropped: disconnected"],
      ["→ out", "ask", "answered"],
      ["← in", "answer", "reply"],
    ]);
    // What the server has got is the same.
    const sent = shown.filter(([kind, , outcome]) => kind === "→ out" && !outcome.startsWith("dropped")).map(([, text]) => text);
    expect(peer.received.map((text) => (JSON.parse(text) as { cmd: string }).cmd)).toEqual(sent);
    expect(await page.evaluate(() => lab.find("svg").getAttribute("aria-label"))).toMatch(
      /open for .* retrying for .* open for .*; 2 messages received, 6 sent/,
    );
    expect(await page.evaluate(() => lab.violations)).toEqual([]);
  });

  test("its buttons cut, stall, go offline and refuse, and the socket recovers from each", async () => {
    await open("&open&beat");
    await expect.poll(shownStatus).toBe("open");
    const reopened = (connections: number) => proxy.connected(connections).then(() => expect.poll(shownStatus).toBe("open"));
    await press("Cut");
    await reopened(2);
    // The heartbeat notices.
    await press("Stall");
    await expect.poll(shownStatus).toBe("reconnecting");
    await press("End stall");
    await expect.poll(shownStatus).toBe("open");
    await press("Go offline");
    await expect.poll(shownStatus).toBe("reconnecting");
    await press("Go online");
    await expect.poll(shownStatus).toBe("open");
    await press("Refuse next");
    await press("Cut");
    await expect.poll(() => page.evaluate(() => lab.errors())).toContainEqual(expect.stringContaining("transport"));
    await expect.poll(shownStatus).toBe("open");
    await press("Close");
    await expect.poll(shownStatus).toBe("closed");
    await press("Connect");
    await expect.poll(shownStatus).toBe("open");
  });

  test("the panel is loaded when it is opened, has the focus then, and gives it back when it closes", async () => {
    await open();
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("devtools-panel")).length);
    expect(await loaded()).toBe(0);
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document.querySelector("wireline-devtools")!.shadowRoot!;
        return activeElement?.getAttribute("aria-label") ?? activeElement?.textContent;
      });
    await press("Wireline");
    await expect.poll(focused).toBe("Socket");
    expect(await loaded()).toBe(1);
    await page.evaluate(() => void lab.find(".panel select").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })));
    expect(await focused()).toBe("Wireline");
    expect(await page.evaluate(() => Boolean(lab.find(".panel")))).toBe(false);
  });

  test("a row opens its details, the filter hides rows, and a message can be sent", async () => {
    await open("&open");
    await page.evaluate(() => lab.socket.request("ask", { n: 1 }, { reply: "answer" }));
    await expect.poll(() => page.evaluate(() => lab.shown())).toHaveLength(2);
    await press("ask");
    await expect.poll(() => page.evaluate(() => lab.find(".detail").textContent)).toMatch(/Reply after\d+ ms.*"n": 1/s);
    await press("Show the reply");
    expect(await page.evaluate(() => lab.find(".detail h3").textContent)).toBe("answer");
    await press("Close details");
    const input = (selector: string, value: string) =>
      page.evaluate(
        ({ selector, value }) => {
          const field = lab.find<HTMLInputElement>(selector);
          field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        },
        { selector, value },
      );
    await input("input[type=search]", "answer");
    expect(await page.evaluate(() => lab.shown())).toEqual([
      ["→ out", "ask", "answered"],
      ["← in", "answer", "reply"],
    ]);
    await input(".filter select", "in");
    expect(await page.evaluate(() => lab.shown())).toEqual([["← in", "answer", "reply"]]);
    await input("input[name=cmd]", "by hand");
    await input("textarea", '{"n":');
    await press("Send");
    expect(await page.evaluate(() => lab.find(".sender output").textContent)).toMatch(/^Not sent: /);
    await input("textarea", '{"n": 5}');
    await press("Send");
    expect(await page.evaluate(() => lab.find(".sender output").textContent)).toBe("sent");
    await peer.receives(2);
    expect(JSON.parse(peer.received[1]!)).toEqual({ channel: "lobby", cmd: "by hand", param: { n: 5 } });
  });

  test.runIf(name === "chromium")("it fits screens of 320, 390 and 1280 px, and axe finds nothing in light and dark", async () => {
    await open("&open");
    await page.evaluate(() => lab.socket.request("ask", { n: 1 }, { reply: "answer" }));
    proxy.cut();
    await expect.poll(() => page.evaluate(() => lab.find("button", "ask") !== undefined)).toBe(true);
    await press("ask");
    const { playwright } = page;
    await page.evaluate(() => {
      for (const details of document.querySelector("wireline-devtools")!.shadowRoot!.querySelectorAll("details")) details.open = true;
    });
    await playwright!
      .context()
      .newCDPSession(playwright!)
      .then((session) => session.send("Page.setBypassCSP", { enabled: true }));
    await playwright!.evaluate(`Object.defineProperty(globalThis, "axeSource", { value: 1 });`);
    await page.cdp!.send("Runtime.evaluate", { expression: axe });
    for (const colorScheme of ["light", "dark"] as const) {
      await playwright!.emulateMedia({ colorScheme });
      for (const width of [320, 390, 1280]) {
        await playwright!.setViewportSize({ width, height: 800 });
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown }[] }[] }> };
          };
          const { violations } = await axe.run();
          const wide = [...document.querySelector("wireline-devtools")!.shadowRoot!.querySelectorAll(".panel, .body, .main, .side")]
            .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
            .map(({ className }) => className);
          return {
            page: document.documentElement.scrollWidth <= innerWidth,
            wide,
            violations: violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]),
          };
        });
        expect(found, `${width} px, ${colorScheme}`).toEqual({ page: true, wide: [], violations: [] });
      }
    }
  });
});

/** Answers `ask` on every connection of a peer. */
async function answer(peer: Peer): Promise<void> {
  for (;;) {
    const socket = await peer.connection();
    socket.on("message", (data) => {
      const { cmd, param } = JSON.parse(String(data)) as { cmd: string; param: unknown };
      if (cmd === "ask") socket.send(JSON.stringify({ channel: "lobby", cmd: "answer", param }));
    });
    void once(socket, "close");
  }
}
