import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { entries, fileOf, parts } from "./entries";
import { integrityOf } from "./integrity";

// The end of `npm run build`: what tsup cannot do.

const require = createRequire(import.meta.url);
const script = "dist/wireline.umd.js";
const namesOf = (file: string) => Object.keys(require(resolve(file)));

/** Exports apart what is a type alone: without that, the types would promise classes that the code does not export. */
function mark(text: string, values: string[]): string {
  return text.replace(/^export \{ (.*) \};/gm, (_, list: string) => {
    const names = list.split(", ").map((name) => name.replace("type ", ""));
    const [code, types] = [true, false].map((isCode) =>
      names.filter((name) => values.includes(name.split(" ").at(-1)!) === isCode).join(", "),
    );
    return `export { ${code} };${types ? `\nexport type { ${types} };` : ""}`;
  });
}

/** Names the files of the surfaces that an entry imports, which all lie side by side. */
function beside(text: string): string {
  return text.replace(/(["'])\.{1,2}\/(?:(\w+)\/)?index\1/g, (_, quote: string, entry = "index") => `${quote}./${entry}.js${quote}`);
}

/** Indents by tabs in place of four spaces, which makes declarations smaller by a thirtieth. */
function indent(text: string): string {
  return text.replace(/^( {4})+/gm, (spaces) => "\t".repeat(spaces.length / 4));
}

const modules = ["index", ...entries.map(({ name }) => fileOf(name))];
for (const entry of modules) {
  const declarations = `dist/${entry}.d.ts`;
  const text = indent(mark(beside(readFileSync(declarations, "utf8")), namesOf(`dist/${entry}.js`)));
  writeFileSync(declarations, text);
  // A module has the same types, so each is written once. But what adds to the types of another package has to stand in both: the
  // two formats of a program may find two files of that package.
  writeFileSync(`dist/${entry}.d.mts`, text.includes("declare module ") ? text : `export * from "./${entry}.js";\n`);
}

const map = "\n//# sourceMappingURL=";

/** Tells Node which names a module may import from a CommonJS file: it reads them at the end, in code that never runs. */
function nameExports(file: string): void {
  const names = namesOf(file).join(",");
  writeFileSync(file, readFileSync(file, "utf8").replace(map, `\n0&&(module.exports={${names}});${map}`));
}

const required = [...modules, ...parts.map(({ name }) => fileOf(name))].map((name) => `dist/${name}.js`);
for (const file of [...required, script]) nameExports(file);

// Metro before 0.82 and Parcel read no `exports`, and find `wireline/react` in a folder of that name.
for (const { name } of entries) {
  const file = `${name.replace(/[^/]+/g, "..")}/dist/${fileOf(name)}`;
  mkdirSync(name, { recursive: true });
  writeFileSync(
    `${name}/package.json`,
    `${JSON.stringify({ main: `${file}.js`, module: `${file}.mjs`, types: `${file}.d.ts` }, null, 2)}\n`,
  );
}

// For pages whose scripts are TypeScript, and find the library in the global `Wireline`.
writeFileSync(
  "dist/wireline.umd.d.ts",
  `export * from "./index.js";
export as namespace Wireline;
`,
);

console.log(`The integrity of ${script}: ${integrityOf(script)}`);
