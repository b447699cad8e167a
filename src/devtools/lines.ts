import { plain } from "./capture";
import type { Inspected } from "./event";
import { rowsOf } from "./rows";

/** What {@link log} writes. */
export interface LogOptions {
  /** How many of the newest lines. @default all */
  max?: number | undefined;
  /** Writes params, too; without passwords and tokens, as they were recorded. @default false */
  params?: boolean | undefined;
}

const arrows = { in: "←", out: "→", connection: "●", channel: "#", error: "!" };

/** The story of a socket as text: a line for each message, with what became of it, and for each other event. */
export function linesOf(inspected: Inspected, { max = Infinity, params = false }: LogOptions = {}): string {
  const rows = rowsOf(inspected);
  const head = `${inspected.name}: ${inspected.view?.line ?? "a recording"}`;
  const lines = rows.slice(Math.max(0, rows.length - max)).map((row) => {
    const time = new Date(inspected.startedAt + row.at).toISOString().slice(11, 23);
    const { message, size, steps, kind, text } = row;
    const where = message?.channel ? ` in ${printable(message.channel)}` : "";
    const parts = [`${time} ${arrows[kind]} ${printable(text)}${where}`];
    if (size !== undefined) parts.push(`${size} B`);
    if (steps.length) parts.push(steps.map(({ text }) => text).join(", "));
    if (params && message) parts.push(JSON.stringify(message.param, plain) ?? "");
    return parts.join("  ");
  });
  return [head, ...lines, ""].join("\n");
}

/** Text from the network, without what would break or turn a line. */
export function printable(text: string, max = 300): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}
