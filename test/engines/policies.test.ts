import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { bundle } from "../harness/bundle";
import { type Engine, engines, launch, type Page } from "../harness/engines";
import { pageOf, scriptOf, type Site, startSite } from "../harness/site";
import { integrityOf } from "../tools/integrity";

// What a page may forbid itself, in every engine that is installed: a Content-Security-Policy, Trusted Types, cross-origin
// isolation, the integrity of scripts.

declare global {
  /** What the page's policies have refused until now, by directive. */
  var violations: string[];
  /** What the page's own module did with zod. */
  var protocol: object;
  /** Resolves when something has been refused. */
  var refused: () => Promise<void>;
}

/** Runs in the page, before all else. */
const recorder = `
globalThis.violations = [];
let told = () => {};
globalThis.refused = () => new Promise((resolve) => { told = resolve; });
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  violations.push(effectiveDirective + (blockedURI.startsWith("ws") ? " " + new URL(blockedURI).pathname : ""));
  told();
});`;

const modules = `
import * as all from "/dist/index.mjs";
globalThis.Wireline = { ...all };`;

/** A module of the user's that makes schemas. */
const schemas = (firstLine: string) =>
  bundle(
    `import { z } from "zod";
${firstLine}
globalThis.protocol = Wireline.defineProtocol({
  inbound: { pong: z.object({ timestamp: z.number() }) },
  outbound: { ping: { param: z.object({}), reply: "pong" } },
});`,
    "esm",
  );

const page = (...scripts: string[]) => pageOf(scriptOf("/recorder.js"), ...scripts, scriptOf("/news.js"));
const asScript = scriptOf("/wireline.umd.js");
const asModule = scriptOf("/module.js", `type="module"`);

let site: Site;
let proxy: FaultProxy;
/** Where a socket connects: the site, through the proxy. */
let url: string;

beforeAll(async () => {
  site = await startSite();
  site.files.set("/recorder.js", recorder).set("/module.js", modules);
  site.files.set("/schemas.js", await schemas("z.config({ jitless: true });")).set("/jit.js", await schemas(""));
  site.files.set("/script", page(asScript)).set("/module", page(asModule));
  for (const name of ["schemas", "jit"]) site.files.set(`/${name}`, page(asScript, scriptOf(`/${name}.js`, `type="module"`)));
  site.files.set(
    "/worker.js",
    `importScripts("/wireline.umd.js", "/news.js");
    onmessage = async ({ data: { url } }) => {
      const { socket } = connect({ url, channel: "lobby" });
      await socket.ready();
      socket.send("ping", {});
      await news.until(({ messages }) => messages.some(({ cmd }) => cmd === "pong"));
      postMessage({ isolated: crossOriginIsolated, status: socket.state.status });
    };`,
  );
});
afterAll(() => site?.close());
beforeEach(async () => {
  proxy = await startProxy({ target: site.server.port });
  url = `${proxy.url}/connect`;
});
afterEach(async () => {
  site.headers.clear();
  await proxy.close();
});

describe.each(engines)("%s", (name) => {
  let engine: Engine;
  let opened: Page[] = [];
  beforeAll(async () => {
    engine = await launch(name);
  });
  afterAll(() => engine?.close());
  afterEach(async () => {
    for (const page of opened) await page.close();
    opened = [];
  });

  async function open(path: string): Promise<Page> {
    const page = await engine.open(site.url + path);
    opened.push(page);
    return page;
  }

  /** Lets a page's socket talk, lose its connection, come back and talk again. */
  async function talk(page: Page, address = url): Promise<void> {
    await page.evaluate(async (url) => {
      const { socket } = connect({ url, channel: "lobby" });
      await socket.ready();
      socket.send("ping", {});
      await news.until(({ messages }) => messages.length === 1);
    }, address);
  }

  async function talkTwice(page: Page): Promise<void> {
    await talk(page);
    proxy.cut();
    const heard = await page.evaluate(async () => {
      await news.until(({ closes, state }) => closes.length && state.status === "open");
      news.socket.send("ping", {});
      return news.until(({ messages }) => messages.length === 2);
    });
    expect(heard.messages.map(({ cmd }) => cmd)).toEqual(["pong", "pong"]);
  }

  /** All that the page's policy has refused; the last is a socket that the test opened to be refused. */
  function violations(page: Page): Promise<string[]> {
    return page.evaluate(async () => {
      const refused = globalThis.refused();
      try {
        new WebSocket("ws://127.0.0.1:1024/forbidden");
      } catch {
        // Firefox throws, too.
      }
      await refused;
      return globalThis.violations;
    });
  }

  const strict = (server = proxy.url) => `default-src 'none'; script-src 'self'; img-src data:; connect-src ${server}`;

  describe("a strict Content-Security-Policy", () => {
    test.each(["script", "module"])("lets the library, as a %s, connect, send, receive and reconnect", async (kind) => {
      site.headers.set(`/${kind}`, { "content-security-policy": strict() });
      const page = await open(`/${kind}`);
      await talkTwice(page);
      expect(await violations(page)).toEqual(["connect-src /forbidden"]);
    });

    test("blocks an address that connect-src does not list: each attempt fails with an error, and the client retries", async () => {
      site.headers.set("/script", { "content-security-policy": strict() });
      const page = await open("/script");
      const heard = await page.evaluate(
        ([forbidden, allowed]) =>
          connect({ url: ({ attempt }) => (attempt < 3 ? forbidden! : allowed!) }).until(({ state }) => state.status === "open"),
        [`${site.url}/connect`, url],
      );
      expect(heard.errors).toEqual(["transport", "transport"]);
      expect(heard.closes.map(({ code }) => code)).toEqual([1006, 1006]);
      expect(await violations(page)).toEqual(["connect-src /connect", "connect-src /connect", "connect-src /forbidden"]);
    });

    test("allows a relative address with connect-src 'self'", async () => {
      site.headers.set("/script", { "content-security-policy": strict("'self'") });
      const page = await open("/script");
      await talk(page, "/connect");
      expect(await violations(page)).toEqual(["connect-src /forbidden"]);
    });

    test("reports nothing from zod with jitless, and a violation without it", async () => {
      const seen: string[][] = [];
      for (const path of ["/schemas", "/jit"]) {
        site.headers.set(path, { "content-security-policy": strict() });
        const page = await open(path);
        const reply = await page.evaluate((url) => {
          const options = { url, channel: "lobby", protocol };
          return connect(options as never).socket.request("ping", {}, { reply: "pong" });
        }, `${url}?ch=lobby`);
        expect(reply).toEqual({ timestamp: expect.any(Number) });
        seen.push(await violations(page));
      }
      expect(seen).toEqual([["connect-src /forbidden"], ["script-src", "connect-src /forbidden"]]);
    });
  });

  test("a page that requires Trusted Types, and allows none, reports nothing", async () => {
    for (const kind of ["script", "module"]) {
      site.headers.set(`/${kind}`, { "content-security-policy": `${strict()}; require-trusted-types-for 'script'; trusted-types 'none'` });
      const page = await open(`/${kind}`);
      await talkTwice(page);
      // An engine that knows Trusted Types refuses these; one that does not, has nothing to refuse.
      const knows = await page.evaluate(() => {
        const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): void } };
        for (const sink of [() => (document.body.innerHTML = "<p>"), () => trustedTypes!.createPolicy("any", {})]) {
          try {
            if (trustedTypes) sink();
          } catch {
            // It is the violation that counts.
          }
        }
        return trustedTypes !== undefined;
      });
      const own = knows ? ["require-trusted-types-for", "trusted-types"] : [];
      expect(await violations(page)).toEqual([...own, "connect-src /forbidden"]);
    }
  });

  test("a cross-origin isolated page and its worker connect, send and receive", async () => {
    const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    for (const path of ["/script", "/worker.js"]) site.headers.set(path, isolation);
    const page = await open("/script");
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await talkTwice(page);
    const answer = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const worker = new Worker("/worker.js");
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve(message);
          worker.postMessage({ url });
        }),
      url,
    );
    expect(answer).toEqual({ isolated: true, status: "open" });
  });

  describe("the script from another host", () => {
    /** A page whose script has an integrity, from a host that lets it be read. */
    async function openWith(integrity: string): Promise<Page> {
      const elsewhere = site.url.replace("127.0.0.1", "localhost");
      site.headers.set("/wireline.umd.js", { "access-control-allow-origin": "*" });
      site.files.set("/integrity", page(scriptOf(`${elsewhere}/wireline.umd.js`, `integrity="${integrity}" crossorigin="anonymous"`)));
      return open("/integrity");
    }
    const hash = () => integrityOf("dist/wireline.umd.js");

    test("loads and works with the right integrity", async () => {
      const page = await openWith(hash());
      await talkTwice(page);
    });

    test("does not load with a wrong integrity", async () => {
      const page = await openWith(hash().replace(/.{8}$/, "AAAAAAAA"));
      expect(await page.evaluate(() => typeof Wireline)).toBe("undefined");
    });
  });
});
