import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

// `npm run lint:prose` reads every page; here it is shown to find what it is for, because a linter without rules finds nothing.

const [, ...settings] = /textlint (--config \S+ --rulesdir \S+)/.exec(
  JSON.parse(readFileSync("package.json", "utf8")).scripts["lint:prose"],
)!;
const args = settings.join(" ").split(" ");

/** What the linter says about a text. */
function complaintsAbout(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "wireline-prose-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "text.md");
  writeFileSync(file, text);
  const { stdout } = spawnSync(process.execPath, ["node_modules/textlint/bin/textlint.js", ...args, "--format", "json", file], {
    encoding: "utf8",
  });
  const [result] = JSON.parse(stdout || "[]") as { messages: { message: string }[] }[];
  return (result?.messages ?? []).map(({ message }) => message);
}

const sentence = (words: number) => `One${" word".repeat(words - 1)}.`;

test("the linter of prose accepts short, modern sentences, and what is code", () => {
  expect(complaintsAbout(`# Title\n\n${`${sentence(9)} `.repeat(9)}\n\n\`anew\`\n`)).toEqual([]);
});

test.each([
  ["a literary word", "It is made anew.", /create/],
  ["a sentence of 36 words", sentence(36), /has 36 words.*at most 35/],
  ["a paragraph of 91 words", `${sentence(31)} ${sentence(30)} ${sentence(30)}`, /has 91 words.*at most 90/],
  ["a median of 16 words", `${sentence(16)}\n\n`.repeat(8), /median sentence has 16 words/],
])("the linter of prose finds %s", (_, text, complaint) => {
  expect(complaintsAbout(text)).toEqual([expect.stringMatching(complaint)]);
});
