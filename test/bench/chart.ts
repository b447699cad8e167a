import { colourOf, ink, round, svg, text } from "./drawing";
import { cell, goalOf, librariesOf, type Results } from "./table";
import type { Measure } from "./work";

const columns = 3;
const [left, top, names, width, gap] = [16, 46, 164, 210, 26];
/** The height of a library's line, of its bar, and of what stands above the first. */
const [line, bar, head] = [17, 11, 40];
/** What a bar leaves free for the number at its end. */
const room = 54;
/** How many times Wireline's number or its goal, whichever is larger, is the longest bar that is not cut. */
const most = 3;
/** How wide a character is, about. */
const character = 6.6;

/** Draws what several libraries did, as SVG: a panel for a measure, a bar for a library; a bar that is too long ends in an arrow. */
export function chart(results: Results): string {
  const all = librariesOf(results.measures);
  const number = ({ values }: Measure) => Object.keys(values).length;
  const many = results.measures.filter((measure) => number(measure) > all.length / 2);
  const few = results.measures.filter((measure) => number(measure) > 1 && !many.includes(measure));
  // What few libraries do stands below, where the others need no line.
  const measures = [...many, ...few];
  const body: string[] = [];
  let y = top;
  for (let first = 0; first < measures.length; first += columns) {
    const row = measures.slice(first, first + columns);
    const libraries = all.filter((library) => row.some(({ values }) => library in values));
    const names = libraries.map((library, index) => text(left, y + head + index * line + bar - 1.5, library, named(library)));
    body.push(...names, ...row.map((measure, column) => panel(measure, libraries, xOf(column), y)));
    y += head + libraries.length * line + 24;
  }
  const title = `Wireline beside other libraries, ${results.date}: less is better; dotted: the goal`;
  return svg(title, left, xOf(columns) - gap + left, y - 4, body);
}

const xOf = (column: number) => left + names + column * (width + gap);

function panel(measure: Measure, libraries: readonly string[], x: number, y: number): string {
  const { name, unit, values, goal } = measure;
  const known = Object.values(values);
  const limit = most * Math.max(goal ?? 0, values.wireline ?? 0) || Math.max(...known);
  const longest = Math.max(goal ?? 0, ...known.filter((value) => value <= limit)) || 1;
  const scale = (width - room) / longest;
  const dotted = x + (goal ?? 0) * scale;
  const parts = [
    text(x, y + 12, name, ` font-weight="600"`),
    text(x, y + 28, goal === undefined ? unit : `${unit}, goal ${goalOf(measure)}`),
    `<path d="M${x} ${y + head - 3}v${libraries.length * line}" stroke="${ink}"/>`,
  ];
  for (const [index, library] of libraries.entries()) {
    const at = y + head + index * line;
    const value = values[library];
    const words = cell(measure, library);
    const end = x + Math.min(longest, Math.max(0, value ?? 0)) * scale;
    const cut = value !== undefined && value > longest;
    const after = end + (cut ? 13 : 5);
    if (end > x)
      parts.push(`<path d="${shape(x, end, at, cut)}" fill="${colourOf(library)}"${library === "wireline" ? "" : ` fill-opacity=".6"`}/>`);
    parts.push(text(after, at + bar - 1.5, words, named(library)));
    // Not through a number.
    const hidden = dotted > after - 3 && dotted < after + words.length * character + 2;
    if (goal !== undefined && !hidden) parts.push(`<path d="M${round(dotted)} ${at - 3}v${line}" stroke="${ink}" stroke-dasharray="2 3"/>`);
  }
  return parts.join("\n");
}

/** A bar; one that is cut ends in an arrow. */
function shape(x: number, end: number, y: number, cut: boolean): string {
  const tip = cut ? `l8 ${bar / 2}l-8 ${bar / 2}` : `v${bar}`;
  return `M${x} ${y}H${round(end)}${tip}H${x}z`;
}

const named = (library: string) => (library === "wireline" ? ` font-weight="600" fill="${colourOf(library)}"` : "");
