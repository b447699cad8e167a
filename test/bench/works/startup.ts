import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import { type Browser, inBrowser, serve } from "../pages/browsers";
import { script } from "../pages/script";
import { printed } from "../printed";
import { bundleProgram } from "../program";
import { type Measure, median, turned, type Work } from "../work";

const peers = libraries.filter(({ name }) => name !== bare.name);

/** Where each adapter stands: its file, and its name there. */
const adapters: Readonly<Record<string, readonly [file: string, name: string]>> = {
  wireline: ["wireline", "wireline"],
  "reconnecting-websocket": ["reconnecting", "reconnectingWebsocket"],
  partysocket: ["partysocket", "partysocket"],
  phoenix: ["phoenix", "phoenix"],
  centrifuge: ["centrifuge", "centrifuge"],
  "socket.io-client": ["socketio", "socketio"],
  "graphql-ws": ["graphql", "graphql"],
  "supabase realtime-js": ["supabase", "supabase"],
};

/** How much later than reconnecting-websocket, in milliseconds. */
const most = 1;

/** How long it takes, cold, to load a library and make a client: in a fresh process of Node's, and in a fresh page of Chromium's. */
export const startup: Work = async ({ quick, folder, say }) => {
  const times = quick ? 2 : 31;
  const node = await inNode(folder, times);
  say(`start-up in Node: ${times} processes for each library`);
  const chromium = await inBrowser("chromium", say, (browser) => inPages(browser, times));
  if (chromium) say(`start-up in Chromium: ${times} pages for each library`);
  return [...node, ...(chromium ?? [])];
};

async function inNode(folder: string, times: number): Promise<Measure[]> {
  const program = await bundleProgram(folder, "start");
  const files = new Map<string, string>();
  for (const { name } of peers) {
    files.set(name, join(folder, `start-${adapters[name]?.join("-")}.mjs`));
    writeFileSync(files.get(name)!, await starting(name, "esm"));
  }
  const [walls, cpus] = [new Map<string, number[]>(), new Map<string, number[]>()];
  for (let time = 0; time < times; time += 1) {
    for (const { name } of turned(time, peers)) {
      const { wall, cpu } = JSON.parse(await printed(program, [files.get(name)!])) as { wall: number; cpu: number };
      add(walls, name, wall);
      add(cpus, name, cpu);
    }
  }
  return [measure("start-up in Node, CPU", cpus), measure("start-up in Node", walls)];
}

async function inPages(browser: Browser, times: number): Promise<Measure[]> {
  const url = serve(browser, "/start", "");
  const codes = new Map<string, string>();
  for (const { name } of peers) codes.set(name, await starting(name, "iife"));
  const walls = new Map<string, number[]>();
  for (let time = 0; time < times; time += 1) {
    for (const { name } of turned(time, peers)) {
      // A text that the engine has not compiled before.
      add(walls, name, await visit(browser, url, `${codes.get(name)}\n// ${time}`));
    }
  }
  return [measure("start-up in Chromium", walls)];
}

async function visit({ engine }: Browser, url: string, code: string): Promise<number> {
  const page = await engine.open(url);
  try {
    return await page.evaluate(async (code: string) => {
      const script = document.createElement("script");
      script.textContent = code;
      const start = performance.now();
      document.head.append(script);
      const time = performance.now() - start;
      // There is none where the script has thrown.
      await (globalThis.made ?? Promise.reject(new Error("The script failed.")));
      return time;
    }, code);
  } finally {
    await page.close();
  }
}

/** The code that loads a library and makes a client. */
function starting(library: string, format: "iife" | "esm"): Promise<string> {
  const adapter = adapters[library];
  if (!adapter) throw new Error(`Nobody knows where the adapter of ${library} is: say it in test/bench/works/startup.ts.`);
  const [file, name] = adapter;
  return script(`import { start } from "./pages/start"; import { ${name} } from "./libraries/${file}"; start(${name});`, format);
}

function add(times: Map<string, number[]>, name: string, time: number): void {
  times.set(name, [...(times.get(name) ?? []), time]);
}

function measure(name: string, times: ReadonlyMap<string, readonly number[]>): Measure {
  const values = Object.fromEntries([...times].map(([name, times]) => [name, median(times)]));
  return {
    name,
    unit: "ms",
    digits: 1,
    values,
    goal: values["reconnecting-websocket"]! + most,
    goalSays: `reconnecting-websocket + ${most} ms`,
  };
}
