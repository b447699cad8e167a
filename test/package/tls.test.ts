import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { findOpenssl, startTlsGate, type TlsGate } from "../harness/tls";
import { type Server, startServer } from "../server/http";

// wss with an untrusted certificate, in its own process, because Node decides at its start what it trusts.

/** Connects, and tells of its errors; asks when it is open, and closes when it is answered, twice. */
const program = (url: string) => `
const { Socket } = require("wireline");
const { WebSocket } = require("ws");
const events = [];
let pongs = 0;
const socket = new Socket({
  url: ${JSON.stringify(url)},
  WebSocket,
  maxRetries: 2,
  backoff: () => 1,
  debug: (line) => line.includes("connecting to") && events.push(line),
  onOpen: () => socket.send("ping", {}),
  onMessage: () => {
    events.push("pong");
    if (pongs++) socket.close();
    else process.stderr.write("cut me");
  },
  onError: ({ code, message, cause }) => events.push([code, message, cause?.cause?.code ?? cause?.code]),
});
process.on("exit", () => console.log(JSON.stringify([...events, socket.state.status])));`;

let server: Server;
let gate: TlsGate;
beforeEach(async ({ skip }) => {
  if (!findOpenssl()) skip();
  server = await startServer();
  gate = await startTlsGate(server.port);
});
afterEach(async () => {
  await gate?.close();
  await server?.close();
});

/** Runs the program until it ends; returns its events. When the program asks for it, its connection is cut. */
async function run(url: string, env: NodeJS.ProcessEnv = {}): Promise<unknown[]> {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const running = promisify(execFile)(process.execPath, ["-e", program(url)], { signal: abort.signal, env: { ...process.env, ...env } });
  running.child.stderr!.on("data", (text) => String(text) === "cut me" && gate.cut());
  return JSON.parse((await running).stdout) as unknown[];
}

test.each(["127.0.0.1", "localhost"])(
  "with a certificate that Node trusts the client connects, sends, receives and reconnects: %s",
  async (host) => {
    const url = `${gate.url.replace("127.0.0.1", host)}/connect`;
    const line = `wireline: connecting to ${url.replace("https:", "wss:")}`;
    expect(await run(url, { NODE_EXTRA_CA_CERTS: gate.certificate })).toEqual([line, "pong", line, "pong", "closed"]);
  },
);

test("an untrusted certificate fails each attempt, and the error's cause says so", async () => {
  const url = `${gate.url}/connect`;
  const line = `wireline: connecting to ${url.replace("https:", "wss:")}`;
  const error = ["transport", expect.stringMatching(/^The WebSocket failed/), "DEPTH_ZERO_SELF_SIGNED_CERT"];
  expect(await run(url)).toEqual([
    line,
    error,
    line,
    error,
    line,
    error,
    ["retries", expect.any(String), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    "closed",
  ]);
});
