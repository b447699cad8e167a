import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHaproxy, findNginx, findRedis } from "../gateways/programs";
import { findOpenssl } from "../harness/tls";
import { findChromium, findFirefox, findWebKit } from "./browsers";

// `npm test` builds, checks the types, and runs every test of the library, in Node and in browsers. `npm test -- socket` runs the
// files with that name, and builds only if one of them needs it. `npm run test:tools` runs the tests of the project's own tools.
// The last line is always the count.

const ci = process.env.CI === "true";
const [first, ...rest] = process.argv.slice(2);
const tools = first === "--tools";
const args = tools ? rest : process.argv.slice(2);

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
  .map((file) => `test/${file.replaceAll("\\", "/")}`);
/** The files that the arguments name, as Vitest reads them. */
const named = files.filter((file) => args.some((arg) => file.includes(arg)));
const onlyUnit = !tools && named.length > 0 && named.every((file) => /^test\/(unit|catalogue)\//.test(file));
const everything = named.length === 0;

const folder = mkdtempSync(join(tmpdir(), "wireline-"));
const report = join(folder, "report.json");
let passed = 0;
let failed = 0;

/** Runs a command that prints to this terminal, and returns whether it succeeded. */
function run(what: string, command: string, args: string[]): boolean {
  console.log(`\n${what}: ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: {
      ...process.env,
      // The random tests run longer when everything is tested.
      ...(everything && !tools && { RUNS: process.env.RUNS ?? "20000" }),
      VITE_CONFIG_NATIVE_IGNORE_WARNING: "true",
      npm_config_loglevel: "error",
    },
  });
  return status === 0;
}

function count(ok: boolean): void {
  if (ok) passed++;
  else failed++;
}

const programs = [
  ["Chromium", findChromium, "pages in it", "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one"],
  ["Firefox", findFirefox, "pages in it", "install it (Debian: firefox-esr), or set FIREFOX to one"],
  ["WebKit", findWebKit, "pages in it", "on Debian, install webkit2gtk-driver, xvfb and xauth"],
  ["openssl", findOpenssl, "TLS", "install it (Debian: openssl), or put it on the PATH"],
  ["nginx", findNginx, "connections through it", "install it (Debian: nginx-light), or set NGINX to one"],
  ["HAProxy", findHaproxy, "connections through it", "install it (Debian: haproxy), or set HAPROXY to one"],
  ["Redis", findRedis, "an example with it", "install it (Debian: redis-server), or set REDIS to one"],
] as const;
for (const [name, find, tests, remedy] of tools || onlyUnit ? [] : programs) {
  if (find()) continue;
  console.log(`No ${name} was found, so the tests of ${tests} are ${ci ? "failed" : "skipped"}: ${remedy}.`);
  if (ci) failed++;
}

if (!onlyUnit) count(run("Building dist", "npm", ["run", "--silent", "build", "--", "--silent"]));
if (everything && !tools) count(run("Checking types", "npx", ["--no-install", "tsc", "--noEmit", "-p", "."]));
const projects = tools ? ["tools"] : onlyUnit ? ["unit"] : ["unit", "integration", "browsers"];
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const vitest = ["--no-install", "vitest", "run", "--config", "test/vitest.config.ts", ...reporters];
const ok = run("Testing", "npx", [...vitest, ...projects.map((name) => `--project=${name}`), ...args]);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  passed += numPassedTests;
  // A file that fails to load has no tests that could fail.
  failed += numFailedTests || (ok ? 0 : numFailedTestSuites || 1);
} else failed++;
rmSync(folder, { recursive: true, force: true });

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
