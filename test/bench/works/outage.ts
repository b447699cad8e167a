import { setTimeout as wait } from "node:timers/promises";
import { Child } from "../child";
import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import type { Library } from "../libraries/library";
import { bundleProgram } from "../program";
import type { ReturnNews } from "../programs/returns";
import { Server } from "../server";
import { type Measure, median, turned, type Work } from "../work";

interface Course {
  /** So many processes of each library, with so many clients. */
  readonly processes: number;
  readonly clients: number;
  /** Milliseconds: for how long all were open before, for how long the server is away, and for how long its clients are waited for. */
  readonly before: number;
  readonly away: number;
  readonly patience: number;
}

type Herd = Child<never, ReturnNews>;

// Several processes, since reconnecting-websocket draws its pace once when it is loaded. Connections live longer than 5 s before the
// end: from then on, most libraries treat them as good ones and restart their waits.
const full: Course = { processes: 4, clients: 10, before: 6_000, away: 3_000, patience: 15_000 };
const short: Course = { processes: 1, clients: 5, before: 300, away: 1_000, patience: 8_000 };

/** How long clients take to come back after a server was killed: from when it listens again until each has joined and heard a chat. */
export const outage: Work = async ({ quick, folder, say }) => {
  const [course, times] = quick ? [short, 1] : [full, 3];
  const program = await bundleProgram(folder, "returns");
  const returning = libraries.filter((library) => library !== bare);
  const backs = new Map(returning.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < times; round += 1) {
    for (const [{ name }, seconds] of await play(folder, program, turned(round, returning), course)) backs.get(name)!.push(...seconds);
    say(`outage: round ${round + 1} of ${times}`);
  }
  const values = (sum: (seconds: number[]) => number) => Object.fromEntries([...backs].map(([name, seconds]) => [name, sum(seconds)]));
  const note = [
    `After ${course.away / 1000} s without a server, from when it listens again; ${course.processes * course.clients * times} clients of each library, open for ${course.before / 1000} s before.`,
    `Never: not within ${course.patience / 1000} s; graphql-ws gives up when an attempt is refused, unless told otherwise.`,
  ].join(" ");
  const measure = { unit: "s", digits: 2, note };
  return [
    { ...measure, name: "back after an outage, median", values: values(median), goal: 0.8 },
    { ...measure, name: "back after an outage, worst", values: values((seconds) => Math.max(...seconds)), goal: 2.5 },
  ] satisfies Measure[];
};

/** One outage for all libraries at once: gives the seconds of each process of theirs. */
async function play(folder: string, program: string, all: readonly Library[], course: Course): Promise<[Library, number[]][]> {
  const first = await (await Server.make(folder)).listen(0, true);
  const second = first.another();
  const herd = (library: Library): Herd => new Child(program, library.name, first.url(library), course.clients);
  const herds = all.flatMap((library) => Array.from({ length: course.processes }, () => ({ library, herd: herd(library) })));
  try {
    await Promise.all(herds.map(({ herd }) => herd.next()));
    await wait(course.before);
    await first.kill();
    await wait(course.away);
    await second.listen(first.port, true);
    const seconds = herds.map(({ herd }) => returns(herd, course.clients, second.since, course.patience));
    return (await Promise.all(seconds)).map((found, place) => [herds[place]!.library, found]);
  } finally {
    await Promise.all([...herds.map(({ herd }) => herd), first, second].map((one) => one.kill()));
  }
}

async function returns(herd: Herd, clients: number, since: number, patience: number): Promise<number[]> {
  const seconds: number[] = [];
  const over = wait(since + patience - Date.now(), "over" as const, { ref: false });
  while (seconds.length < clients) {
    const news = await Promise.race([herd.next(), over]);
    if (typeof news !== "object") break;
    seconds.push(Math.max(0, news.back - since) / 1000);
  }
  return [...seconds, ...Array<number>(clients - seconds.length).fill(Number.POSITIVE_INFINITY)];
}
