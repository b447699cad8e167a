import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Socket } from "../../../src/index";
import { type MswConnection, type PlaywrightRoute, toMsw, toPlaywright, toWs, watch } from "../../../src/testing/index";
import { protocol, start } from "./start";

describe("behind a server of ws", () => {
  async function listen() {
    const { server } = start();
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    wss.on("connection", toWs(server));
    await once(wss, "listening");
    onTestFinished(() => {
      for (const client of wss.clients) client.terminate();
      wss.close();
    });
    const url = `ws://127.0.0.1:${(wss.address() as AddressInfo).port}/connect?user=ada`;
    const socket = new Socket({ url, protocol, WebSocket, backoff: () => 1 });
    onTestFinished(() => socket.close());
    return { server, socket, log: watch(socket) };
  }

  test("a mock server talks to a socket on a real network", async () => {
    const { server, socket } = await listen();
    server.on("note", ({ id }, { reply }) => reply("saved", { id }));
    expect(await socket.confirm("note", { id: 1 })).toEqual({ id: 1 });
    expect(server.client.url.search).toBe("?user=ada");
  });

  test("its faults are those of a real network", async () => {
    const { server, socket, log } = await listen();
    await socket.ready();
    server.on("note", ({ id }, { reply }) => reply("saved", { id }));
    server.stall("down");
    const confirmed = socket.confirm("note", { id: 1 });
    await server.next("note");
    server.cut();
    expect(await confirmed).toEqual({ id: 1 });
    server.close(4001, "no");
    await expect.poll(() => socket.state.status).toBe("closed");
    expect(log.closes).toEqual([
      { code: 1006, reason: "", wasClean: false },
      { code: 4001, reason: "no", wasClean: true },
    ]);
  });

  test("a close of the client reaches it", async () => {
    const { server, socket } = await listen();
    await socket.ready();
    const client = await server.connected();
    socket.close(4321, "moved");
    await expect.poll(() => client.closed).toEqual({ code: 4321, reason: "moved" });
  });
});

test("behind ws.link of MSW, messages and closes pass in both directions", async () => {
  const { server } = start();
  const events = new EventEmitter();
  const said: unknown[] = [];
  const client: MswConnection["client"] = {
    url: new URL("ws://api.example/connect"),
    send: (data) => said.push(data),
    close: (code, reason) => said.push(["close", code, reason]),
    addEventListener: (type: string, listener: unknown) => void events.on(type, listener as () => void),
  };
  toMsw(server)({ client, info: { protocols: undefined } });
  server.on("note", ({ id }, { reply }) => reply("saved", { id }));
  events.emit("message", { data: '{"channel":"","cmd":"note","param":{"id":1}}' });
  await server.settled();
  expect(said.map((line) => JSON.parse(String(line)).cmd)).toEqual(["saved"]);
  const { client: one } = server;
  events.emit("close", { code: 1000, reason: "bye" });
  await server.settled();
  expect(one.closed).toEqual({ code: 1000, reason: "bye" });
});

test("behind routeWebSocket of Playwright, messages and closes pass in both directions", async () => {
  const { server } = start();
  const events = new EventEmitter();
  const said: unknown[] = [];
  const route: PlaywrightRoute = {
    url: () => "ws://api.example/connect",
    send: (data) => said.push(data),
    close: async (options) => void said.push(options),
    onMessage: (listener) => void events.on("message", listener),
    onClose: (listener) => void events.on("close", listener),
  };
  toPlaywright(server)(route);
  events.emit("message", '{"channel":"","cmd":"note","param":{"id":1}}');
  await server.next("note");
  server.sendRaw("{}");
  server.sendRaw(Uint8Array.of(1).buffer);
  await server.settled();
  expect(said).toEqual(["{}", Buffer.of(1)]);
  server.close(4001, "no");
  await server.settled();
  expect(said.at(-1)).toEqual({ code: 4001, reason: "no" });
});
