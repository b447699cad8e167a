import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const dist = (name: string) => join(root, "dist", name);

/** What stands for the package, as it is published, in whatever is measured. */
export const alias = { wireline: dist("index.mjs") };

/** Bundles a program of test/bench/programs to plain JavaScript, so that nothing of tsx runs beside what is measured; gives its path. */
export async function bundleProgram(folder: string, name: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "programs", `${name}.ts`)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    outfile,
    alias,
    // Packages of CommonJS ask for Node's own modules.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "error",
  });
  return outfile;
}
