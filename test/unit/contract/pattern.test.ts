import { describe, expect, test } from "vitest";
import * as z from "zod";
import { toGoPattern } from "../../../src/contract/pattern";

const go = (pattern: string) => toGoPattern(pattern, "outbound.chat.text");

describe("a pattern in Go", () => {
  test.each([
    [/^[a-z]+$/, "^[a-z]+$"],
    [/^\/path\/$/, String.raw`^\/path\/$`],
    [/\u00e9\xe9\cA\0/, String.raw`\x{00e9}\x{e9}\x{1}\x00`],
    [/\u{1f600}/u, String.raw`\x{1f600}`],
    [/\ud83d\ude00/, String.raw`\x{1f600}`],
    [/a.b/, String.raw`a[^\n\r\x{2028}\x{2029}]b`],
    [/[.\s]/, String.raw`[.\s\v\x{feff}\p{Z}]`],
    [/\s\S/, String.raw`[\s\v\x{feff}\p{Z}][^\s\v\x{feff}\p{Z}]`],
    [/[\s\S]*/, "(?s:.)*"],
    [/[[]/, String.raw`[\[]`],
    [/(?<year>\d{4})-\w/, String.raw`(?:\d{4})-\w`],
    [/\p{Lu}[\P{L}]/u, String.raw`\p{Lu}[\P{L}]`],
    [/\p{Script=Greek}/u, String.raw`\p{Greek}`],
  ])("%s", (pattern, expected) => {
    expect(go(pattern.source)).toEqual({ must: [expected], mustNot: [] });
  });

  test("has lookaheads at the start as expressions of their own", () => {
    expect(go(String.raw`^(?=.*[)\]])(?!a|b)\w+$`)).toEqual({
      must: [String.raw`^(?:[^\n\r\x{2028}\x{2029}]*[)\]])`, String.raw`^\w+$`],
      mustNot: ["^(?:a|b)"],
    });
  });

  test.each([
    [/a(?=b)/, "a lookahead"],
    [/(?<!a)b/, "a lookahead or lookbehind"],
    [/^(?!a)b|c/, "a lookahead"],
    [/(a)\1/, "a reference to a group"],
    [/(?<a>a)\k<a>/, "a reference to a group"],
    [/[\S]/, String.raw`\S in brackets`],
    [/\ud83d/, "half a character"],
    [/\p{Emoji}/u, String.raw`\p{Emoji}`],
    [/a{1,2000}/, "a repetition of more than 1000"],
  ])("cannot be made of %s", (pattern, what) => {
    expect(() => go(pattern.source)).toThrow(`outbound.chat.text: the pattern has ${what}`);
  });

  test.each([
    ["email", z.email()],
    ["uuid", z.uuid()],
    ["datetime", z.iso.datetime()],
    ["date", z.iso.date()],
    ["time", z.iso.time()],
    ["ipv4", z.ipv4()],
    ["ipv6", z.ipv6()],
    ["base64", z.base64()],
    ["cuid2", z.cuid2()],
    ["ulid", z.ulid()],
    ["nanoid", z.nanoid()],
    ["e164", z.e164()],
  ])("can be made of zod's %s", (_, schema) => {
    const { pattern } = z.toJSONSchema(schema);
    expect(pattern).toBeTypeOf("string");
    expect(() => go(pattern!)).not.toThrow();
  });
});
