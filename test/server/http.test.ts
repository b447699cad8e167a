import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Server, type ServerOptions, startServer } from "./http";
import { Peer, type Received } from "./peer";
import type { Logger, ServiceStatus } from "./service";

async function serve(options: ServerOptions = {}): Promise<Server> {
  const server = await startServer(options);
  onTestFinished(() => server.close());
  return server;
}

function listening(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  return { lines, logger: { debug: keep, info: keep, warn: keep, error: keep } };
}

describe("paths", () => {
  it("listens only on 127.0.0.1", async () => {
    const server = await serve();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const other = connectTcp(server.port, "127.0.0.2");
    const [error] = (await once(other, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("accepts sockets at its two paths and refuses others with 404", async () => {
    const { url, service } = await serve();
    await Peer.connect(`${url}/example/socket`);
    await Peer.connect(`${url}/connect?ch=x`);
    expect(service.connections()).toHaveLength(2);
    for (const path of ["/", "/connect/", "/__proto__", "/constructor", "//", "/admin/websocket"]) {
      expect((await Peer.refusal(`${url}${path}`)).status, path).toBe(404);
    }
  });

  it("invents a channel and a guest, or takes the given ones", async () => {
    const { url, service } = await serve();
    await Peer.connect(`${url}/connect`);
    await Peer.connect(`${url}/connect?ch=`);
    await Peer.connect(`${url}/connect?ch=a%20b&user=z%C3%A9`);
    const madeUp = {
      channels: [expect.stringMatching(/^example-[a-z0-9]{8}$/)],
      profile: { name: expect.stringMatching(/^guest-[a-z0-9]{4}$/) },
    };
    const [first, second, third] = service.connections();
    expect([first, second]).toMatchObject([madeUp, madeUp]);
    expect(first?.channels).not.toEqual(second?.channels);
    expect(first?.profile.id).toBe(first?.profile.name);
    expect(third).toMatchObject({ channels: ["a b"], profile: { id: "zé", name: "zé" } });
  });

  it("answers 400 to an invalid handshake, and keeps running", async () => {
    const server = await serve();
    const client = connectTcp(server.port, "127.0.0.1");
    client.write("GET /connect HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(String((await once(client, "data"))[0])).toMatch(/^HTTP\/1\.1 400 /);
    await Peer.connect(`${server.url}/connect`);
  });

  it("passes requests to the pages first, and answers the rest itself", async () => {
    const { url } = await serve({
      pages: (request, response) => {
        if (request.url === "/broken") throw new Error("no");
        if (request.url !== "/page") return false;
        setImmediate(() => response.end("the page"));
        return true;
      },
    });
    const statusOf = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    expect(await (await fetch(`${url}/page`)).text()).toBe("the page");
    expect([await statusOf("/broken"), await statusOf("/other"), await statusOf("/connect")]).toEqual([500, 404, 426]);
  });

  it("answers 500 when the route of a socket fails", async () => {
    const { url } = await serve({ sockets: { "/s": () => Promise.reject(new Error("no")) } });
    expect((await Peer.refusal(`${url}/s`)).status).toBe(500);
  });

  it("logs no query, user, channel or param", async () => {
    const { logger, lines } = listening();
    const { url, service } = await serve({ logger });
    const peer = await Peer.connect(`${url}/connect?token=swordfish&ch=swordfish&user=swordfish`);
    peer.send("swordfish");
    peer.send({ cmd: "chat", param: "swordfish" });
    peer.send({ cmd: "unknown\n", param: "swordfish" });
    peer.send({ cmd: "ping" });
    await peer.find("pong");
    await Peer.refusal(`${url}/connect?token=swordfish`, { headers: { origin: "http://swordfish" } });
    await Peer.refusal(`${url}/nowhere?token=swordfish`);
    const loop = service.readLoop(service.connections()[0]?.id ?? "");
    peer.socket.close(1000, "swordfish");
    await loop;
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join("\n")).not.toContain("swordfish");
    expect(lines).toContain('unhandled websocket command "unknown\\n"');
  });
});

describe("the example", () => {
  it("answers a ping only to its sender, and passes a chat to the channel", async () => {
    const { url } = await serve();
    const ann = await Peer.connect(`${url}/example/socket?ch=lobby&user=ann`);
    const bob = await Peer.connect(`${url}/example/socket?ch=lobby&user=bob`);
    ann.send({ channel: "lobby", cmd: "ping", param: {} });
    expect(await ann.find("pong")).toEqual({ channel: "lobby", cmd: "pong", param: { timestamp: expect.any(Number) } });
    ann.send({ channel: "lobby", cmd: "chat", param: { text: "hi" } });
    const chat = { channel: "lobby", cmd: "chat", param: { user: "ann", text: "hi", time: expect.any(Number) } };
    expect([await ann.find("chat"), await bob.next()]).toEqual([chat, chat]);
  });

  it("joins rooms, and answers in the room of the question", async () => {
    const { url, service } = await serve();
    const ann = await Peer.connect(`${url}/connect?ch=lobby&user=ann`);
    ann.send({ cmd: "join-room", param: { room: "r1" } });
    ann.send({ channel: "r1", cmd: "ping", param: {} });
    ann.send({ channel: "example", cmd: "ping", param: {} });
    ann.send({ cmd: "ping", param: {} });
    expect([(await ann.next()).channel, (await ann.next()).channel, (await ann.next()).channel]).toEqual(["r1", "lobby", "lobby"]);
    expect(service.connections()[0]?.channels).toEqual(["lobby", "r1"]);
  });

  it("joins and leaves the channel of the message", async () => {
    const { url, service } = await serve();
    const ann = await Peer.connect(`${url}/connect?ch=lobby`);
    ann.send({ channel: "r1", cmd: "join", param: {} });
    ann.send({ channel: "r2", cmd: "join", param: {} });
    ann.send({ channel: "r1", cmd: "leave", param: {} });
    ann.send({ cmd: "ping" });
    await ann.find("pong");
    expect(service.connections()[0]?.channels).toEqual(["lobby", "r2"]);
  });

  it.each([
    { cmd: "chat", param: {} },
    { cmd: "chat", param: { text: 1 } },
    { cmd: "chat" },
    { cmd: "join-room", param: { room: "" } },
    { cmd: "join-room", param: [] },
    { cmd: "join" },
    { cmd: "leave" },
    { cmd: "unknown", param: {} },
  ])("survives $cmd $param", async (message) => {
    const { logger, lines } = listening();
    const { url, service } = await serve({ logger });
    const peer = await Peer.connect(`${url}/connect?ch=lobby`);
    peer.send(message);
    peer.send({ cmd: "ping" });
    expect(await peer.until("pong")).toEqual([]);
    expect(lines).toHaveLength(2);
    expect(service.connections()[0]?.channels).toEqual(["lobby"]);
  });
});

describe("starting and stopping", () => {
  it("stops at once, and starts again on the same port", async () => {
    const server = await serve();
    const peer = await Peer.connect(`${server.url}/connect`);
    const admin = await Peer.connect(`${server.url}/admin/websocket/socket`);
    const idle = connectTcp(server.port, "127.0.0.1");
    await once(idle, "connect");
    const gone = once(
      idle.on("error", () => {}),
      "close",
    );
    const { port } = server;
    await server.drop();
    expect([await peer.closed, await admin.closed]).toMatchObject([{ code: 1006 }, { code: 1006 }]);
    await gone;
    expect(server.service.connections()).toEqual([]);
    await expect(Peer.connect(`${server.url}/connect`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.restart();
    expect(server.port).toBe(port);
    await Peer.connect(`${server.url}/connect`);
    await expect(server.restart()).rejects.toThrow("drop it before");
  });

  it("leaves no timer and no connection when it closes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve();
    const peer = await Peer.connect(`${server.url}/connect`);
    const admin = await Peer.connect(`${server.url}/admin/websocket/socket`);
    const idle = connectTcp(server.port, "127.0.0.1");
    await once(idle, "connect");
    const gone = once(idle.resume(), "close");
    peer.send({ cmd: "ping" });
    await peer.find("pong");
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await server.close();
    await Promise.all([peer.closed, admin.closed, gone]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("can close after a drop, and twice", async () => {
    const server = await serve();
    await server.drop();
    await server.close();
    await server.close();
  });

  it("rejects when the port is in use", async () => {
    const { port } = await serve();
    await expect(startServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("runs from the command line until a signal ends it", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "test/server/main.ts"], { env: { ...process.env, PORT: "0" } });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const peer = await Peer.connect(`${/http:\S+/.exec(String(line))?.[0]}/connect`);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect((await peer.closed).code).toBe(1001);
    expect(await exit).toEqual([0, null]);
  }, 30_000);
});

describe("the admin's socket", () => {
  const statusIn = ({ param }: Received): ServiceStatus => param as ServiceStatus;

  async function admin(server: Server): Promise<Peer> {
    return Peer.connect(`${server.url}/admin/websocket/socket`);
  }

  it("sends the status at once, without the admins", async () => {
    const server = await serve();
    await Peer.connect(`${server.url}/connect?ch=lobby&user=ann`);
    const message = await (await admin(server)).next();
    expect(message).toMatchObject({ channel: "admin", cmd: "status" });
    expect(message.param).toEqual(server.service.status());
    expect(statusIn(message).connections.map(({ profile }) => profile.name)).toEqual(["ann"]);
    expect(statusIn(message).channels.map(({ key }) => key)).toEqual(["lobby"]);
  });

  it("reports many changes at once, at most every 250 ms", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve();
    const watcher = await admin(server);
    await watcher.next();
    await Peer.connect(`${server.url}/connect?ch=lobby`);
    const id = server.service.connections()[0]?.id ?? "";
    for (let count = 0; count < 10; count += 1) server.service.writeConnection("x", count, id);
    vi.advanceTimersByTime(249);
    watcher.send({ cmd: "broadcast" });
    expect(await watcher.until("broadcast-result")).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(statusIn(await watcher.next()).connections[0]?.stats.messagesSent).toBe(10);
    vi.advanceTimersByTime(1_000);
    watcher.send({ cmd: "broadcast" });
    expect(await watcher.until("broadcast-result")).toEqual([]);
  });

  it("reports who connects and who leaves", async () => {
    const server = await serve();
    const watcher = await admin(server);
    expect(statusIn(await watcher.next()).connections).toEqual([]);
    const peer = await Peer.connect(`${server.url}/connect`);
    expect(statusIn(await watcher.next()).connections).toHaveLength(1);
    peer.socket.close();
    for (;;) if (statusIn(await watcher.next()).connections.length === 0) break;
  });

  it("broadcasts to all, a channel or one connection, and answers where it was asked", async () => {
    const server = await serve();
    const ann = await Peer.connect(`${server.url}/connect?ch=a`);
    const bob = await Peer.connect(`${server.url}/connect?ch=b`);
    const watcher = await admin(server);
    const id = server.service.connections()[0]?.id;
    watcher.send({ cmd: "broadcast", param: { to: "all", cmd: "one", param: { n: 1 } } });
    watcher.send({ channel: "admin", cmd: "broadcast", param: { to: "channel", channel: "b", cmd: "two", param: 2 } });
    watcher.send({ cmd: "broadcast", param: { to: "connection", id, cmd: "three" } });
    expect(await watcher.find("broadcast-result")).toEqual({ cmd: "broadcast-result", param: { ok: true } });
    expect(await watcher.find("broadcast-result")).toEqual({ channel: "admin", cmd: "broadcast-result", param: { ok: true } });
    expect(await watcher.find("broadcast-result")).toEqual({ cmd: "broadcast-result", param: { ok: true } });
    expect([await ann.next(), await ann.next()]).toEqual([
      { cmd: "one", param: { n: 1 } },
      { cmd: "three", param: null },
    ]);
    expect([await bob.next(), await bob.next()]).toEqual([
      { cmd: "one", param: { n: 1 } },
      { channel: "b", cmd: "two", param: 2 },
    ]);
  });

  it.each([
    [{ to: "nobody", cmd: "x", param: 1 }, "incomplete"],
    [{ to: "channel", cmd: "x", param: 1 }, "incomplete"],
    [{ to: "all", cmd: "", param: 1 }, "incomplete"],
    [null, "incomplete"],
    [{ to: "channel", channel: "empty", cmd: "x", param: 1 }, "Nobody"],
    [{ to: "connection", id: "none", cmd: "x", param: 1 }, "No connection"],
  ])("says why it does not broadcast %j", async (param, why) => {
    const server = await serve();
    const watcher = await admin(server);
    watcher.send({ cmd: "broadcast", param });
    expect((await watcher.find("broadcast-result")).param).toEqual({ ok: false, error: expect.stringContaining(why) });
  });

  it("refuses foreign origins", async () => {
    const { url } = await serve();
    expect((await Peer.refusal(`${url}/admin/websocket/socket`, { headers: { origin: "http://evil.example" } })).status).toBe(403);
    await Peer.connect(`${url}/admin/websocket/socket`, { headers: { origin: url } });
  });

  it("keeps its own format while the rest is in parity", async () => {
    const server = await serve({ parity: "projectforge" });
    const watcher = await admin(server);
    expect((await watcher.frame()).text).not.toContain("\n");
    watcher.send("{");
    watcher.send({ cmd: "broadcast" });
    await watcher.find("broadcast-result");
  });
});
