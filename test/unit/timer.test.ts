import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clampDelay, longestDelay, Timer } from "../../src/timer";

let timer: Timer;
/** How late the timer was, once for each time it fired. */
let lates: number[];

const then = (late: number) => void lates.push(late);

beforeEach(() => {
  vi.useFakeTimers();
  timer = new Timer();
  lates = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** One clock runs ahead of the timers, as when the machine was asleep; the other stands still. */
const ahead = {
  "the wall clock": (time: number) => vi.setSystemTime(Date.now() + time),
  "the monotonic clock": (time: number) => {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + time);
  },
};

describe("a timer", () => {
  test("fires once at its time, and is not late", () => {
    timer.set(5_000, then);
    vi.advanceTimersByTime(4_999);
    expect(lates).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(lates).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that is set again forgets the earlier time", () => {
    const before = vi.fn();
    timer.set(100, before);
    timer.set(200, then);
    vi.runAllTimers();
    expect(before).not.toHaveBeenCalled();
    expect(lates).toEqual([0]);
  });

  test("that is cleared does not fire, and can be set again", () => {
    timer.clear();
    timer.set(100, then);
    timer.clear();
    expect(vi.getTimerCount()).toBe(0);
    timer.set(100, then);
    vi.runAllTimers();
    expect(lates).toEqual([0]);
  });

  test("waits as long as a timer can when set to wait for ever", () => {
    timer.set(Infinity, then);
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(lates).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(lates).toEqual([0]);
  });

  test.each([-10_000, NaN])("fires at once when set to wait %s, and is not late", (delay) => {
    timer.set(delay, then);
    vi.advanceTimersByTime(0);
    expect(lates).toEqual([0]);
  });
});

describe.each(Object.entries(ahead))("according to %s", (_, jump) => {
  test("a timer that fires more than 50 ms after its time is late, and says by how much", () => {
    timer.set(1_000, then);
    jump(51);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([51]);
  });

  test("a timer that fires 50 ms after its time is not late", () => {
    timer.set(1_000, then);
    jump(50);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([0]);
  });

  test("a timer that was set to wait for ever can be late, too", () => {
    timer.set(Infinity, then);
    jump(51);
    vi.advanceTimersByTime(2 ** 31 - 1);
    expect(lates).toEqual([51]);
  });

  test("a timer is not late because of what happened before it was set", () => {
    timer.set(1_000, then);
    jump(3_600_000);
    timer.set(1_000, then);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([0]);
  });

  test("a timer is not late because the clock was set back", () => {
    timer.set(1_000, then);
    jump(-3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([0]);
  });
});

describe("a limit", () => {
  const reached = vi.fn();
  const sleep = ahead["the wall clock"];

  beforeEach(() => {
    reached.mockClear();
  });

  test("is reached at its time, once", () => {
    timer.limit(1_000, reached);
    vi.advanceTimersByTime(999);
    expect(reached).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    vi.runAllTimers();
    expect(reached).toHaveBeenCalledTimes(1);
  });

  test("waits its whole time once more when its timer is late", () => {
    timer.limit(1_000, reached);
    sleep(3_600_000);
    vi.advanceTimersByTime(1_999);
    expect(reached).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(reached).toHaveBeenCalledTimes(1);
  });

  test("waits once more and no longer, even if the second timer is late, too", () => {
    timer.limit(1_000, reached);
    sleep(3_600_000);
    vi.advanceTimersByTime(1_000);
    sleep(3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(reached).toHaveBeenCalledTimes(1);
  });

  test("that is cleared while it waits once more is never reached", () => {
    timer.limit(1_000, reached);
    sleep(3_600_000);
    vi.advanceTimersByTime(1_000);
    timer.clear();
    expect(vi.getTimerCount()).toBe(0);
    expect(reached).not.toHaveBeenCalled();
  });
});

test("clampDelay returns a time that setTimeout accepts", () => {
  expect([0, 1, 2.5, 5000, longestDelay].map(clampDelay)).toEqual([0, 1, 2.5, 5000, longestDelay]);
  expect([-1, -Infinity, NaN].map(clampDelay)).toEqual([0, 0, 0]);
  expect([longestDelay + 1, 2 ** 53, Infinity].map(clampDelay)).toEqual([longestDelay, longestDelay, longestDelay]);
  expect(longestDelay).toBe(2 ** 31 - 1);
});
