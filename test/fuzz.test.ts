import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Random } from "./soak/random";
import { attackOf } from "./fuzz/attacks";
import { fuzz } from "./fuzz/fuzz";
import { modes } from "./fuzz/modes";

// The short form of `npm run fuzz`: hostile frames, handshakes and requests against each Node server, in a process of its own.

describe("hostile clients end no server, hold none up, and leave nothing behind", () => {
  test.each(modes)("as %s", async (mode) => {
    const { faults } = await fuzz({ mode, seed: 1, goesOn: (attacks) => attacks < 320 });
    expect(faults).toEqual([]);
  });
});

test("attacks are the same again for the same seed", () => {
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
