import { type BuildOptions, build } from "esbuild";

const root = `${import.meta.dirname}/../..`;

/** Makes a script of the source of a module, with all that it imports; paths in it begin at the root of the project. */
export async function bundle(source: string, format: "iife" | "esm" | "cjs", options: BuildOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: "ts" },
    bundle: true,
    format,
    target: "es2022",
    // The project's package.json says that no import has side effects, which is true of what is published only.
    ignoreAnnotations: true,
    ...options,
    write: false,
  });
  return outputFiles[0]!.text;
}
