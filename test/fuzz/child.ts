import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Mode, setups } from "./modes";
import { Stalls } from "./stalls";

// One server in a process of its own, which measures itself on each message from its parent. Its mode is the argument.

/** What it sends: first its port, then its measurements, whenever the parent asks. */
export type News =
  | { port: number }
  | {
      /** The longest that the event loop was held up in milliseconds. */
      stall: number;
      /** Bytes in use after a full collection, those outside of the heap of JavaScript included. */
      heap: number;
      /** Connections that are still open although all clients have gone. */
      open: number;
    };

/** How long the last connections may take to end once their clients have gone, in milliseconds. */
const patience = 5_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const stalls = new Stalls();

function open(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
}

async function measure(): Promise<News> {
  // What is measured may have ended just now, before anyone could look.
  await sleep(50);
  const stall = stalls.longest;
  for (let waited = 0; open() > 0 && waited < patience; waited += 20) await sleep(20);
  for (let round = 0; round < 3; round += 1) {
    // What a collection sets free may let go of more in the turn after it.
    collect();
    await sleep(50);
  }
  // The collections are no server's fault.
  stalls.skip();
  const { heapUsed, external } = process.memoryUsage();
  return { stall, heap: heapUsed + external, open: open() };
}

process.on("message", () => void measure().then((news) => process.send!(news)));
process.on("disconnect", () => process.exit());

void setups[process.argv[2] as Mode].start().then(({ port }) => process.send!({ port } satisfies News));
