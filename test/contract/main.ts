import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { buildLibrary } from "../tools/library";

// `npm run contract` checks that the generated Go files have what their protocols say; `npm run contract -- --write` writes them.

/** The protocols of this project, and the Go files that are generated from them. */
export const generated: readonly (readonly [protocol: string, file: string])[] = [
  ["playground/protocol.ts", "test/peers/playground/protocol.go"],
  ["test/conformance/recipes/protocol.ts", "test/peers/chat/protocol.go"],
  ["test/unit/contract/kinds.ts", "test/peers/kinds/protocol.go"],
];

function wireline(...args: string[]): boolean {
  return spawnSync(process.execPath, [resolve("dist/cli.mjs"), ...args], { stdio: "inherit" }).status === 0;
}

buildLibrary();
const write = process.argv.includes("--write");
const outcomes = generated.map(([protocol, file]) => (write ? wireline("go", protocol, "--out", file) : wireline("check", protocol, file)));
const failed = outcomes.filter((fine) => !fine).length;
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
