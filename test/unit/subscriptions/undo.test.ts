import { describe, expect, test, vi } from "vitest";
import { onAbort } from "../../../src/subscriptions/undo";

describe("onAbort", () => {
  test("calls when the signal is aborted, or was, and not when it is undone", async () => {
    const listener = vi.fn();
    const abort = new AbortController();
    onAbort(abort.signal, listener);
    onAbort(abort.signal, listener)();
    onAbort(abort.signal, () => listener("undone"))();
    abort.abort();
    onAbort(abort.signal, () => listener("late"));
    expect(listener.mock.calls.flat()).not.toContain("late");
    await Promise.resolve();
    expect(listener.mock.calls.flat().filter((it) => typeof it === "string")).toEqual(["late"]);
  });

  test("takes no signal for one that is never aborted", () => {
    expect(() => onAbort(undefined, () => {})()).not.toThrow();
  });
});
