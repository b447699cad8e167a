import { Socket } from "../../src/index";
import { FakeWebSocket } from "../harness/fake";
import { Clock } from "./clock";
import { type Client, peers } from "./peers";

// Every client loses its link in the same moment, without a word (1006), having held it for a minute.

/** What the server does. Times are milliseconds. */
export interface Scene {
  readonly name: string;
  /** How long it refuses every attempt. */
  readonly outage: number;
}

export const scenes: readonly Scene[] = [
  { name: "restart", outage: 0 },
  { name: "outage of 3 s", outage: 3000 },
];

/** How it went, from the moment when the server accepts again. Times are milliseconds. */
export interface Course {
  /** How many were accepted in each bucket. */
  readonly buckets: readonly number[];
  /** The most that were accepted in one bucket. */
  readonly peak: number;
  /** The peak as a multiple of the mean bucket of the first 10 s. */
  readonly overMean: number;
  /** When half of all clients were back. */
  readonly median: number;
  /** When 95 % of them were. */
  readonly p95: number;
  /** How many never came back. */
  readonly missing: number;
}

/** The width of a bucket, in milliseconds. */
export const bucket = 100;

/** The libraries, by name: how long after the server's return each of so many clients is accepted; `Infinity` for never. */
const herds: Record<string, (outage: number, size: number) => number[] | Promise<number[]>> = {
  wireline,
  ...Object.fromEntries(
    Object.entries(peers).map(([name, make]) => [
      name,
      (outage: number, size: number) => Array.from({ length: size }, () => back(make(), outage)),
    ]),
  ),
};

export const libraries: readonly string[] = Object.keys(herds);

/** Plays a scene; the same seed gives the same course. */
export async function play(library: string, { outage }: Scene, size: number, seed: number): Promise<Course> {
  const { random } = Math;
  Math.random = dice(seed);
  try {
    return course(await herds[library]!(outage, size));
  } finally {
    Math.random = random;
  }
}

const uptime = 60_000;
const refusal = 5;

/** The real library with its defaults, on our clock and our network. */
async function wireline(outage: number, size: number): Promise<number[]> {
  const clock = new Clock();
  const accepted: number[] = [];
  let refusing = false;
  class Link extends FakeWebSocket {
    constructor(url: string, protocols?: readonly string[]) {
      super(url, protocols);
      if (refusing) setTimeout(() => this.fails(), refusal);
      else {
        accepted.push(clock.now);
        setTimeout(() => this.open(), 1);
      }
    }
  }
  const options = { url: "ws://herd.invalid/", WebSocket: Link, onError: () => {} };
  return clock.rule(async () => {
    const sockets = Array.from({ length: size }, () => new Socket(options));
    await clock.until(uptime);
    const links = FakeWebSocket.made.slice(-size);
    FakeWebSocket.reset();
    accepted.length = 0;
    refusing = outage > 0;
    setTimeout(() => (refusing = false), outage);
    for (const link of links) link.ends();
    await clock.until(2 * uptime);
    for (const socket of sockets) socket.close();
    FakeWebSocket.reset();
    const times = accepted.map((time) => time - uptime - outage);
    return [...times, ...Array<number>(size - times.length).fill(Infinity)];
  });
}

/** The same for one client of another library. */
function back(client: Client, outage: number): number {
  let time = 0;
  for (let retry = 1; ; retry++) {
    time += client(retry) ?? Infinity;
    if (time >= outage) return time - outage;
    time += refusal;
  }
}

function course(times: readonly number[]): Course {
  const sorted = [...times].sort((one, other) => one - other);
  const here = sorted.filter(Number.isFinite);
  const buckets = Array<number>(Math.ceil(((here.at(-1) ?? 0) + 1) / bucket)).fill(0);
  for (const time of here) buckets[Math.floor(time / bucket)]!++;
  const peak = Math.max(...buckets);
  const early = here.filter((time) => time < 10_000).length;
  const part = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]!;
  return {
    buckets,
    peak,
    overMean: (peak * 10_000) / bucket / early,
    median: part(0.5),
    p95: part(0.95),
    missing: sorted.length - here.length,
  };
}

/** Random numbers that repeat themselves for a seed: a 32-bit counter, stirred by multiplication (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let drawn = Math.imul(state ^ (state >>> 15), state | 1);
    drawn ^= drawn + Math.imul(drawn ^ (drawn >>> 7), drawn | 61);
    return ((drawn ^ (drawn >>> 14)) >>> 0) / 2 ** 32;
  };
}
