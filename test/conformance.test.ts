import { expect, test } from "vitest";
import type { Statement } from "./conformance/statement";
import { statements } from "./conformance/statements";
import { servers, tables } from "./conformance/table";

// The Node servers do as the servers of the seeds do: `npm run test:conformance` says the same of the Go servers, and
// looks from Chromium, too.

const fromNode = ({ needs }: Statement) => needs === undefined;

test("the Node servers hold what is said of the servers of the seeds", async () => {
  const broken: unknown[] = [];
  let held = 0;
  for await (const { columns, rows } of tables({ only: fromNode })) {
    for (const { says, outcomes } of rows) {
      for (const [index, outcome] of outcomes.entries()) {
        if ("held" in outcome && outcome.held) held += 1;
        else broken.push([columns[index], says, outcome]);
      }
    }
  }
  expect(broken).toEqual([]);
  // Each statement of each server that it is about.
  expect(held).toBe(statements.filter(fromNode).flatMap(({ of }) => of.flatMap((family) => servers[family])).length);
}, 120_000);

test("no statement stands twice, and each is about a server", () => {
  const said = statements.flatMap(({ of, says }) => of.map((family) => `${family}: ${says}`));
  expect(new Set(said).size).toBe(said.length);
  expect(statements.filter(({ of }) => of.length === 0)).toEqual([]);
});
