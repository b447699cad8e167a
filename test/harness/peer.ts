import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";

/** A bare server of one test, on a free port of 127.0.0.1: what it says is up to the test. */
export interface Peer {
  /** Where it listens, with `ws:`. */
  readonly url: string;
  readonly port: number;
  /** Every text that came, in order. */
  readonly received: string[];
  /** Every upgrade request that was accepted, in order. */
  readonly requests: IncomingMessage[];
  /** The newest connection. */
  readonly last: WebSocket;
  /** Commands that each new connection hears at once. */
  greets: string[];
  /** Resolves with the next connection. */
  connection(): Promise<WebSocket>;
  /** Resolves when `count` texts have come. */
  receives(count: number): Promise<string[]>;
  /** Goes away: every TCP connection is cut and the port is closed. */
  stop(): Promise<void>;
}

/** Starts a peer; `port` starts it where another has been. */
export async function startPeer(options: ServerOptions & { port?: number } = {}): Promise<Peer> {
  const { port: wanted = 0, ...rest } = options;
  const server = createServer();
  const sockets = track(server);
  const wss = new WebSocketServer({ server, ...rest });
  const received: string[] = [];
  const requests: IncomingMessage[] = [];
  let last: WebSocket | undefined;
  wss.on("connection", (socket, request) => {
    last = socket;
    requests.push(request);
    for (const cmd of peer.greets) socket.send(JSON.stringify({ cmd }));
    socket.on("message", (data) => {
      received.push(String(data));
      wss.emit("text");
    });
    socket.on("error", () => {});
  });
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const peer: Peer = {
    url: `ws://127.0.0.1:${port}`,
    port,
    received,
    requests,
    greets: [],
    get last() {
      if (!last) throw new Error("nobody has connected yet");
      return last;
    },
    connection: async () => (await once(wss, "connection"))[0] as WebSocket,
    receives: async (count) => {
      while (received.length < count) await once(wss, "text");
      return received;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      wss.close();
      server.close();
      await once(server, "close");
    },
  };
  return peer;
}

/** A server that accepts TCP and never answers: a handshake that hangs. */
export async function startMute(): Promise<{ url: string; upgrade: Promise<unknown>; stop(): Promise<void> }> {
  const server = createServer();
  const sockets = track(server);
  const upgrade = once(server, "upgrade");
  server.on("upgrade", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    upgrade,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port of 127.0.0.1 where nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function track(server: Server): Set<TcpSocket> {
  const sockets = new Set<TcpSocket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}
