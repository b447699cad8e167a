import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { abnormal, asks, checkClose } from "../../../src/connection/close";
import { SocketError } from "../../../src/errors";

/** Every code that fits its two bytes. */
const codes = Array.from({ length: 65_536 }, (_, code) => code);
const policies = ["final", "credentials", "soon", "restart", "later"] as const;

/** The table of close codes, written as comparisons of numbers. */
function expected(code: number): (typeof policies)[number][] {
  const within = (from: number, to: number) => from <= code && code <= to;
  if ([1002, 1003, 1007, 1009, 1010].includes(code) || within(4000, 4099) || within(4400, 4499)) return ["final"];
  if (within(4100, 4199)) return ["credentials"];
  if (within(4200, 4299)) return ["soon"];
  if (code === 1012) return ["restart"];
  return code === 1013 ? ["later"] : [];
}

describe("asks", () => {
  test("follows the table for every close code", () => {
    const differs = codes.filter((code) => String(policies.filter((policy) => asks(code, policy))) !== String(expected(code)));
    expect(differs).toEqual([]);
  });

  test("retries the codes of proxies and frameworks: 1000, 1001, 1005, 1006, 1011, 1014, 3000, 4300, 4999", () => {
    for (const code of [1000, 1001, 1005, 1006, 1011, 1014, 3000, 4300, 4999]) {
      expect(policies.filter((policy) => asks(code, policy))).toEqual([]);
    }
  });
});

describe("checkClose", () => {
  const refused = (code: number, reason = "") => {
    try {
      checkClose(code, reason);
      return false;
    } catch (error) {
      if (error instanceof SocketError && error.code === "usage") return true;
      throw error;
    }
  };

  test("accepts 1000 and 3000 to 4999, and no other code", () => {
    const taken = codes.filter((code) => !refused(code));
    expect(taken).toEqual(codes.filter((code) => code === 1000 || (code >= 3000 && code <= 4999)));
  });

  test("accepts only whole numbers", () => {
    for (const code of [NaN, Infinity, -1000, 1000.5, 3000.1, 4999.9, 10_000, 30_000]) expect(refused(code)).toBe(true);
  });

  test("counts the reason in bytes of UTF-8", () => {
    expect(refused(1000, "x".repeat(123))).toBe(false);
    expect(refused(1000, "x".repeat(124))).toBe(true);
    expect(refused(1000, "é".repeat(61))).toBe(false);
    expect(refused(1000, "é".repeat(62))).toBe(true);
    expect(refused(1000, "😀".repeat(31))).toBe(true);
  });

  test("says which codes are allowed", () => {
    expect(() => checkClose(1001, "")).toThrow("Close with 1000 or 3000 to 4999, at most 123 bytes.");
  });

  test("accepts any reason of at most 123 bytes, and no longer one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (reason) => {
        expect(refused(3000, reason)).toBe(Buffer.byteLength(reason) > 123);
      }),
    );
  });
});

test("an end without a close frame is 1006 and not clean", () => {
  expect(abnormal).toEqual({ code: 1006, reason: "", wasClean: false });
});
