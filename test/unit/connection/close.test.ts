import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { abnormalClose, checkClose, closeMeaning, type CloseMeaning } from "../../../src/connection/close";
import { SocketError } from "../../../src/errors";

/** Every code that fits its two bytes. */
const codes = Array.from({ length: 65_536 }, (_, code) => code);

/** The table of close codes, written as comparisons of numbers. */
function expected(code: number): CloseMeaning {
  const within = (from: number, to: number) => from <= code && code <= to;
  if ([1002, 1003, 1007, 1010].includes(code) || within(4000, 4099) || within(4400, 4499)) return "final";
  if (within(4100, 4199)) return "credentials";
  if (within(4200, 4299)) return "soon";
  if (code === 1012) return "restart";
  return code === 1013 ? "later" : "retry";
}

describe("closeMeaning", () => {
  test("follows the table for every close code", () => {
    expect(codes.filter((code) => closeMeaning(code) !== expected(code))).toEqual([]);
  });

  test.each([1000, 1001, 1005, 1006, 1011, 1014, 3000, 3999, 4300, 4500, 4999])("retries %d, which proxies and frameworks send", (code) => {
    expect(closeMeaning(code)).toBe("retry");
  });

  test("retries 1009: what was too large is not sent again", () => {
    expect(closeMeaning(1009)).toBe("retry");
  });
});

describe("checkClose", () => {
  const refuses = (code: number, reason = "") => {
    try {
      checkClose(code, reason);
      return false;
    } catch (error) {
      if (error instanceof SocketError && error.code === "usage") return true;
      throw error;
    }
  };

  test("accepts 1000 and 3000 to 4999, and no other code", () => {
    const accepted = codes.filter((code) => !refuses(code));
    expect(accepted).toEqual(codes.filter((code) => code === 1000 || (code >= 3000 && code <= 4999)));
  });

  test("accepts only whole numbers", () => {
    for (const code of [NaN, Infinity, -1000, 1000.5, 3000.1, 4999.9, 10_000, 30_000]) expect(refuses(code)).toBe(true);
  });

  test("counts the reason in bytes of UTF-8", () => {
    expect(refuses(1000, "x".repeat(123))).toBe(false);
    expect(refuses(1000, "x".repeat(124))).toBe(true);
    expect(refuses(1000, "é".repeat(61))).toBe(false);
    expect(refuses(1000, "é".repeat(62))).toBe(true);
    expect(refuses(1000, "😀".repeat(31))).toBe(true);
  });

  test("says which codes are allowed, and how long a reason may be", () => {
    expect(() => checkClose(1001, "")).toThrow(/1000 or 3000 to 4999/);
    expect(() => checkClose(1000, "x".repeat(124))).toThrow(/at most 123 bytes/);
  });

  test("needs no TextEncoder", () => {
    vi.stubGlobal("TextEncoder", undefined);
    expect(refuses(1000, "é".repeat(62))).toBe(true);
    vi.unstubAllGlobals();
  });

  test("accepts any reason of at most 123 bytes, and no longer one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (reason) => {
        expect(refuses(3000, reason)).toBe(Buffer.byteLength(reason) > 123);
      }),
    );
  });
});

test("an end without a close frame is 1006 and not clean", () => {
  expect(abnormalClose).toEqual({ code: 1006, reason: "", wasClean: false });
  expect(Object.isFrozen(abnormalClose)).toBe(true);
});
