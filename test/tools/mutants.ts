import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

// The second half of `npm run mutate`: makes test/mutants.md from Stryker's report.

/** What we use of Stryker's report. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: "Killed" | "Timeout" | "Survived" | "NoCoverage" | "CompileError" | "RuntimeError" | "Ignored" | "Pending";
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** From 1, as people count. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** The part of all mutants that a test must notice. */
const goal = 0.95;

/** Survivors that were looked at, and why each may live: no test could tell it from the original. */
const accepted: Readonly<Record<string, string>> = {
  "backoff.ts: `return time > 0 ? Math.min(time, longest) : 0;` → `return time >= 0 ? Math.min(time, longest) : 0;`":
    "equivalent, 0 is 0 either way",
  "connection.ts: `if (waiting && this.#wait < slow) this.#rest(slowDelay());` → `if (waiting && this.#wait <= slow) this.#rest(slowDelay());`":
    "a wait of 15 s to the millisecond may become another of 15 to 30 s",
  "transport.ts: `native?.close(1000);` → `native.close(1000);`": "equivalent, what it throws is caught",
  "transport.ts: `native?.terminate?.();` → `native?.terminate();`": "equivalent, the same",
  "transport.ts: `native?.terminate?.();` → `native.terminate?.();`": "equivalent, the same",
};

const report = JSON.parse(readFileSync("node_modules/.cache/mutants/report.json", "utf8")) as Report;
const files = Object.entries(report.files).map(([path, { source, mutants }]) => {
  const of = (...statuses: Mutant["status"][]) => mutants.filter(({ status }) => statuses.includes(status));
  return {
    name: basename(path),
    source,
    killed: of("Killed").length,
    timedOut: of("Timeout").length,
    survived: of("Survived", "NoCoverage"),
  };
});

/** A line of the table; its score is the part of the mutants that were noticed. */
function row(name: string, killed: number, timedOut: number, survived: number): string {
  const total = killed + timedOut + survived;
  return `| ${[name, total, killed, timedOut, survived, percent((killed + timedOut) / total)].join(" | ")} |`;
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
const sum = (count: (file: (typeof files)[number]) => number) => files.reduce((total, file) => total + count(file), 0);

/** The code as it stood and as the mutant has it, whatever its line. */
function change(source: string, { location: { start, end }, replacement = "" }: Mutant): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const before = lines[0]!.slice(0, start.column - 1);
  const after = lines.at(-1)!.slice(end.column - 1);
  const original = lines.length > 1 ? `${lines[0]} …` : lines[0]!;
  return [original, before + replacement + after].map((code) => quote(code.trim())).join(" → ");
}

/** Code in Markdown, even if it has a backtick in it. */
function quote(code: string): string {
  return code.includes("`") ? `\`\` ${code} \`\`` : `\`${code}\``;
}

const killed = sum((file) => file.killed);
const timedOut = sum((file) => file.timedOut);
const survived = sum((file) => file.survived.length);
const score = (killed + timedOut) / (killed + timedOut + survived);
const survivors = files.flatMap(({ name, source, survived }) => survived.map((mutant) => `${name}: ${change(source, mutant)}`));
const unexplained = survivors.filter((survivor) => !Object.hasOwn(accepted, survivor));

writeFileSync(
  "test/mutants.md",
  `# Mutants

Stryker changes \`src/connection/\` in every small way it knows: a condition turned round, a call left out, a text emptied. A mutant is killed
when a test fails, or times out when a test waits for what it can no longer see; one that survives is a fault that no test would
notice. \`npm run mutate\` runs it, and writes this file. At most ${percent(1 - goal)} may survive.

| file | mutants | killed | timed out | survived | score |
|---|--:|--:|--:|--:|--:|
${files.map(({ name, killed, timedOut, survived }) => row(name, killed, timedOut, survived.length)).join("\n")}
${row("**all**", killed, timedOut, survived)}

## Survivors

${survivors.map((survivor) => `- ${survivor}:\n  ${accepted[survivor] ?? "**not looked at yet**"}.`).join("\n") || "None."}
`,
);

console.log(`test/mutants.md: ${percent(score)} of ${killed + timedOut + survived} mutants were noticed, ${survived} survived.`);
for (const survivor of unexplained) console.log(`Kill it, or say in test/tools/mutants.ts why it may live: ${survivor}`);
for (const name of Object.keys(accepted)) {
  if (!survivors.includes(name)) console.log(`It does not survive any more; take it out of test/tools/mutants.ts: ${name}`);
}
process.exitCode = score < goal || unexplained.length ? 1 : 0;
