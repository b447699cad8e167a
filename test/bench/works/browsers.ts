import type { EngineName } from "../../harness/engines";
import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import { type Browser, inBrowser, serve } from "../pages/browsers";
import type { Costs, Order } from "../pages/receive";
import { script } from "../pages/script";
import { Server } from "../server";
import { type Measure, median, type Run, turned, type Work } from "../work";

const peers = libraries.filter(({ name }) => name !== bare.name);
/** Nanoseconds. */
const most = 100;

/** What a message costs in real browsers, from a real WebSocket's event to the listener. */
export const browsers: Work = async (run) => {
  const code = await script(`import "./pages/receive";`, "iife");
  const server = await (await Server.make(run.folder)).listen();
  const measures: (Measure | undefined)[] = [];
  try {
    for (const name of ["chromium", "firefox", "webkit"] satisfies EngineName[]) {
      measures.push(await inBrowser(name, run.say, (browser) => measure(run, server, browser, code)));
    }
  } finally {
    await server.kill();
  }
  return measures.filter((measure) => measure !== undefined);
};

/** A page for each library, several times: what a compiler makes of the same code differs from page to page. */
async function measure({ quick, say }: Run, server: Server, browser: Browser, code: string): Promise<Measure> {
  // A batch is short, so that it seldom waits for the processor or the garbage collector, and yet hundreds of the clock's ticks.
  const [times, messages, rounds] = quick ? [1, 500, 3] : [3, 5_000, 25];
  browser.pages.files.set("/receive.js", code);
  const url = serve(browser, "/receive", `<script src="/receive.js"></script>`);
  const costs = new Map(peers.map(({ name }) => [name, [] as Costs[]]));
  for (let time = 0; time < times; time += 1) {
    for (const library of turned(time, peers)) {
      const urls = [server.url(library), server.url(bare)] as const;
      costs.get(library.name)!.push(await visit(browser, url, { library: library.name, urls, messages, rounds }));
    }
    say(`receive in ${browser.title}: round ${time + 1} of ${times}`);
  }
  const over = (costs: readonly Costs[]) => median(costs.flatMap(({ library, bare }) => library.map((cost, index) => cost - bare[index]!)));
  const floor = median([...costs.values()].flat().flatMap(({ bare }) => bare));
  const values: Record<string, number> = { bare: floor };
  for (const [name, found] of costs) values[name] = floor + over(found);
  return {
    name: `receive in ${browser.title}`,
    unit: "ns",
    digits: 0,
    values,
    goal: Math.min(floor + most, values["reconnecting-websocket"]!),
    goalSays: `bare and ${most} ns, and not above reconnecting-websocket`,
    note: "bare listens by `onmessage`, as most programs do",
  };
}

async function visit({ engine, title }: Browser, url: string, order: Order): Promise<Costs> {
  const page = await engine.open(url);
  try {
    return await page.evaluate((order: Order) => globalThis.receive(order), order);
  } catch (error) {
    throw new Error(`${order.library} could not be measured in ${title}.`, { cause: error });
  } finally {
    await page.close();
  }
}
