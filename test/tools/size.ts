import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";

/** What `import { Socket, defineProtocol }`, which is everything, may cost, in bytes, minified and gzipped. */
export const budget = 17_000;

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

/** The same for the file that a script tag names. */
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
