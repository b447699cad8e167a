import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transform } from "esbuild";
import { installPackages } from "../tools/npm";
import type { Check } from "./check";
import { runProgram } from "./program";

const runtimes = resolve(import.meta.dirname, "../runtimes");

/** The runners of tests, in which users test their components with `wireline/testing`: with real and with fake timers. */
export function runnerChecks(folder: string): Check[] {
  const place = join(folder, "testing");
  const node = async (...args: string[]) => counted((await runProgram(process.execPath, args, place)).all);
  const bin = (path: string) => join(folder, "node_modules", path);
  const vitest = (dom: string) => ({
    name: `Vitest · a React component in ${dom}`,
    run: () => node(bin("vitest/vitest.mjs"), "run", "--environment", dom, "--root", place, "vitest.test.mjs"),
  });
  return [
    vitest("jsdom"),
    vitest("happy-dom"),
    {
      name: "Jest · a React component in jsdom",
      async run() {
        // Jest reads CommonJS; what its users compile, esbuild compiles here.
        for (const name of ["chat", "cases"]) {
          const { code } = await transform(readFileSync(join(place, `${name}.mjs`), "utf8"), { format: "cjs" });
          writeFileSync(join(place, `${name}.cjs`), code.replaceAll(".mjs", ".cjs"));
        }
        return node(bin("jest/bin/jest.js"), "--rootDir", place, "--ci", "--testMatch", "**/jest.test.cjs");
      },
    },
    { name: "node:test · a React component in happy-dom", run: () => node("--test", "node.test.mjs") },
    {
      name: "Bun's runner · a React component in happy-dom",
      async run() {
        if (!installPackages(runtimes, "the runtimes, of which Bun is one")) throw new Error("Bun could not be installed.");
        const { all } = await runProgram(bunProgram(), ["test", "./bun.test.mjs"], place);
        return counted(all);
      },
    },
  ];
}

function bunProgram(): string {
  const { platform, arch } = process;
  const cpu = arch === "arm64" ? "aarch64" : arch;
  const exe = platform === "win32" ? ".exe" : "";
  return join(runtimes, "node_modules", `@oven/bun-${platform === "win32" ? "windows" : platform}-${cpu}/bin/bun${exe}`);
}

/** How many tests a runner says have passed; all of them say so in about the same words. */
function counted(output: string): string {
  const [, count] = /(?:Tests:? +|pass )(\d+)(?: passed|$)/m.exec(output) ?? /^ *(\d+) pass$/m.exec(output) ?? [];
  if (count !== "3") throw new Error(`It should pass 3 tests, and said:\n${output}`);
  return `${count} passed`;
}
