import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Entry, menu } from "../.vitepress/menu";
import { type Page, readPage, readPages } from "./pages";

// The documentation as plain text, for language models and for reading offline (https://llmstxt.org).

const summary = `# Wireline

> A TypeScript client for servers that speak messages over a WebSocket. The connection recovers by itself, messages are
> checked in both directions from one schema, and no message is lost silently.
`;

/** The index: each page with its address and a sentence about it. */
export function indexText(): string {
  const lines = menu.flatMap(({ text, items = [] }) => [`\n## ${text}\n`, ...linesOf(items)]);
  return `${summary}\nEverything in one file: [llms-full.txt](/docs/llms-full.txt)\n${lines.join("\n")}\n`;
}

function linesOf(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ link, items = [] }) => {
    if (link === undefined) return linesOf(items);
    const { title, description } = readPage(link);
    return [`- [${title}](/docs${textPath(link)}): ${description}`];
  });
}

/** Every page, one after the other. */
export function fullText(): string {
  return [summary, ...readPages().slice(1).map(textOf)].join("\n");
}

/** A page as plain Markdown: without what only a browser shows. */
export function textOf({ link, text }: Page): string {
  const plain = text
    .replace(/<figure[\s\S]*?aria-label="([^"]*)"[\s\S]*?<\/figure>/g, "($1)")
    .replace(/^:::+ ?(.*)$/gm, (_, words: string) =>
      /^(tip|info|warning|danger|details)/.test(words) ? `**${words.replace(/^\w+ ?/, "") || "Note"}**` : "",
    )
    .replace(/ \{#[\w-]+\}$/gm, "");
  return `<!-- /docs${link} -->\n\n${plain.replace(/\n{3,}/g, "\n\n")}\n`;
}

const textPath = (link: string) => (link.endsWith("/") ? `${link}index.md` : `${link}.md`);

/** Writes `llms.txt`, `llms-full.txt` and each page as Markdown into a built site. */
export function writeTexts(outDir: string): void {
  writeFileSync(join(outDir, "llms.txt"), indexText());
  writeFileSync(join(outDir, "llms-full.txt"), fullText());
  for (const page of readPages()) {
    const file = join(outDir, textPath(page.link));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(page));
  }
}

/** The file that the package carries. */
export const packed = fileURLToPath(new URL("../../../llms.txt", import.meta.url));

// As a program it writes the file that the package carries: the whole text, because links lead nowhere offline.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(packed, fullText());
