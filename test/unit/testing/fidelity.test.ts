import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare, type Fidelity, tableOf, withoutRepeats } from "../../behaviour/fidelity";
import { type Stage, startStage } from "../../behaviour/stage";
import { behaviours } from "../../behaviour/suite";

// The behaviour suite on a real server and on the mock server. The table is printed, and stands in the reference.

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

describe("the mock server reports what a real server does", () => {
  const rows: Fidelity[] = [];
  afterAll(() => console.log(tableOf(rows)));

  test.each(behaviours.map((behaviour) => [behaviour.name, behaviour] as const))("%s", async (_, behaviour) => {
    const row = await compare(behaviour, stage);
    rows.push(row);
    expect(row.problem).toBeUndefined();
  });

  test("and the reference has the table", () => {
    expect(readFileSync("playground/docs/reference/testing.md", "utf8")).toContain(`\n${tableOf(rows)}\n`);
  });
});

test("attempts that fail alike count once", () => {
  const retry = ["error", "close", "waits", "tries"];
  expect(withoutRepeats(["tries", ...retry, ...retry, ...retry, "open"])).toEqual(["tries", ...retry, "open"]);
  expect(withoutRepeats(["open", "a", "a", "close"])).toEqual(["open", "a", "a", "close"]);
});
