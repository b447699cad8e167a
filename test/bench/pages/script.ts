import { build } from "esbuild";
import { alias } from "../program";

/** Bundles a module, whose paths begin at test/bench, into the text of a script for a page, or of a module. */
export async function script(contents: string, format: "iife" | "esm"): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${import.meta.dirname}/..`, loader: "ts" },
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    write: false,
    alias,
    logLevel: "error",
  });
  return outputFiles[0]!.text;
}
