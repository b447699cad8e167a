import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";

/** Switches for a headless Chromium that contacts no other machine. */
export const chromiumArgs = ["--no-sandbox", "--disable-quic", "--disable-background-networking"];

/** The Chromium to test in: `CHROMIUM`, an installed one, or Playwright's own; `undefined` where there is none. */
export function findChromium(): string | undefined {
  return first([
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    chromium.executablePath(),
  ]);
}

/** The Firefox to test in: `FIREFOX`, or an installed one; `undefined` where there is none. */
export function findFirefox(): string | undefined {
  return first([
    process.env.FIREFOX,
    "/usr/bin/firefox-esr",
    "/usr/bin/firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
  ]);
}

/** A WebKitGTK that can be driven. */
export interface WebKit {
  /** The program that drives it. */
  readonly driver: string;
  /** The browser itself: it needs a display. */
  readonly browser: string;
  /** The program that makes a display without a screen. */
  readonly display: string;
}

/** The WebKit to test in: `WEBKIT` (a MiniBrowser), or that of Debian's package webkit2gtk-driver; `undefined` where anything of it is missing. */
export function findWebKit(): WebKit | undefined {
  const architecture = { x64: "x86_64", arm64: "aarch64" }[process.arch as string];
  const folders = ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"];
  const browser = first([
    process.env.WEBKIT,
    ...folders.map((folder) => `/usr/lib/${architecture}-linux-gnu/${folder}/MiniBrowser`),
    ...folders.map((folder) => `/usr/libexec/${folder}/MiniBrowser`),
  ]);
  const [driver, display] = [onPath("WebKitWebDriver"), onPath("xvfb-run")];
  return browser && driver && display ? { driver, browser, display } : undefined;
}

/** Where a program is that a shell would find; `undefined` where there is none. */
export function onPath(program: string): string | undefined {
  return first((process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, program)));
}

function first(places: (string | undefined)[]): string | undefined {
  return places.find((place) => place && existsSync(place));
}
