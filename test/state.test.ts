import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { explain, initialState, type SocketState } from "../src/connection/state";
import { SocketError } from "../src/errors";

const now = 1_700_000_000_000;

beforeEach(() => vi.useFakeTimers({ now }));
afterEach(() => vi.useRealTimers());

const line = (patch: Partial<SocketState> = {}) => explain({ ...initialState(), ...patch });
const lastClose = { code: 1006, reason: "", wasClean: false };

describe("initialState", () => {
  test("is idle since now, and nothing has happened", () => {
    expect(initialState()).toEqual({
      status: "idle", since: now, attempt: 0, retryAt: null, lastClose: null, lastError: null, latency: null, queued: 0, unknown: 0,
    });
  });

  test("reads the clock each time", () => {
    initialState();
    vi.setSystemTime(now + 5);
    expect(initialState().since).toBe(now + 5);
  });
});

describe("explain", () => {
  test("says what the manual shows", () => {
    expect(line({ status: "reconnecting", attempt: 3, retryAt: now + 2100, lastClose, queued: 2 })).toBe(
      "reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued",
    );
  });

  test("says the status alone where there is no more to say", () => {
    expect(line()).toBe("idle");
    expect(line({ status: "closed" })).toBe("closed");
  });

  test("says the attempt under way without a time", () => {
    expect(line({ status: "connecting", attempt: 1 })).toBe("connecting: attempt 1");
  });

  test("counts down, to nothing at the least", () => {
    const patch = { status: "reconnecting", attempt: 1, retryAt: now + 1500 } as const;
    vi.setSystemTime(now + 500);
    expect(line(patch)).toContain("in 1.0 s");
    vi.setSystemTime(now + 9999);
    expect(line(patch)).toContain("in 0.0 s");
  });

  test("says the reason of the last close, where there is one", () => {
    expect(line({ status: "closed", lastClose: { code: 4001, reason: "banned", wasClean: true } })).toBe("closed; last close 4001 banned");
    expect(line({ status: "closed", lastClose })).toBe("closed; last close 1006");
  });

  test("says the last error's sentence, and nothing of its cause", () => {
    const text = line({ status: "connecting", attempt: 2, lastError: new SocketError("timeout", { cause: new Error("secret") }) });
    expect(text).toBe("connecting: attempt 2; The attempt took too long; raise connectTimeout.");
  });
});
