import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Random } from "../soak/random";
import { attackOf } from "./attacks";
import { fuzz } from "./fuzz";
import { modes } from "./modes";

// The short form of `npm run fuzz`: hostile frames, handshakes and requests against each Node server, in a process of its own.

describe("hostile clients do not end the server, hold it up or fill its memory", () => {
  test.each(modes)("in the mode %s", async (mode) => {
    const { faults } = await fuzz({ mode, seed: 1, goesOn: (attacks) => attacks < 320 });
    expect(faults).toEqual([]);
  });
});

test("the same seed gives the same attacks", () => {
  const of = (seed: number) => {
    const random = new Random(seed);
    const attacks = Array.from({ length: 50 }, () => attackOf(random, { mode: "own", port: 1, token: "" }));
    return attacks.map(({ first, then, reads, ends }) => {
      const hash = createHash("sha256");
      for (const bytes of [first, ...then]) hash.update(bytes);
      return [hash.digest("hex"), then.length, reads, ends];
    });
  };
  expect(of(7)).toEqual(of(7));
  expect(of(7)).not.toEqual(of(8));
});
