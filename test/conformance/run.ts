import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { Browser } from "./browser";
import { type Outcome, type Table, tables } from "./table";

// `npm run test:conformance`: what clients see of the servers of the seeds, on the Go servers and on the Node servers that do as
// they do, as tables. The last line is the count.

const root = join(import.meta.dirname, "../..");
const peers = join(root, "test/peers");
const ci = process.env.CI === "true";
let passed = 0;
let failed = 0;

/** Runs Go on the servers; true if it is content. */
function go(...words: string[]): boolean {
  // Project Forge reads JSON by the second version of Go's package, which is an experiment until it is the first.
  const env = { ...process.env, GOEXPERIMENT: "jsonv2" };
  return spawnSync("go", words, { cwd: peers, stdio: "inherit", env }).status === 0;
}

/** Builds the Go servers; undefined where that cannot be done, of which it tells. */
function buildPeers(): string | undefined {
  const folder = join(root, "node_modules/.cache/peers");
  const binary = join(folder, process.platform === "win32" ? "peers.exe" : "peers");
  const missing = spawnSync("go", ["version"]).status !== 0;
  if (missing) {
    console.log(`No Go was found, so the columns of the Go servers are ${ci ? "failed" : "left out"}: install Go 1.25 or later.`);
  } else {
    console.log("Building the Go servers, which are not the frameworks themselves but rebuilt after their source on gorilla/websocket …");
    mkdirSync(folder, { recursive: true });
    if (go("build", "-o", binary, "./cmd/peers")) {
      for (const what of ["vet", "test"]) if (!go(what, "./...")) failed += 1;
      return binary;
    }
    console.log("The Go servers could not be built: see above.");
  }
  if (ci || !missing) failed += 1;
  return undefined;
}

const sign = (outcome: Outcome) => ("leftOut" in outcome ? outcome.leftOut : outcome.held ? "✓" : "✗");

function print({ family, columns, rows }: Table): void {
  const width = Math.max(...rows.map(({ says }) => says.length));
  console.log(`\n${family.padEnd(width)}  ${columns.join("  ")}`);
  const reasons: string[] = [];
  for (const { says, outcomes } of rows) {
    const signs = outcomes.map((outcome, index) => sign(outcome).padEnd(columns[index]!.length));
    console.log(`${says.padEnd(width)}  ${signs.join("  ")}`.trimEnd());
    for (const [index, outcome] of outcomes.entries()) {
      if ("leftOut" in outcome) {
        if (ci) failed += 1;
      } else if (outcome.held) passed += 1;
      else {
        failed += 1;
        reasons.push(`✗ ${columns[index]}: ${says}\n  ${outcome.reason.replaceAll("\n", "\n  ")}`);
      }
    }
  }
  if (reasons.length > 0) console.log(`\n${reasons.join("\n")}`);
}

async function main(): Promise<void> {
  buildLibrary();
  const binary = buildPeers();
  const chromium = findChromium();
  if (!chromium) {
    const remedy = "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one";
    console.log(`No Chromium was found, so what is seen from it is ${ci ? "failed" : "left out"}: ${remedy}.`);
  }
  const browser = chromium ? await Browser.start() : undefined;
  try {
    for await (const table of tables({ binary, browser })) print(table);
  } finally {
    await browser?.close();
  }
  console.log("\nWhat is said of the servers:");
  console.log(`${passed} passed, ${failed} failed`);
  // What hung may still have a socket open.
  process.stdout.write("", () => process.exit(failed ? 1 : 0));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.log(`${passed} passed, ${failed + 1} failed`);
  process.exitCode = 1;
});
