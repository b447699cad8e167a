import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, chromium, firefox, type Page as PlaywrightPage } from "playwright";
import { chromiumArgs, findChromium, findFirefox, findWebKit } from "../tools/browsers";
import { Program } from "./program";
import { launchWebKit } from "./webkit";

/** The engines that tests know. */
export type EngineName = "chromium" | "firefox" | "webkit";

/** A real browser that runs. */
export interface Engine {
  readonly name: EngineName;
  /** Opens a page, in front of those before. */
  open(url: string): Promise<Page>;
  /** Ends it with all its processes. */
  close(): Promise<void>;
}

/** A page of a browser. */
export interface Page {
  /** Goes to another address; resolves when it is loaded. */
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Goes back in the history; resolves when the previous page is there, from the back/forward cache or loaded again. */
  back(): Promise<void>;
  /** Runs a function in the page, which sees nothing but its argument; what goes in and comes out is JSON. */
  evaluate<T, A = undefined>(run: (arg: A) => T | Promise<T>, arg?: A): Promise<T>;
  /** Closes the page as its user would. */
  close(): Promise<void>;
  /** The page of Playwright, in Chromium and Firefox, for what is not here. */
  readonly playwright?: PlaywrightPage;
  /** The DevTools protocol, in Chromium. */
  readonly cdp?: CDPSession;
}

/** The engines that are installed. */
export const engines: EngineName[] = (["chromium", "firefox", "webkit"] as const).filter((name) =>
  ({ chromium: findChromium, firefox: findFirefox, webkit: findWebKit })[name](),
);

/**
 * Starts an engine.
 *
 * @param args switches for Chromium
 */
export function launch(name: EngineName, args: string[] = []): Promise<Engine> {
  return { chromium: launchChromium, firefox: launchFirefox, webkit: () => launchWebKit(findWebKit()!) }[name](args);
}

/**
 * The whole Chromium, headless, by our own hand: what Playwright starts it with hides throttled timers and the
 * back/forward cache (test/catalogue/browsers.md), and what it does to each new context keeps every page visible for ever.
 */
async function launchChromium(args: string[]): Promise<Engine> {
  for (let tries = 1; ; tries++) {
    try {
      return await startChromium(args);
    } catch (error) {
      // On a busy machine Playwright may wait for ever for a Chromium that it met while that was starting.
      if (tries === 3) throw error;
    }
  }
}

async function startChromium(args: string[]): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "wireline-chromium-"));
  const ours = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${folder}`, "--no-first-run", "--password-store=basic"];
  // Chained timers of a hidden page: once a minute after 10 s, not after 5 min.
  const throttling = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/10";
  const program = new Program(findChromium()!, [...chromiumArgs, ...ours, throttling, ...args]);
  const close = async () => {
    await program.end();
    // Its last words may still be on their way to the disk.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const [, address] = await program.says(/DevTools listening on (ws:\S+)/);
    const browser = await chromium.connectOverCDP(address!, { noDefaults: true, isLocal: true, timeout: 15_000 });
    const [context] = browser.contexts() as [BrowserContext];
    return new PlaywrightEngine("chromium", context, async () => {
      await browser.close();
      await close();
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function launchFirefox(): Promise<Engine> {
  const options = { channel: "moz-firefox", executablePath: findFirefox()! };
  const browser: Browser = await firefox.launch(options);
  return new PlaywrightEngine("firefox", await browser.newContext(), () => browser.close());
}

class PlaywrightEngine implements Engine {
  readonly name: EngineName;
  readonly #context: BrowserContext;
  readonly close: () => Promise<void>;

  constructor(name: EngineName, context: BrowserContext, close: () => Promise<void>) {
    this.name = name;
    this.#context = context;
    this.close = close;
  }

  async open(url: string): Promise<Page> {
    const playwright = await this.#context.newPage();
    const page = new BrowserPage(playwright, this.name === "chromium" ? await this.#context.newCDPSession(playwright) : undefined);
    await page.goto(url);
    return page;
  }
}

class BrowserPage implements Page {
  readonly playwright: PlaywrightPage;
  readonly cdp: CDPSession | undefined;

  constructor(playwright: PlaywrightPage, cdp: CDPSession | undefined) {
    this.playwright = playwright;
    this.cdp = cdp;
  }

  async goto(url: string): Promise<void> {
    await this.playwright.goto(url);
  }

  async reload(): Promise<void> {
    await this.playwright.reload();
  }

  async back(): Promise<void> {
    const from = this.playwright.url();
    // Not Playwright's own, which waits for a load that a page from the cache never has.
    await this.evaluate(() => void setTimeout(() => history.back()));
    for (;;) if ((await this.evaluate(() => location.href).catch(() => from)) !== from) return;
  }

  evaluate<T, A>(run: (arg: A) => T | Promise<T>, arg?: A): Promise<T> {
    return this.playwright.evaluate<T>(`(${run})(${JSON.stringify(arg) ?? ""})`);
  }

  async close(): Promise<void> {
    await this.playwright.close();
  }
}
