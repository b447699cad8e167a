import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, findFirefox, findWebKit } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { installPackages } from "../tools/npm";
import { chart } from "./chart";
import { forMarkdown, forTerminal, fromJson, misses, type Results, toJson } from "./table";
import type { Measure, Run, Work } from "./work";

// `npm run bench`: Wireline beside its peers on the same work, as a table, as bench.svg, and in the documentation. `-- --quick` shows in two
// minutes that everything still works and that the size is within its budget; it writes nothing. NAMES of works choose some of them.

const root = join(import.meta.dirname, "../..");
const packages = join(import.meta.dirname, "node_modules");

/** How long a work may take, in milliseconds. */
const patience = 600_000;

/** In this order: what is shown to be no comparison ends the run, and what takes long comes last. */
const names = ["peers", "size", "receive", "browsers", "push", "send", "dispatch", "heap", "startup", "outage", "herd"];

/** Checks the types of this folder, which the project's own check leaves out: it needs the packages above. */
function check(): void {
  const { status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", import.meta.dirname], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("The types of test/bench do not fit: see above.");
}

/** What runs, by name. */
function versions(): Record<string, string> {
  const manifest = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { version: string; dependencies?: Record<string, string> };
  const own = Object.keys(manifest(join(import.meta.dirname, "package.json")).dependencies!);
  const webkit = findWebKit();
  // WebKit's tells its version only where there is a display.
  const browsers = {
    Chromium: [findChromium()],
    Firefox: [findFirefox()],
    WebKitGTK: webkit ? [webkit.display, "-a", webkit.browser] : [],
  };
  const said = ([program, ...args]: (string | undefined)[]) =>
    program && /\d+\.[\d.]+/.exec(spawnSync(program, [...(args as string[]), "--version"], { encoding: "utf8" }).stdout)?.[0];
  const version = (folder: string) => (name: string) => [name, manifest(join(folder, name, "package.json")).version];
  return {
    CPUs: String(availableParallelism()),
    Node: process.versions.node,
    ...(Object.fromEntries(
      Object.entries(browsers)
        .map(([name, command]) => [name, said(command)] as const)
        .filter(([, version]) => version),
    ) as Record<string, string>),
    wireline: manifest(join(root, "package.json")).version,
    ...Object.fromEntries(["ws", "reconnecting-websocket", "mitt", "zod"].map(version(join(root, "node_modules")))),
    ...Object.fromEntries(own.map(version(packages))),
  };
}

async function main(): Promise<void> {
  const quick = process.argv.includes("--quick");
  const wanted = process.argv.slice(2).filter((argument) => argument !== "--quick");
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown) throw new Error(`There is no work ${unknown}: the works are ${names.join(", ")}, and --quick makes them short.`);
  buildLibrary();
  if (!installPackages(import.meta.dirname, "the libraries to measure against (about 22 MB on disk)")) {
    throw new Error("The libraries could not be installed: run npm ci in test/bench to see why.");
  }
  if (quick) check();
  const folder = mkdtempSync(join(tmpdir(), "wireline-bench-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      end(new Error("It was interrupted, and nothing was written."));
    });
  }
  const started = performance.now();
  const minutes = () => ((performance.now() - started) / 60_000).toFixed(1);
  const run: Run = { quick, folder, say: (line) => console.log(`${minutes().padStart(5)} min  ${line}`) };
  const measures: Measure[] = [];
  let passed = 0;
  try {
    for (const name of names.filter((name) => !wanted.length || wanted.includes(name))) {
      // A browser, say, that does not answer. What it has started ends with this process.
      const late = setTimeout(
        () => end(new Error(`The work ${name} took over ${patience / 60_000} minutes: run npm run bench -- ${name}.`)),
        patience,
      );
      // Not before the libraries that they load are installed, and ours is built.
      const works = (await import(`./works/${name}.ts`)) as Record<string, Work>;
      measures.push(...(await works[name]!(run)));
      clearTimeout(late);
      passed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (quick) {
    if (!wanted.length) compare(measures);
    console.log(`\nEverything works. So short a run judges nothing but sizes; for numbers, run npm run bench.\n${passed} passed, 0 failed`);
    return;
  }
  const results: Results = { date: new Date().toISOString().slice(0, 10), versions: versions(), measures };
  console.log(`\n${forTerminal(results)}`);
  if (wanted.length) return;
  write(results);
  const missed = measures.filter(misses).length;
  console.log(
    `\nWritten: test/bench/results.json, test/bench/bench.svg, and the table of the documentation. ${missed} goals are missed; see test/bench/NOTES.md.`,
  );
}

/** Checks that the documentation has the results of these works. */
function compare(measures: readonly Measure[]): void {
  const titles = (measures: readonly Measure[]) => measures.map(({ name, unit }) => `${name}, ${unit}`).join("; ");
  const told = fromJson(readFileSync(join(import.meta.dirname, "results.json"), "utf8"));
  if (titles(told.measures) !== titles(measures)) throw new Error("The documentation has the results of other works: run npm run bench.");
}

/** Keeps the results, draws them, and writes them into the documentation. */
function write(results: Results): void {
  writeFileSync(join(import.meta.dirname, "results.json"), toJson(results));
  writeFileSync(join(import.meta.dirname, "bench.svg"), chart(results));
  writeFileSync(join(root, "playground/docs/parts/bench.md"), `${forMarkdown(results)}\n`);
}

/** Ends it, even if something still keeps it open. */
function end(error?: Error): void {
  if (error) {
    console.error(error.cause ? error : error.message);
    console.log("0 passed, 1 failed");
  }
  process.stdout.write("", () => process.exit(error ? 1 : 0));
}

main().then(() => end(), end);
