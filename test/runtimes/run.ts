import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Stage, startStage } from "../behaviour/stage";
import type { Maker } from "../behaviour/scene";
import { behaviours, type Outcome } from "../behaviour/suite";
import { Program } from "../harness/program";
import { buildLibrary } from "../tools/library";
import { installPackages } from "../tools/npm";

// `npm run test:runtimes`: the behaviour suite in every runtime, against the built package. NAMES after `--` choose some of
// them: `npm run test:runtimes -- bun deno`.

const root = join(import.meta.dirname, "../..");
const packages = join(import.meta.dirname, "node_modules");
const ci = process.env.CI === "true";
/** How long a runtime may take for the whole suite, in milliseconds, until what it is at has failed. */
const limit = 120_000;

/** A runtime, and what it is started with. */
interface Runtime {
  readonly name: string;
  readonly maker: Maker;
  /** Its program, below the folder of packages. */
  readonly program: string;
  /** What comes before the program's file. */
  readonly args?: readonly string[];
}

/** What a runtime has, and what came of the suite. */
interface Report {
  readonly runtime: Runtime;
  readonly version: string;
  readonly globals: Record<"WebSocket" | "CloseEvent", boolean>;
  readonly outcomes: Outcome[];
}

const { platform, arch } = process;
const exe = platform === "win32" ? ".exe" : "";
const cpu = arch === "arm64" ? "aarch64" : arch;
const bun = `@oven/bun-${platform === "win32" ? "windows" : platform}-${cpu}/bin/bun${exe}`;
const deno = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}/deno${exe}`;
const workerd = `@cloudflare/workerd-${platform === "win32" ? "windows" : platform}-${arch === "x64" ? "64" : arch}/bin/workerd${exe}`;
const node = (major: number) => `node${major}-${platform}-${arch}/bin/node${exe}`;

const runtimes: readonly Runtime[] = [
  { name: "Node 20 with ws", maker: "ws", program: node(20) },
  ...[22, 24, 26].map((major) => ({ name: `Node ${major}`, maker: "node" as const, program: node(major) })),
  { name: "Bun", maker: "bun", program: bun, args: ["run"] },
  { name: "Deno", maker: "deno", program: deno, args: ["run", "--allow-all", "--no-remote", "--node-modules-dir=manual"] },
  { name: "workerd", maker: "workerd", program: workerd },
];

/** Makes the folder that the runtimes run: the programs, and the package as it is published. */
async function prepare(folder: string): Promise<void> {
  const entryPoints = ["process", "worker", "end"].map((name) => join(import.meta.dirname, `${name}.ts`));
  await build({ entryPoints, bundle: true, format: "esm", target: "es2022", outdir: folder, outExtension: { ".js": ".mjs" } });
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), `{"private": true}`);
  for (const [name, target] of [
    ["wireline", root],
    ["ws", join(root, "node_modules/ws")],
  ] as const) {
    symlinkSync(target, join(folder, "node_modules", name), "junction");
  }
  // workerd knows no folders but what its configuration names.
  const modules = readdirSync(join(root, "dist"))
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => `wireline/${name}`);
  for (const name of modules) cpSync(join(root, "dist", name.slice(9)), join(folder, name));
  const listed = ["worker.mjs", ...modules].map((name) => `(name = "${name}", esModule = embed "${name}")`);
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "network", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (modules = [${listed.join(", ")}], compatibilityDate = "2026-10-01", globalOutbound = "network");
`,
  );
}

/** What a program has said, and why it did not end well. */
interface End {
  readonly said: string;
  readonly warned: string;
  readonly error?: string;
}

/** Resolves when a program has ended by itself, or has been ended after the limit. */
function ending(command: string, args: string[]): Promise<End> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: limit, killSignal: "SIGKILL", maxBuffer: 16_777_216 }, (error, said, warned) => {
      if (!error) return resolve({ said, warned });
      const why = error.killed ? `did not end within ${limit / 1000} s` : `ended with ${error.code ?? error.signal}`;
      resolve({ said, warned, error: `It ${why}.` });
    });
  });
}

/** Runs the suite in a runtime that runs programs; then a program that closes its socket, and must end by itself. */
async function runProcess(
  { runtime: { args = [], maker }, ...report }: Report,
  command: string,
  folder: string,
  stage: Stage,
): Promise<void> {
  const run = (file: string) => ending(command, [...args, join(folder, file), stage.url, maker]);
  const { said, warned, error } = await run("process.mjs");
  let begun: string | undefined;
  for (const line of said.split("\n").filter((line) => line.startsWith("{"))) {
    const { globals, begins, outcome } = JSON.parse(line) as { globals?: Report["globals"]; begins?: string; outcome?: Outcome };
    Object.assign(report.globals, globals);
    begun = begins;
    if (outcome) report.outcomes.push(outcome);
  }
  // A test that hung has ended the program itself, and is reported already.
  const told = begun === undefined && report.outcomes.some(({ error }) => error !== undefined);
  if (error && !told) report.outcomes.push({ name: begun ?? "the suite ends by itself", error: `${error} ${warned}`.trim() });
  const end = await run("end.mjs");
  const failure = end.error && { error: `${end.error} ${end.warned}`.trim() };
  report.outcomes.push({ name: "a process that has closed its sockets ends by itself", ...failure });
}

/** Runs the suite in workerd, a request for each behaviour. */
async function runWorker(report: Report, command: string, folder: string, stage: Stage): Promise<void> {
  const program = new Program(command, ["serve", join(folder, "config.capnp"), "--control-fd=1"]);
  try {
    const [, port] = await program.says(/"port":(\d+)/);
    const ask = async <T>(path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(20_000) });
      if (!response.ok) throw new Error(`workerd answers ${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    };
    Object.assign(report.globals, await ask("/globals"));
    for (const [index, { name }] of behaviours.entries()) {
      const failed = (error: Error): Outcome => ({ name, error: error.message });
      report.outcomes.push(await ask<Outcome>(`/${index}?stage=${stage.url}`).catch(failed));
    }
  } finally {
    await program.end();
  }
}

const count = ({ outcomes }: Report) => {
  const failed = outcomes.filter(({ error }) => error !== undefined).length;
  const skipped = outcomes.filter(({ skipped }) => skipped !== undefined).length;
  return { passed: outcomes.length - failed - skipped, failed, skipped };
};

async function main(): Promise<void> {
  buildLibrary();
  // Their binaries are separate packages. What is missing is reported below.
  installPackages(import.meta.dirname, "the runtimes (about 1 GB on disk)");
  const names = process.argv.slice(2).map((name) => name.toLowerCase());
  const chosen = runtimes.filter(({ name }) => !names.length || names.some((part) => name.toLowerCase().includes(part)));
  const folder = mkdtempSync(join(tmpdir(), "wireline-runtimes-"));
  const stage = await startStage();
  const reports: Report[] = [];
  let missing = 0;
  try {
    await prepare(folder);
    for (const runtime of chosen) {
      const command = join(packages, runtime.program);
      const { stdout, status } = spawnSync(command, ["--version"], { encoding: "utf8" });
      if (status !== 0) {
        missing++;
        const fate = ci ? "failed" : "left out";
        console.log(`There is no ${runtime.name} for ${platform} on ${arch}, so it is ${fate}: run it on Linux or Windows on x64.`);
        continue;
      }
      const version = /\d[\d.-]+/.exec(stdout)![0];
      const report: Report = { runtime, version, globals: { WebSocket: false, CloseEvent: false }, outcomes: [] };
      reports.push(report);
      const started = performance.now();
      await (runtime.maker === "workerd" ? runWorker : runProcess)(report, command, folder, stage).catch((error: Error) =>
        report.outcomes.push({ name: "the suite runs", error: error.message }),
      );
      const { passed, failed, skipped } = count(report);
      const time = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${runtime.name} (${version}): ${passed} passed, ${failed} failed, ${skipped} left out, ${time} s`);
      for (const { name, error } of report.outcomes) {
        if (error !== undefined) console.log(`  ✗ ${name}\n    ${error.replaceAll("\n", "\n    ")}`);
      }
    }
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }

  const yes = (is: boolean) => (is ? "yes" : "no");
  console.log("\n| runtime | version | global WebSocket | global CloseEvent | passed | failed | left out |\n|---|---|---|---|---|---|---|");
  for (const report of reports) {
    const { runtime, version, globals } = report;
    const { passed, failed, skipped } = count(report);
    const cells = [runtime.name, version, yes(globals.WebSocket), yes(globals.CloseEvent), passed, failed, skipped || "–"];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log("");
  for (const { runtime, outcomes } of reports) {
    for (const { name, skipped } of outcomes) if (skipped !== undefined) console.log(`Left out in ${runtime.name}: ${name}. ${skipped}`);
  }
  for (const { name, differs } of behaviours) {
    for (const [maker, how] of Object.entries(differs ?? {})) {
      if (reports.some(({ runtime }) => runtime.maker === maker)) console.log(`Different with ${maker}: ${name}. ${how}`);
    }
  }
  const passed = reports.reduce((sum, report) => sum + count(report).passed, 0);
  const failed = reports.reduce((sum, report) => sum + count(report).failed, ci ? missing : 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
