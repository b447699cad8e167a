import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { freePort } from "../harness/peer";
import { Program } from "../harness/program";

/** The folder of the programs that the documentation shows. */
export const examples = resolve("playground/docs/examples");
const cache = resolve("node_modules/.cache/docs/programs");

/** A program of the documentation that runs until the test ends. */
export interface Example {
  readonly program: Program;
  readonly port: number;
}

/** Copies an example, with other ports in place of those it shows, to where imports find the packages of the project. */
export function copyExample(name: string, ports: Record<number, number>): string {
  const [[, first]] = Object.entries(ports) as [[string, number]];
  const file = join(cache, `${first}`, name);
  const text = Object.entries(ports).reduce(
    (code, [shown, port]) => code.replaceAll(shown, String(port)),
    readFileSync(join(examples, name), "utf8"),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Starts a server of the documentation on a free port, and waits until it says that it listens. */
export async function startExample(name: string, command = process.execPath): Promise<Example> {
  const port = await freePort();
  const program = new Program(command, [copyExample(name, { 8080: port })]);
  onTestFinished(() => program.end());
  await program.says(/Listening on/);
  return { program, port };
}

/** Bundles a TypeScript example with the built library: for Node, where it gets the WebSocket of `ws`, or for a page. */
export async function bundleExample(name: string, ports: Record<number, number>, platform: "node" | "browser"): Promise<string> {
  const file = copyExample(name, ports);
  const outfile = file.replace(/\.ts$/, ".js").replace(/\.js$/, platform === "node" ? ".mjs" : ".js");
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    format: "esm",
    platform,
    logLevel: "silent",
    alias: { wireline: resolve("dist/index.mjs") },
    banner: platform === "node" ? { js: 'import { WebSocket as ws } from "ws"; globalThis.WebSocket ??= ws;' } : {},
  });
  return outfile;
}
