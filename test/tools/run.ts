import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHaproxy, findNginx } from "../gateways/programs";
import { findOpenssl } from "../harness/tls";
import { findChromium, findFirefox, findWebKit } from "./browsers";

// `npm test`: types, then every test in Node and in browsers. The last line is the count.

const ci = process.env.CI === "true";
const folder = mkdtempSync(join(tmpdir(), "wireline-"));
const report = join(folder, "report.json");
let passed = 0;
let failed = 0;

/** Runs a command in the open; gives whether it succeeded. */
function run(what: string, command: string, args: string[]): boolean {
  console.log(`\n${what}: ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, VITE_CONFIG_NATIVE_IGNORE_WARNING: "true", npm_config_loglevel: "error" },
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
] as const;
for (const [name, find, tests, remedy] of programs) {
  if (find()) continue;
  console.log(`No ${name} was found, so the tests of ${tests} are ${ci ? "failed" : "left out"}: ${remedy}.`);
  if (ci) failed++;
}

count(run("Building dist", "npm", ["run", "--silent", "build", "--", "--silent"]));
count(run("Checking types", "npx", ["--no-install", "tsc", "--noEmit", "-p", "."]));
const tests = ["--no-install", "vitest", "run", "--config", "test/vitest.config.ts", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const ok = run("Testing", "npx", [...tests, ...process.argv.slice(2)]);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  passed += numPassedTests;
  // A file that does not even load has no tests to fail.
  failed += numFailedTests || (ok ? 0 : numFailedTestSuites || 1);
} else failed++;
rmSync(folder, { recursive: true, force: true });

console.log("\nThe tests, the build and the check of types:");
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
