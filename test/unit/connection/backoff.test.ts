import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { backgroundDelay, backoffDelay, defaultBackoff, randomBackgroundDelay } from "../../../src/connection/backoff";
import type { CloseMeaning } from "../../../src/connection/close";

afterEach(() => vi.restoreAllMocks());

/** The wait where the random number is this part of the whole width. */
function delay(part: number, retry: number, meaning: CloseMeaning = "retry", backoff = defaultBackoff, alone = false): number {
  vi.spyOn(Math, "random").mockReturnValue(part);
  return backoffDelay(backoff, retry, meaning, alone);
}

describe("backoffDelay", () => {
  test("grows by the factor from min to max", () => {
    const ends = [1, 2, 3, 18, 19, 100, 10_000].map((retry) => Math.round(delay(1, retry)));
    expect(ends).toEqual([2200, 2552, 2960, 27429, 30_000, 30_000, 30_000]);
    expect([1, 2, 3].map((retry) => delay(1, retry, "retry", { min: 10, max: 50, factor: 3 }))).toEqual([10, 30, 50]);
  });

  test("is spread over all of min at first; later waits are at least min and at least half of the longest", () => {
    const backoff = { min: 100, max: 1000, factor: 2 };
    expect([1, 2, 3, 4, 5, 50].map((retry) => [0, 0.5, 1].map((part) => delay(part, retry, "retry", backoff)))).toEqual([
      [0, 50, 100],
      [100, 150, 200],
      [200, 300, 400],
      [400, 600, 800],
      [500, 750, 1000],
      [500, 750, 1000],
    ]);
    expect([0, 1].map((part) => delay(part, 2, "retry", { ...backoff, factor: 1.5 }))).toEqual([50, 150]);
  });

  test("is spread from 0 when max is less than min", () => {
    expect([0, 1].map((part) => delay(part, 9, "retry", { min: 2200, max: 1000, factor: 1.16 }))).toEqual([0, 1000]);
  });

  test("stays constant with factor 1, and is 0 with max 0", () => {
    expect([1, 2, 9].map((retry) => delay(1, retry, "retry", { min: 100, max: 1000, factor: 1 }))).toEqual([100, 100, 100]);
    expect(delay(1, 5, "retry", { min: 500, max: 0, factor: 2 })).toBe(0);
  });

  test.each([
    ["after a code that means soon", "soon", false],
    ["where nobody else has lost the server", "retry", true],
  ] as const)("is at most a second at first %s, and follows the ordinary schedule then", (_, meaning, alone) => {
    expect(delay(1, 1, meaning, defaultBackoff, alone)).toBe(1000);
    expect(delay(0, 1, meaning, defaultBackoff, alone)).toBe(0);
    expect(delay(1, 1, meaning, { min: 20_000, max: 30_000, factor: 2 }, alone)).toBe(1000);
    expect(delay(1, 1, meaning, { min: 10, max: 30_000, factor: 2 }, alone)).toBe(10);
    expect(delay(1, 4, meaning, defaultBackoff, alone)).toBe(delay(1, 4));
  });

  test("is spread over at least five seconds after a restart", () => {
    expect([1, 2].map((retry) => delay(1, retry, "restart"))).toEqual([5000, 5800]);
    expect(delay(0, 1, "restart")).toBe(0);
    expect(delay(1, 1, "restart", { min: 9000, max: 30_000, factor: 2 })).toBe(9000);
    expect(delay(1, 1, "restart", { min: 10, max: 1000, factor: 2 })).toBe(1000);
  });

  test("is at least five seconds at first after a code that means later", () => {
    expect(delay(0, 1, "later")).toBe(5000);
    expect(delay(1, 1, "later")).toBe(7200);
  });

  test("lies between 0 and max for any options and any retry", () => {
    const backoff = fc.record({
      min: fc.integer({ min: 1, max: 1e6 }),
      max: fc.nat(1e9),
      factor: fc.double({ min: 1, max: 1e3, noNaN: true }),
    });
    fc.assert(
      fc.property(backoff, fc.integer({ min: 1, max: 1e6 }), (backoff, retry) => {
        const wait = backoffDelay(backoff, retry, "retry", false);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(backoff.max);
      }),
    );
  });
});

describe("randomBackgroundDelay", () => {
  test("is 15 to 30 seconds, drawn for each wait", () => {
    const waits = [0, 0.5, 1].map((part) => {
      vi.spyOn(Math, "random").mockReturnValue(part);
      return randomBackgroundDelay();
    });
    expect(waits).toEqual([15_000, 22_500, 30_000]);
    expect(backgroundDelay).toBe(15_000);
  });
});
