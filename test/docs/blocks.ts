import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { type Block, blocksOf, type Page, readPages } from "../../playground/docs/tools/pages";
import { entries, fileOf } from "../tools/entries";

/** A TypeScript block of the documentation, as a file of its own. */
export interface Example {
  /** Where it stands: the page, its heading and a number. */
  readonly where: string;
  readonly file: string;
  readonly block: Block;
  /** Whether it can run by itself in a page. */
  readonly runs: boolean;
  /** Whether it, or another block of its page that it imports, needs a package that only `npm run test:docs` installs. */
  readonly foreign: boolean;
}

/** The packages that only `npm run test:docs` installs, because they are large or belong to another platform. */
export const foreignFolder = resolve("test/docs/packages");
const foreignPackages = Object.keys(JSON.parse(readFileSync(`${foreignFolder}/package.json`, "utf8")).dependencies as object);

const extensions: Record<string, string> = { ts: "ts", tsx: "tsx", typescript: "ts" };
/** What a block that runs in a page may import. */
const runnable = ["wireline", "zod", "@msgpack/msgpack"];
/** The pages that are also the sources of apps, which have tests of their own. */
const apps = ["react", "vue", "svelte", "solid", "plain"].map((name) => `/recipes/${name}`);
/** The pages of the back ends, whose blocks belong together: `backends.test.ts` compiles and runs them. */
export const backEndPages = ["/servers/project-forge", "/servers/goyave", "/servers/gofr"];

/** The pages whose blocks are checked one by one, and the README. */
function checkedPages(): Page[] {
  const readme = readFileSync("README.md", "utf8");
  return [
    ...readPages().filter(({ link }) => !apps.includes(link) && !backEndPages.includes(link)),
    { link: "/README", file: "README.md", title: "README", description: "", text: readme, blocks: blocksOf(readme) },
  ];
}

/** Where `npm run test:docs` writes the examples: imports find its own packages there, and then those of the project. */
export const foreignExamples = `${foreignFolder}/examples`;

/**
 * Writes every TypeScript block to a file; a block with a name can be imported by the others of its page.
 *
 * @param cache the folder that they are written to
 */
export function writeExamples(cache: string): Example[] {
  rmSync(cache, { recursive: true, force: true });
  return checkedPages().flatMap(({ link, blocks }) => {
    const folder = join(cache, link.slice(1).replaceAll("/", "-") || "home");
    const written = blocks.flatMap((block, index) => {
      const extension = extensions[block.language];
      if (!extension) return [];
      const file = join(folder, block.name ?? `block-${index}.${extension}`);
      if (existsSync(file)) throw new Error(`${link} has two blocks with the name ${block.name}: rename one.`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, /^(import|export) /m.test(block.code) ? block.code : `${block.code}\nexport {};\n`);
      return [{ where: `${link}, ${block.heading} (${index})`, file, block, imports: importsOf(block) }];
    });
    const isForeign = ({ imports, block }: (typeof written)[number], others = written): boolean =>
      imports.some((name) => foreignPackages.includes(name)) ||
      /\bchrome\./.test(block.code) ||
      others.some((other) => other.block !== block && importsBlock(block, other.block) && isForeign(other, []));
    return written.map((example) => ({
      ...example,
      foreign: isForeign(example),
      runs:
        example.file.endsWith(".ts") &&
        !example.block.flags.includes("no-run") &&
        example.block.name === undefined &&
        example.imports.every((name) => runnable.includes(name)),
    }));
  });
}

/** Where the compiler finds the built package. */
export const pathsOfLibrary: Record<string, string[]> = {
  wireline: [resolve("dist/index.d.mts")],
  ...Object.fromEntries(entries.map(({ name }) => [`wireline/${name}`, [resolve(`dist/${fileOf(name)}.d.mts`)]])),
};

/** The packages that a block imports. */
function importsOf({ code }: Block): string[] {
  return [...code.matchAll(/^import .*"((?:@[\w-]+\/)?[\w.:-]+)[^"]*";$/gm)].map(([, name]) => name!);
}

function importsBlock({ code }: Block, { name }: Block): boolean {
  return name !== undefined && code.includes(`"./${name.replace(/\.\w+$/, "")}"`);
}

/** Compiles examples against the built package, as strictly as the project itself; gives what the compiler finds wrong. */
export function problemsOf(examples: readonly Example[]): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram([...examples.map(({ file }) => file), resolve("test/docs/prelude.ts")], {
    ...options,
    jsx: ts.JsxEmit.ReactJSX,
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ["node", ...(examples.some(({ block }) => block.code.includes("chrome.")) ? ["chrome"] : [])],
    typeRoots: [resolve("node_modules/@types"), join(foreignFolder, "node_modules/@types")],
    paths: pathsOfLibrary,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start!).line + 1 : 0;
    return `${file?.fileName.replace(/^.*(\.cache\/docs\/\w+|packages\/examples)\//, "")}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
