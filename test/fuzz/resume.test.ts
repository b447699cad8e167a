import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Mode, type Seen, type Step, World } from "./world";

// What `wireline/resume` promises, in random sequences of what can happen to a server, its link and its clients. A failure prints the
// seed and the shortest sequence.

const runs = Number(process.env.RUNS ?? 20_000);

const kinds: Step[0][] = ["swap", "repeat", "lose", "cut", "restart", "leave", "hold", "evaluate", "respond", "fail", "wait", "wait long"];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant("write" as const), fc.nat(3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("serve" as const), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("deliver" as const), fc.nat(8)) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...kinds), fc.nat(8)) },
);

const wait = (time: number) => vi.advanceTimersByTimeAsync(time);

/** What breaks the promise that a message is seen once and in order, or a gap is told. */
function faultOf(seen: readonly Seen[]): string | undefined {
  let last: Exclude<Seen, "gap"> | undefined;
  let gap = true;
  for (const one of seen) {
    if (one === "gap") {
      gap = true;
      continue;
    }
    const isNext = last !== undefined && one.epoch === last.epoch && one.seq === last.seq + 1;
    const isLater = last === undefined || Number(one.epoch) > Number(last.epoch) || (one.epoch === last.epoch && one.seq > last.seq);
    if (!isLater) return `${one.epoch}/${one.seq} after ${last!.epoch}/${last!.seq}`;
    if (!isNext && !gap) return `${one.epoch}/${one.seq} after ${last?.epoch}/${last?.seq} without a gap`;
    last = one;
    gap = false;
  }
  return undefined;
}

beforeAll(() => {
  vi.useFakeTimers();
});
afterAll(() => {
  vi.useRealTimers();
});

test.each<[Mode, number]>([
  ["replay", 0.6],
  ["numbers", 0.3],
  ["plain", 0.1],
])(
  "in mode %s, a live query ends as the server's state, no message is missed without a gap, and no gap is false",
  { timeout: 300_000 },
  async (mode, share) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const world = new World(mode);
        try {
          for (const one of steps) await world.step(one, wait);
          await world.settle(wait);
          expect(world.query.status).toBe("live");
          expect(world.query.value!.newest).toEqual(world.state.newest);
          if (mode === "replay") {
            expect(world.query.value).toEqual(world.state);
            expect(world.feed.position()).toEqual(world.position);
          }
          if (mode !== "plain") expect(faultOf(world.seen)).toBeUndefined();
          if (!world.lossy) expect(world.seen).not.toContain("gap");
        } finally {
          world.close();
          vi.clearAllTimers();
        }
      }),
      { numRuns: Math.ceil(runs * share) },
    );
  },
);
