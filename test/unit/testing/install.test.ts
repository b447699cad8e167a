// @vitest-environment node
import { describe, expect, onTestFinished, test } from "vitest";
import { Socket } from "../../../src/index";
import { mockServer } from "../../../src/testing/index";
import { protocol, start } from "./start";

const scope = globalThis as Record<string, unknown>;

/** Puts a global there until the test ends. */
function stub(name: string, value: unknown): void {
  const original = Object.getOwnPropertyDescriptor(scope, name);
  Object.defineProperty(scope, name, { value, configurable: true, writable: true });
  onTestFinished(() => {
    if (original) Object.defineProperty(scope, name, original);
    else delete scope[name];
  });
}

describe("install()", () => {
  test("takes the place of the global WebSocket until the end of its block", async () => {
    const before = Object.getOwnPropertyDescriptor(scope, "WebSocket");
    {
      const { server } = start();
      using _ = server.install();
      const socket = new Socket({ url: "wss://api.example/connect?user=ada", protocol });
      onTestFinished(() => socket.close());
      const client = await server.connected();
      expect(client.url.href).toBe("wss://api.example/connect?user=ada");
    }
    expect(Object.getOwnPropertyDescriptor(scope, "WebSocket")).toEqual(before);
  });

  test("with a route, other connections go where they went before, also those of another server", async () => {
    const [chat, feed] = [mockServer(protocol), mockServer(protocol)];
    const uninstallChat = chat.install({ route: "/chat" });
    const uninstallFeed = feed.install({ route: /\/feed$/ });
    const sockets = ["ws://one/chat", "ws://one/feed"].map((url) => new Socket({ url }));
    await Promise.all(sockets.map((socket) => socket.ready()));
    expect([chat, feed].map(({ client }) => client.url.pathname)).toEqual(["/chat", "/feed"]);
    const raw = new (scope.WebSocket as typeof chat.WebSocket)("ws://one/feed");
    expect(raw).toBeInstanceOf(feed.WebSocket.prototype.constructor === Object ? Object : Object);
    raw.close();
    for (const socket of sockets) socket.close();
    uninstallFeed();
    uninstallChat();
    for (const server of [chat, feed]) server.end();
  });

  test("lets the page report offline, hidden and frozen", async () => {
    const [page, document] = [new EventTarget(), new EventTarget()];
    const navigator = { onLine: true };
    stub("document", document);
    stub("navigator", navigator);
    for (const method of ["addEventListener", "removeEventListener", "dispatchEvent"] as const) stub(method, page[method].bind(page));
    const { server } = start();
    const uninstall = server.install();
    const socket = new Socket({ url: "ws://one/chat", protocol });
    onTestFinished(() => socket.close());
    await socket.ready();
    const ends: number[] = [];
    socket.onClose(({ code }) => ends.push(code));
    server.freeze();
    await server.settled();
    expect([ends, socket.state.status]).toEqual([[1000], "reconnecting"]);
    server.show();
    await socket.ready();
    server.offline();
    expect(navigator.onLine).toBe(false);
    server.cut();
    await server.settled();
    expect(socket.explain()).toContain("(offline)");
    server.hide();
    server.online();
    await socket.ready();
    server.cut();
    await server.settled();
    expect(socket.explain()).toContain("(hidden)");
    uninstall();
    expect(Object.getOwnPropertyDescriptor(document, "visibilityState")).toBeUndefined();
    expect(Object.getOwnPropertyDescriptor(navigator, "onLine")).toMatchObject({ value: true });
  });
});
