import { existsSync } from "node:fs";
import { chromium } from "playwright";

/** Switches for a headless Chromium that asks nobody outside this machine. */
export const chromiumArgs = ["--no-sandbox", "--disable-quic", "--disable-background-networking"];

/** The Chromium to test in: `CHROMIUM`, an installed one, or Playwright's own; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const places = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    chromium.executablePath(),
  ];
  return places.find((place) => place && existsSync(place));
}
