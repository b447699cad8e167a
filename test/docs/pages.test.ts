import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { linksOf, menu } from "../../playground/docs/.vitepress/menu";
import { fullText, indexText } from "../../playground/docs/tools/llms";
import { fileOf, folder, proseOf, readPages } from "../../playground/docs/tools/pages";

// The pages as files: the menu leads to each, each says what it is for, and the README's links lead somewhere.

const pages = readPages();

test("the menu leads to every page, once", () => {
  const written = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !/^(\.vitepress|parts|examples|reference[\\/]api)/.test(file))
    .map((file) => join(folder, file));
  const links = linksOf(menu);
  expect(new Set(links).size).toBe(links.length);
  expect(written.sort()).toEqual(["/", ...links].map(fileOf).sort());
});

test("every page has one title, and a sentence that says what it is for", () => {
  for (const { link, text, description } of pages.slice(1)) {
    expect([link, proseOf(text).match(/^# /gm)?.length]).toEqual([link, 1]);
    expect([link, description]).toEqual([link, expect.stringMatching(/^.{20,160}\.$/)]);
  }
});

test("every link of the README leads to a file, and every guide is among them", () => {
  const readme = readFileSync("README.md", "utf8");
  const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!).filter((link) => !link.startsWith("https:"));
  expect(links.filter((link) => !existsSync(link))).toEqual([]);
  const guides = pages.filter(({ link }) => link.startsWith("/guides/")).map(({ file }) => relative(dirname("README.md"), file));
  expect(guides.filter((file) => !links.includes(file))).toEqual([]);
});

describe("the text for language models and for reading offline", () => {
  test("names every page, with what it is for", () => {
    const text = indexText();
    for (const { title, description } of pages.slice(1))
      expect(text).toMatch(new RegExp(`^- \\[${escaped(title)}\\]\\(/docs\\S+\\): ${escaped(description)}$`, "m"));
  });

  test("has every page whole, with the code that it includes", () => {
    const text = fullText();
    for (const { title } of pages.slice(1)) expect(text).toContain(`\n# ${title}\n`);
    expect(text).toContain("new WebSocketServer({ port: 8080 })");
    expect(text).not.toMatch(/^<<<|@include|<svg/m);
  });
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
