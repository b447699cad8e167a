import { once } from "node:events";
import { request as requestHttp } from "node:http";
import { type AddressInfo, type Socket, connect as connectTcp, createServer as createTcpServer } from "node:net";
import { networkInterfaces } from "node:os";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { Chat } from "../../playground/handler";
import { tokenAddress } from "../../playground/protocol";
import { frame } from "../faults/frames";
import { type ForgeOptions, startForge } from "./forge";
import { gofr } from "./gofr";
import { type Host, startHost } from "./host";
import { type Server, type ServerOptions, startServer } from "./http";
import { Peer } from "./peer";
import { GorillaSocket } from "./socket";

// What hostile pages and clients must not be able to do to the development servers.

async function serve(options: ServerOptions = {}): Promise<Server> {
  const server = await startServer(options);
  onTestFinished(() => server.close());
  return server;
}

async function serveForge(options: ForgeOptions = {}): Promise<Server> {
  const server = await startForge(0, options);
  onTestFinished(() => server.close());
  return server;
}

/** The playground's chat, without its pages. */
async function serveChat(): Promise<{ server: Server; chat: Chat }> {
  const chat = new Chat();
  const server = await serve({
    sockets: { "/chat/socket": chat.route },
    pages: async (request, response) => {
      if (request.url !== tokenAddress) return false;
      await chat.tokens.answer(request, response, {});
      return true;
    },
  });
  return { server, chat };
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Whether to leave the length of the body unsaid. */
  chunked?: boolean;
}

/** Asks over HTTP with any Host header, which fetch does not send, and gives the status and the body of the answer. */
async function ask(url: string, { method = "GET", headers = {}, body = "", chunked = false }: Asked = {}): Promise<[number, string]> {
  const length: Record<string, number> = chunked ? {} : { "content-length": Buffer.byteLength(body) };
  const request = requestHttp(url, { method, headers: { ...length, ...headers } });
  // A server that refuses a body may hang up on it.
  request.on("error", () => {});
  const answered = once(request, "response");
  if (chunked) request.write(body);
  request.end(chunked ? "" : body);
  const [response] = await answered;
  return [response.statusCode, await text(response)];
}

/** Resolves when the connections of a server are as wanted. */
function until({ service }: Server, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const off = service.onChange(() => {
      if (!isSo()) return;
      off();
      resolve();
    });
    if (isSo()) {
      off();
      resolve();
    }
  });
}

describe("a page whose name resolves to 127.0.0.1", () => {
  // Its Origin equals its Host, so only the Host tells it from a page of ours.
  const rebound = { host: "evil.example:80", origin: "http://evil.example:80" };

  test("gets no page and no token", async () => {
    const { server } = await serveChat();
    const named = { method: "POST", headers: { ...rebound, "content-type": "application/json" }, body: '{"name":"Ada"}' };
    const [status, body] = await ask(server.url + tokenAddress, named);
    expect([status, body]).toEqual([403, expect.not.stringContaining("token")]);
    expect((await ask(server.url, { headers: rebound }))[0]).toBe(403);
  });

  test("gets no admin status and opens no socket", async () => {
    const server = await serve();
    for (const path of ["/admin/websocket/socket", "/connect", "/example/socket"]) {
      expect((await Peer.refusal(server.url + path, { headers: rebound })).status, path).toBe(403);
    }
    expect(server.service.connections()).toEqual([]);
  });

  test("cannot order the Project Forge server, nor read its status or traffic", async () => {
    const server = await serveForge();
    const member = await Peer.connect(`${server.url}/connect?ch=here`);
    expect(await ask(`${server.url}/control/status`, { headers: rebound })).toEqual([403, expect.not.stringContaining("here")]);
    expect((await ask(`${server.url}/control/drop?ch=here`, { method: "POST", headers: rebound }))[0]).toBe(403);
    expect((await Peer.refusal(`${server.url}/admin/websocket/socket`, { headers: rebound })).status).toBe(403);
    member.send({ cmd: "ping", param: {} });
    await member.find("pong");
  });

  test("gets in by a name that the developer allows", async () => {
    const server = await serve({ allowedHosts: ["dev.example"] });
    await Peer.connect(`${server.url}/connect`, { headers: { host: "dev.example:8443" } });
    expect((await Peer.refusal(`${server.url}/connect`, { headers: { host: "evil.dev.example" } })).status).toBe(403);
  });
});

test.each(["localhost", "LocalHost:1234", "127.0.0.1", "127.0.0.1:80", "[::1]:8080"])(
  "a request by the Host %s, which is this machine, is accepted whatever the port",
  async (host) => {
    const server = await serve();
    await Peer.connect(`${server.url}/connect`, { headers: { host } });
  },
);

describe("the control path", () => {
  test.each(["http://evil.example", "null", "http://127.0.0.1"])("takes no order from a page of the origin %s", async (origin) => {
    const server = await serveForge();
    const member = await Peer.connect(`${server.url}/connect?ch=here`);
    for (const order of [
      "drop?ch=here",
      "channel?ch=here&cmd=evil",
      "broadcast?cmd=evil",
      "close-request?ch=here",
      "garbage?ch=here&kind=null",
    ]) {
      const asked = { method: "POST", headers: { origin, "content-type": "text/plain" }, body: "1" };
      expect((await ask(`${server.url}/control/${order}`, asked))[0], order).toBe(403);
    }
    member.send({ cmd: "ping", param: {} });
    expect(await member.until("pong")).toEqual([]);
  });

  test.each([false, true])("takes a body of a few kB and no more (chunked: %s)", async (chunked) => {
    const server = await serveForge();
    const member = await Peer.connect(`${server.url}/connect?ch=here`);
    const say = (length: number) =>
      ask(`${server.url}/control/channel?ch=here&cmd=said`, { method: "POST", body: JSON.stringify("x".repeat(length)), chunked });
    expect((await say(4_000))[0]).toBe(200);
    expect((await say(9_000))[0]).toBe(413);
    expect((await say(2_000_000))[0]).toBe(413);
    expect((await say(1))[0]).toBe(200);
    const heard = [await member.find("said"), await member.find("said")].map(({ param }) => (param as string).length);
    expect(heard.sort()).toEqual([1, 4_000]);
  });
});

test("a page of another origin does not take the place of a connection by naming its client", async () => {
  const { server, chat } = await serveChat();
  const page = await Peer.connect(`${server.url}/chat/socket?client=page`);
  const refused = await Peer.refusal(`${server.url}/chat/socket?client=page`, { headers: { origin: "http://evil.example" } });
  expect(refused.status).toBe(403);
  page.send({ channel: "lobby", cmd: "login", param: { token: chat.tokens.issue("Ada") } });
  expect(await page.next()).toMatchObject({ cmd: "welcome" });
});

describe("a client that stops reading", () => {
  test("is dropped when it keeps joining a room, before the answers fill the memory", async () => {
    const { server, chat } = await serveChat();
    for (let count = 0; count < 200; count += 1) chat.history.say("lobby", "Ada", { id: String(count), text: "x".repeat(2_000) });
    const peer = await Peer.connect(`${server.url}/chat/socket`);
    peer.send({ channel: "lobby", cmd: "login", param: { token: chat.tokens.issue("Eve") } });
    await peer.find("welcome");
    peer.socket.pause();
    const joins = 100;
    for (let count = 0; count < joins; count += 1) peer.send({ channel: "lobby", cmd: "join-room", param: { room: "lobby" } });
    const { service } = server;
    await until(server, () => (service.connections()[0]?.stats.messagesReceived ?? joins) >= joins);
    expect(service.connections()).toEqual([]);
    // What the network holds beside the limit, and one room's history.
    expect(service.status().stats.bytesSent).toBeLessThan(20_000_000);
  });

  test("is dropped when it keeps sending pings, before the answers fill the memory", async () => {
    // `ws` does so by itself: this holds it to that.
    const server = await serve();
    const peer = await Peer.connect(`${server.url}/connect`);
    peer.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame({ opcode: 9, payload: Buffer.alloc(125), masked: true })));
    // Until the server hangs up, or has taken far more than the limit and what the network holds.
    const gone = until(server, () => server.service.connections().length === 0).then(() => "gone");
    const { _socket: tcp } = peer.socket as unknown as { _socket: Socket };
    const sent = (async () => {
      for (let count = 0; count < 400 && tcp.writable; count += 1) await new Promise((resolve) => tcp.write(pings, resolve));
      return "all were taken";
    })();
    expect(await Promise.race([gone, sent])).toBe("gone");
  });

  test("is not read any further by a server like gorilla, whose writes block", async () => {
    let given = 0;
    const stalled = new Duplex({
      read() {
        given += 1;
        // Not at once, lest the stream fills its own buffer.
        setImmediate(() => this.push(frame({ payload: "x".repeat(10_000), masked: true })));
      },
      write() {
        // The network takes nothing, and never says so.
      },
    });
    const socket = new GorillaSocket(stalled, 0, false);
    const echo = async () => {
      for (;;) socket.write(await socket.read());
    };
    const over = echo().catch(() => "over");
    for (let turns = 0; turns < 500; turns += 1) await turn();
    // The stream's two buffers of 16 kB each.
    expect(given).toBeLessThan(10);
    stalled.destroy();
    expect(await over).toBe("over");
  });

  test("is dropped as a tap, too", async () => {
    const server = await serveForge();
    const tap = await Peer.connect(`${server.url}/admin/websocket/socket`, { perMessageDeflate: false });
    const member = await Peer.connect(`${server.url}/connect?ch=here`);
    tap.socket.pause();
    const text = "x".repeat(1_000_000);
    for (let count = 0; count < 60; count += 1) {
      member.send({ cmd: "chat", param: { text } });
      await member.find("chat");
    }
    member.send({ cmd: "the end" });
    tap.socket.resume();
    expect(await Promise.race([tap.closed, tap.find("the end")])).toMatchObject({ code: 1006 });
  });
});

test("a message of a few kB that inflates to 64 MB ends its connection, also on a server without limits", async () => {
  const server = await serveForge();
  const peer = await Peer.connect(`${server.url}/connect`);
  const { _socket: tcp } = peer.socket as unknown as { _socket: Socket };
  // The final bit, the one that says that it is compressed, and a text.
  const [bomb, head] = [deflateRawSync(Buffer.alloc(2 ** 26, " ")), Buffer.from([0xc1, 0x80 | 127])];
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bomb.length));
  tcp.write(Buffer.concat([head, length, Buffer.alloc(4), bomb]));
  expect((await peer.closed).code).toBe(1006);
  const { stats } = server.service.status();
  expect(stats.bytesReceived).toBe(0);
});

test("a client that leaves a path unknown to GoFr keeps no connection open", async () => {
  const host = await startHost(0, gofr());
  onTestFinished(() => host.close());
  const peer = await Peer.connect(`http://127.0.0.1:${host.port}/nowhere`);
  const { _socket: tcp } = peer.socket as unknown as { _socket: Socket };
  tcp.end();
  expect((await peer.closed).code).toBe(1006);
});

describe("a client that joins without end", () => {
  test("is in 256 channels at most, and still gets answers", async () => {
    const { url, service } = await serve();
    const peer = await Peer.connect(`${url}/connect?ch=first`);
    for (let count = 0; count < 400; count += 1) peer.send({ cmd: "join-room", param: { room: `room-${count}` } });
    peer.send({ channel: "first", cmd: "leave", param: {} });
    peer.send({ cmd: "join-room", param: { room: "last" } });
    peer.send({ cmd: "ping", param: {} });
    await peer.find("pong");
    const [{ channels, stats } = { channels: [], stats: { messagesIgnored: 0 } }] = service.connections();
    expect([channels.length, channels.at(-1), stats.messagesIgnored]).toEqual([256, "last", 400 - 255]);
  });

  test("cannot use a channel or user name of more than 256 characters", async () => {
    const { url, service } = await serve();
    const long = "x".repeat(257);
    expect((await Peer.refusal(`${url}/connect?ch=${long}`)).status).toBe(400);
    expect((await Peer.refusal(`${url}/connect?user=${long}`)).status).toBe(400);
    const peer = await Peer.connect(`${url}/connect?ch=${"x".repeat(256)}`);
    peer.send({ cmd: "join-room", param: { room: long } });
    peer.send({ channel: long, cmd: "join", param: {} });
    peer.send({ cmd: "ping", param: {} });
    await peer.find("pong");
    expect(service.connections()[0]).toMatchObject({ channels: ["x".repeat(256)], stats: { messagesIgnored: 2 } });
  });
});

const hasSix = Object.values(networkInterfaces()).some((addresses = []) => addresses.some(({ address }) => address === "::1"));

describe.runIf(hasSix)("a client for which localhost is ::1", () => {
  const sixOf = (port: number) => `http://[::1]:${port}`;

  test("reaches the server at the same port, is dropped with the others, and comes back", async () => {
    const server = await serve();
    const { port } = server;
    const peer = await Peer.connect(`${sixOf(port)}/connect`, { headers: { origin: sixOf(port) } });
    await server.drop();
    expect((await peer.closed).code).toBe(1006);
    await expect(Peer.connect(`${sixOf(port)}/connect`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.restart();
    await Peer.connect(`${sixOf(port)}/connect`);
    await server.close();
    await expect(Peer.connect(`${sixOf(port)}/connect`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("reaches the GoFr and Goyave servers, too", async () => {
    const host: Host = await startHost(0, gofr());
    onTestFinished(() => host.close());
    const peer = await Peer.connect(`${sixOf(host.port)}/echo`);
    peer.send("hi");
    expect((await peer.frame()).text).toBe("hi");
  });

  test("does not reach another program: a port that is taken on ::1 counts as taken", async () => {
    const taken = createTcpServer().listen(0, "::1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    await expect(startServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    // Nothing is left on 127.0.0.1.
    const [error] = (await once(connectTcp(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });
});

test("a close frame behind an unread answer is still answered when the client reads on", async () => {
  const host = await startHost(0, gofr());
  onTestFinished(() => host.close());
  const peer = await Peer.connect(`http://127.0.0.1:${host.port}/echo`);
  peer.socket.pause();
  const long = "x".repeat(5_000_000);
  peer.send(long);
  peer.socket.send("after");
  peer.socket.resume();
  expect((await peer.frame()).text === long).toBe(true);
  expect((await peer.frame()).text).toBe("after");
  peer.socket.close(1000);
  expect((await peer.closed).code).toBe(1000);
});
