import { readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { linksOf, menu } from "../.vitepress/menu";

/** The folder of the pages. */
export const folder = fileURLToPath(new URL("../", import.meta.url));

/** A block of code on a page. */
export interface Block {
  readonly language: string;
  /** The file it stands for, as in `ts socket.ts` or `ts [socket.ts]`. */
  readonly name: string | undefined;
  /** Words behind the language, such as `no-run`. */
  readonly flags: readonly string[];
  readonly code: string;
  /** The last heading above it. */
  readonly heading: string;
}

/** A page as a reader sees it: what it includes is in its text. */
export interface Page {
  /** The address below `/docs`, such as `/guides/connection`. */
  readonly link: string;
  /** The file that it is written in. */
  readonly file: string;
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly description: string;
  /** Its Markdown without front matter, with included files and snippets. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The file of an address: a folder's address ends with a slash. */
export function fileOf(link: string): string {
  return join(folder, link.endsWith("/") ? `${link}index.md` : `${link}.md`);
}

/** Reads every page of the menu, in reading order; the home page is the first. */
export function readPages(): Page[] {
  return ["/", ...linksOf(menu)].map(readPage);
}

/** Reads a page by its address. */
export function readPage(link: string): Page {
  const file = fileOf(link);
  const source = readFileSync(file, "utf8");
  const [front = "", matter = ""] = /^---\n(.*?)^---\n/ms.exec(source) ?? [];
  const text = complete(source.slice(front.length), file).trim();
  const description = JSON.parse(/^description: (".*")$/m.exec(matter)?.[1] ?? `""`) as string;
  const title = /^# (.*)$/m.exec(text)?.[1] ?? /^title: (.*)$/m.exec(matter)?.[1] ?? link;
  return { link, file, title, description, text, blocks: blocksOf(text) };
}

/** Puts in what a page includes: other Markdown, and code that tests run. */
function complete(text: string, file: string): string {
  const from = (path: string) => (path.startsWith("@/") ? join(folder, path.slice(2)) : resolve(dirname(file), path));
  return text
    .replace(/^<!--\s*@include:\s*([^\s{]+)(?:\{(\d+),\})?\s*-->$/gm, (_, path: string, first = "1") => {
      const lines = readFileSync(from(path), "utf8")
        .split("\n")
        .slice(Number(first) - 1);
      return complete(lines.join("\n"), from(path));
    })
    .replace(/^<<< ([^\s#{]+)(?:#([\w-]+))?(?:\{[^}]*\})?( \[.*\])?$/gm, (_, path: string, region?: string, name = "") => {
      const code = regionOf(readFileSync(from(path), "utf8"), region).trimEnd();
      return `\`\`\`${extname(path).slice(1)}${name}\n${code}\n\`\`\``;
    });
}

/** The part of a file between `#region` and `#endregion`; the whole file without those lines where none is named. */
function regionOf(code: string, region: string | undefined): string {
  const lines = code.split("\n");
  const start = region === undefined ? -1 : lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const end = region === undefined ? lines.length : lines.findIndex((line) => line.trim() === `// #endregion ${region}`);
  if (region !== undefined && (start < 0 || end < 0)) throw new Error(`There is no region ${region}.`);
  return lines
    .slice(start + 1, end)
    .filter((line) => !/^\s*\/\/ #(end)?region/.test(line))
    .join("\n");
}

/** The blocks of code in a Markdown text. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  let open: { fence: string; info: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const [, fence = "", info = ""] = /^\s*(`{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (fence === open.fence && info === "") {
        blocks.push(blockOf(open.info, `${open.lines.join("\n")}\n`, heading));
        open = undefined;
      } else open.lines.push(line);
    } else if (fence) open = { fence, info, lines: [] };
    else if (/^#+ /.test(line)) heading = line.replace(/^#+ /, "");
  }
  return blocks;
}

function blockOf(info: string, code: string, heading: string): Block {
  const [language = "", ...words] = info
    .replace(/\{[^}]*\}/g, "")
    .trim()
    .split(/\s+/);
  const names = words.map((word) => word.replace(/^\[(.*)\]$/, "$1"));
  const name = names.find((word) => word.includes("."));
  return { language, name, flags: names.filter((word) => word !== name), code, heading };
}

/** Markdown without its blocks of code. */
export function proseOf(text: string): string {
  return text.replace(/^(\s*)(`{3,}).*\n[\s\S]*?^\1\2$/gm, "");
}
