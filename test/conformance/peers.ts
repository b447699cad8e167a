import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "test/peers");

/** What became of building the Go servers: where they are, what failed, and a sentence of why some are not there. */
export interface Peers {
  readonly binary?: string;
  readonly failed: number;
  readonly missing?: string;
}

/** Builds the Go servers, and has Go look at them; where there is none, or too old a one, that is a failure in CI only. */
export function buildPeers(ci: boolean): Peers {
  const wanted = /^go (\S+)/m.exec(readFileSync(join(folder, "go.mod"), "utf8"))![1]!;
  // In their folder, where Go takes a newer one than is installed if it may.
  if (!isAsNew(`${run(["version"], "ignore").stdout}`, wanted)) {
    const fate = ci ? "failed" : "left out";
    const missing = `No Go ${wanted} was found, so the columns of the Go servers are ${fate}: install Go ${wanted} or later.`;
    return { failed: ci ? 1 : 0, missing };
  }
  console.log("Building and testing the Go servers");
  const cache = join(root, "node_modules/.cache/peers");
  const binary = join(cache, process.platform === "win32" ? "peers.exe" : "peers");
  mkdirSync(cache, { recursive: true });
  if (!succeeds("build", "-o", binary, "./cmd/peers")) return { failed: 1, missing: "The Go servers could not be built: see above." };
  const looks = [isFormatted(), succeeds("vet", "./..."), succeeds("test", "-timeout", "60s", "./...")];
  return { binary, failed: looks.filter((fine) => !fine).length };
}

/** Whether what `go version` says is not older than what go.mod asks for. */
export function isAsNew(said: string, wanted: string): boolean {
  const version = /\bgo(\d+(?:\.\d+)*)/.exec(said)?.[1];
  return version !== undefined && version.localeCompare(wanted, "en", { numeric: true }) >= 0;
}

/** Runs Go, and prints what it says but for packages without tests; true if it is content. */
function succeeds(...words: string[]): boolean {
  const { status, stdout } = run(words, "inherit");
  const told = `${stdout}`.replace(/^.*\[no test files\]\n/gm, "");
  if (told) process.stdout.write(told);
  return status === 0;
}

/** Whether gofmt has nothing to change, which is promised of generated code. */
function isFormatted(): boolean {
  const { stdout, error } = spawnSync("gofmt", ["-l", "."], { cwd: folder, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  if (stdout) console.log(`gofmt would change:\n${stdout}`);
  return !error && stdout === "";
}

function run(words: string[], errors: "ignore" | "inherit"): SpawnSyncReturns<Buffer> {
  // Project Forge reads JSON by the second version of Go's package, which is an experiment until it is the first.
  const env = { ...process.env, GOEXPERIMENT: "jsonv2" };
  return spawnSync("go", words, { cwd: folder, stdio: ["ignore", "pipe", errors], env });
}
