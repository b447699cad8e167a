import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Timer } from "../../../src/connection/timer";

let timer: Timer;
/** The argument of each call of `then`. */
let lates: boolean[];

const then = (late: boolean) => void lates.push(late);

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
    expect(lates).toEqual([false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that is set again forgets the earlier time", () => {
    const before = vi.fn();
    timer.set(100, before);
    timer.set(200, then);
    vi.runAllTimers();
    expect(before).not.toHaveBeenCalled();
    expect(lates).toEqual([false]);
  });

  test("that is cleared does not fire, and can be set again", () => {
    timer.clear();
    timer.set(100, then);
    timer.clear();
    expect(vi.getTimerCount()).toBe(0);
    timer.set(100, then);
    vi.runAllTimers();
    expect(lates).toEqual([false]);
  });

  test("waits as long as a timer can when set to wait for ever", () => {
    timer.set(Infinity, then);
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(lates).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(lates).toEqual([false]);
  });

  test.each([-10_000, NaN])("fires at once when set to wait %s, and is not late", (delay) => {
    timer.set(delay, then);
    vi.advanceTimersByTime(0);
    expect(lates).toEqual([false]);
  });
});

describe.each(Object.entries(ahead))("according to %s", (_, jump) => {
  test("a timer that fires more than a twentieth of a second after its time is late", () => {
    timer.set(1_000, then);
    jump(51);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([true]);
  });

  test("a timer that fires a twentieth of a second after its time is not late", () => {
    timer.set(1_000, then);
    jump(50);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([false]);
  });

  test("a timer that was set to wait for ever can be late, too", () => {
    timer.set(Infinity, then);
    jump(51);
    vi.advanceTimersByTime(2 ** 31 - 1);
    expect(lates).toEqual([true]);
  });

  test("a timer is not late because of what happened before it was set", () => {
    timer.set(1_000, then);
    jump(3_600_000);
    timer.set(1_000, then);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([false]);
  });

  test("a timer is not late because the clock was set back", () => {
    timer.set(1_000, then);
    jump(-3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(lates).toEqual([false]);
  });
});
