import type { Measure } from "./work";

/** What a run of `npm run bench` has found. */
export interface Results {
  /** The day: `2026-11-21`. */
  readonly date: string;
  /** What ran, by name: Node, browsers and libraries with their versions, and under `CPUs` how many there are. */
  readonly versions: Readonly<Record<string, string>>;
  readonly measures: readonly Measure[];
}

/** What stands behind a number of Wireline's that is above its goal. */
export const mark = "✗";

/** Results as a file has them, where JSON has no number for never. */
export const toJson = (results: Results): string => `${JSON.stringify(results, (_, value) => (value === Infinity ? "never" : value), 2)}\n`;

/** What {@link toJson} has written. */
export const fromJson = (text: string): Results => JSON.parse(text, (_, value) => (value === "never" ? Infinity : value)) as Results;

/** The libraries that were measured: Wireline first, then what is bare, then the others as they were met. */
export function librariesOf(measures: readonly Measure[]): string[] {
  const met = new Set(measures.flatMap(({ values }) => Object.keys(values)));
  return [...new Set(["wireline", "bare", ...met])].filter((library) => met.has(library));
}

/** Whether Wireline's number, as it is shown, is above the goal. */
export function misses({ values, goal, digits }: Measure): boolean {
  const { wireline } = values;
  return wireline !== undefined && goal !== undefined && rounded(wireline, digits) > rounded(goal, digits);
}

/** A library's number in few characters; `–` where it does not do the work. */
export function cell(measure: Measure, library: string): string {
  const value = measure.values[library];
  if (value === undefined) return "–";
  return library === "wireline" && misses(measure) ? `${short(value, measure.digits)} ${mark}` : short(value, measure.digits);
}

/** The goal in few characters; empty where there is none. */
export function goalOf({ goal, digits }: Measure): string {
  return goal === undefined ? "" : `≤ ${short(goal, digits)}`;
}

/** When, where and how it was measured, in a sentence. */
export function provenance({ date, versions }: Results): string {
  const { CPUs, ...others } = versions;
  const programs = Object.entries(others).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${date} by \`npm run bench\`${CPUs ? `, on ${CPUs} CPUs` : ""}, with ${programs.join(", ")}.`;
}

/** The table for a terminal. */
export function forTerminal(results: Results): string {
  const { rows, notes } = table(results);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((words, column) => (column ? words.padStart(widths[column]!) : words.padEnd(widths[column]!))).join("  "),
  );
  return [provenance(results), "", ...lines.map((line) => line.trimEnd()), ...spaced(notes)].join("\n");
}

/** The table for the documentation. */
export function forMarkdown(results: Results): string {
  const { rows, notes } = table(results);
  const [head, ...body] = [["work", ...rows[0]!.slice(1)], ...rows.slice(1)].map(
    (row) => `| ${row.map((words) => words.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  const rule = `|---|${"--:|".repeat(rows[0]!.length - 1)}`;
  const below = notes.map((note, index) => (index < notes.length - 1 ? `${note}<br>` : note));
  return [provenance(results), "", head, rule, ...body, ...spaced(below)].join("\n");
}

function table({ measures }: Results): { rows: string[][]; notes: string[] } {
  const libraries = librariesOf(measures);
  const notes = [...new Set(measures.map(noteOf).filter(Boolean))];
  const rows = measures.map((measure) => {
    const number = notes.indexOf(noteOf(measure)) + 1;
    const what = `${measure.name}, ${measure.unit}${number ? ` ${raised(number)}` : ""}`;
    return [what, goalOf(measure), ...libraries.map((library) => cell(measure, library))];
  });
  const numbered = notes.map((note, index) => `${raised(index + 1)} ${note}`);
  if (measures.some(misses)) numbered.push(`${mark} The goal is missed; test/bench/NOTES.md says why.`);
  return { rows: [["", "goal", ...libraries], ...rows], notes: numbered };
}

function noteOf({ goalSays, note }: Measure): string {
  return [goalSays && `the goal is ${goalSays}`, note]
    .filter(Boolean)
    .map((words) => sentence(words!))
    .join(" ");
}

/** Digits in groups of three, and so many of them behind the point. */
function short(value: number, digits: number): string {
  if (value === Infinity) return "never";
  return rounded(value, digits).toLocaleString("en-US", { minimumFractionDigits: digits }).replace("-", "−");
}

// A zero has no sign.
const rounded = (value: number, digits: number) => Number(value.toFixed(digits)) + 0;

const spaced = (lines: readonly string[]) => (lines.length ? ["", ...lines] : []);
const sentence = (words: string) => `${words[0]!.toUpperCase()}${words.slice(1)}${words.endsWith(".") ? "" : "."}`;
const raised = (number: number) => [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
