import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { abortReason, onAbort } from "../../src/signal";

describe("onAbort", () => {
  test("calls its listener when the signal aborts", () => {
    const listener = vi.fn();
    const controller = new AbortController();
    onAbort(controller.signal, listener);
    expect(listener).not.toHaveBeenCalled();
    controller.abort();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("calls its listener in a microtask if the signal has aborted before", async () => {
    const listener = vi.fn();
    onAbort(AbortSignal.abort(), listener);
    expect(listener).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("leaves nothing on the signal once it has been stopped", () => {
    const listener = vi.fn();
    const controller = new AbortController();
    onAbort(controller.signal, listener)();
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    controller.abort();
    expect(listener).not.toHaveBeenCalled();
  });

  test("accepts no signal, which never aborts", () => {
    expect(() => onAbort(undefined, () => {})()).not.toThrow();
  });
});

describe("abortReason", () => {
  test("is the reason of the signal", () => {
    const reason = new Error("enough");
    expect(abortReason(AbortSignal.abort(reason))).toBe(reason);
  });

  test("is an AbortError where the engine knows no reason", () => {
    expect(abortReason({ aborted: true } as AbortSignal)).toMatchObject({ name: "AbortError", message: "The operation was aborted." });
  });
});
