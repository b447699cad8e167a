import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Liveness, type LivenessOptions } from "../../../src/connection/liveness";

const times: LivenessOptions = { interval: 10_000, timeout: 4_000, probe: 1_000 };

/** When the server was asked and given up, in milliseconds since the start. */
let log: [what: "ask" | "died", at: number][];
/** Whether asking goes well. */
let asks: boolean;
let began: number;

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
  asks = true;
});
afterEach(() => {
  vi.useRealTimers();
});

function start(options: Partial<LivenessOptions> = {}): Liveness {
  const record = (what: "ask" | "died") => log.push([what, performance.now() - began]);
  const liveness = new Liveness({ ...times, ...options }, { ask: () => {
    record("ask");
    return asks;
  }, died: () => record("died") });
  began = performance.now();
  liveness.start();
  return liveness;
}

const pass = (time: number) => vi.advanceTimersByTime(time);
/** Time passes that no timer notices. */
const sleep = (time: number) => vi.setSystemTime(Date.now() + time);

describe("the heartbeat", () => {
  test("asks at once", () => {
    start();
    expect(log).toEqual([["ask", 0]]);
  });

  test("accepts an answer that arrives before the question has returned", () => {
    const liveness: Liveness = new Liveness(times, { ask: () => {
      liveness.heard();
      liveness.replied();
      return true;
    }, died: () => log.push(["died", 0]) });
    liveness.start();
    pass(60_000);
    expect(log).toEqual([]);
    expect(liveness.latency).toBe(0);
    liveness.stop();
  });

  test("gives up, once, when nothing arrives within the timeout", () => {
    start();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["died", 4_000]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("asks again an interval after something arrived, with the whole timeout", () => {
    const liveness = start();
    pass(3_000);
    liveness.heard();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 13_000], ["died", 17_000]]);
  });

  test("asks as often when much arrives as when only answers arrive", () => {
    const liveness = start();
    for (let time = 0; time < 25_000; time += 500) {
      liveness.heard();
      pass(500);
    }
    expect(log).toEqual([["ask", 0], ["ask", 10_000], ["ask", 20_000]]);
  });

  test("continues after a question failed, and does not wait for its answer", () => {
    asks = false;
    start();
    pass(9_999);
    expect(log).toEqual([["ask", 0]]);
    asks = true;
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 10_000], ["died", 14_000]]);
  });
});

test("does not start because of messages before start()", () => {
  const liveness = new Liveness(times, { ask: () => expect.unreachable(), died: () => expect.unreachable() });
  liveness.heard();
  liveness.replied();
  expect(liveness.latency).toBe(null);
  expect(vi.getTimerCount()).toBe(0);
});

describe("a timer that fires late", () => {
  test("asks again, with the time of a probe for the answer, and then gives up", () => {
    start();
    sleep(3_600_000);
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 4_000], ["died", 5_000]]);
  });

  test("asks again once, even if the second timer is late, too", () => {
    start();
    sleep(3_600_000);
    pass(4_000);
    sleep(3_600_000);
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 4_000], ["died", 5_000]]);
  });

  test("asks again once for each time that the server falls silent", () => {
    const liveness = start();
    sleep(3_600_000);
    pass(4_000);
    liveness.heard();
    pass(10_000);
    sleep(3_600_000);
    pass(4_000);
    expect(log).toEqual([["ask", 0], ["ask", 4_000], ["ask", 14_000], ["ask", 18_000]]);
  });

  test("asks again with the whole timeout where the server is not in doubt", () => {
    start({ probe: false });
    sleep(3_600_000);
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 4_000], ["died", 8_000]]);
  });

  test("gives the regular question at most the time of a probe", () => {
    const liveness = start();
    liveness.heard();
    sleep(3_600_000);
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 10_000], ["died", 11_000]]);
  });

  test("gives the regular question its timeout where the server is not in doubt", () => {
    const liveness = start({ probe: false });
    liveness.heard();
    sleep(3_600_000);
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 10_000], ["died", 14_000]]);
  });
});

describe("a probe", () => {
  test("asks at once, and gives up sooner", () => {
    const liveness = start();
    liveness.heard();
    pass(7_000);
    liveness.probe();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 7_000], ["died", 8_000]]);
  });

  test("that was answered is followed by the next question an interval later, with the whole timeout", () => {
    const liveness = start();
    liveness.heard();
    pass(7_000);
    liveness.probe();
    pass(500);
    liveness.heard();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 7_000], ["ask", 17_500], ["died", 21_500]]);
  });

  test("asks again while a question is open, and counts from its own question", () => {
    const liveness = start();
    pass(3_900);
    liveness.probe();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 3_900], ["died", 4_900]]);
  });

  test("asks again on the next doubt after an answer", () => {
    const liveness = start();
    liveness.heard();
    for (let doubts = 0; doubts < 3; doubts++) {
      liveness.probe();
      pass(10);
      liveness.heard();
    }
    expect(log).toEqual([["ask", 0], ["ask", 0], ["ask", 10], ["ask", 20]]);
  });

  test("that cannot be sent leaves the time for the answer as it is", () => {
    const liveness = start();
    pass(1_000);
    asks = false;
    liveness.probe();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["ask", 1_000], ["died", 4_000]]);
  });

  test("does not postpone the end of a connection that is doubted repeatedly", () => {
    const liveness = start();
    liveness.heard();
    for (let doubts = 0; doubts < 9; doubts++) {
      liveness.probe();
      pass(300);
    }
    expect(log).toEqual([["ask", 0], ["ask", 0], ["died", 1_000]]);
  });

  test("asks nothing where the server is not in doubt", () => {
    const liveness = start({ probe: false });
    pass(3_900);
    liveness.probe();
    pass(60_000);
    expect(log).toEqual([["ask", 0], ["died", 4_000]]);
  });
});

describe("the latency", () => {
  test("is null until the first reply", () => {
    const liveness = start();
    liveness.heard();
    expect(liveness.latency).toBe(null);
  });

  test("is the time from the last question to its reply, whatever arrives meanwhile", () => {
    const liveness = start();
    pass(20);
    liveness.heard();
    pass(30);
    liveness.replied();
    expect(liveness.latency).toBe(50);
    pass(10_000);
    pass(7);
    liveness.replied();
    expect(liveness.latency).toBe(37);
  });

  test("counts from the oldest question without a reply", () => {
    const liveness = start();
    pass(3_000);
    liveness.probe();
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(3_040);
  });

  test("ignores replies without a question", () => {
    const liveness = start();
    pass(20);
    liveness.replied();
    pass(500);
    liveness.replied();
    expect(liveness.latency).toBe(20);
  });

  test("ignores the wall clock", () => {
    const liveness = start();
    pass(20);
    sleep(-3_600_000);
    liveness.replied();
    expect(liveness.latency).toBe(20);
  });

  test("excludes questions that something else has answered, and time asleep", () => {
    const liveness = start();
    liveness.heard();
    pass(10_000);
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(40);
    liveness.heard();
    pass(10_000);
    sleep(3_600_000);
    pass(4_000);
    pass(30);
    liveness.replied();
    expect(liveness.latency).toBe(30);
  });

  test("excludes questions that could not be sent", () => {
    asks = false;
    const liveness = start();
    asks = true;
    pass(10_000);
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(40);
  });

  test("counts from an older question than one that could not be sent", () => {
    const liveness = start();
    asks = false;
    pass(1_000);
    liveness.probe();
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(1_040);
  });
});

describe("stop", () => {
  test("ends all questions, and gives nothing up", () => {
    const liveness = start();
    liveness.stop();
    expect(vi.getTimerCount()).toBe(0);
    pass(60_000);
    expect(log).toEqual([["ask", 0]]);
  });

  test("ignores what arrives afterwards", () => {
    const liveness = start();
    liveness.stop();
    liveness.heard();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends everything while a question is being sent, whether that succeeds or not", () => {
    for (const well of [true, false]) {
      const liveness: Liveness = new Liveness(times, { ask: () => {
        liveness.stop();
        return well;
      }, died: () => expect.unreachable() });
      liveness.start();
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});
