import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Liveness, type LivenessOptions, type LivenessParent } from "../../../src/connection/liveness";

const times: LivenessOptions = { interval: 10_000, timeout: 4_000 };
/** How long an answer to a probe may take. */
const probe = 1_000;

/** A connection as the check of liveness sees it. It records when the server was asked and given up, in milliseconds since the start. */
class Link implements LivenessParent {
  readonly log: [what: "ask" | "died", at: number][] = [];
  /** Whether asking goes well. */
  asks = true;
  /** How many bytes the WebSocket holds. */
  buffered = 0;
  /** What happens while the question is sent. */
  whileAsking = () => {};
  readonly #began = performance.now();

  ask(): boolean {
    this.#record("ask");
    this.whileAsking();
    return this.asks;
  }
  died(): void {
    this.#record("died");
  }
  #record(what: "ask" | "died"): void {
    this.log.push([what, performance.now() - this.#began]);
  }
}

let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  link = new Link();
});
afterEach(() => {
  vi.useRealTimers();
});

function start(probeTime: number | false = probe): Liveness {
  const liveness = new Liveness(times, probeTime, link);
  liveness.start();
  return liveness;
}

const pass = (time: number) => vi.advanceTimersByTime(time);
/** Time passes that no timer notices, as when the machine sleeps or the page is busy. */
const skip = (time: number) => vi.setSystemTime(Date.now() + time);
/** The machine sleeps for an hour. */
const sleep = () => skip(3_600_000);

describe("the heartbeat", () => {
  test("asks at once", () => {
    start();
    expect(link.log).toEqual([["ask", 0]]);
  });

  test("accepts an answer that arrives before the question has returned", () => {
    const liveness = new Liveness(times, probe, link);
    link.whileAsking = () => {
      liveness.received();
      liveness.replied();
    };
    liveness.start();
    pass(9_999);
    expect(link.log).toEqual([["ask", 0]]);
    expect(liveness.latency).toBe(0);
    liveness.stop();
  });

  test("gives up, once, when nothing arrives within the timeout", () => {
    start();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("asks again an interval after something arrived, with the whole timeout", () => {
    const liveness = start();
    pass(3_000);
    liveness.received();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 13_000],
      ["died", 17_000],
    ]);
  });

  test("asks as often when much arrives as when only answers arrive", () => {
    const liveness = start();
    for (let time = 0; time < 25_000; time += 500) {
      liveness.received();
      pass(500);
    }
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["ask", 20_000],
    ]);
  });

  test("continues after a question failed, and does not wait for its answer", () => {
    link.asks = false;
    start();
    pass(9_999);
    expect(link.log).toEqual([["ask", 0]]);
    link.asks = true;
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 14_000],
    ]);
  });
});

test("does not start because of messages before start()", () => {
  const liveness = new Liveness(times, probe, link);
  liveness.received();
  liveness.replied();
  liveness.sampleBuffered();
  expect(liveness.latency).toBe(null);
  expect(link.log).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

describe("a WebSocket that holds less than before", () => {
  test("is a sign of life: a question behind a slow upload has its whole timeout after each progress", () => {
    link.buffered = 1_000;
    start();
    for (let left = 900; left >= 0; left -= 100) {
      pass(3_999);
      link.buffered = left;
      pass(1);
    }
    expect(link.log).toEqual([["ask", 0]]);
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 44_000],
    ]);
  });

  test("is no sign of life where it holds as much or more", () => {
    link.buffered = 1_000;
    start();
    pass(2_000);
    link.buffered = 2_000;
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });

  test("is seen though more is sent meanwhile, where each send looks before and after", () => {
    link.buffered = 1_000;
    const liveness = start();
    pass(2_000);
    link.buffered = 600;
    liveness.sampleBuffered();
    link.buffered = 1_600;
    liveness.sampleBuffered();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 8_000],
    ]);
  });

  test("is not taken for progress where a send has made it hold more", () => {
    const liveness = start();
    pass(2_000);
    liveness.sampleBuffered();
    link.buffered = 1_000;
    liveness.sampleBuffered();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });

  test("counts from the question, not from before it", () => {
    link.buffered = 1_000;
    const liveness = start();
    liveness.received();
    link.buffered = 500;
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 14_000],
    ]);
  });

  test("counts its own question as held, not as progress", () => {
    link.buffered = 1_000;
    link.whileAsking = () => {
      link.buffered += 50;
    };
    start();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });

  test("is no sign of life where only the question leaves it: the system takes that from a dead link, too", () => {
    link.whileAsking = () => {
      link.buffered += 50;
    };
    start();
    pass(1);
    link.buffered = 0;
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });

  test("is no sign of life where later messages leave it, however often the user types", () => {
    const liveness = start();
    for (let second = 0; second < 3; second++) {
      liveness.sampleBuffered();
      link.buffered = 100;
      liveness.sampleBuffered();
      pass(1);
      link.buffered = 0;
      pass(999);
    }
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });

  test("lets a probe wait as well, each time as long as a probe may take", () => {
    link.buffered = 1_000;
    const liveness = start();
    liveness.received();
    liveness.probe();
    pass(999);
    link.buffered = 500;
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 0],
      ["died", 2_000],
    ]);
  });

  test("shows that the server was there", () => {
    link.buffered = 1_000;
    const liveness = start();
    expect(liveness.answered).toBe(false);
    link.buffered = 500;
    pass(4_000);
    expect(liveness.answered).toBe(true);
  });

  test("is a sign of life after a late timer, too, which then asks once more when there is no more progress", () => {
    link.buffered = 1_000;
    start();
    sleep();
    link.buffered = 500;
    pass(4_000);
    expect(link.log).toEqual([["ask", 0]]);
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 8_000],
      ["died", 9_000],
    ]);
  });
});

describe("a question behind much data", () => {
  const diedAt = () => link.log.find(([what]) => what === "died")![1];

  test("has a second more for each 100 kB that was sent before it, because not every system shows what has left", () => {
    const liveness = new Liveness(times, probe, link);
    liveness.sent(1_000_000);
    liveness.start();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 14_000],
    ]);
  });

  test("has that time as a probe, too", () => {
    const liveness = start();
    liveness.received();
    liveness.sent(3_000_000);
    liveness.probe();
    pass(60_000);
    expect(diedAt()).toBe(31_000);
  });

  test("has only the time that is left since the data was sent", () => {
    const liveness = start();
    liveness.received();
    liveness.sent(1_500_000);
    pass(60_000);
    // Asked after 10 s, of which the data takes 15.
    expect(diedAt()).toBe(19_000);
  });

  test("has no more time for up to 100 kB", () => {
    const liveness = new Liveness(times, probe, link);
    for (let index = 0; index < 100; index++) liveness.sent(1_000);
    liveness.start();
    pass(60_000);
    expect(diedAt()).toBe(4_000);
  });

  test("has no more time than what the WebSocket and the system may hold takes, however much was sent", () => {
    const liveness = new Liveness(times, probe, link);
    liveness.sent(1_000_000_000);
    link.buffered = 1_000_000;
    liveness.start();
    pass(100_000);
    expect(diedAt()).toBe(54_000);
  });

  test("has no more time once the reply to a later question has come: all before it has arrived", () => {
    const liveness = new Liveness(times, probe, link);
    liveness.sent(10_000_000);
    liveness.start();
    liveness.sent(200_000);
    liveness.replied();
    liveness.received();
    liveness.probe();
    pass(60_000);
    // What was sent after the question counts.
    expect(diedAt()).toBe(3_000);
  });
});

describe("a timer that fires late because the machine has slept", () => {
  test("asks again, with the time of a probe for the answer, and then gives up", () => {
    start();
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 4_000],
      ["died", 5_000],
    ]);
  });

  test("asks again once, even if the second timer is late, too", () => {
    start();
    sleep();
    pass(4_000);
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 4_000],
      ["died", 5_000],
    ]);
  });

  test("asks again once for each time that the server falls silent", () => {
    const liveness = start();
    sleep();
    pass(4_000);
    liveness.received();
    pass(10_000);
    sleep();
    pass(4_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 4_000],
      ["ask", 14_000],
      ["ask", 18_000],
    ]);
  });

  test("asks again with the whole timeout where probes are off", () => {
    start(false);
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 4_000],
      ["died", 8_000],
    ]);
  });

  test("gives the regular question at most the time of a probe", () => {
    const liveness = start();
    liveness.received();
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 11_000],
    ]);
  });

  test("gives the regular question its timeout where probes are off", () => {
    const liveness = start(false);
    liveness.received();
    sleep();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 14_000],
    ]);
  });
});

describe("a timer that fires late because the page was busy", () => {
  test.each([51, 80, 2_000])("by %d ms leaves the regular question its whole timeout", (late) => {
    const liveness = start();
    liveness.received();
    skip(late);
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 14_000],
    ]);
  });

  test("by 80 ms at the end of the timeout asks once more, with the whole timeout", () => {
    start();
    skip(80);
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 4_000],
      ["died", 8_000],
    ]);
  });

  test("by 80 ms at the end of a probe asks once more, with the time of a probe", () => {
    const liveness = start();
    liveness.received();
    liveness.probe();
    skip(80);
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 0],
      ["ask", 1_000],
      ["died", 2_000],
    ]);
  });

  test("by more than two seconds counts as sleep", () => {
    const liveness = start();
    liveness.received();
    skip(2_001);
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 10_000],
      ["died", 11_000],
    ]);
  });
});

describe("a probe", () => {
  test("asks at once, and gives up sooner", () => {
    const liveness = start();
    liveness.received();
    pass(7_000);
    liveness.probe();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 7_000],
      ["died", 8_000],
    ]);
  });

  test("that was answered is followed by the next question an interval later, with the whole timeout", () => {
    const liveness = start();
    liveness.received();
    pass(7_000);
    liveness.probe();
    pass(500);
    liveness.received();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 7_000],
      ["ask", 17_500],
      ["died", 21_500],
    ]);
  });

  test("asks again while a question is open, and counts from its own question", () => {
    const liveness = start();
    pass(3_900);
    liveness.probe();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 3_900],
      ["died", 4_900],
    ]);
  });

  test("asks again on the next doubt after an answer", () => {
    const liveness = start();
    liveness.received();
    for (let doubts = 0; doubts < 3; doubts++) {
      liveness.probe();
      pass(10);
      liveness.received();
    }
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 0],
      ["ask", 10],
      ["ask", 20],
    ]);
  });

  test("that cannot be sent leaves the time for the answer as it is", () => {
    const liveness = start();
    pass(1_000);
    link.asks = false;
    liveness.probe();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 1_000],
      ["died", 4_000],
    ]);
  });

  test("does not postpone the end of a connection that is doubted repeatedly", () => {
    const liveness = start();
    liveness.received();
    for (let doubts = 0; doubts < 9; doubts++) {
      liveness.probe();
      pass(300);
    }
    expect(link.log).toEqual([
      ["ask", 0],
      ["ask", 0],
      ["died", 1_000],
    ]);
  });

  test("asks nothing where probes are off", () => {
    const liveness = start(false);
    pass(3_900);
    liveness.probe();
    pass(60_000);
    expect(link.log).toEqual([
      ["ask", 0],
      ["died", 4_000],
    ]);
  });
});

describe("the latency", () => {
  test("is null until the first reply", () => {
    const liveness = start();
    liveness.received();
    expect(liveness.latency).toBe(null);
  });

  test("is the time from the last question to its reply, whatever arrives meanwhile", () => {
    const liveness = start();
    pass(20);
    liveness.received();
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
    skip(-3_600_000);
    liveness.replied();
    expect(liveness.latency).toBe(20);
  });

  test("excludes questions that something else has answered, and time asleep", () => {
    const liveness = start();
    liveness.received();
    pass(10_000);
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(40);
    liveness.received();
    pass(10_000);
    sleep();
    pass(4_000);
    pass(30);
    liveness.replied();
    expect(liveness.latency).toBe(30);
  });

  test("excludes questions that could not be sent", () => {
    link.asks = false;
    const liveness = start();
    link.asks = true;
    pass(10_000);
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(40);
  });

  test("counts from an older question than one that could not be sent", () => {
    const liveness = start();
    link.asks = false;
    pass(1_000);
    liveness.probe();
    pass(40);
    liveness.replied();
    expect(liveness.latency).toBe(1_040);
  });
});

describe("the silence", () => {
  test("counts from the first question without an answer, by the monotonic clock", () => {
    const liveness = start();
    pass(2_000);
    liveness.received();
    pass(10_000);
    pass(3_000);
    liveness.probe();
    pass(500);
    skip(-3_600_000);
    expect(liveness.silentFor).toBe(3_500);
  });
});

describe("stop", () => {
  test("ends all questions, and gives nothing up", () => {
    const liveness = start();
    liveness.stop();
    expect(vi.getTimerCount()).toBe(0);
    pass(60_000);
    expect(link.log).toEqual([["ask", 0]]);
  });

  test("ignores what arrives afterwards", () => {
    const liveness = start();
    liveness.stop();
    liveness.received();
    liveness.sampleBuffered();
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([true, false])("while a question is being sent ends everything (sent: %s)", (asks) => {
    const liveness = new Liveness(times, probe, link);
    link.asks = asks;
    link.whileAsking = () => liveness.stop();
    liveness.start();
    expect(vi.getTimerCount()).toBe(0);
    expect(link.log).toEqual([["ask", 0]]);
  });
});
