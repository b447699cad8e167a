import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { backoffDelay, clamp, defaultBackoff, longest } from "../src/connection/backoff";

afterEach(() => vi.restoreAllMocks());

/** The wait where the dice show this part of the whole width. */
function delay(part: number, retry: number, code = 1006, backoff = defaultBackoff): number {
  vi.spyOn(Math, "random").mockReturnValue(part);
  return backoffDelay(backoff, retry, code);
}

describe("backoffDelay", () => {
  test("grows by the factor from min to max", () => {
    const widths = [1, 2, 3, 4, 5, 6, 7, 8, 100, 10_000].map((retry) => delay(1, retry));
    expect(widths).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect([1, 2, 3].map((retry) => delay(1, retry, 1006, { min: 10, max: 50, factor: 3 }))).toEqual([10, 30, 50]);
  });

  test("has full jitter, at the cap too", () => {
    for (const retry of [1, 3, 50]) {
      expect(delay(0, retry)).toBe(0);
      expect(delay(0.25, retry)).toBe(delay(1, retry) / 4);
    }
  });

  test("stays constant with factor 1, and is nothing with max 0", () => {
    expect([1, 2, 9].map((retry) => delay(1, retry, 1006, { min: 100, max: 1000, factor: 1 }))).toEqual([100, 100, 100]);
    expect(delay(1, 5, 1006, { min: 500, max: 0, factor: 2 })).toBe(0);
  });

  test("comes back within a second at first after 4200 to 4299, and as after any end then", () => {
    for (const code of [4200, 4299]) {
      expect(delay(1, 1, code)).toBe(1000);
      expect(delay(0, 1, code)).toBe(0);
      expect(delay(1, 1, code, { min: 20_000, max: 30_000, factor: 2 })).toBe(1000);
      expect(delay(1, 4, code)).toBe(delay(1, 4));
    }
  });

  test("spreads over at least five seconds after 1012", () => {
    expect([1, 2, 6, 9].map((retry) => delay(1, retry, 1012))).toEqual([5000, 5000, 16_000, 30_000]);
    expect(delay(0, 1, 1012)).toBe(0);
  });

  test("waits five seconds first after 1013", () => {
    expect(delay(0, 1, 1013)).toBe(5000);
    expect(delay(1, 1, 1013)).toBe(5500);
  });

  test("lies between nothing and max, whatever the options and the retry", () => {
    const backoff = fc.record({ min: fc.integer({ min: 1, max: 1e6 }), max: fc.nat(1e9), factor: fc.double({ min: 1, max: 1e3, noNaN: true }) });
    fc.assert(
      fc.property(backoff, fc.integer({ min: 1, max: 1e6 }), (backoff, retry) => {
        const wait = backoffDelay(backoff, retry, 1006);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(backoff.max);
      }),
    );
  });
});

test("clamp gives what setTimeout takes", () => {
  expect([0, 1, 2.5, 5000, longest].map(clamp)).toEqual([0, 1, 2.5, 5000, longest]);
  expect([-1, -Infinity, NaN].map(clamp)).toEqual([0, 0, 0]);
  expect([longest + 1, 2 ** 53, Infinity].map(clamp)).toEqual([longest, longest, longest]);
  expect(longest).toBe(2 ** 31 - 1);
});
