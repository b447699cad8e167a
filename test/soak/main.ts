import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random } from "./random";
import { type Soak, startSoak } from "./soak";

// `npm run soak`: sockets against a server that restarts, through a proxy that does what networks do. Exits with 1 when a
// message is not accounted for, a socket does not come back, or anything is left behind. SEED chooses the random numbers,
// with which the faults are the same again, though not the moments in which they meet the messages.

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, sockets: { type: "string", default: "500" } } });
const seconds = 60 * Number(values.minutes);
const sockets = Number(values.sockets);
const seed = Number(process.env.SEED ?? 1);

/** How often the sockets and the faults act, in milliseconds. */
const tick = 100;
/** How long, in seconds, until the faults stop, everything must settle, and the heap is measured. */
const cycle = Math.min(30, Math.max(5, seconds / 12));
/** How long everything may take to come back once the faults have stopped, in milliseconds. */
const bound = 30_000;
/** How long the first cycle is at least, in seconds: until then code is compiled and buffers find their size. */
const warmUp = 15;
/**
 * How much the heap may grow, as a share of what it was after the first cycle. It is measured after full collections with
 * the same number of quiet sockets, and still differs by about 1 % from one cycle to the next, for compiled code and for
 * what Node keeps for reuse. 1 kB kept for each reconnect shows after some 2,500 of them, 50 bytes for each message after
 * some 50,000.
 */
const tolerance = 0.04;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const random = new Random(seed);
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
const failures: string[] = [];

type Handles = ReadonlyMap<string, number>;

/** What is open in this process, by kind. */
function handles(): Handles {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const list = (handles: Handles) => [...handles].map(([kind, count]) => `${count} ${kind}`).join(", ") || "none";
const exceeds = (after: Handles, before: Handles) => [...after].some(([kind, count]) => count > (before.get(kind) ?? 0));

async function heap(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    // What a collection sets free may let go of more in the turn after it.
    await sleep(200);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** Lets things go wrong for so many seconds; at the end server and proxy are there. */
async function rage(soak: Soak, seconds: number): Promise<void> {
  const { server, proxy } = soak;
  let [absent, shut] = [0, 0];
  for (let left = Math.round((1000 * seconds) / tick); left > 0; left--) {
    await sleep(tick);
    soak.speak(25);
    soak.push(3);
    for (let links = sockets; random.percent(links); links -= 100) soak.harm();
    soak.relent(2);
    if (absent > 0 && --absent === 0) await server.restart();
    else if (absent === 0 && random.percent(1)) {
      soak.faults++;
      await server.drop();
      absent = 1 + random.below(20);
    }
    if (shut > 0 && --shut === 0) await proxy.accept();
    else if (shut === 0 && random.percent(1)) {
      soak.faults++;
      shut = 1 + random.below(15);
      await [() => proxy.refuse(), () => proxy.refuse("reset"), () => proxy.hang(), () => proxy.answer(503)][random.below(4)]!();
    }
    if (left % 10 === 0) await soak.audit();
  }
  if (absent) await server.restart();
}

/** Ends the faults; gives how long it took until everything had settled. */
async function settle(soak: Soak): Promise<number> {
  const from = performance.now();
  await soak.heal();
  const late = new AbortController();
  const settled = soak.until(() => soak.settled).then(() => true);
  const inTime = await Promise.race([settled, sleep(bound, false, { signal: late.signal })]);
  late.abort();
  if (!inTime) failures.push(`not settled ${bound / 1000} s after the faults stopped: ${soak.explain()}`);
  return performance.now() - from;
}

/** How much the straight line through all values rises from the first to the last. */
function rise(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const weights = values.map((_, index) => index - middle);
  const slope = weights.reduce((sum, weight, index) => sum + weight * (values[index]! - mean), 0);
  return (slope / weights.reduce((sum, weight) => sum + weight ** 2, 0)) * (values.length - 1);
}

function progress(soak: Soak): void {
  const { ledger, faults, reconnects, open } = soak;
  const { made, told } = ledger.totals;
  const times = `${elapsed().toFixed(0).padStart(4)} s  ${open}/${sockets} open  ${made} out, ${told} in  ${faults} faults  ${reconnects} reconnects`;
  console.log(`${times}  ${ledger.unaccounted} unaccounted`);
}

async function main(): Promise<void> {
  console.log(`${sockets} sockets, ${seconds / 60} min, seed ${seed}`);
  // What loaded this file is done with it a moment later.
  await sleep(500);
  const before = handles();
  const soak = await startSoak({ sockets, random });
  const { totals } = soak.ledger;
  await settle(soak);
  const ticker = setInterval(() => progress(soak), 5000);
  const heaps: number[] = [];
  let slowest = 0;
  let queued = 0;
  do {
    await rage(soak, heaps.length ? cycle : Math.max(cycle, warmUp));
    queued = soak.ledger.waiting;
    slowest = Math.max(slowest, await settle(soak));
    heaps.push(await heap());
    console.log(`${elapsed().toFixed(0).padStart(4)} s  settled, heap ${megabytes(heaps.at(-1)!)}`);
  } while (heaps.length < 4 || elapsed() + cycle / 2 < seconds);
  clearInterval(ticker);
  const { open, faults, reconnects } = soak;
  const unsettled = soak.ledger.underWay;
  await soak.close();
  const until = performance.now() + 5000;
  while (exceeds(handles(), before) && performance.now() < until) await sleep(50);

  const after = handles();
  const growth = rise(heaps) / heaps[0]!;
  const difference = heaps.at(-1)! / heaps[0]! - 1;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (exceeds(after, before)) failures.push(`left open: ${list(after)}`);
  for (const share of [growth, difference]) {
    if (share > tolerance) failures.push(`the heap grew by ${percent(share)}, which is more than ${percent(tolerance)}`);
  }
  const { unaccounted, broken, faults: broke } = soak.ledger;
  if (unaccounted) failures.push(`${unaccounted - broken} messages are unaccounted for, ${broken} rules were broken`);
  const table: [string, ...(string | number)[]][] = [
    ["", "outbound", "inbound"],
    ["made", totals.made, totals.told],
    ["delivered", totals.delivered, totals.heard],
    ["dropped (onDrop)", totals.dropped, "–"],
    ["refused (send threw)", totals.thrown, "–"],
    ["died with a link", totals.died, totals.lost],
    ["queued when the faults stopped", queued, "–"],
    ["queued at the end", soak.ledger.waiting, "–"],
    ["under way when settled", unsettled.up, unsettled.down],
    ["unaccounted", unaccounted - broken, ""],
    ["rules broken", broken, ""],
  ];
  console.log();
  for (const [name, ...cells] of table) console.log(name.padEnd(32) + cells.map((cell) => String(cell).padStart(14)).join(""));
  console.log(`
sockets open when settled        ${open} of ${sockets}; at the latest ${(slowest / 1000).toFixed(1)} s after the faults stopped, in ${heaps.length} cycles; ${bound / 1000} s are allowed
faults, reconnects               ${faults}, ${reconnects}
heap after first cycle, at end   ${megabytes(heaps[0]!)}, ${megabytes(heaps.at(-1)!)}: ${percent(difference)}; trend ${percent(growth)}; ${percent(tolerance)} are allowed
handles at start, at end         ${list(before)}; ${list(after)}`);
  for (const fault of [...broke, ...failures]) console.log(`\n${fault}`);
  console.log(failures.length ? "\nfailed" : "\npassed");
  process.exitCode = failures.length ? 1 : 0;
}

void main();
