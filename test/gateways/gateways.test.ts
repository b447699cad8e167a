import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createServer } from "vite";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Socket, type SocketClose, type SocketError, type SocketOptions } from "../../src/index";
import { type Gateway, type GatewayOptions, gateways, isInstalled, startGateway } from "./gateway";
import { type Peer, startPeer } from "../harness/peer";
import { startServer } from "../server/http";

// Behind a real nginx and a real HAProxy, which end what is silent, restart, and answer for a server that is away.

const lost = { code: 1006, reason: "", wasClean: false };

for (const name of gateways)
  describe.runIf(isInstalled(name))(`behind ${name}`, () => {
    let peer: Peer;
    let gateway: Gateway;
    afterEach(async () => {
      await gateway?.close();
      await peer?.stop();
    });
    beforeEach(async () => {
      peer = await startPeer();
      answer(peer);
    });

    /** Starts the gateway before the peer. */
    async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
      gateway = await startGateway(name, { target: peer.port, idle: 60, ...options });
    }

    /** Answers pings. */
    function answer(peer: Peer): void {
      void peer.connection().then((connection) => {
        answer(peer);
        connection.on("message", (data) => String(data).includes("ping") && connection.send(`{"cmd":"pong"}`));
      });
    }

    /** A socket through the gateway, with the ends of its connections and the errors until now. */
    function connect(options: SocketOptions = {}): { socket: Socket; closes: SocketClose[]; errors: SocketError[] } {
      const [closes, errors]: [SocketClose[], SocketError[]] = [[], []];
      const socket = new Socket({
        url: `${gateway.url}/connect`,
        WebSocket,
        backoff: () => 50,
        onClose: (close) => closes.push(close),
        onError: (error) => errors.push(error),
        ...options,
      });
      onTestFinished(() => socket.close());
      return { socket, closes, errors };
    }

    /** Resolves when a socket was lost. */
    const loss = (socket: Socket) =>
      new Promise<void>((resolve) => {
        const unsubscribe = socket.onClose(() => {
          unsubscribe();
          resolve();
        });
      });

    test("a heartbeat keeps a connection open that the gateway would end; without one the client reconnects", async () => {
      await start({ idle: 4 });
      const watched = connect({ heartbeat: { cmd: "ping", reply: "pong", interval: 200 } });
      const quiet = connect();
      await Promise.all([watched.socket.ready(), quiet.socket.ready()]);
      for (let time = 0; time < 3; time++) {
        await loss(quiet.socket);
        expect(quiet.socket.send("chat", { time })).toBe("queued");
        expect(quiet.socket.state.status).toBe("reconnecting");
        await quiet.socket.ready();
      }
      expect(quiet.closes).toEqual([lost, lost, lost]);
      expect(quiet.errors).toEqual([]);
      expect(watched.closes).toEqual([]);
      expect(watched.socket.state).toMatchObject({ status: "open", attempt: 1 });
      expect(peer.requests.length).toBe(5);
      while (chats(peer).length < 3) await peer.receives(peer.received.length + 1);
      expect(chats(peer)).toEqual([0, 1, 2]);
    });

    test("the client retries while the server is away, and waiting messages arrive once it is back", async () => {
      await start();
      await peer.stop();
      const { socket, closes, errors } = connect();
      socket.send("chat", { time: 1 });
      for (let failure = 0; failure < 3; failure++) await loss(socket);
      expect(closes).toEqual([lost, lost, lost]);
      const status = { nginx: 502, haproxy: 503 }[name];
      expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual(
        closes.map(() => ["transport", `Unexpected server response: ${status}`]),
      );
      peer = await startPeer({ port: peer.port });
      await socket.ready();
      await peer.receives(1);
      expect(chats(peer)).toEqual([1]);
    });

    test("the client reconnects when the gateway reloads its settings", async () => {
      await start();
      const { socket, closes } = connect();
      await socket.ready();
      const lossSeen = loss(socket);
      await gateway.reload();
      await lossSeen;
      expect(socket.send("chat", { time: 1 })).toBe("queued");
      await peer.receives(1);
      expect(closes).toEqual([lost]);
      expect(peer.requests.length).toBe(2);
    });

    test("the client reconnects when the gateway was away", async () => {
      await start();
      const { socket, closes, errors } = connect();
      await socket.ready();
      const lossSeen = loss(socket);
      await gateway.stop();
      await lossSeen;
      socket.send("chat", { time: 1 });
      await loss(socket);
      expect(errors.map(({ code, cause }) => [code, (cause as { code: string }).code])).toContainEqual(["transport", "ECONNREFUSED"]);
      await gateway.start();
      await peer.receives(1);
      expect(closes[0]).toEqual(lost);
      expect(peer.requests.length).toBe(2);
    });

    if (name === "nginx")
      test("an upgrade that the gateway does not pass on fails the attempt, and the error shows the answer", async () => {
        const server = await startServer();
        onTestFinished(() => server.close());
        await start({ target: server.port, upgrades: false });
        const { socket, errors } = connect();
        await loss(socket);
        expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
          ["transport", "Unexpected server response: 426"],
        ]);
      });
  });

test("Vite's development server passes a page's sockets on with the documentation's settings", async () => {
  const peer = await startPeer();
  onTestFinished(() => peer.stop());
  const [, config = ""] =
    /^```js\n(import .*? from "vite".*?)^```/ms.exec(readFileSync("playground/docs/recipes/proxies.md", "utf8")) ?? [];
  const folder = mkdtempSync(join(resolve("node_modules"), ".wireline-vite-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, "vite.config.mjs");
  writeFileSync(configFile, config.replace("127.0.0.1:8080", `127.0.0.1:${peer.port}`));
  const vite = await createServer({ configFile, root: folder, logLevel: "silent", server: { host: "127.0.0.1", port: 0 } });
  onTestFinished(() => vite.close());
  await vite.listen();
  const socket = new Socket({ url: `${vite.resolvedUrls!.local[0]}connect`, WebSocket });
  onTestFinished(() => socket.close());
  expect(socket.send("chat", { time: 1 })).toBe("queued");
  await peer.receives(1);
  expect(chats(peer)).toEqual([1]);
});

/** The times that the chats of a peer hold. */
function chats({ received }: Peer): number[] {
  return received
    .map((text) => JSON.parse(text) as { cmd: string; param: { time: number } })
    .filter(({ cmd }) => cmd === "chat")
    .map(({ param }) => param.time);
}
