import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { printable, utf8Length } from "../../src/text";

afterEach(() => vi.unstubAllGlobals());

describe("utf8Length", () => {
  test.each([
    ["", 0],
    ["a\u007F", 2],
    ["\u0080\u07FF", 4],
    ["\u0800\uFFFF", 6],
    ["😀", 4],
    ["a😀é", 7],
  ])("counts %j as %d bytes", (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes);
  });

  test.each(["\uD800", "\uDBFF", "\uDC00", "\uDFFF", "\uDC00\uD800", "\uD800\uD800", "\uD800a", "a\uDFFF"])(
    "counts each lone surrogate of %j as the three bytes of its replacement",
    (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    },
  );

  test("counts any text as an encoder does, lone surrogates included", () => {
    const units = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7ff, max: 0xe000 })));
    fc.assert(
      fc.property(units, (units) => {
        const text = String.fromCharCode(...units);
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  test("needs no TextEncoder", () => {
    vi.stubGlobal("TextEncoder", undefined);
    expect(utf8Length("é")).toBe(2);
  });
});

describe("printable", () => {
  test("keeps letters, spaces, marks and emoji as they are", () => {
    const text = `Grüße, "мир" \\ <b>世界</b> 🎉 e\u0301`;
    expect(printable(text)).toBe(text);
  });

  test.each([
    ["a line break", "a\nb\r\nc", "a\\u000ab\\u000d\\u000ac"],
    ["an ANSI code", "\u001b[31mred", "\\u001b[31mred"],
    ["a tab, NUL and DEL", "\t\0\u007f", "\\u0009\\u0000\\u007f"],
    ["a C1 code", "\u009b31m\u0085", "\\u009b31m\\u0085"],
    ["a separator of lines or paragraphs", "\u2028\u2029", "\\u2028\\u2029"],
    ["a mark that changes the direction", "\u202eabc\u2066\u200f", "\\u202eabc\\u2066\\u200f"],
    ["an invisible character", "\u200b\ufeff\u00ad", "\\u200b\\ufeff\\u00ad"],
    ["an invisible character beyond 16 bits", "\u{e0041}", "\\ue0041"],
  ])("escapes %s", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test("shows 123 characters, which is all of a close reason, and says that there are more", () => {
    expect(printable("x".repeat(123))).toBe("x".repeat(123));
    expect(printable("x".repeat(124))).toBe(`${"x".repeat(123)}…`);
  });

  test("shows as many characters as the caller allows", () => {
    expect(printable("abcd", 4)).toBe("abcd");
    expect(printable("abcde", 4)).toBe("abcd…");
  });

  test("makes one line of any text, without control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
