import { gzipSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";
import { shake } from "./shake";

/** What `import { Socket }` may cost, in bytes, minified and gzipped; the README says so. */
export const budget = 9_000;

/** What an application pays for an import, in bytes. */
export interface Size {
  /** Minified and gzipped (level 9). */
  readonly gzip: number;
  readonly minified: number;
}

/** Bundles `import { names } from "wireline"`, or more of it, for a browser, from dist, with zod outside. */
export async function sizeOf(names: string, more = ""): Promise<Size> {
  const { outputFiles } = await bundle(`export { ${names} } from "./dist/index.mjs"; ${more}`);
  const code = outputFiles[0]!.contents;
  return { gzip: gzipSync(code, { level: 9 }).length, minified: code.length };
}

/** The minified bytes that each source file adds to `import { Socket }`, largest first. */
export async function partsOfSocket(): Promise<[file: string, minified: number][]> {
  const { metafile } = await bundle(`export { Socket } from "./src/index"`, {
    plugins: [shake],
    alias: { "reconnecting-websocket": "reconnecting-websocket/reconnecting-websocket.ts" },
  });
  return Object.entries(Object.values(metafile.outputs)[0]!.inputs)
    .map(([file, { bytesInOutput }]): [string, number] => [file, bytesInOutput])
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1]);
}

function bundle(contents: string, options: BuildOptions = {}) {
  return build({
    ...options,
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
}
