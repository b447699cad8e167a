import { describe, expect, test } from "vitest";
import { libraries, play, scenes } from "./scenes";

// What the defaults of the back-off promise, for 1,000 clients that lost the server in the same moment.

const size = 1000;
const targets: Record<string, number> = { restart: 1600, "outage of 3 s": 1100 };

describe.each([1, 2, 3])("with seed %i", (seed) => {
  test.each(scenes.map((scene) => [scene.name, scene] as const))(
    "%s: all clients come back soon, and never more than 80 within 100 ms",
    async (name, scene) => {
      const ours = await play("wireline", scene, size, seed);
      expect(ours.missing).toBe(0);
      expect(ours.peak).toBeLessThanOrEqual(80);
      expect(ours.median).toBeLessThanOrEqual(targets[name]!);
      for (const library of libraries) {
        const theirs = await play(library, scene, size, seed);
        expect(theirs.peak < ours.peak && theirs.median < ours.median, library).toBe(false);
      }
    },
  );
});

test("the same seed gives the same course", async () => {
  expect(await play("wireline", scenes[1]!, 100, 7)).toEqual(await play("wireline", scenes[1]!, 100, 7));
});
