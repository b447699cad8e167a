import { resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumArgs, findChromium } from "../tools/browsers";
import { writeExamples } from "./blocks";
import { type ExampleServer, startExampleServer } from "./server";

// Every TypeScript block of the documentation that can run by itself runs in Chromium, against a server that answers.

const examples = writeExamples(resolve("node_modules/.cache/docs/bundled")).filter(({ runs }) => runs);

let browser: Browser;
let server: ExampleServer;
let page: Page;

/** Bundles a module for a page; the library is one module that all of them share. */
async function bundle(file: string): Promise<string> {
  const shared = {
    name: "shared",
    setup: ({ onResolve }: { onResolve: (options: object, resolve: () => object) => void }) =>
      onResolve({ filter: /^wireline$/ }, () => ({ path: "/tracked.js", external: true })),
  };
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
    plugins: [shared as never],
    // As Vite's development server says it.
    define: { "import.meta.env.DEV": "true" },
  });
  return outputFiles[0]!.text;
}

beforeAll(async () => {
  server = await startExampleServer();
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  page = await browser.newPage();
  const plain = { bundle: true, format: "esm", write: false, logLevel: "silent" } as const;
  const tracked = await build({ ...plain, entryPoints: [resolve("test/docs/tracked.ts")] });
  const runner = await build({
    ...plain,
    entryPoints: [resolve("test/docs/page.ts")],
    plugins: [
      {
        name: "tracked",
        setup: ({ onResolve }) => onResolve({ filter: /^(wireline|\.\/tracked)$/ }, () => ({ path: "/tracked.js", external: true })),
      },
    ],
  });
  const scripts = new Map([
    ["/tracked.js", tracked.outputFiles[0]!.text],
    ["/page.js", runner.outputFiles[0]!.text],
    ...(await Promise.all(examples.map(async ({ file }, index) => [`/block-${index}.js`, await bundle(file)] as const))),
  ]);
  await page.route(/\.js(\?|$)/, (route) =>
    route.fulfill({ contentType: "text/javascript", body: scripts.get(new URL(route.request().url()).pathname) ?? "" }),
  );
  // Whatever address an example has, the same server answers.
  await page.addInitScript(() => {
    const Native = WebSocket;
    globalThis.WebSocket = class extends Native {
      constructor(_: string | URL, protocols?: string | string[]) {
        super(`ws://${location.host}/`, protocols);
      }
    };
  });
  await page.goto(server.url);
  await page.addScriptTag({ type: "module", url: "/page.js" });
  await page.waitForFunction(() => "run" in globalThis);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe("a block of the documentation runs without an error", () => {
  test.each(examples.map(({ where }, index) => [where, index] as const))("%s", async (_, index) => {
    const errors: string[] = [];
    const note = (error: Error) => errors.push(error.message);
    page.on("pageerror", note);
    const troubles = await page.evaluate(
      (address) => (globalThis as unknown as { run(address: string): Promise<string[]> }).run(address),
      `/block-${index}.js`,
    );
    page.off("pageerror", note);
    expect([...troubles, ...errors]).toEqual([]);
  });
});
