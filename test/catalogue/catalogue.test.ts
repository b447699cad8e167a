import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unreachable } from "../faults/unreachable";

// The catalogue of edge cases, EDGES.md §4.1: none is without a test or a reason for having none.

const all = Array.from({ length: 58 }, (_, index) => index + 1);

/** The numbers that titles of tests begin with: `E7: …`, or `E13–15: …` for several. */
const tested = new Set(
  readdirSync(import.meta.dirname)
    .filter((file) => /^edges\..+\.test\.ts$/.test(file))
    .flatMap((file) => [...readFileSync(`${import.meta.dirname}/${file}`, "utf8").matchAll(/\(\s*["'`]E(\d+)(?:–(\d+))?: /g)])
    .flatMap(([, first, last = first]) => all.filter((number) => number >= Number(first) && number <= Number(last))),
);
const reasoned = unreachable.map(({ number }) => number);

test("every edge case is a test, or has a reason for being none", () => {
  expect(all.filter((number) => !tested.has(number) && !reasoned.includes(number))).toEqual([]);
});

test("no edge case is a test and has a reason for being none", () => {
  expect(reasoned.filter((number) => tested.has(number))).toEqual([]);
});

test("each reason is given once, for a case of the catalogue", () => {
  expect(reasoned.filter((number, index) => !all.includes(number) || reasoned.indexOf(number) !== index)).toEqual([]);
  expect(unreachable.filter(({ why }) => !why.endsWith("."))).toEqual([]);
});
