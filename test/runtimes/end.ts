import type { Maker, Place } from "../behaviour/scene";

// A program that has used everything that waits, closes its socket, and is to end by itself: with 0, when it was open.

const [stage, maker] = process.argv.slice(2) as [string, Maker];
const load = (name: string): Promise<object> => import(name);
const { Socket } = (await load("wireline")) as Place["wireline"];
const { WebSocket } = maker === "ws" ? ((await load("ws")) as Pick<Place, "WebSocket">) : {};

process.exitCode = 1;
const made = await fetch(`${stage}/`, { method: "POST", body: "[]" });
const { url } = (await made.json()) as { url: string };
const options = { url, WebSocket, heartbeat: { cmd: "ping", reply: "pong" }, queue: { ttl: 3_600_000 }, closeTimeout: 3_600_000 };
const socket = new Socket(options);
await socket.ready();
await socket.once("pong");
void socket.request("silent", {}, { reply: "answer", timeout: 3_600_000 }).catch(() => {});
socket.send("note", {}, { delivery: "confirm", reply: "answer" });
socket.onClose(() => {
  process.exitCode = 0;
});
socket.close();
// One that waits for its next attempt is to be as quiet.
const waiting = new Socket({ ...options, url: "ws://127.0.0.1:9/", backoff: () => 3_600_000, onError: () => {} });
waiting.onStatus(({ retryAt }) => retryAt !== null && waiting.close());
