import { type Engine, type EngineName, launch } from "../../harness/engines";
import { type Pages, startPages } from "../../harness/pages";
import { findChromium, findFirefox, findWebKit } from "../../tools/browsers";

/** The browsers that are measured: how each is called, found, and had. */
const browsers: Readonly<Record<EngineName, readonly [title: string, find: () => unknown, remedy: string]>> = {
  chromium: ["Chromium", findChromium, "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one"],
  firefox: ["Firefox", findFirefox, "install it (Debian: firefox-esr), or set FIREFOX to one"],
  webkit: ["WebKit", findWebKit, "on Debian, install webkit2gtk-driver, xvfb and xauth"],
};

/** An engine that runs, and the server of its pages. */
export interface Browser {
  /** As people call it. */
  readonly title: string;
  readonly engine: Engine;
  readonly pages: Pages;
}

/**
 * Runs some work in a browser; gives nothing, and says why, where there is none.
 *
 * @throws Error with a remedy where there is none, in CI.
 */
export async function inBrowser<Result>(
  name: EngineName,
  say: (line: string) => void,
  work: (browser: Browser) => Promise<Result>,
): Promise<Result | undefined> {
  const [title, find, remedy] = browsers[name];
  const engine = find() ? await launch(name).catch((error: Error) => error) : new Error("none was found");
  if (engine instanceof Error) {
    const line = `${title} could not be started (${engine.message.split("\n")[0]}): ${remedy}.`;
    if (process.env.CI === "true") throw new Error(line);
    say(`${line} Its rows are left out.`);
    return undefined;
  }
  try {
    const pages = await startPages();
    try {
      return await work({ title, engine, pages });
    } finally {
      await pages.close();
    }
  } finally {
    await engine.close();
  }
}

/** Serves a page that may have a fine clock: of 5 to 20 µs in place of up to 1 ms, which browsers give to none but an isolated page. */
export function serve({ pages }: Browser, path: string, html: string): string {
  pages.files.set(path, `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${html}`);
  pages.headers.set(path, { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" });
  return `${pages.url}${path}`;
}
