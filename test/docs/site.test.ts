import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPages } from "../../playground/docs/tools/pages";
import { type Playground, startPlayground } from "../../playground/server";
import { chromiumArgs, findChromium } from "../tools/browsers";

// The documentation as `npm start` serves it, in Chromium: every link and anchor leads somewhere, nothing is wider than the
// screen, axe finds nothing in light and dark, and the search finds.

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = readPages().map(({ link }) => link);

let browser: Browser;
let playground: Playground;

/** Opens a context in which errors and violations of the Content-Security-Policy are collected. */
async function open(colorScheme: "light" | "dark", width = 1280): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce", bypassCSP: false });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return { context, page, complaints };
}

beforeAll(async () => {
  playground = await startPlayground();
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  // The first request builds the site.
  expect((await fetch(`${playground.url}/docs/`)).status).toBe(200);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await playground?.close();
});

describe("every link", () => {
  test("of every page, and every anchor, leads somewhere", { timeout: 120_000 }, async () => {
    const texts = new Map<string, string>();
    const fetched = async (path: string): Promise<string> => {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const response = await fetch(playground.url + path);
      // An empty file is one, too.
      const text = response.ok ? `${await response.text()} ` : "";
      texts.set(path, text);
      return text;
    };
    const wrong = new Set<string>();
    const waiting = pages.map((link) => `/docs${link}`);
    const seen = new Set(waiting);
    for (const path of waiting) {
      const html = await fetched(path);
      for (const [, href = ""] of html
        .replace(/<script[\s\S]*?<\/script>/g, "")
        .matchAll(/<(?:a|img|link)\b[^>]*\b(?:href|src)="([^"]*)"/g)) {
        const { origin, pathname, hash } = new URL(href.replaceAll("&amp;", "&"), playground.url + path);
        if (origin !== playground.url) continue;
        const target = await fetched(pathname);
        const id = decodeURIComponent(hash.slice(1));
        if (target === "" || (id && !target.includes(`id="${id}"`))) wrong.add(`${path} → ${href}`);
        // The reference of every symbol is reached by links alone.
        if (pathname.startsWith("/docs/reference/api/") && !seen.has(pathname)) {
          seen.add(pathname);
          waiting.push(pathname);
        }
      }
    }
    expect([...wrong]).toEqual([]);
    expect(waiting.filter((path) => path.startsWith("/docs/reference/api/")).length).toBeGreaterThan(40);
  });

  test("to a page that is not there gets a page that says so", async () => {
    const response = await fetch(`${playground.url}/docs/no-such-page`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("404");
  });

  test.each(["/docs/../package.json", "/docs/%2e%2e/%2e%2e/package.json", "/docs/..%2f..%2f..%2fpackage.json", "/docs/%"])(
    "as %s leads to no other file",
    async (path) => {
      const { status, text } = await get(path);
      expect(status).toBe(404);
      expect(text).not.toContain("devDependencies");
    },
  );
});

test("the header of the playground leads to the documentation", async () => {
  const { context, page } = await open("light");
  await page.goto(`${playground.url}/umd.html`);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Docs" }).click();
  await page.waitForURL("**/docs/");
  await context.close();
});

/** What axe finds; the menu, which is the same on every page, is looked at where it is asked for. */
async function violationsOn(page: Page, { rules, menu }: { rules?: string[]; menu: boolean }): Promise<string[]> {
  return page.evaluate(
    async ([rules, menu]) => {
      interface Axe {
        run(context: object, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      }
      const { axe } = globalThis as unknown as { axe: Axe };
      const exclude = menu ? [] : [[".VPSidebar"], [".VPNav"], [".VPLocalNav"], [".VPDocAside"]];
      const { violations } = await axe.run({ exclude }, rules ? { runOnly: { type: "rule", values: rules } } : {});
      return violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ html }) => html.slice(0, 120))
            .join(" | ")}`,
      );
    },
    [rules, menu] as const,
  );
}

test("every page fits a screen of 320, 390 and 1280 px, and axe finds nothing in light and in dark", { timeout: 400_000 }, async () => {
  const links = [...pages, "/reference/api/", "/reference/api/wireline/classes/Socket"];
  const found: string[] = [];
  // Two at a time, on two cores.
  const look = async (start: number): Promise<void> => {
    const { context, page, complaints } = await open("light");
    for (let index = start; index < links.length; index += 2) {
      const link = links[index]!;
      await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
      await page.goto(`${playground.url}/docs${link}`);
      for (const width of [320, 390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
        if (scrolled > width) found.push(`${link} is ${scrolled} px wide on a screen of ${width} px`);
      }
      await page.evaluate(axe);
      const menu = index < 2;
      for (const violation of await violationsOn(page, { menu })) found.push(`${link} in light: ${violation}`);
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      await page.locator("html.dark").waitFor();
      for (const violation of await violationsOn(page, { menu, rules: ["color-contrast"] })) found.push(`${link} in dark: ${violation}`);
    }
    found.push(...complaints);
    await context.close();
  };
  await Promise.all([look(0), look(1)]);
  expect(found).toEqual([]);
});

test("the search finds the page that answers a question", { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await open("light");
  await page.goto(`${playground.url}/docs/`);
  const questions: [query: string, page: string][] = [
    ["refresh token", "/docs/guides/authentication"],
    ["unsubscribe", "/docs/guides/receiving"],
    ["missed messages", "/docs/guides/after-a-reconnect"],
    ["1006", "/docs/guides/troubleshooting"],
    ["35 seconds", "/docs/guides/troubleshooting"],
    ["send bytes", "/docs/recipes/binary"],
    ["react native", "/docs/recipes/react-native"],
    ["limit the queue", "/docs/guides/sending"],
    ["log out", "/docs/guides/authentication"],
    ["two rooms", "/docs/guides/channels"],
    ["oldest engines", "/docs/reference/runtimes"],
    ["go struct changes", "/docs/guides/schemas"],
  ];
  for (const [query, expected] of questions) {
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill(query);
    const first = page.locator("#localsearch-list a.result");
    await first.first().waitFor();
    const links = await first.evaluateAll((results) =>
      results.slice(0, 4).map((result) => new URL((result as HTMLAnchorElement).href).pathname),
    );
    expect([query, links]).toEqual([query, expect.arrayContaining([expected])]);
    await page.keyboard.press("Escape");
    await page.locator("#localsearch-input").waitFor({ state: "detached" });
  }
  expect(complaints).toEqual([]);
  await context.close();
});

/** A request whose path is sent as it is. */
async function get(path: string): Promise<{ status: number; text: string }> {
  const { request } = await import("node:http");
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(playground.url);
    request({ hostname, port, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => done({ status: response.statusCode!, text }));
    })
      .on("error", fail)
      .end();
  });
}
