import { describe, expect, test, vi } from "vitest";
import { onAbort } from "../../../src/subscriptions/undo";

describe("onAbort", () => {
  test("calls its listener when the signal is aborted, or was, and not after it was unsubscribed", async () => {
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

  test("accepts no signal, which never aborts", () => {
    expect(() => onAbort(undefined, () => {})()).not.toThrow();
  });
});
