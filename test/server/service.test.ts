import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect as connectTcp, type Socket as TcpSocket } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { badInput } from "./errors";
import { type Server, type ServerOptions, startServer } from "./http";
import { isSameOrigin } from "./origin";
import { Peer } from "./peer";
import { Bucket } from "./rate";
import { type Handler, Service, ServiceError } from "./service";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const HANDSHAKE = Buffer.from(
  [
    "GET /socket HTTP/1.1",
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}`,
    "\r\n",
  ].join("\r\n"),
);

/** The server's close frame: a reason of 21 bytes behind the code. */
const CLOSE_1011 = Buffer.from([0x88, 23]);

/** A client's frame of under 126 bytes, with a mask of zeros (RFC 6455 §5.2). */
function frameOf(data: string | Buffer, first = 0x81): Buffer {
  const bytes = Buffer.from(data as string);
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

/** A service without our HTTP server, a TCP client of it, and what upgrades that client's request. */
async function bareService(): Promise<{
  service: Service;
  client: TcpSocket;
  upgrade: (channel: string, handle: Handler["on"]) => Promise<string>;
}> {
  const service = new Service();
  const http = createServer();
  await once(http.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void http.close());
  onTestFinished(() => service.close());
  const client = connectTcp((http.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  const requested = once(http, "upgrade") as Promise<[IncomingMessage, Duplex, Buffer]>;
  const upgrade = async (channel: string, on: Handler["on"]): Promise<string> =>
    service.upgrade(...(await requested), channel, { id: "ann", name: "ann" }, { on });
  return { service, client, upgrade };
}

async function serve(handle: Handler["on"], options: ServerOptions = {}): Promise<Server> {
  const sockets: ServerOptions["sockets"] = {
    "/socket": ({ channel, profile }) => ({ channel, profile, handler: { on: handle } }),
  };
  const server = await startServer({ sockets, ...options });
  onTestFinished(() => server.close());
  return server;
}

const nothing: Handler["on"] = () => {};

async function join(server: Server, channel: string, user = "ann"): Promise<{ peer: Peer; id: string }> {
  const peer = await Peer.connect(`${server.url}/socket?ch=${channel}&user=${user}`);
  const id = server.service.connections().at(-1)?.id ?? "";
  return { peer, id };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ServiceError) return error.code;
    throw error;
  }
  return "none";
}

describe("connections and channels", () => {
  it("reports its connections and channels in the documented shape", async () => {
    const { url, service } = await serve(nothing);
    const peer = await Peer.connect(`${url}/socket?ch=lobby&user=ann`);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const stats = { messagesSent: 0, messagesReceived: 0, messagesIgnored: 0, bytesSent: 0, bytesReceived: 0, started: time };
    const id = expect.stringMatching(UUID);
    expect(service.status()).toEqual({
      connections: [{ id, profile: { id: "ann", name: "ann" }, svc: "system", channels: ["lobby"], started: time, stats }],
      channels: [{ key: "lobby", connIDs: [service.connections()[0]?.id], lastUpdate: time }],
      stats,
    });
    expect(JSON.parse(JSON.stringify(service.status()))).toEqual(service.status());
    expect(peer.socket.extensions).toContain("permessage-deflate");
  });

  it("says whether a join created a channel and a leave removed one", async () => {
    const server = await serve(nothing);
    const [a, b] = [await join(server, "lobby"), await join(server, "lobby")];
    const { service } = server;
    expect([service.join(a.id, "room"), service.join(a.id, "room"), service.join(b.id, "room")]).toEqual([true, false, false]);
    expect(service.connectionsByChannel("room").map(({ id }) => id)).toEqual([a.id, b.id]);
    expect([service.leave(a.id, "room"), service.leave(a.id, "room"), service.leave(b.id, "room")]).toEqual([false, false, true]);
    expect(service.connectionsByChannel("room")).toEqual([]);
    expect(service.status().channels.map(({ key }) => key)).toEqual(["lobby"]);
  });

  it("removes an ended connection everywhere, and then resolves its read loop", async () => {
    const server = await serve(nothing);
    const { peer, id } = await join(server, "lobby");
    server.service.join(id, "room");
    const loop = server.service.readLoop(id);
    peer.socket.close(1000);
    await loop;
    expect(server.service.status()).toMatchObject({ connections: [], channels: [] });
  });

  it("can learn later who a connection is, and tells its channels from then on", async () => {
    const server = await serve(nothing);
    const { peer } = await join(server, "lobby", "ann");
    const { id } = await join(server, "door", "nobody");
    const changed = vi.fn();
    onTestFinished(server.service.onChange(changed));
    server.service.identify(id, { id: "bob~1", name: "bob" });
    expect(changed).toHaveBeenCalledTimes(1);
    expect(server.service.connections().map(({ profile }) => profile)).toEqual([
      { id: "ann", name: "ann" },
      { id: "bob~1", name: "bob" },
    ]);
    server.service.join(id, "lobby");
    expect((await peer.next()).param).toEqual({ userID: "bob~1", connected: true });
    expect(codeOf(() => server.service.identify("none", { id: "x", name: "x" }))).toBe("unknown-connection");
  });

  it("throws typed errors for unknown connections and empty channels", async () => {
    const server = await serve(nothing);
    const { id } = await join(server, "lobby");
    const { service } = server;
    const unknown = [
      () => service.join("none", "lobby"),
      () => service.leave("none", "lobby"),
      () => service.writeConnection("x", null, "none"),
      () => service.writeCloseRequest("none"),
      () => service.writeRaw("none", ""),
      () => service.disconnect("none"),
    ];
    expect(unknown.map(codeOf)).toEqual(unknown.map(() => "unknown-connection"));
    await expect(service.readLoop("none")).rejects.toMatchObject({ name: "ServiceError", code: "unknown-connection" });
    const empty = [
      () => service.join(id, ""),
      () => service.leave(id, ""),
      () => service.writeChannel("x", null, ""),
      () => service.connectionsByChannel(""),
    ];
    expect(empty.map(codeOf)).toEqual(empty.map(() => "empty-channel"));
  });

  it("refuses to upgrade with typed errors and HTTP answers", async () => {
    const answers: string[] = [];
    const outcome = async (head: string | Buffer, channel: string, closed = false): Promise<unknown> => {
      const { service, client, upgrade } = await bareService();
      if (closed) await service.close();
      client.write(head);
      const refusal = upgrade(channel, nothing).catch((error: ServiceError) => error.code);
      answers.push(String((await once(client, "data"))[0]).slice(0, 12));
      return refusal;
    };
    const withHeader = (line: string): string => String(HANDSHAKE).replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);
    expect([
      await outcome(HANDSHAKE, ""),
      await outcome(withHeader("Origin: http://evil.example"), "lobby"),
      await outcome(withHeader("Sec-WebSocket-Protocol: ,"), "lobby"),
      await outcome(HANDSHAKE, "lobby", true),
    ]).toEqual(["empty-channel", "forbidden-origin", "bad-handshake", "service-closed"]);
    expect(answers).toEqual(["HTTP/1.1 400", "HTTP/1.1 403", "HTTP/1.1 400", "HTTP/1.1 503"]);
  });

  it("treats names of prototypes as plain names", async () => {
    const server = await serve((service, { id }, cmd, _param, _logger, channel) => {
      service.writeConnection("heard", [cmd, channel], id);
    });
    const { peer, id } = await join(server, "__proto__");
    expect(server.service.join(id, "constructor")).toBe(true);
    peer.send('{"channel":"__proto__","cmd":"constructor","param":{"__proto__":{"cmd":"no"}},"__proto__":{"cmd":"no"}}');
    expect((await peer.find("heard")).param).toEqual(["constructor", "__proto__"]);
    expect(server.service.status().channels.map(({ key }) => key)).toEqual(["__proto__", "constructor"]);
    expect(({} as { cmd?: string }).cmd).toBeUndefined();
  });

  it("calls back on every change until it is unsubscribed", async () => {
    const server = await serve(nothing);
    const changed = vi.fn();
    const undo = server.service.onChange(changed);
    const { id } = await join(server, "lobby");
    const calls = [changed.mock.calls.length];
    server.service.join(id, "room");
    calls.push(changed.mock.calls.length);
    server.service.writeConnection("x", null, id);
    calls.push(changed.mock.calls.length);
    undo();
    server.service.writeConnection("x", null, id);
    calls.push(changed.mock.calls.length);
    expect(calls[0]).toBeGreaterThan(0);
    expect(calls[1]).toBeGreaterThan(calls[0] ?? 0);
    expect(calls[2]).toBeGreaterThan(calls[1] ?? 0);
    expect(calls[3]).toBe(calls[2]);
  });
});

describe("writing", () => {
  it("writes to one connection, with and without a channel, and counts it", async () => {
    const server = await serve(nothing);
    const { peer, id } = await join(server, "lobby");
    server.service.writeConnection("a", { text: "é" }, id);
    server.service.writeConnection("b", undefined, id, "lobby");
    server.service.writeMessage({ from: id, cmd: "c", param: [] }, id);
    const texts = [(await peer.frame()).text, (await peer.frame()).text, (await peer.frame()).text];
    expect(texts).toEqual([
      '{"cmd":"a","param":{"text":"é"}}',
      '{"channel":"lobby","cmd":"b","param":null}',
      `{"from":"${id}","cmd":"c","param":[]}`,
    ]);
    const sent = { messagesSent: 3, bytesSent: Buffer.byteLength(texts.join("")) };
    expect(server.service.connections()[0]?.stats).toMatchObject(sent);
    expect(server.service.status().stats).toMatchObject(sent);
  });

  it("writes to the members of a channel except the excluded ones", async () => {
    const server = await serve(nothing);
    const [a, b, c, outsider] = [await join(server, "r"), await join(server, "r"), await join(server, "r"), await join(server, "x")];
    server.service.writeChannel("news", 1, "r", b.id, "unknown");
    server.service.writeAll("end", null);
    const heard = await Promise.all([a, b, c, outsider].map(({ peer }) => peer.until("end")));
    const news = heard.map((messages) => messages.filter(({ cmd }) => cmd === "news"));
    const message = { channel: "r", cmd: "news", param: 1 };
    expect(news).toEqual([[message], [], [message], []]);
  });

  it("asks for a close and does not close", async () => {
    const server = await serve((service, { id }) => service.writeConnection("alive", null, id));
    const { peer, id } = await join(server, "lobby");
    server.service.writeCloseRequest(id);
    expect((await peer.frame()).text).toBe('{"cmd":"close-connection","param":null}');
    peer.send({ cmd: "x" });
    expect((await peer.next()).cmd).toBe("alive");
  });

  it("writes raw frames, text and binary", async () => {
    const server = await serve(nothing);
    const { peer, id } = await join(server, "lobby");
    server.service.writeRaw(id, "");
    server.service.writeRaw(id, Buffer.from("{}"));
    server.service.writeRaw(id, Buffer.from("{}"), false);
    expect([await peer.frame(), await peer.frame(), await peer.frame()]).toEqual([
      { text: "", binary: false },
      { text: "{}", binary: true },
      { text: "{}", binary: false },
    ]);
  });

  it("disconnects with a code, or drops TCP", async () => {
    const server = await serve(nothing);
    const [a, b] = [await join(server, "lobby"), await join(server, "lobby")];
    server.service.disconnect(a.id, 4001, "bye");
    server.service.disconnect(b.id);
    expect(await a.peer.closed).toEqual({ code: 4001, reason: "bye" });
    expect(await b.peer.closed).toEqual({ code: 1006, reason: "" });
  });
});

describe("reading", () => {
  it("gives messages to the handler one at a time and in order, text and binary", async () => {
    const seen: unknown[] = [];
    const server = await serve(async (service, connection, cmd, param, _logger, channel) => {
      seen.push(["begin", cmd, param, channel, connection.channel]);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(["end", cmd]);
      if (cmd === "two") service.writeConnection("done", null, connection.id);
    });
    const { peer } = await join(server, "lobby");
    peer.send({ cmd: "one" });
    peer.socket.send(Buffer.from('{"channel":"room","cmd":"two","param":[1]}'));
    await peer.find("done");
    expect(seen).toEqual([
      ["begin", "one", null, "", "lobby"],
      ["end", "one"],
      ["begin", "two", [1], "room", "lobby"],
      ["end", "two"],
    ]);
  });

  it("holds messages back until the read loop begins", async () => {
    const { service, client, upgrade } = await bareService();
    // In one segment, so that the message is there before the upgrade.
    client.write(Buffer.concat([HANDSHAKE, frameOf('{"cmd":"early"}')]));
    let heard: (cmd: string) => void = () => {};
    const cmd = new Promise<string>((resolve) => (heard = resolve));
    const id = await upgrade("lobby", (_service, _connection, name) => heard(name));
    await new Promise((resolve) => setImmediate(resolve));
    void service.readLoop(id);
    expect(await cmd).toBe("early");
  });

  it("ends the read loop when the connection is gone, not when a close is requested", async () => {
    const { service, client, upgrade } = await bareService();
    client.write(HANDSHAKE);
    const id = await upgrade("lobby", () => {
      throw new Error("no");
    });
    const loop = service.readLoop(id);
    client.on("data", (data) => data.includes(CLOSE_1011) && client.destroy());
    client.write(frameOf('{"cmd":"x"}'));
    await loop;
    expect(service.connections()).toEqual([]);
  });

  it("receives the answer to its close although it has stopped reading a flood", async () => {
    const server = await serve(() => {
      throw new Error("no");
    });
    const client = connectTcp(server.port, "127.0.0.1");
    const ended = once(client, "end");
    client.on("data", (data) => data.includes(CLOSE_1011) && client.write(frameOf(Buffer.from([3, 243]), 0x88)));
    client.write(Buffer.concat([HANDSHAKE, ...Array.from({ length: 200 }, () => frameOf('{"cmd":"x"}'))]));
    await ended;
  });

  it.each([
    ["no JSON", "{"],
    ["an empty frame", ""],
    ["null", "null"],
    ["an array", "[]"],
    ["a channel that is not a string", '{"channel":1,"cmd":"x"}'],
    ["a cmd that is not a string", '{"cmd":1}'],
    ["no cmd", "{}"],
    ["binary that is not UTF-8", Buffer.from([0xff])],
  ])("logs, counts and ignores %s", async (_name, data) => {
    const warn = vi.fn();
    const handle = vi.fn<Handler["on"]>((service, { id }, cmd) => service.writeConnection(cmd, null, id));
    const server = await serve(handle, { logger: { debug() {}, info() {}, warn, error() {} } });
    const { peer } = await join(server, "lobby");
    peer.socket.send(data);
    peer.send({ cmd: "next" });
    expect((await peer.next()).cmd).toBe("next");
    expect(handle).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledOnce();
    expect(server.service.connections()[0]?.stats).toMatchObject({ messagesReceived: 2, messagesIgnored: 1 });
  });

  it.each<[string, Handler["on"]]>([
    [
      "throws",
      () => {
        throw new Error("the password is swordfish");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("the password is swordfish");
      },
    ],
  ])("closes with 1011 when the handler %s, and logs nothing from the message", async (_name, handle) => {
    const warn = vi.fn();
    const server = await serve(handle, { logger: { debug() {}, info() {}, warn, error() {} } });
    const { peer } = await join(server, "lobby");
    peer.send({ cmd: "x", param: "swordfish" });
    expect(await peer.closed).toEqual({ code: 1011, reason: "Internal server error" });
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls.join()).toContain("service.test.ts");
    expect(warn.mock.calls.join()).not.toContain("swordfish");
  });

  it("keeps the connection when the handler refuses a param", async () => {
    const server = await serve((service, { id }, cmd) => {
      if (cmd === "bad") throw badInput("The param is wrong: send another.");
      service.writeConnection("fine", null, id);
    });
    const { peer } = await join(server, "lobby");
    peer.send({ cmd: "bad" });
    peer.send({ cmd: "good" });
    expect((await peer.next()).cmd).toBe("fine");
    expect(server.service.status().stats.messagesIgnored).toBe(1);
  });
});

describe("presence", () => {
  it("tells the other members once who joins, leaves and drops", async () => {
    const server = await serve(nothing);
    const { peer, id } = await join(server, "lobby", "ann");
    const bob = await join(server, "lobby", "bob");
    server.service.join(bob.id, "lobby");
    const update = (connected: boolean): object => ({ channel: "lobby", cmd: "online-update", param: { userID: "bob", connected } });
    expect(await peer.next()).toEqual(update(true));
    server.service.leave(bob.id, "lobby");
    expect(await peer.next()).toEqual(update(false));
    server.service.join(bob.id, "lobby");
    expect(await peer.next()).toEqual(update(true));
    server.service.writeConnection("end", null, bob.id);
    expect(await bob.peer.until("end")).toEqual([]);
    bob.peer.socket.terminate();
    expect(await peer.next()).toEqual(update(false));
    server.service.writeConnection("end", null, id);
    expect(await peer.until("end")).toEqual([]);
  });
});

describe("protection", () => {
  it("drops a peer that answers no ping, and keeps one that answers", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve(nothing);
    const alive = await join(server, "a");
    const dead = await Peer.connect(`${server.url}/socket`, { autoPong: false });
    const pinged = Promise.all([once(alive.peer.socket, "ping"), once(dead.socket, "ping")]);
    vi.advanceTimersByTime(30_000);
    await pinged;
    // What the server answers to this, it answers after it has read the pong.
    alive.peer.socket.ping();
    await once(alive.peer.socket, "pong");
    vi.advanceTimersByTime(30_000);
    expect((await dead.closed).code).toBe(1006);
    expect(server.service.connections().map(({ id }) => id)).toContain(alive.id);
    expect(alive.peer.socket.readyState).toBe(alive.peer.socket.OPEN);
  });

  it("treats a message as a sign of life", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve((service, { id }) => service.writeConnection("heard", null, id), { heartbeat: { interval: 10 } });
    const peer = await Peer.connect(`${server.url}/socket`, { autoPong: false });
    for (let beat = 0; beat < 3; beat += 1) {
      peer.send({ cmd: "x" });
      await peer.find("heard");
      vi.advanceTimersByTime(10);
    }
    peer.send({ cmd: "x" });
    expect((await peer.find("heard")).cmd).toBe("heard");
  });

  it("sets no timer when the heartbeat is off", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const before = vi.getTimerCount();
    const off = new Service({ heartbeat: { interval: 0 } });
    expect(vi.getTimerCount()).toBe(before);
    const on = new Service();
    expect(vi.getTimerCount()).toBe(before + 1);
    await Promise.all([on.close(), off.close()]);
    expect(vi.getTimerCount()).toBe(before);
  });

  it("closes with 1009 above the size limit, and not at the limit", async () => {
    const server = await serve((service, { id }) => service.writeConnection("heard", null, id), { maxMessageBytes: 100 });
    const { peer } = await join(server, "lobby");
    peer.send(JSON.stringify({ cmd: "x" }).padEnd(100));
    expect((await peer.next()).cmd).toBe("heard");
    peer.send(JSON.stringify({ cmd: "x" }).padEnd(101));
    expect(await peer.closed).toEqual({ code: 1009, reason: "" });
  });

  it("limits a message to 1 MiB by default", async () => {
    const server = await serve((service, { id }) => service.writeConnection("heard", null, id));
    const { peer } = await join(server, "lobby");
    peer.send('{"cmd":"x"}'.padEnd(2 ** 20));
    await peer.find("heard");
    peer.send('{"cmd":"x"}'.padEnd(2 ** 20 + 1));
    expect((await peer.closed).code).toBe(1009);
  });

  it("closes with 1008 above the rate limit, even in a flood", async () => {
    const handle = vi.fn();
    const server = await serve(handle, { rateLimit: { messages: 3, per: 3_600_000 } });
    const { peer } = await join(server, "lobby");
    for (let sent = 0; sent < 2_000; sent += 1) peer.send({ cmd: "x" });
    expect(await peer.closed).toEqual({ code: 1008, reason: "More than 3 messages in 3600000 ms: send fewer." });
    expect(handle).toHaveBeenCalledTimes(3);
  });

  it("refills a bucket evenly", () => {
    const bucket = new Bucket({ messages: 2, per: 1_000 }, 0);
    expect([0, 0, 0, 499, 500, 500, 9_000, 9_000, 9_000].map((now) => bucket.take(now))).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it.each<[string | undefined, string | undefined, boolean]>([
    [undefined, "host:1", true],
    ["http://host:1", "host:1", true],
    ["https://HOST:1", "host:1", true],
    ["http://host:1/path", "host:1", true],
    ["http://user@host:1", "host:1", true],
    ["http://host", "host:80", false],
    ["http://host:80", "host", false],
    ["http://host:80", "host:80", true],
    ["http://host:2", "host:1", false],
    ["http://host.evil.example", "host", false],
    ["http://host:1@evil.example", "host:1", false],
    ["http://\u212aost", "kost", false],
    ["null", "host:1", false],
    ["", "host:1", false],
    ["host:1", "host:1", false],
    ["http://host:1", undefined, false],
    ["http://", "", false],
    ["http://[::1]:1", "[::1]:1", true],
  ])("judges the origin %s for the host %s", (origin, host, allowed) => {
    expect(isSameOrigin(origin, host)).toBe(allowed);
  });

  it("refuses a foreign origin with 403, and accepts its own and the allowed ones", async () => {
    const server = await serve(nothing, { allowedOrigins: ["http://friend.example"] });
    const from = (origin: string): Promise<number | undefined> =>
      Peer.refusal(`${server.url}/socket`, { headers: { origin } }).then(({ status }) => status);
    expect([await from("http://evil.example"), await from("null"), await from("")]).toEqual([403, 403, 403]);
    expect(server.service.connections()).toEqual([]);
    await Peer.connect(`${server.url}/socket`, { headers: { origin: server.url } });
    await Peer.connect(`${server.url}/socket`, { headers: { origin: "http://friend.example" } });
    expect(server.service.connections()).toHaveLength(2);
  });
});

describe("clean-up", () => {
  it("closes with 1001 and accepts no new connection", async () => {
    const server = await serve(nothing);
    const { peer } = await join(server, "lobby");
    await server.service.close();
    expect(await peer.closed).toEqual({ code: 1001, reason: "Server is shutting down" });
    expect(server.service.status()).toMatchObject({ connections: [], channels: [] });
    expect((await Peer.refusal(`${server.url}/socket`)).status).toBe(503);
  });

  it("drops a client that does not answer the close", async () => {
    const server = await serve(nothing);
    const mute = connectTcp(server.port, "127.0.0.1");
    mute.write(HANDSHAKE);
    await once(mute, "data");
    const ended = once(mute.resume(), "close");
    await server.service.close();
    await ended;
    expect(server.service.connections()).toEqual([]);
  });

  it("answers a close with the same code and reason", async () => {
    const server = await serve(nothing);
    const { peer } = await join(server, "lobby");
    peer.socket.close(4000, "why");
    expect(await peer.closed).toEqual({ code: 4000, reason: "why" });
  });
});
