import { describe, expect, test } from "vitest";
import { readPage } from "../../playground/docs/tools/pages";
import { MockClient, MockServer } from "../../src/testing/index";

// What the pages about testing claim. `npm run test:docs` runs their tests.

const tests = readPage("/guides/testing").blocks.filter(({ name }) => name?.includes(".test."));

describe("the guide to testing", () => {
  test("shows a test of each situation", () => {
    const names = tests.map(({ name }) => name!.replace(/\.test\.tsx?/, ""));
    expect(names).toEqual(expect.arrayContaining(["component", "banner", "retry", "token", "login", "confirm"]));
  });

  test.each(tests.map(({ name, code }) => [name, code] as const))("%s needs at most eight lines to set up the server", (_, code) => {
    const setUp = code
      .split("\n")
      .filter((line) => /wireline\/testing|mockServer\(|\.options|\binstall\(|[fF]akeTimers|useRealTimers|Each\(/.test(line));
    expect(setUp.length).toBeGreaterThan(1);
    expect(setUp.length).toBeLessThanOrEqual(8);
  });
});

test("the reference has every method of a mock server and of a client", () => {
  const { text } = readPage("/reference/testing");
  const methods = (prototype: object) => Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  const ofServer = [...methods(MockServer.prototype), ...methods(Object.getPrototypeOf(MockServer.prototype) as object)];
  const internal = ["clientParent", "accepted", "forget", "receive", "throwError", "deliver", "fail", "connect"];
  const elsewhere = `${text}\n${readPage("/guides/testing").text}`;
  const missing = [...ofServer, ...methods(MockClient.prototype)].filter(
    (name) => !internal.includes(name) && !new RegExp(`\\b${name}\\b`).test(elsewhere),
  );
  expect(missing).toEqual([]);
  expect(ofServer.length).toBeGreaterThan(25);
});
