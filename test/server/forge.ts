import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body";
import { ExampleHandler } from "./example";
import { History } from "./history";
import { type Server, type SocketContext, type SocketRoute, startServer } from "./http";
import type { Handler } from "./handler";
import { isSameOrigin } from "./origin";
import type { Service } from "./service";
import { toldOf } from "./taps";
import type { Incoming } from "./wire";

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

/** How a server is set up that does as Project Forge does. */
export interface ForgeOptions {
  /** A module that its project has besides, of those that change what a handler is written like. @default none */
  module?: "user" | "oauth";
}

/**
 * Starts a server that does as Project Forge does, with the paths of test/peers: the example, a handler that fails, a tap, and
 * requests below `/control` that make the server do what no client can.
 */
export async function startForge(port = 0, { module }: ForgeOptions = {}): Promise<Server> {
  const route =
    (handler: Handler, idOf = (id: string) => id) =>
    ({ channel, profile }: SocketContext): SocketRoute => ({
      channel,
      profile: { ...profile, id: idOf(profile.id) },
      handler,
    });
  const handler = new ExampleHandler();
  // As the recipe has it: each guest with an id of its own; beside that, as it is without.
  const example = module === "user" ? route(handler, () => randomUUID()) : route(handler);
  const shared = route(handler, () => "00000000-0000-0000-0000-000000000000");
  const live = new ExampleHandler(new History({ messages: 500 }));
  const server: Server = await startServer({
    port,
    parity: module === "user" ? "projectforge-user" : "projectforge",
    admins: "traffic",
    sockets: {
      "/example/socket": example,
      "/connect": example,
      ...(module === undefined && { "/live/socket": route(live), "/faulty/socket": route(faulty) }),
      ...(module === "user" && { "/shared/socket": shared }),
    },
    pages: (request, response) => control(server, request, response),
  });
  return server;
}

/** How many bytes the param of an order may have. */
const LONGEST_BODY = 8_192;

/** The orders that are given by POST, to the members of a channel or to all. */
const orders = ["close-request", "drop", "garbage", "channel", "broadcast"];

async function control({ service }: Server, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost");
  if (!pathname.startsWith("/control/")) return false;
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    return true;
  };
  const order = pathname.slice("/control/".length);
  const methods = order === "status" ? ["GET", "HEAD"] : orders.includes(order) ? ["POST"] : undefined;
  if (!methods) return answer(404, { error: "There is no such order." });
  if (!methods.includes(request.method ?? "")) return answer(405, { error: `The order takes ${methods[0]}: send that.` });
  // A page of another origin may send a POST all the same.
  if (!isSameOrigin(request.headersDistinct["origin"]?.[0], request.headers.host)) {
    return answer(403, { error: "The origin is not the host's: give orders from its pages, or from no page." });
  }
  if (order === "status") {
    const { connections, channels } = service.status();
    // As Project Forge's own: channels by key, connections by id.
    return answer(200, {
      channels: channels.sort((one, other) => (one.key < other.key ? -1 : 1)),
      connections: connections.sort((one, other) => (one.id < other.id ? -1 : 1)).map(toldOf),
    });
  }
  const channel = query.get("ch") ?? "";
  const cmd = query.get("cmd") ?? "";
  const members = channel === "" ? [] : service.connectionsByChannel(channel);
  if (order === "channel" || order === "broadcast") {
    const body = await readBody(request, LONGEST_BODY);
    if (!body) return answer(413, { error: `The body is too large: send at most ${LONGEST_BODY} bytes.` });
    const param = parsed(body.toString());
    if (param === undefined) return answer(400, { error: "The body is no JSON: send the param." });
    if (order === "broadcast") return answer(200, { connections: broadcast(service, { channel, cmd, param }) });
    if (channel === "") return answer(400, { error: "The message names no channel: give it one." });
    service.writeChannel(cmd, param, channel);
    return answer(200, { connections: members.length });
  }
  if (members.length === 0) return answer(404, { error: "The channel has no members: connect to it first." });
  const kind = query.get("kind") ?? "";
  const frame = garbage[kind];
  if (order === "garbage" && frame === undefined) {
    return answer(409, { error: `The kind is unknown: give one of ${Object.keys(garbage).join(", ")}.` });
  }
  for (const { id } of members) {
    if (order === "drop") service.disconnect(id);
    else if (frame !== undefined && order === "garbage") service.writeRaw(id, frame, kind === "binary" || kind === "bytes");
    else {
      service.writeCloseRequest(id);
      if (cmd !== "") service.writeConnection(cmd, null, id);
    }
  }
  return answer(200, { connections: members.length });
}

/** Sends to every connection, at some time, and gives how many these are. */
function broadcast(service: Service, { channel, cmd, param }: Incoming): number {
  const connections = service.connections();
  const write = (id: string) => {
    if (service.connections().some((one) => one.id === id)) service.writeConnection(cmd, param, id, channel);
  };
  for (const { id } of connections) setImmediate(write, id);
  return connections.length;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
