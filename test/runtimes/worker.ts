import { watch } from "../behaviour/effects";
import type { Place } from "../behaviour/scene";
import { behaviours, perform } from "../behaviour/suite";

// The suite in workerd, a behaviour a request: what one request opens, another must not touch.

const load = (name: string): Promise<object> => import(name);
const ended = watch();
const wireline = (await load("./wireline/index.mjs")) as Place["wireline"];
const effects = ended();
// Outside of requests workerd forbids timers, random numbers and waiting: creating a socket needs none of them.
const { Socket } = wireline;
const idle = new Socket({ url: "ws://nobody.test/", autoConnect: false, heartbeat: { cmd: "ping" } });
idle.channel("room").on("chat", () => {});

export default {
  /** Answers with what came of the behaviour whose number is the path, or with what the runtime has. */
  async fetch({ url }: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const behaviour = behaviours[Number(pathname.slice(1))];
    if (!behaviour) return Response.json({ WebSocket: "WebSocket" in globalThis, CloseEvent: "CloseEvent" in globalThis });
    const stage = searchParams.get("stage")!;
    return Response.json(await perform(behaviour, { wireline, effects, globals: [], maker: "workerd", kind: "process", stage }));
  },
};
