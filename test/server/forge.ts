import { text } from "node:stream/consumers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ExampleHandler } from "./example";
import { type Server, type SocketContext, type SocketRoute, startServer } from "./http";
import type { Handler } from "./handler";
import type { ConnectionInfo } from "./service";

/** What the control path writes to a client that must live through it, by kind. */
const garbage: Record<string, string | Uint8Array> = {
  truncated: '{"channel":"q","cmd":"x","param"',
  null: "null",
  number: "42",
  empty: "",
  binary: Buffer.from('{"channel":"binary","cmd":"chat","param":{"user":"Guest","text":"binary","time":0}}'),
  bytes: Buffer.from([0, 1, 254, 255]),
  utf8: Buffer.from([0xff, 0xfe]),
};

/** Fails at `fail` and `panic`, which to Project Forge's clients is the same. */
const faulty: Handler = {
  on(_service, _connection, cmd) {
    if (cmd === "fail" || cmd === "panic") throw new Error("the handler was told to fail");
  },
};

/**
 * Starts a server that does as Project Forge does, with the paths of test/peers: the example, a handler that fails, a tap, and
 * requests below `/control` that make the server do what no client can.
 */
export async function startForge(port = 0): Promise<Server> {
  const route = (handler: Handler) => ({ channel, profile }: SocketContext): SocketRoute => ({ channel, profile, handler });
  const example = route(new ExampleHandler());
  const server: Server = await startServer({
    port,
    parity: "projectforge",
    admins: "traffic",
    sockets: { "/example/socket": example, "/connect": example, "/faulty/socket": route(faulty) },
    pages: (request, response) => control(server, request, response),
  });
  return server;
}

async function control({ service }: Server, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost");
  if (!pathname.startsWith("/control/")) return false;
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    return true;
  };
  const order = pathname.slice("/control/".length);
  if (order === "status") {
    const { connections, channels } = service.status();
    // As Project Forge's own: channels by key, connections by id.
    return answer(200, {
      channels: channels.sort((one, other) => (one.key < other.key ? -1 : 1)),
      connections: connections.sort((one, other) => (one.id < other.id ? -1 : 1)),
    });
  }
  const channel = query.get("ch") ?? "";
  const cmd = query.get("cmd") ?? "";
  const connections = channel === "" ? service.connections() : service.connectionsByChannel(channel);
  const each = (act: (connection: ConnectionInfo) => void) => {
    for (const connection of connections) act(connection);
  };
  const body = await text(request);
  const param: unknown = body === "" ? null : JSON.parse(body);
  if (channel !== "" && connections.length === 0) return answer(404, { error: "Nobody is in this channel: join it first." });
  if (order === "close-request") {
    each(({ id }) => {
      service.writeCloseRequest(id);
      if (cmd !== "") service.writeConnection(cmd, null, id);
    });
  } else if (order === "channel") service.writeChannel(cmd, param, channel);
  else if (order === "broadcast") {
    const write = (id: string) => {
      if (service.connections().some((one) => one.id === id)) service.writeConnection(cmd, param, id, channel);
    };
    each(({ id }) => setImmediate(write, id));
  } else if (order === "drop") each(({ id }) => service.disconnect(id));
  else if (order === "garbage") {
    const kind = query.get("kind") ?? "";
    const frame = garbage[kind];
    if (frame === undefined) return answer(409, { error: `The kind is unknown: give one of ${Object.keys(garbage).join(", ")}.` });
    each(({ id }) => service.writeRaw(id, frame, kind === "binary" || kind === "bytes"));
  } else return answer(404, { error: "There is no such order." });
  return answer(200, { connections: connections.length });
}
