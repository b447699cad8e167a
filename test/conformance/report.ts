import type { Outcome, Table } from "./table";

const WIDTH = 120;

/** What stands above the tables: how they are to be read. */
export const legend = [
  "What clients see of Project Forge, Goyave and GoFr, statement by statement: ✓ it is so, ✗ it is not, – it was left out.",
  "  Go          a server rebuilt in Go after the framework's source, on gorilla/websocket (test/peers): not the framework itself",
  "  Node        this project's test server, which is to do the same (test/server)",
  '  the SDK     Wireline, as the documentation has it under "Servers"',
  "  the seed's  constructor, of Project Forge's own client: new Socket(debug, onOpen, onMessage, onError, url)",
].join("\n");

const sign = (outcome: Outcome) => ("leftOut" in outcome ? "–" : outcome.held ? "✓" : "✗");

/** A table in lines of up to 120 columns: each server has one for Go, if that was looked at, and one for Node. */
export function linesOf({ family, columns, rows }: Table): string[] {
  const cells = columns.map(({ name }, index) => {
    const isFirst = columns[index - 1]?.name !== name;
    if (columns[index + 1]?.name === name) return 4;
    return Math.max(7, name.length + (isFirst ? 2 : -2));
  });
  const width = WIDTH - cells.reduce((sum, cell) => sum + cell, 0);
  const row = (says: string, texts: readonly string[]) =>
    `${says.padEnd(width)}${cells.map((cell, index) => (texts[index] ?? "").padEnd(cell)).join("")}`.trimEnd();
  // A name stands above all of its columns.
  const names = columns.map(({ name }, index) => {
    if (columns[index - 1]?.name === name) return name.slice(cells[index - 1]);
    return name.slice(0, columns[index + 1]?.name === name ? cells[index] : undefined);
  });
  const lines = [
    "",
    row("", names),
    row(
      family,
      columns.map(({ kind }) => kind),
    ),
  ];
  for (const { says, outcomes } of rows) {
    const [first = "", ...rest] = wrapped(says, width - 2);
    lines.push(row(first, outcomes.map(sign)), ...rest.map((line) => `  ${line}`));
  }
  return lines;
}

/** Why what does not hold does not. */
export function reasonsOf({ columns, rows }: Table): string[] {
  return rows.flatMap(({ says, outcomes }) =>
    outcomes.flatMap((outcome, index) => {
      if (!("held" in outcome) || outcome.held) return [];
      const { name, kind } = columns[index]!;
      return [`✗ ${name} in ${kind}: ${says}\n  ${outcome.reason.replaceAll("\n", "\n  ")}`];
    }),
  );
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    // All but the first are put in by two.
    if (line === undefined || line.length + 1 + word.length > width - (lines.length > 1 ? 2 : 0)) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
