import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firefox } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type EngineName, engines, launch, type Page } from "../harness/engines";
import { pageOf, scriptOf, type Site, startSite } from "../harness/site";
import { findOpenssl, startTlsGate, type TlsGate } from "../harness/tls";
import { launchWebKit } from "../harness/webkit";
import { findFirefox, findWebKit } from "../tools/browsers";

// An https page with an untrusted certificate, in each engine that can be made to accept it.

/** What a browser that minds no certificate is needed for. */
interface Careless {
  open(url: string): Promise<Pick<Page, "evaluate">>;
  close(): Promise<void>;
}

const careless: Record<EngineName, () => Promise<Careless>> = {
  chromium: () => launch("chromium", ["--ignore-certificate-errors"]),
  firefox: async () => {
    const browser = await firefox.launch({ channel: "moz-firefox", executablePath: findFirefox()! });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    return {
      open: async (url) => {
        const page = await context.newPage();
        await page.goto(url);
        return { evaluate: (run, arg) => page.evaluate(`(${run})(${JSON.stringify(arg) ?? ""})`) };
      },
      close: () => browser.close(),
    };
  },
  webkit: async () => {
    const folder = mkdtempSync(join(tmpdir(), "wireline-webkit-"));
    const webkit = findWebKit()!;
    const browser = join(folder, "browser");
    writeFileSync(browser, `#!/bin/sh\nexec "${webkit.browser}" --ignore-tls-errors "$@"\n`);
    chmodSync(browser, 0o755);
    const engine = await launchWebKit({ ...webkit, browser });
    return {
      open: (url) => engine.open(url),
      close: async () => {
        await engine.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

describe.runIf(findOpenssl()).each(engines)("%s", (name) => {
  let engine: Careless;
  let site: Site;
  let gate: TlsGate;
  beforeAll(async () => {
    engine = await careless[name]();
  });
  afterAll(() => engine?.close());
  beforeEach(async () => {
    site = await startSite();
    site.files.set("/", pageOf(scriptOf("/wireline.umd.js"), scriptOf("/news.js")));
    gate = await startTlsGate(site.server.port);
    site.origins.push(gate.url);
  });
  afterEach(async () => {
    await gate?.close();
    await site?.close();
  });

  test("a relative address on an https page becomes wss, and the client connects, sends, receives and reconnects", async () => {
    const page = await engine.open(`${gate.url}/`);
    const lines = await page.evaluate(async () => {
      const lines: string[] = [];
      Object.assign(globalThis, { lines });
      const { socket } = connect({ url: "/connect", debug: (line) => lines.push(line) });
      await socket.ready();
      socket.send("ping", {});
      await news.until(({ messages }) => messages.length === 1);
      return lines;
    });
    expect(lines).toContain(`wireline: connecting to ${gate.url.replace("https:", "wss:")}/connect`);
    gate.cut();
    const heard = await page.evaluate(async () => {
      await news.until(({ closes, state }) => closes.length && state.status === "open");
      news.socket.send("ping", {});
      return news.until(({ messages }) => messages.length === 2);
    });
    expect(heard.closes).toEqual([{ code: 1006, reason: "", wasClean: false }]);
    expect(heard.state.status).toBe("open");
  });

  test("a certificate that the browser rejects fails each attempt, and the client retries", async () => {
    const careful = await launch(name);
    try {
      const page = await careful.open(site.url);
      const { errors, states } = await page.evaluate(
        (url) => {
          return connect({ url, backoff: () => 1 }).until(({ closes }) => closes.length === 3);
        },
        `${gate.url.replace("https:", "wss:")}/connect`,
      );
      expect(new Set(errors)).toEqual(new Set(["transport"]));
      expect(states.map(({ status }) => status)).not.toContain("open");
    } finally {
      await careful.close();
    }
  });
});
