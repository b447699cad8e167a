import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffDelay, defaultBackoff, longest } from "../../../src/connection/backoff";
import { abnormal, type SocketClose } from "../../../src/connection/close";
import { Policy, type PolicyOptions } from "../../../src/connection/policy";

/** What the options' functions threw. */
let thrown: unknown[];

beforeEach(() => {
  thrown = [];
  vi.spyOn(Math, "random").mockReturnValue(0.75);
});
afterEach(() => vi.restoreAllMocks());

const close = (code: number): SocketClose => ({ ...abnormal, code });

function policyOf(options: Partial<PolicyOptions> = {}): Policy {
  return new Policy({ backoff: defaultBackoff, maxRetries: Infinity, ...options }, (call) => {
    try {
      return call();
    } catch (error) {
      thrown.push(error);
      return undefined;
    }
  });
}

/** What follows each of these ends in a row. */
const verdicts = (policy: Policy, ...codes: number[]) => codes.map((code) => policy.next(close(code), false));
const byDefault = (retry: number, code = 1006) => backoffDelay(defaultBackoff, retry, code, false);
/** Three quarters of a second, as the dice are thrown here. */
const alone = 750;
const fails = () => {
  throw new Error("mine");
};

describe("the count of retries", () => {
  test("starts at 0, grows with each end, and starts again after a reset", () => {
    const policy = policyOf();
    expect(policy.retry).toBe(0);
    verdicts(policy, 1006, 1006, 1006);
    expect(policy.retry).toBe(3);
    policy.reset();
    expect(policy.retry).toBe(0);
  });

  test("is 1 when earlier failures are forgiven, and the wait is that of the second retry", () => {
    const policy = policyOf();
    verdicts(policy, 1006, 1006, 1006);
    policy.forgive();
    expect(policy.retry).toBe(1);
    expect(verdicts(policy, 1006)).toEqual([byDefault(2)]);
  });

  test("stays 0 where there is nothing to forgive", () => {
    const policy = policyOf({ maxRetries: 1 });
    policy.forgive();
    expect(policy.retry).toBe(0);
    expect(verdicts(policy, 1006, 1006)).toEqual([byDefault(1), "exhausted"]);
  });
});

describe("by default", () => {
  test("each retry waits by its number and the close code", () => {
    expect(verdicts(policyOf(), 1006, 1012, 4200, 1013)).toEqual([byDefault(1), byDefault(2, 1012), byDefault(3, 4200), byDefault(4, 1013)]);
  });

  test("a final code is final", () => {
    expect(verdicts(policyOf(), 1009)).toEqual(["final"]);
    expect(verdicts(policyOf({ maxRetries: 0 }), 1009)).toEqual(["final"]);
  });

  test("a silent connection is retried within a second, only the first time", () => {
    const policy = policyOf();
    expect([policy.next(abnormal, true), policy.next(abnormal, true), policy.next(abnormal, true)]).toEqual([alone, byDefault(2), byDefault(3)]);
  });

  test("a silent connection after another end waits as usual", () => {
    const policy = policyOf();
    verdicts(policy, 1006);
    expect(policy.next(abnormal, true)).toBe(byDefault(2));
  });

  test("no wait is longer than a timer allows", () => {
    expect(verdicts(policyOf({ backoff: { min: 1e12, max: 1e12, factor: 1 } }), 1006)).toEqual([longest]);
  });
});

describe("credentials", () => {
  test("are requested once: a second refusal in a row is final", () => {
    expect(verdicts(policyOf(), 4100, 4199)).toEqual([byDefault(1, 4100), "final"]);
  });

  test("that were refused before another end or a reset are requested again", () => {
    const policy = policyOf();
    expect(verdicts(policy, 4100, 1006, 4100)).not.toContain("final");
    policy.reset();
    expect(verdicts(policy, 4100)).not.toContain("final");
    policy.forgive();
    expect(verdicts(policy, 4100)).toEqual(["final"]);
  });

  test("that are refused again are retried where the user says so", () => {
    const policy = policyOf({ shouldReconnect: () => true });
    expect(verdicts(policy, 4100, 4100, 4100)).toEqual([byDefault(1), byDefault(2), byDefault(3)]);
  });
});

describe("shouldReconnect", () => {
  test("receives the end, once for each end", () => {
    const shouldReconnect = vi.fn(() => true);
    verdicts(policyOf({ shouldReconnect }), 1006, 4001);
    expect(shouldReconnect.mock.calls).toEqual([[close(1006)], [close(4001)]]);
  });

  test("false is final, true waits by default, and a number is the wait, whatever the code", () => {
    const answers = [true, 7, 0, false];
    const policy = policyOf({ shouldReconnect: () => answers.shift() });
    expect(verdicts(policy, 4001, 1009, 4499, 1006)).toEqual([byDefault(1), 7, 0, "final"]);
  });

  test("undefined follows the code", () => {
    expect(verdicts(policyOf({ shouldReconnect: () => undefined }), 1006, 1009)).toEqual([byDefault(1), "final"]);
  });

  test("that throws is reported, and the code decides", () => {
    expect(verdicts(policyOf({ shouldReconnect: fails }), 1006, 4001)).toEqual([byDefault(1), "final"]);
    expect(thrown).toMatchObject([{ message: "mine" }, { message: "mine" }]);
  });

  test("a number overrides backoff, and the short wait after a silent connection", () => {
    const backoff = vi.fn(() => 1);
    expect(policyOf({ shouldReconnect: () => 5, backoff }).next(abnormal, true)).toBe(5);
    expect(backoff).not.toHaveBeenCalled();
  });

  test("an infinite wait is as long as a timer allows", () => {
    expect(verdicts(policyOf({ shouldReconnect: () => Infinity }), 1006)).toEqual([longest]);
  });

  test.each([NaN, -1, "soon", {}])("%j is not a wait, and the default applies", (answer) => {
    expect(verdicts(policyOf({ shouldReconnect: () => answer as number }), 1006)).toEqual([byDefault(1)]);
  });
});

describe("backoff", () => {
  test("as numbers sets the waits", () => {
    const backoff = { min: 10, max: 1_000, factor: 3 };
    expect(verdicts(policyOf({ backoff }), 1006, 1006)).toEqual([1, 2].map((retry) => backoffDelay(backoff, retry, 1006, false)));
  });

  test("as a function sets the waits, and overrides what a code or a silent connection asks for", () => {
    const policy = policyOf({ backoff: (retry) => retry * 11 });
    expect(verdicts(policy, 1006, 1013)).toEqual([11, 22]);
    policy.reset();
    expect(policy.next(abnormal, true)).toBe(11);
  });

  test.each([NaN, -1, "soon", undefined])("that returns %j waits by default", (rubbish) => {
    expect(verdicts(policyOf({ backoff: () => rubbish as number }), 1006, 1012)).toEqual([byDefault(1), byDefault(2, 1012)]);
  });

  test("that throws is reported, and the default applies", () => {
    expect(verdicts(policyOf({ backoff: fails }), 1006)).toEqual([byDefault(1)]);
    expect(thrown).toMatchObject([{ message: "mine" }]);
  });

  test("that returns no wait keeps the short wait after a silent connection", () => {
    expect(policyOf({ backoff: () => NaN }).next(abnormal, true)).toBe(alone);
  });

  test("is not called where there is no retry", () => {
    const backoff = vi.fn(() => 1);
    verdicts(policyOf({ backoff }), 1009);
    verdicts(policyOf({ backoff, maxRetries: 0 }), 1006);
    verdicts(policyOf({ backoff, shouldReconnect: () => false }), 1006);
    expect(backoff).not.toHaveBeenCalled();
  });
});

describe("maxRetries", () => {
  test("limits the number of retries", () => {
    const policy = policyOf({ maxRetries: 2, shouldReconnect: () => 1 });
    expect(verdicts(policy, 1006, 1006, 1006)).toEqual([1, 1, "exhausted"]);
    policy.reset();
    expect(verdicts(policy, 1006)).toEqual([1]);
    expect(verdicts(policyOf({ maxRetries: 0 }), 1006)).toEqual(["exhausted"]);
  });

  test("changes nothing where the user wants no retry", () => {
    expect(verdicts(policyOf({ maxRetries: 0, shouldReconnect: () => false }), 1006)).toEqual(["final"]);
  });
});
