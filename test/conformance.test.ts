import { expect, test } from "vitest";
import { tables } from "./conformance/table";

// The Node servers do as the servers of the seeds do: `npm run test:conformance` says the same of the Go servers, and looks from Chromium, too.

test("the Node servers hold what is said of the servers of the seeds", async () => {
  const broken: unknown[] = [];
  let held = 0;
  for await (const { columns, rows } of tables({ only: ({ needs }) => needs === undefined })) {
    for (const { says, outcomes } of rows) {
      for (const [index, outcome] of outcomes.entries()) {
        if ("held" in outcome && outcome.held) held += 1;
        else broken.push([columns[index], says, outcome]);
      }
    }
  }
  expect(broken).toEqual([]);
  expect(held).toBeGreaterThan(100);
}, 120_000);
