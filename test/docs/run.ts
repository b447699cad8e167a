import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { installPackages } from "../tools/npm";
import { asyncAPIProblems } from "./asyncapi";
import { foreignExamples, foreignFolder, problemsOf, writeExamples } from "./blocks";

// `npm run test:docs` tests what takes longer than the other tests of the documentation. The examples that import packages of other
// platforms and of other libraries compile; and the built site works in Chromium. The last line is the count.

let passed = 0;
let failed = 0;

/** Compiles the examples that need packages which only this script installs. */
function compileExamples(): void {
  if (!installPackages(foreignFolder, "the packages that examples of the documentation import")) {
    failed++;
    return;
  }
  const examples = writeExamples(foreignExamples).filter(({ foreign }) => foreign);
  const problems = problemsOf(examples);
  for (const { where } of examples) console.log(`  ${where}`);
  for (const problem of problems) console.log(`✗ ${problem}`);
  const broken = new Set(problems.map((problem) => problem.replace(/:[\s\S]*/, ""))).size;
  passed += examples.length - broken;
  failed += broken;
  // The page about testing shows whole tests.
  vitest("--config", "test/docs/testing.config.ts");
}

/** Runs Vitest, and counts its tests. */
function vitest(...args: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "wireline-docs-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args, ...reporters], {
    stdio: "inherit",
    env: { ...process.env, VITE_CONFIG_NATIVE_IGNORE_WARNING: "true" },
  });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
    passed += numPassedTests;
    // A file that does not load has no tests that fail.
    failed += numFailedTests || (status === 0 ? 0 : numFailedTestSuites || 1);
  } catch {
    failed++;
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Has AsyncAPI's own parser read our documents. */
async function parseAsyncAPI(): Promise<void> {
  const { checked, problems } = await asyncAPIProblems();
  for (const problem of problems) console.log(`✗ ${problem}`);
  if (problems.length > 0) failed++;
  else passed += checked;
}

/** Runs the tests of the built site. */
function testSite(): void {
  const isNeeded = process.env.CI === "true";
  if (!findChromium()) {
    console.log(`No Chromium was found, so the tests of the site are ${isNeeded ? "failed" : "skipped"}: set CHROMIUM to one.`);
    if (isNeeded) failed++;
    return;
  }
  vitest("--config", "test/vitest.config.ts", "--project", "docs");
}

async function main(): Promise<void> {
  buildLibrary();
  compileExamples();
  await parseAsyncAPI();
  testSite();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
