import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// The catalogues beside this file are what tags such as [R8] mean. A tag stands in the title of a test, or in a comment.

const catalogues = ["dependencies", "browsers", "wire"];
const rows = catalogues
  .flatMap((name) => readFileSync(`${import.meta.dirname}/${name}.md`, "utf8").split("\n"))
  .flatMap((line) => {
    const tag = /^\| ([RMZEW]\d+) \|/.exec(line)?.[1];
    return tag === undefined ? [] : [{ tag, line }];
  });
const tags = rows.map(({ tag }) => tag);

/** Our own files below a folder, by their paths. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.(ts|mjs|go|md|json)$/.test(file) && !/node_modules|\/reference\/|test\/catalogue\//.test(file));

const files = ["src", "test", "playground"].flatMap(filesIn).map((name) => ({ name, text: readFileSync(name, "utf8") }));
const tagsIn = (text: string) => [...text.matchAll(/\[([RMZEW]\d+)\]/g)].map(([, tag]) => tag!);
/** The titles of tests; those of the conformance suite are in its files of statements, under a comment with their tags. */
const titles = files.flatMap(({ name, text }) => {
  if (name.startsWith("test/conformance/")) return text;
  return name.endsWith(".test.ts") || name === "test/behaviour/suite.ts" ? (text.match(/(["'`])(\[[RMZEW]\d+\] ?)+/g) ?? []) : [];
});
const tested = new Set(titles.flatMap(tagsIn));
const untested = rows.filter(({ line }) => line.includes("No test: ")).map(({ tag }) => tag);

describe("the catalogues", () => {
  test("list each case once", () => {
    expect(tags.length).toBeGreaterThan(100);
    expect(tags.filter((tag, index) => tags.indexOf(tag) !== index)).toEqual([]);
  });

  test("have a test for each case, or say why there is none", () => {
    expect(tags.filter((tag) => !tested.has(tag) && !untested.includes(tag))).toEqual([]);
    expect(untested.filter((tag) => tested.has(tag))).toEqual([]);
  });

  test("explain every tag that a title or a comment uses", () => {
    const unknown = files.flatMap(({ name, text }) => tagsIn(text).flatMap((tag) => (tags.includes(tag) ? [] : `${name}: [${tag}]`)));
    expect(unknown).toEqual([]);
  });
});

test("no file cites a document that is not in the repository", () => {
  const outside = /\b(ERRATA|EDGES|WIRE\.md|DESIGN(\.md| §))/;
  const citing = files.filter(({ text }) => outside.test(text)).map(({ name }) => name);
  const notes = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((name) => outside.test(readFileSync(name, "utf8")));
  expect([...citing, ...notes]).toEqual([]);
});
