import { watch } from "../behaviour/effects";
import type { Maker, Place } from "../behaviour/scene";
import { behaviours, type Outcome, perform } from "../behaviour/suite";

// The suite in a runtime that runs programs: Node, Bun, Deno. It tells on standard output what it begins and what came of it,
// a line of JSON each, and is to end by itself.

/** How long one behaviour may take, in milliseconds. */
const limit = 20_000;
const [stage, maker] = process.argv.slice(2) as [string, Maker];
// By a name that no bundler follows: what is published is loaded as users load it.
const load = (name: string): Promise<object> => import(name);
const ended = watch();
const wireline = (await load("wireline")) as Place["wireline"];
const effects = ended();
const classes = maker === "ws" ? ((await load("ws")) as Pick<Place, "WebSocket">) : {};
const { WebSocket } = classes;

const tell = (news: object) => console.log(JSON.stringify(news));
tell({ version: process.versions, globals: { WebSocket: "WebSocket" in globalThis, CloseEvent: "CloseEvent" in globalThis } });
const place: Place = { wireline, effects, globals: [], maker, kind: "process", stage, WebSocket };
for (const behaviour of behaviours) {
  const { name } = behaviour;
  // The sockets of one that hung still try, and would hurt those that follow.
  if (process.exitCode) {
    tell({ outcome: { name, skipped: "One before it did not end." } });
    continue;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hung = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      // Whatever it waits for would keep us alive.
      process.exitCode = 1;
      resolve({ name, error: `It did not end within ${limit / 1000} s.` });
    }, limit);
  });
  tell({ begins: name });
  const outcome = await Promise.race([perform(behaviour, place), hung]);
  tell({ outcome });
  clearTimeout(timer);
}
if (process.exitCode) process.exit();
