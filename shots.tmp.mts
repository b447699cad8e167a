import { chromium } from "playwright";
import { startPlayground } from "/work/wt/docs/playground/server";
const p = await startPlayground();
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const shots: [string, number, "light"|"dark", number?][] = process.argv.slice(2).map(a => { const [l,w,s,h] = a.split(","); return [l!, Number(w), s as "light", Number(h ?? 900)]; });
for (const [link, width, scheme, height] of shots) {
  const page = await b.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(p.url + link, { timeout: 180000 }); await page.waitForTimeout(500);
  await page.screenshot({ path: `/tmp/shot${link.replaceAll("/", "_")}-${width}-${scheme}.png` });
  await page.close();
}
await b.close(); await p.close(); process.exit(0);
