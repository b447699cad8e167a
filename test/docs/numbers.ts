import { readFileSync, writeFileSync } from "node:fs";
import { buildLibrary } from "../tools/library";
import { integrityOf } from "../tools/integrity";
import { entries } from "../tools/entries";
import { sizeOf, sizeOfEntry } from "../tools/size";

// `npm run docs:numbers` writes the numbers that every change of the source moves into the README and the documentation: the
// sizes, and the integrity of the script. `facts.test.ts` checks that they are there.

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** Puts what it is now in place of what a pattern finds between its two groups. */
function write(file: string, pattern: RegExp, value: string): void {
  const text = readFileSync(file, "utf8");
  if (!pattern.test(text)) throw new Error(`${file} has no place for ${value}: put back what ${pattern} finds.`);
  writeFileSync(
    file,
    text.replace(pattern, (_, before: string, after: string) => before + value + after),
  );
}

async function main(): Promise<void> {
  buildLibrary();
  const { gzip, brotli } = await sizeOf("Socket, defineProtocol");
  for (const file of ["README.md", "playground/docs/reference/runtimes.md"]) {
    write(file, /(^\| `Socket`, with everything \| ).*( \|$)/m, `${kB(gzip)} | ${kB(brotli)}`);
  }
  for (const { name, budget } of entries) {
    if (budget === undefined) continue;
    const { gzip, brotli } = await sizeOfEntry(name);
    write(
      "playground/docs/reference/runtimes.md",
      new RegExp(`(^\\| \`wireline/${name}\`, beside it \\| ).*( \\|$)`, "m"),
      `${kB(gzip)} | ${kB(brotli)}`,
    );
  }
  for (const file of ["README.md", "playground/docs/parts/features.md"]) write(file, /(^\| size, gzip \| ).*?( \|)/m, kB(gzip));
  write("playground/docs/start/script-tag.md", /(integrity=").*?(")/, integrityOf("dist/wireline.umd.js"));
}

void main();
