import { once } from "node:events";
import { connect, type Socket as TcpSocket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { closing, frame, violations } from "./frames";
import type { Link } from "./link";
import { type FaultProxy, startProxy } from "./proxy";
import { freePort, type Peer, startPeer } from "../harness/peer";

// The proxy through which networks go wrong, between real sockets. That something does not arrive is seen by what a second
// link brings after it.

let peer: Peer;
let proxy: FaultProxy;
let clients: WebSocket[];

/** A client, what it has heard, its link, and the server's end. */
interface Line {
  client: WebSocket;
  heard: string[];
  link: Link;
  server: WebSocket;
}

function dial(path = ""): WebSocket {
  const client = new WebSocket(proxy.url + path);
  client.on("error", () => {});
  clients.push(client);
  return client;
}

async function line(): Promise<Line> {
  const [link, server] = [proxy.link(), peer.connection()];
  const client = dial();
  const heard: string[] = [];
  client.on("message", (data) => heard.push(String(data)));
  await once(client, "open");
  return { client, heard, link: await link, server: await server };
}

const code = async (socket: WebSocket) => (await once(socket, "close"))[0] as number;
const hears = (client: WebSocket) => once(client, "message");
/** Resolves when a message has gone up and another down. */
async function roundTrip({ client, server }: Line): Promise<void> {
  const up = once(server, "message");
  client.send("over");
  await up;
  const down = hears(client);
  server.send("out");
  await down;
}
const failure = async (socket: NodeJS.EventEmitter) => ((await once(socket, "error"))[0] as NodeJS.ErrnoException).code;
/** The TCP socket below: of how it ends, `ws` says nothing. */
const below = (socket: WebSocket) => (socket as unknown as { _socket: TcpSocket })._socket;

beforeEach(async () => {
  clients = [];
  peer = await startPeer();
  proxy = await startProxy({ target: peer.port });
});
afterEach(async () => {
  for (const client of clients) client.terminate();
  await proxy.close();
  await peer.stop();
});

describe("without a fault", () => {
  test("messages pass in both directions, whole and in order", async () => {
    const { client, heard, server } = await line();
    const large = "x".repeat(3_000_000);
    for (const text of ["first", large, "last"]) client.send(text);
    expect(await peer.receives(3)).toEqual(["first", large, "last"]);
    for (const text of ["first", large, "last"]) server.send(text);
    while (heard.length < 3) await hears(client);
    expect(heard).toEqual(["first", large, "last"]);
  });

  test("a link records its request, its opening and its end, and is listed while it is open", async () => {
    const made = proxy.link();
    const client = dial("/path?query");
    const link = await made;
    expect(await link.request).toMatch(/^GET \/path\?query HTTP\/1\.1\r\n/);
    expect(await link.opened).toMatch(/^HTTP\/1\.1 101 /);
    expect(proxy.links).toEqual([link]);
    client.close(1000);
    await link.closed;
    expect(proxy.links).toEqual([]);
    expect(proxy.connections).toBe(1);
  });

  test("a close frame passes, with its code", async () => {
    const { client, server } = await line();
    server.close(4001, "no");
    expect(await code(client)).toBe(4001);
  });

  test("five hundred links open and are cut together", async () => {
    const ended = Array.from({ length: 500 }, async () => code(dial()));
    await proxy.connected(500);
    await Promise.all(proxy.links.map(({ opened }) => opened));
    const links = proxy.links;
    expect(links.length).toBe(500);
    proxy.cut();
    expect(new Set(await Promise.all(ended))).toEqual(new Set([1006]));
    await Promise.all(links.map(({ closed }) => closed));
  });
});

describe("a stalled link", () => {
  test("passes nothing to the server until it flows, and then everything", async () => {
    const [stalled, other] = [await line(), await line()];
    stalled.link.stall("up");
    stalled.client.send("held");
    const down = hears(stalled.client);
    stalled.server.send("down");
    await down;
    await roundTrip(other);
    expect(peer.received).toEqual(["over"]);
    stalled.link.flow();
    expect(await peer.receives(2)).toEqual(["over", "held"]);
  });

  test("passes nothing to the client until it flows, and then everything", async () => {
    const [stalled, other] = [await line(), await line()];
    stalled.link.stall("down");
    stalled.server.send("held");
    stalled.client.send("up");
    await peer.receives(1);
    await roundTrip(other);
    expect(stalled.heard).toEqual([]);
    const down = hears(stalled.client);
    stalled.link.flow("down");
    await down;
    expect(stalled.heard).toEqual(["held"]);
  });

  test.each(["cuts", "resets"])("is half-open: nobody notices a server that %s it until it flows", async (how) => {
    const [stalled, other] = [await line(), await line()];
    stalled.link.stall();
    const gone = once(stalled.server, "close");
    if (how === "cuts") stalled.server.terminate();
    else below(stalled.server).resetAndDestroy();
    await gone;
    await roundTrip(other);
    expect(stalled.client.readyState).toBe(WebSocket.OPEN);
    const ended = code(stalled.client);
    stalled.link.flow();
    expect(await ended).toBe(1006);
    await stalled.link.closed;
  });

  test("can be cut", async () => {
    const { client, link } = await line();
    link.stall();
    const ended = code(client);
    link.cut();
    expect(await ended).toBe(1006);
    await link.closed;
  });
});

describe("a stalled proxy", () => {
  test("delays the handshake of a new connection until it flows", async () => {
    const other = await startProxy({ target: peer.port });
    proxy.stall();
    const link = proxy.link();
    const client = dial();
    await link;
    const control = new WebSocket(other.url);
    clients.push(control);
    await once(control, "open");
    expect(client.readyState).toBe(WebSocket.CONNECTING);
    const open = once(client, "open");
    proxy.flow();
    await open;
    await other.close();
  });

  test("can let new connections pass while the old ones stall", async () => {
    const old = await line();
    proxy.stall("both", "passes");
    old.client.send("held");
    await roundTrip(await line());
    expect(peer.received).toEqual(["over"]);
  });

  test("does not stall new links once it flows", async () => {
    proxy.stall();
    proxy.flow();
    await roundTrip(await line());
  });
});

describe("an end without a close frame", () => {
  test("cut: both sides receive FIN", async () => {
    const raw = connect(proxy.port, "127.0.0.1");
    const link = await proxy.link();
    const ended = once(raw, "end");
    link.cut();
    await ended;
    raw.end();
    await link.closed;

    const { client, server } = await line();
    const codes = Promise.all([code(client), code(server)]);
    proxy.cut();
    expect(await codes).toEqual([1006, 1006]);
  });

  test("reset: both sides receive RST", async () => {
    const { client, server } = await line();
    const errors = Promise.all([failure(below(client)), failure(below(server))]);
    proxy.reset();
    expect(await errors).toEqual(["ECONNRESET", "ECONNRESET"]);
  });

  test("reset: a link that is being cut ends at once", async () => {
    const { link } = await line();
    link.cut();
    link.reset();
    await link.closed;
  });

  test("idle: a quiet link is cut, and a busy one is not", async () => {
    const busy = await line();
    busy.server.on("message", () => busy.server.send("pong"));
    busy.client.on("message", () => busy.client.send("ping"));
    busy.client.send("ping");
    const quiet = await line();
    const ended = code(quiet.client);
    proxy.idle(300);
    expect(await ended).toBe(1006);
    expect(busy.client.readyState).toBe(WebSocket.OPEN);
  });

  test("a missing server: the client is reset", async () => {
    const port = await freePort();
    const lost = await startProxy({ target: port });
    const client = new WebSocket(lost.url);
    expect(await failure(client)).toBe("ECONNRESET");
    await lost.close();
  });
});

describe("a slow link", () => {
  test("delays each message, in order, while other links are not delayed", async () => {
    const [slow, fast] = [await line(), await line()];
    slow.link.delay(250, "up");
    for (const text of ["one", "two", "three"]) slow.client.send(text);
    fast.client.send("fast");
    expect(await peer.receives(4)).toEqual(["fast", "one", "two", "three"]);
  });

  test("delays the end as well", async () => {
    const [slow, fast] = [await line(), await line()];
    proxy.delay(100);
    fast.link.delay(0);
    const order: string[] = [];
    slow.client.on("close", () => order.push("slow"));
    fast.client.on("close", () => order.push("fast"));
    const ended = Promise.all([once(slow.client, "close"), once(fast.client, "close")]);
    slow.server.close(4001);
    fast.server.close(4001);
    await ended;
    expect(order).toEqual(["fast", "slow"]);
  });

  test("drips: a message arrives whole in many pieces", async () => {
    const slow = await line();
    slow.link.drip(1, 2, "down");
    const pieces: number[] = [];
    below(slow.client).on("data", (bytes: Buffer) => pieces.push(bytes.length));
    const heard = hears(slow.client);
    slow.server.send("in pieces");
    await heard;
    expect(slow.heard).toEqual(["in pieces"]);
    expect(pieces.length).toBeGreaterThan(2);
    slow.link.drip(Infinity, 0);
    await roundTrip(slow);
  });

  test("applies back-pressure to a fast sender", async () => {
    const slow = await line();
    slow.link.stall("up");
    const chunk = "x".repeat(1_000_000);
    for (let index = 0; index < 64; index++) slow.client.send(chunk);
    // The network has taken what it can hold when the other direction has been round.
    const down = hears(slow.client);
    slow.server.send("down");
    await down;
    expect(slow.client.bufferedAmount).toBeGreaterThan(10_000_000);
    expect(peer.received).toEqual([]);
    slow.link.flow();
    await peer.receives(64);
  });
});

describe("a new connection", () => {
  test("is refused by the system while the old ones stay open", async () => {
    const old = await line();
    await proxy.refuse();
    expect(await failure(dial())).toBe("ECONNREFUSED");
    await roundTrip(old);
    await proxy.accept();
    await roundTrip(await line());
  });

  test("is accepted and reset", async () => {
    await proxy.refuse("reset");
    expect(await failure(dial())).toBe("ECONNRESET");
    expect(proxy.connections).toBe(1);
    expect(proxy.links).toEqual([]);
    await proxy.accept();
    await roundTrip(await line());
  });

  test("is answered with any status, header and body", async () => {
    await proxy.answer(302, { location: "/login", "set-cookie": ["a=1", "b=2"] }, "<h1>Log in</h1>");
    const client = dial();
    const [, response] = await once(client, "unexpected-response");
    let body = "";
    for await (const bytes of response) body += bytes;
    expect(response.statusCode).toBe(302);
    expect(response.headers).toMatchObject({ location: "/login", "set-cookie": ["a=1", "b=2"] });
    expect(body).toBe("<h1>Log in</h1>");
    await proxy.accept();
    await roundTrip(await line());
  });

  test("hangs, and never reaches the server", async () => {
    await proxy.hang();
    const client = dial();
    await proxy.connected(1);
    await proxy.accept();
    await roundTrip(await line());
    expect(client.readyState).toBe(WebSocket.CONNECTING);
    expect(peer.requests.length).toBe(1);
  });
});

describe("injected bytes", () => {
  test("a frame is inserted into the stream after the handshake", async () => {
    const made = proxy.link();
    const client = dial();
    const link = await made;
    link.inject("down", frame({ payload: "one" }));
    link.inject("down", frame({ payload: "x".repeat(200) }));
    link.inject("down", frame({ opcode: 8, payload: closing(4321, "ours") }));
    const heard: string[] = [];
    client.on("message", (data) => heard.push(String(data)));
    const [number, reason] = await once(client, "close");
    expect(heard).toEqual(["one", "x".repeat(200)]);
    expect([number, String(reason)]).toEqual([4321, "ours"]);
  });

  test("a masked frame reaches the server", async () => {
    await line();
    proxy.inject("up", frame({ payload: "up", masked: true }));
    expect(await peer.receives(1)).toEqual(["up"]);
  });

  test.each(Object.keys(violations))("a client that knows the protocol refuses %s", async (name) => {
    const { client, link } = await line();
    const failed = failure(client);
    link.inject("down", violations[name]!);
    expect(await failed).toMatch(/^WS_ERR_/);
  });
});
