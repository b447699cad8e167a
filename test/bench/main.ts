import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, findFirefox, findWebKit } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { chart } from "./chart";
import { forMarkdown, forTerminal, misses, type Results, toJson } from "./table";
import type { Measure, Run, Work } from "./work";

// `npm run bench`: Wireline beside its peers on the same work, as a table, as bench.svg, and in the README. `-- --quick` shows in two
// minutes that everything still works and that the size is within its budget; it writes nothing. NAMES of works choose some of them.

const root = join(import.meta.dirname, "../..");
const packages = join(import.meta.dirname, "node_modules");
const npm = { stdio: "inherit", shell: process.platform === "win32", env: { ...process.env, npm_config_loglevel: "error" } } as const;

/** In this order: what is shown to be no comparison ends the run, and what takes long comes last. */
const names = ["peers", "size", "receive", "browsers", "push", "send", "dispatch", "heap", "startup", "outage", "herd"];

/** Installs the peers, whose packages are no part of the project's own. */
function install(): void {
  const wanted = readFileSync(join(import.meta.dirname, "package-lock.json"), "utf8");
  const mark = join(packages, "lock.json");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  console.log("Installing the libraries to measure against (about 22 MB on disk) …");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], { ...npm, cwd: import.meta.dirname });
  if (status !== 0) throw new Error("The libraries could not be installed: run npm ci in test/bench to see why.");
  writeFileSync(mark, wanted);
}

/** What runs, by name. */
function versions(): Record<string, string> {
  const manifest = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { version: string; dependencies?: Record<string, string> };
  const own = Object.keys(manifest(join(import.meta.dirname, "package.json")).dependencies!);
  const browsers = { Chromium: findChromium(), Firefox: findFirefox(), WebKit: findWebKit()?.browser };
  const said = (program: string) => /\d[\d.]+/.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[0];
  const version = (folder: string) => (name: string) => [name, manifest(join(folder, name, "package.json")).version];
  return {
    CPUs: String(availableParallelism()),
    Node: process.versions.node,
    ...Object.fromEntries(Object.entries(browsers).flatMap(([name, program]) => (program ? [[name, said(program) ?? ""]] : []))),
    wireline: manifest(join(root, "package.json")).version,
    ...Object.fromEntries(["ws", "reconnecting-websocket", "mitt", "zod"].map(version(join(root, "node_modules")))),
    ...Object.fromEntries(own.map(version(packages))),
  };
}

async function main(): Promise<void> {
  const quick = process.argv.includes("--quick");
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown) throw new Error(`There is no work ${unknown}: the works are ${names.join(", ")}.`);
  buildLibrary();
  install();
  const folder = mkdtempSync(join(tmpdir(), "wireline-bench-"));
  const started = performance.now();
  const minutes = () => ((performance.now() - started) / 60_000).toFixed(1);
  const run: Run = { quick, folder, say: (line) => console.log(`${minutes().padStart(5)} min  ${line}`) };
  const measures: Measure[] = [];
  let passed = 0;
  try {
    for (const name of names.filter((name) => !wanted.length || wanted.includes(name))) {
      // Not before the libraries that they load are installed, and ours is built.
      const works = (await import(`./works/${name}.ts`)) as Record<string, Work>;
      measures.push(...(await works[name]!(run)));
      passed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const results: Results = { date: new Date().toISOString().slice(0, 10), versions: versions(), measures };
  if (quick) {
    console.log(`\nEverything works. So short a run judges nothing but sizes; for numbers, run npm run bench.\n${passed} passed, 0 failed`);
    return;
  }
  console.log(`\n${forTerminal(results)}`);
  if (wanted.length) return;
  write(results);
  const missed = measures.filter(misses).length;
  console.log(`\nWritten: test/bench/results.json, test/bench/bench.svg, and the table of the README. ${missed} goals are missed; see test/bench/NOTES.md.`);
}

/** Keeps the results, draws them, and tells them in the README. */
function write(results: Results): void {
  writeFileSync(join(import.meta.dirname, "results.json"), toJson(results));
  writeFileSync(join(import.meta.dirname, "bench.svg"), chart(results));
  const readme = join(root, "README.md");
  const [start, end] = ["<!-- bench -->", "<!-- /bench -->"];
  const text = readFileSync(readme, "utf8");
  const [before, after] = [text.split(start)[0], text.split(end)[1]];
  if (before === undefined || after === undefined) throw new Error(`The README has no place for the table: put ${start} and ${end} into it.`);
  writeFileSync(readme, `${before}${start}\n${forMarkdown(results)}\n${end}${after}`);
}

main().then(
  // A browser or a process that hung may still hold on.
  () => process.stdout.write("", () => process.exit(0)),
  (error: Error) => {
    console.error(error.cause ? error : error.message);
    console.log("0 passed, 1 failed");
    process.exit(1);
  },
);
