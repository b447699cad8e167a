import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { bundle } from "../harness/bundle";

// On a server, in its own process: `wireline` as it is published, in a Node without the globals of a page.

const program = (body: string) => `
for (const name of ["WebSocket", "location", "document", "window", "addEventListener"]) delete globalThis[name];
const { createElement } = require("react");
const { renderToString } = require("react-dom/server");
const { WebSocket } = require("ws");
${status}
const events = [];
const tell = (value) => events.push(value);
const errorOf = (call) => {
  try {
    call();
  } catch (error) {
    return [error.code, error.message, error.cause?.code];
  }
};
// Not the requests by which Node itself reads modules.
const active = () => process.getActiveResourcesInfo().filter((name) => !name.endsWith("Req"));
const before = active();
const { Socket } = require("wireline");
(async () => {
  ${body}
  console.log(JSON.stringify({ events, before, after: active() }));
})();`;

/** The component that pages hydrate. */
let status: string;
beforeAll(async () => {
  const options = { packages: "external", platform: "node", globalName: "status" } as const;
  status = await bundle(`export { Connected } from "./test/harness/status.ts"`, "iife", options);
});

/** Runs a program until it ends by itself; returns its events. It fails the test when it throws, never ends, or left something that runs. */
async function run(body: string): Promise<unknown[]> {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", program(body)], { signal: abort.signal });
  expect(stderr).toBe("");
  const { events, before, after } = JSON.parse(stdout) as Record<"events" | "before" | "after", unknown[]>;
  expect(after).toEqual(before);
  return events;
}

test("a socket with autoConnect: false can be created and rendered, and leaves nothing running", async () => {
  const events = await run(`
    const heartbeat = { cmd: "ping" };
    const socket = new Socket({ url: "/connect", autoConnect: false, signal: new AbortController().signal, heartbeat });
    tell(renderToString(createElement(status.Connected, { socket })));
    tell([socket.send("chat", { text: "too early" }), socket.state.status, socket.state.queued]);`);
  expect(events).toEqual(["<p>idle</p>", ["queued", "idle", 1]]);
});

test("only connect() throws, and says what is missing: a WebSocket, an address", async () => {
  const events = await run(`
    const bare = new Socket({ url: "/connect", autoConnect: false });
    const relative = new Socket({ url: "/connect", autoConnect: false, WebSocket });
    for (const socket of [bare, relative]) tell([...errorOf(() => socket.connect()), socket.state.status]);
    tell(errorOf(() => new Socket({ url: "ws://127.0.0.1:9/" })));`);
  const unsupported = ["unsupported", expect.stringContaining("pass a class as the option `WebSocket`"), null];
  const address = ["address", expect.stringContaining("`url` did not produce a ws: or wss: address"), null];
  expect(events).toEqual([[...unsupported, "idle"], [...address, "idle"], unsupported]);
});

test("the ES module behaves alike", async () => {
  const events = await run(`
    const module = await import("wireline");
    const socket = new module.Socket({ autoConnect: false });
    tell([renderToString(createElement(status.Connected, { socket })), Socket === module.Socket]);`);
  expect(events).toEqual([["<p>idle</p>", false]]);
});
