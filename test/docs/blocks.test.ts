import { resolve } from "node:path";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { problemsOf, writeExamples } from "./blocks";

const examples = writeExamples(resolve("node_modules/.cache/docs/compiled"));
const own = examples.filter(({ foreign }) => !foreign);

test("every TypeScript block of the documentation and of the README compiles against the built package", { timeout: 120_000 }, () => {
  expect(own.length).toBeGreaterThan(60);
  expect(problemsOf(own)).toEqual([]);
});

test("a wrong word in a block fails the compilation", { timeout: 120_000 }, () => {
  const [example] = own.filter(({ block }) => block.code.includes('socket.send("chat"'));
  expect(example).toBeDefined();
  const wrong = { ...example!, file: example!.file.replace(/\.ts$/, "-wrong.ts") };
  writeFileSync(wrong.file, example!.block.code.replace('socket.send("chat"', 'socket.send("chap"'));
  expect(problemsOf([wrong]).join("\n")).toContain("chap");
});

test("a block is marked as one that does not run only if it would run otherwise", () => {
  const marked = examples.filter(
    ({ block, file }) => block.flags.includes("no-run") && (block.name !== undefined || file.endsWith(".tsx")),
  );
  expect(marked.map(({ where }) => where)).toEqual([]);
});
