import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { violations } from "../faults/frames";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { type Peer, startPeer } from "../harness/peer";
import { ExampleHandler } from "../server/example";
import { type Server, startServer } from "../server/http";
import type { Connection, Handler, Logger, Service } from "../server/service";
import type { Got, Orders } from "./orders";

/** The other side of the network for the behaviour suite, wherever that runs: it is commanded over HTTP. */
export interface Stage {
  /** Where it takes orders, without a slash at the end. */
  readonly url: string;
  /** Ends every server that it has started. */
  close(): Promise<void>;
}

/** Starts a stage on 127.0.0.1. `POST /` makes fresh servers, `POST /id/order` has something done, `POST /id/end` ends them. */
export async function startStage(): Promise<Stage> {
  const scenes = new Map<string, Backstage>();
  const server = createServer((request, response) => {
    // Pages of any origin command it; a runtime that has done must not be kept alive by the connection.
    const headers = { "access-control-allow-origin": "*", "content-type": "application/json", connection: "close" };
    obey(scenes, request).then(
      (answer) => response.writeHead(200, headers).end(JSON.stringify(answer ?? null)),
      (error: Error) => response.writeHead(500, headers).end(JSON.stringify(error.message)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.all([...scenes.values()].map((scene) => scene.end()));
    },
  };
}

async function obey(scenes: Map<string, Backstage>, request: IncomingMessage): Promise<unknown> {
  const [, id = "", order = ""] = request.url!.split("/");
  if (!id) {
    const scene = await raise(request.headers.origin);
    const name = String(scenes.size + 1);
    scenes.set(name, scene);
    return { id: name, url: scene.url };
  }
  const scene = scenes.get(id);
  if (!scene) throw new Error(`There is no scene ${id}: make one first.`);
  if (order === "end") return scene.end();
  const { orders } = scene;
  if (!Object.hasOwn(orders, order)) throw new Error(`There is no order ${order}: take one of ${Object.keys(orders)}.`);
  const does = orders[order as keyof Orders] as (...args: unknown[]) => unknown;
  return does(...(JSON.parse(await text(request)) as unknown[]));
}

/** The servers of one test. */
interface Backstage {
  /** Where its sockets connect: to the server, through the proxy. */
  readonly url: string;
  readonly orders: {
    readonly [K in keyof Orders]: (...args: Parameters<Orders[K]>) => ReturnType<Orders[K]> | Promise<ReturnType<Orders[K]>>;
  };
  end(): Promise<void>;
}

/** Writes down what the server gets, and answers what the tests ask; the rest is the example's. */
class Prompter implements Handler {
  readonly got: Got[] = [];
  readonly news = new EventEmitter();
  readonly #example = new ExampleHandler();

  on(service: Service, connection: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void {
    this.got.push([channel, cmd, param]);
    this.news.emit("got");
    const reply = (cmd: string, param: unknown) => service.writeConnection(cmd, param, connection.id, channel);
    switch (cmd) {
      case "echo":
      case "ask":
      case "note":
        reply({ echo: "echo", ask: "answer", note: "saved" }[cmd], param);
        return;
      case "silent":
        return;
      case "ping":
        reply("pong", {});
        return;
      case "bulk":
        reply("bulk", "x".repeat(param as number));
        return;
      case "enter": {
        const { seat } = param as { seat?: number };
        if (seat === 13) {
          reply("entry-refused", { reason: "unlucky" });
          return;
        }
        service.join(connection.id, channel);
        reply("entered", { seat });
        return;
      }
      case "who":
        reply("members", ["ada", "bob"]);
        return;
      case "log-in":
        if ((param as { user: string }).user === "mallory") {
          service.disconnect(connection.id, 4101, "wrong token");
          return;
        }
        reply("welcome", param);
        return;
      default:
        this.#example.on(service, connection, cmd, param, logger, channel);
        return;
    }
  }
}

async function raise(origin: string | undefined): Promise<Backstage> {
  const handler = new Prompter();
  const server: Server = await startServer({
    allowedOrigins: origin === undefined ? [] : [origin],
    sockets: { "/connect": ({ channel, profile }) => ({ channel, profile, handler }) },
  });
  const proxy: FaultProxy = await startProxy({ target: server.port });
  const { service } = server;
  const seen: string[] = [];
  const peers: Peer[] = [];
  let ended = false;
  const each = (act: (id: string) => void) => {
    for (const { id } of service.connections()) act(id);
  };
  /** Resolves when a list is so long. */
  const holds = async <T>(list: T[], count: number, event: string) => {
    while (list.length < count) await once(handler.news, event);
    return list;
  };
  /** Greets and echoes, as long as the scene lasts. */
  const serve = async (peer: Peer) => {
    const see = (what: string) => {
      seen.push(what);
      handler.news.emit("seen");
    };
    while (!ended) {
      const socket = await peer.connection();
      see("open");
      socket.on("message", (data, binary) => socket.send(data as Buffer, { binary }));
      socket.on("close", (code, reason) => see(`close ${code} ${reason}`));
    }
  };
  return {
    url: `${proxy.url}/connect?ch=stage`,
    orders: {
      cut: () => proxy.cut(),
      reset: () => proxy.reset(),
      stall: (direction) => proxy.stall(direction, "passes"),
      flow: () => proxy.flow(),
      refuse: (how) => proxy.refuse(how),
      answer: (status) => proxy.answer(status),
      hang: () => proxy.hang(),
      accept: () => proxy.accept(),
      violate: (how) => proxy.inject("down", violations[how]!),
      connected: async (count) => {
        await proxy.connected(count);
        return proxy.connections;
      },
      drop: () => server.drop(),
      restart: () => server.restart(),
      say: (text, binary = false) => each((id) => service.writeRaw(id, Buffer.from(text), binary)),
      close: (code, reason) => each((id) => service.disconnect(id, code, reason)),
      dismiss: () => each((id) => service.writeCloseRequest(id)),
      presence: (channel, userID, connected) => service.writeChannel("online-update", { userID, connected }, channel),
      got: (count) => holds(handler.got, count, "got"),
      deserted: () =>
        new Promise((resolve) => {
          const look = () => {
            if (service.connections().length) return;
            unsubscribe();
            resolve();
          };
          const unsubscribe = service.onChange(look);
          look();
        }),
      echo: async (picks) => {
        const peer = await startPeer({ handleProtocols: () => picks });
        peers.push(peer);
        void serve(peer);
        return peer.url;
      },
      seen: (count) => holds(seen, count, "seen"),
    },
    end: async () => {
      if (ended) return;
      ended = true;
      await proxy.close();
      await Promise.all([server.close(), ...peers.map((peer) => peer.stop())]);
    },
  };
}
