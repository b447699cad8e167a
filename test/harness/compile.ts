import { resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

/** A page's settings. */
const strict: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Words of a union in alphabetical order: the compiler's order depends on what it has read before. */
const sorted = (line: string) => line.replace(/"\w+"(?: \| "\w+")+/g, (words) => words.split(" | ").sort().join(" | "));

/**
 * Compiles programs as one, each a module of its own in the folder `test`, and returns the first line of each message
 * about each of them.
 */
export function compile(programs: readonly string[], options: ts.CompilerOptions = {}): string[][] {
  const files = programs.map((_, index) => resolve(root, `test/program-${index}.ts`));
  const texts = new Map(files.map((file, index) => [file, programs[index]!]));
  const all = { ...strict, ...options };
  const host = ts.createCompilerHost(all);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(resolve(name));
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  host.fileExists = (name) => texts.has(resolve(name)) || fileExists(name);
  const program = ts.createProgram(files, all, host);
  return files.map((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ messageText }) =>
      sorted(ts.flattenDiagnosticMessageText(messageText, "\n").split("\n")[0]!),
    );
  });
}
