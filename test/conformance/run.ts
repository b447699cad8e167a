import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { buildPeers } from "./peers";
import { legend, linesOf, reasonsOf } from "./report";

// `npm run test:conformance`: what clients see of the servers of the seeds, on the Go servers and on the Node servers that do as
// they do, as tables; and what Go makes of generated code. The last line is the count.

const ci = process.env.CI === "true";
let passed = 0;
let failed = 0;

/** Runs the tests of generated Go code, and counts them. */
function testGenerated(): void {
  const folder = mkdtempSync(join(tmpdir(), "wireline-go-"));
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${join(folder, "report.json")}`];
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", "--project", "go", ...reporters];
  const { status } = spawnSync(process.execPath, args, {
    stdio: "inherit",
    env: { ...process.env, VITE_CONFIG_NATIVE_IGNORE_WARNING: "true" },
  });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    passed += numPassedTests;
    failed += numFailedTests || (status === 0 ? 0 : numFailedTestSuites || 1);
  } catch {
    failed++;
  }
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  buildLibrary();
  // What needs the library is not there before that.
  const [{ Browser }, { tables }] = await Promise.all([import("./browser"), import("./table")]);
  const { binary, missing, ...peers } = buildPeers(ci);
  failed += peers.failed;
  if (binary !== undefined) testGenerated();
  const remedy = "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one";
  const chromium = findChromium();
  const noChromium = `No Chromium was found, so what is seen from it is ${ci ? "failed" : "left out"}: ${remedy}.`;
  console.log(`\n${legend}`);
  const browser = chromium ? await Browser.start() : undefined;
  try {
    for await (const table of tables({ ...(binary !== undefined && { binary }), ...(browser && { browser }) })) {
      const outcomes = table.rows.flatMap(({ outcomes }) => outcomes);
      passed += outcomes.filter((outcome) => "held" in outcome && outcome.held).length;
      failed += outcomes.filter((outcome) => ("leftOut" in outcome ? ci : !outcome.held)).length;
      console.log([...linesOf(table), ...reasonsOf(table)].join("\n"));
    }
  } finally {
    await browser?.close();
  }
  console.log("");
  if (missing !== undefined) console.log(missing);
  if (!browser) console.log(noChromium);
}

main()
  .catch((error: unknown) => {
    failed += 1;
    console.error(error instanceof Error ? error.message : error);
  })
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    // What hung may still have a socket open.
    process.stdout.write("", () => process.exit(failed ? 1 : 0));
  });
