import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { integrityOf } from "./integrity";

// The end of `npm run build`: what tsup cannot do.

const require = createRequire(import.meta.url);
const namesOf = (file: string) => Object.keys(require(resolve(file)));

/** Marks what is a type alone: without that, the types would promise classes that the code does not export. */
function mark(file: string, values: string[]): void {
  const text = readFileSync(file, "utf8");
  const marked = text.replace(/^export \{ (.*) \}/gm, (_, list: string) => {
    const names = list.split(", ").map((name) => (name.startsWith("type ") || values.includes(name.split(" ").at(-1)!) ? name : `type ${name}`));
    return `export { ${names.join(", ")} }`;
  });
  writeFileSync(file, marked);
}

for (const entry of ["index"]) {
  for (const extension of ["d.ts", "d.mts"]) mark(`dist/${entry}.${extension}`, namesOf(`dist/${entry}.js`));
}

// tsup knows no UMD. What comes after the script's end is never run: Node reads there which names a module may import.
const script = "dist/wireline.umd.js";
const names = namesOf(script).join(",");
const map = "\n//# sourceMappingURL=";
writeFileSync(script, readFileSync(script, "utf8").replace(map, `0&&(module.exports={${names}});${map}`));

// For pages whose scripts are TypeScript, and find the library in the global `Wireline`.
writeFileSync(
  "dist/wireline.umd.d.ts",
  `export * from "./index.js";
export as namespace Wireline;
`,
);

console.log(`The integrity of ${script}: ${integrityOf(script)}`);
