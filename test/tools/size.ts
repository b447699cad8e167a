import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";
import { entries, fileOf, parts } from "./entries";

/** What `import { Socket, defineProtocol }`, which is everything, may cost, in bytes, minified and gzipped. */
export const budget = 19_200;

/** What an application pays for an import, in bytes. */
export interface Size {
  /** Minified and gzipped (level 9). */
  readonly gzip: number;
  /** Minified and compressed by Brotli (level 11). */
  readonly brotli: number;
  readonly minified: number;
}

/** Bundles `import { names } from "wireline"`, or more of it, for a browser, from dist, with zod outside. */
export function sizeOf(names: string, more = ""): Promise<Size> {
  return sizeOfModule(`export { ${names} } from "./dist/index.mjs"; ${more}`);
}

/** The same for the source of any module, whose paths begin at a folder: the root of the project, unless told. */
export async function sizeOfModule(source: string, folder?: string): Promise<Size> {
  const { outputFiles } = await bundle(source, {}, folder);
  return weigh(outputFiles[0]!.contents);
}

/** What an entry beside `wireline` adds to a page: without `wireline` itself, its framework, and the entries that it imports. */
export async function sizeOfEntry(name: string): Promise<Size> {
  // What it loads later, or stands beside, is a file of its own.
  const files = [...entries, ...parts].filter((entry) => entry.name !== name).map((entry) => `./${fileOf(entry.name)}.mjs`);
  const external = ["./index.mjs", ...files, "react", "vue", "svelte", "svelte/*", "solid-js"];
  const { outputFiles } = await bundle(`export * from "./dist/${fileOf(name)}.mjs"`, { external });
  return weigh(outputFiles[0]!.contents);
}

/** What the file that a script tag names costs. */
export function sizeOfScript(): Size {
  return weigh(readFileSync("dist/wireline.umd.js"));
}

/** The minified bytes that each source file adds to `import { Socket }`, largest first. */
export async function partsOfSocket(): Promise<[file: string, minified: number][]> {
  const { metafile } = await bundle(`export { Socket } from "./src/index"`, {
    alias: { "reconnecting-websocket": "reconnecting-websocket/reconnecting-websocket.ts" },
  });
  return Object.entries(Object.values(metafile.outputs)[0]!.inputs)
    .map(([file, { bytesInOutput }]): [string, number] => [file, bytesInOutput])
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1]);
}

function weigh(code: Uint8Array): Size {
  return { gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length, minified: code.length };
}

function bundle(contents: string, options: BuildOptions = {}, resolveDir = process.cwd()) {
  return build({
    ...options,
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
}
