import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What an application pays for an import, and what each file has in it. */
export interface Size {
  /** Bytes, minified and gzipped (level 9). */
  readonly gzip: number;
  /** Bytes, minified. */
  readonly minified: number;
  /** Minified bytes by source file, largest first. */
  readonly parts: [file: string, minified: number][];
}

/** Bundles `import { names } from "wireline"` for a browser, from dist, with zod outside. */
export async function sizeOf(names: string): Promise<Size> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from "./dist/index.mjs"`, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const code = outputFiles[0]!.contents;
  const [output] = Object.values(metafile.outputs);
  return {
    gzip: gzipSync(code, { level: 9 }).length,
    minified: code.length,
    parts: Object.entries(output!.inputs)
      .map(([file, { bytesInOutput }]): [string, number] => [file, bytesInOutput])
      .sort((a, b) => b[1] - a[1]),
  };
}
