import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffDelay, defaultBackoff } from "../../../src/connection/backoff";
import { abnormalClose, type CloseMeaning, type SocketClose } from "../../../src/connection/close";
import { Policy, type PolicyOptions, type PolicyParent } from "../../../src/connection/policy";
import { longestDelay } from "../../../src/timer";

/** What the options' functions threw. */
let thrown: unknown[];

beforeEach(() => {
  thrown = [];
  vi.spyOn(Math, "random").mockReturnValue(0.75);
});
afterEach(() => vi.restoreAllMocks());

const close = (code: number): SocketClose => ({ ...abnormalClose, code });

const parent: PolicyParent = {
  guard(call) {
    try {
      return call();
    } catch (error) {
      thrown.push(error);
      return undefined;
    }
  },
};

function policyOf(options: Partial<PolicyOptions> = {}): Policy {
  return new Policy({ backoff: defaultBackoff, maxRetries: Infinity, ...options }, parent);
}

/** What follows each of these ends in a row. */
const decisions = (policy: Policy, ...codes: number[]) => codes.map((code) => policy.next(close(code), false));
const byDefault = (retry: number, meaning: CloseMeaning = "retry") => backoffDelay(defaultBackoff, retry, meaning, false);
/** The first wait where nobody else has lost the server: three quarters of a second, with the random number of these tests. */
const alone = 750;
const fails = () => {
  throw new Error("mine");
};

describe("the count of retries", () => {
  test("starts at 0, grows with each end, and starts again after a reset", () => {
    const policy = policyOf();
    expect(policy.retry).toBe(0);
    decisions(policy, 1006, 1006, 1006);
    expect(policy.retry).toBe(3);
    policy.reset();
    expect(policy.retry).toBe(0);
  });

  test("is 1 when earlier failures are forgiven, and the wait is that of the second retry", () => {
    const policy = policyOf();
    decisions(policy, 1006, 1006, 1006);
    policy.shortenBackoff();
    expect(policy.retry).toBe(1);
    expect(decisions(policy, 1006)).toEqual([byDefault(2)]);
  });

  test("stays 0 where there is nothing to forgive", () => {
    const policy = policyOf({ maxRetries: 1 });
    policy.shortenBackoff();
    expect(policy.retry).toBe(0);
    expect(decisions(policy, 1006, 1006)).toEqual([byDefault(1), "retries"]);
  });
});

describe("by default", () => {
  test("each retry waits by its number and the close code", () => {
    expect(decisions(policyOf(), 1006, 1012, 4200, 1013)).toEqual([
      byDefault(1),
      byDefault(2, "restart"),
      byDefault(3, "soon"),
      byDefault(4, "later"),
    ]);
  });

  test.each([1002, 1003, 1007, 1010, 4000, 4499])("the code %d is a refusal, whatever maxRetries is", (code) => {
    expect(decisions(policyOf(), code)).toEqual(["refused"]);
    expect(decisions(policyOf({ maxRetries: 0 }), code)).toEqual(["refused"]);
  });

  test("a message that was too large (1009) is no reason to give up", () => {
    expect(decisions(policyOf(), 1009)).toEqual([byDefault(1)]);
  });

  test("a silent connection is retried within a second, only the first time", () => {
    const policy = policyOf();
    expect([policy.next(abnormalClose, true), policy.next(abnormalClose, true), policy.next(abnormalClose, true)]).toEqual([
      alone,
      byDefault(2),
      byDefault(3),
    ]);
  });

  test("a silent connection after another end waits as usual", () => {
    const policy = policyOf();
    decisions(policy, 1006);
    expect(policy.next(abnormalClose, true)).toBe(byDefault(2));
  });

  test("no wait is longer than a timer allows", () => {
    expect(decisions(policyOf({ backoff: { min: 1e12, max: 1e12, factor: 1 } }), 1006)).toEqual([longestDelay]);
  });
});

describe("credentials", () => {
  test("are requested once: the second refusal in a row is final", () => {
    expect(decisions(policyOf(), 4100, 4199)).toEqual([byDefault(1, "credentials"), "refused"]);
  });

  test("that were refused before another end or a reset are requested again", () => {
    const policy = policyOf();
    expect(decisions(policy, 4100, 1006, 4100)).not.toContain("refused");
    policy.reset();
    expect(decisions(policy, 4100)).not.toContain("refused");
    policy.shortenBackoff();
    expect(decisions(policy, 4100)).toEqual(["refused"]);
  });

  test("that are refused again are retried where the user says so", () => {
    const policy = policyOf({ shouldReconnect: () => true });
    expect(decisions(policy, 4100, 4100, 4100)).toEqual([byDefault(1), byDefault(2), byDefault(3)]);
  });
});

describe("shouldReconnect", () => {
  test("receives the end, once for each end", () => {
    const shouldReconnect = vi.fn(() => true);
    decisions(policyOf({ shouldReconnect }), 1006, 4001);
    expect(shouldReconnect.mock.calls).toEqual([[close(1006)], [close(4001)]]);
  });

  test("false declines, true waits by default, and a number is the wait, whatever the code", () => {
    const answers = [true, 7, 0, false];
    const policy = policyOf({ shouldReconnect: () => answers.shift() });
    expect(decisions(policy, 4001, 1002, 4499, 1006)).toEqual([byDefault(1), 7, 0, "declined"]);
  });

  test("undefined follows the code", () => {
    expect(decisions(policyOf({ shouldReconnect: () => undefined }), 1006, 1002)).toEqual([byDefault(1), "refused"]);
  });

  test("that throws is reported, and the code decides", () => {
    expect(decisions(policyOf({ shouldReconnect: fails }), 1006, 4001)).toEqual([byDefault(1), "refused"]);
    expect(thrown).toMatchObject([{ message: "mine" }, { message: "mine" }]);
  });

  test("a number overrides backoff, and the short wait after a silent connection", () => {
    const backoff = vi.fn(() => 1);
    expect(policyOf({ shouldReconnect: () => 5, backoff }).next(abnormalClose, true)).toBe(5);
    expect(backoff).not.toHaveBeenCalled();
  });

  test("an infinite wait is as long as a timer allows", () => {
    expect(decisions(policyOf({ shouldReconnect: () => Infinity }), 1006)).toEqual([longestDelay]);
  });

  test.each([NaN, -1, "soon", {}])("%j is not a wait, and the default applies", (answer) => {
    expect(decisions(policyOf({ shouldReconnect: () => answer as number }), 1006)).toEqual([byDefault(1)]);
  });
});

describe("backoff", () => {
  test("as numbers sets the waits", () => {
    const backoff = { min: 10, max: 1_000, factor: 3 };
    expect(decisions(policyOf({ backoff }), 1006, 1006)).toEqual([1, 2].map((retry) => backoffDelay(backoff, retry, "retry", false)));
  });

  test("as a function sets the waits, and overrides what a code or a silent connection asks for", () => {
    const policy = policyOf({ backoff: (retry) => retry * 11 });
    expect(decisions(policy, 1006, 1013)).toEqual([11, 22]);
    policy.reset();
    expect(policy.next(abnormalClose, true)).toBe(11);
  });

  test.each([NaN, -1, "soon", undefined])("that returns %j waits by default", (rubbish) => {
    expect(decisions(policyOf({ backoff: () => rubbish as number }), 1006, 1012)).toEqual([byDefault(1), byDefault(2, "restart")]);
  });

  test("that throws is reported, and the default applies", () => {
    expect(decisions(policyOf({ backoff: fails }), 1006)).toEqual([byDefault(1)]);
    expect(thrown).toMatchObject([{ message: "mine" }]);
  });

  test("that returns no wait keeps the short wait after a silent connection", () => {
    expect(policyOf({ backoff: () => NaN }).next(abnormalClose, true)).toBe(alone);
  });

  test("is not called where there is no retry", () => {
    const backoff = vi.fn(() => 1);
    decisions(policyOf({ backoff }), 1002);
    decisions(policyOf({ backoff, maxRetries: 0 }), 1006);
    decisions(policyOf({ backoff, shouldReconnect: () => false }), 1006);
    expect(backoff).not.toHaveBeenCalled();
  });
});

describe("maxRetries", () => {
  test("limits the number of retries", () => {
    const policy = policyOf({ maxRetries: 2, shouldReconnect: () => 1 });
    expect(decisions(policy, 1006, 1006, 1006)).toEqual([1, 1, "retries"]);
    policy.reset();
    expect(decisions(policy, 1006)).toEqual([1]);
    expect(decisions(policyOf({ maxRetries: 0 }), 1006)).toEqual(["retries"]);
  });

  test("changes nothing where the user wants no retry", () => {
    expect(decisions(policyOf({ maxRetries: 0, shouldReconnect: () => false }), 1006)).toEqual(["declined"]);
  });
});
