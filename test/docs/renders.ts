import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright";
import { chromiumArgs, findChromium } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { installPackages } from "../tools/npm";
import { foreignFolder } from "./blocks";

// `npm run bench:renders` counts how often a component of React renders, by the hooks of each library, in Chromium, and writes the
// table into the documentation.

/** What `renders/page.ts` measures. */
interface Result {
  readonly scene: string;
  readonly library: string;
  readonly renders: number;
  readonly seen: number;
}

async function main(): Promise<void> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chromium was found: run `npx playwright install --with-deps chromium`, or set CHROMIUM to one.");
  if (!installPackages(foreignFolder, "the libraries to compare with")) throw new Error("They could not be installed: see above.");
  buildLibrary();
  const { outputFiles } = await build({
    entryPoints: ["test/docs/renders/page.ts"],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    define: { "process.env.NODE_ENV": `"production"` },
    nodePaths: [resolve(foreignFolder, "node_modules")],
    alias: {
      wireline: resolve("dist/index.mjs"),
      "wireline/react": resolve("dist/react.mjs"),
      // One for all, as in an application.
      react: resolve("node_modules/react"),
      "react-dom": resolve("node_modules/react-dom"),
    },
  });
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  try {
    const page = await browser.newPage();
    await page.setContent("<!doctype html><title>Renders</title>");
    await page.addScriptTag({ content: outputFiles[0]!.text });
    const results = await page.evaluate(() => (globalThis as unknown as { measure(): Promise<Result[]> }).measure());
    const libraries = [...new Set(results.map(({ library }) => library))];
    const rows = [...new Set(results.map(({ scene }) => scene))].map((scene) => {
      const cells = libraries.map((library) => {
        const { renders, seen } = results.find((result) => result.scene === scene && result.library === library)!;
        const lost = scene.startsWith("1,000") && seen < 1000 ? `, sees ${seen} messages` : "";
        return `${renders.toLocaleString("en")} render${renders === 1 ? "" : "s"}${lost}`;
      });
      return `| ${[scene, ...cells].join(" | ")} |`;
    });
    const table = [`| renders for | ${libraries.join(" | ")} |`, `|---|${libraries.map(() => "---|").join("")}`, ...rows, ""].join("\n");
    writeFileSync("playground/docs/parts/renders.md", table);
    console.log(table);
  } finally {
    await browser.close();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
