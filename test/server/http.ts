import { randomInt } from "node:crypto";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server as HttpServer, type ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { Admin } from "./admin";
import { ExampleHandler } from "./example";
import { LONGEST_NAME, TOO_LONG } from "./handshake";
import { History, type HistoryOptions } from "./history";
import { type Logger, nameError, silent } from "./logger";
import { listenOnLoopback } from "./loopback";
import { isLocalHost } from "./origin";
import { refuse } from "./refusal";
import { type Handler, type Profile, Service, ServiceError, type ServiceOptions } from "./service";
import { Taps } from "./taps";

/** What a socket's route may go by. */
export interface SocketContext {
  request: IncomingMessage;
  query: URLSearchParams;
  /** `?ch=`, or a made-up one. */
  channel: string;
  /** `?user=`, or a made-up one. */
  profile: Profile;
}

/** What a socket's route decides. */
export interface SocketRoute {
  channel: string;
  profile: Profile;
  handler: Handler;
}

type Route = (context: SocketContext) => SocketRoute | Promise<SocketRoute>;

/** How a server is set up. */
export interface ServerOptions extends ServiceOptions {
  /** The port on 127.0.0.1 and ::1; 0 takes a free one. @default 0 */
  port?: number;
  /** The paths that take upgrade requests. @default `/example/socket` and `/connect`, both with the ExampleHandler */
  sockets?: Record<string, Route>;
  /** Numbers the chats of the default sockets, answers their joins, and replays what a client has missed. @default none */
  history?: HistoryOptions;
  /** Answers a request for a page; false leaves it to the server, which answers 404. @default none */
  pages?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /**
   * Names, without a port, by which requests may come besides those of this machine. In parity the sockets are for every name, as they
   * are there. @default none
   */
  allowedHosts?: readonly string[];
  /** What the admin page's socket tells: our `status`, or all traffic, as Project Forge's does. @default "status" */
  admins?: "status" | "traffic";
}

/** The path of the admin page's socket. */
export const ADMIN_SOCKET = "/admin/websocket/socket";

const FOREIGN_HOST = "The Host is none of this machine's: use localhost, or allow the name.";

function example(options: HistoryOptions | undefined): Route {
  const handler = new ExampleHandler(options && new History(options));
  return ({ channel, profile }) => ({ channel, profile, handler });
}

/** Starts a server on 127.0.0.1 and, where there is IPv6, on ::1. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = new Server(options);
  await server.listen(options.port ?? 0);
  return server;
}

/** The service over HTTP: routes upgrade requests to it, and can die and come back. Made by `startServer`. */
export class Server {
  readonly service: Service;
  readonly #admin: Admin | Taps;
  /** On 127.0.0.1 and on ::1. */
  readonly #listeners: readonly [HttpServer, HttpServer] = [createServer(), createServer()];
  readonly #sockets: ReadonlyMap<string, Route>;
  readonly #pages: ServerOptions["pages"];
  readonly #allowedHosts: readonly string[];
  readonly #logger: Logger;
  readonly #parity: ServerOptions["parity"];
  readonly #links = new Set<NetSocket>();
  #port = 0;

  constructor(options: ServerOptions) {
    this.service = new Service(options);
    this.#admin = options.admins === "traffic" ? new Taps(this.service, options) : new Admin(this.service, options);
    const route = example(options.history);
    this.#sockets = new Map(Object.entries(options.sockets ?? { "/example/socket": route, "/connect": route }));
    this.#pages = options.pages;
    this.#parity = options.parity;
    this.#logger = options.logger ?? silent;
    this.#allowedHosts = options.allowedHosts ?? [];
    for (const http of this.#listeners) {
      http.on("request", (request, response) => void this.#respond(request, response));
      http.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
      http.on("connection", (link) => {
        this.#links.add(link);
        link.once("close", () => this.#links.delete(link));
      });
    }
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes connections; rejects when the port is taken. */
  async listen(port: number): Promise<void> {
    this.#port = await listenOnLoopback(...this.#listeners, port);
  }

  /** Dies: refuses new connections and destroys the old ones without a word; resolves when they are gone. */
  async drop(): Promise<void> {
    const deaf = this.#stopListening();
    for (const link of this.#links) link.destroy();
    await Promise.all([deaf, this.service.dropAll()]);
  }

  /** Comes back on the same port after `drop`. */
  async restart(): Promise<void> {
    if (this.#listeners[0].listening) throw new Error("The server is alive: drop it before it restarts.");
    await this.listen(this.#port);
  }

  /** Ends everything in order; nothing is left that keeps the process alive. */
  async close(): Promise<void> {
    const deaf = this.#stopListening();
    await Promise.all([this.service.close(), this.#admin.close()]);
    for (const link of this.#links) link.destroy();
    await deaf;
  }

  async #stopListening(): Promise<void> {
    // One that does not listen says so by an error, which is as good.
    await Promise.all(this.#listeners.map((http) => new Promise((resolve) => http.close(resolve))));
  }

  /** Whether a request may come by the name that it came by. */
  #knows({ headers }: IncomingMessage, path: string): boolean {
    if (this.#parity !== undefined && this.#sockets.has(path)) return true;
    return isLocalHost(headers.host, this.#allowedHosts);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path } = addressOf(request);
    if (!this.#knows(request, path)) return answer(response, 403, FOREIGN_HOST);
    try {
      if (await this.#pages?.(request, response)) return;
    } catch (error) {
      this.#logger.error(`a page failed: ${nameError(error)}`);
      return answer(response, 500, "The page failed: see the log.");
    }
    if (path !== ADMIN_SOCKET && !this.#sockets.has(path)) return answer(response, 404, "There is no such page.");
    // gorilla has one answer for whatever is no handshake.
    if (this.#parity) return answer(response, 400, "This path takes WebSockets: connect with one.", { "Sec-WebSocket-Version": "13" });
    answer(response, 426, "This path takes WebSockets: connect with one.", { Upgrade: "websocket" });
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A peer that leaves during the handshake would otherwise end the process.
    socket.on("error", () => socket.destroy());
    const { path, query } = addressOf(request);
    const route = this.#sockets.get(path);
    try {
      if (!this.#knows(request, path)) refuse(socket, 403, FOREIGN_HOST);
      else if (path === ADMIN_SOCKET) await this.#admin.serve(request, socket, head);
      else if (route) await this.#serve(route, query, request, socket, head);
      else refuse(socket, 404, "There is no socket at this path.");
    } catch (error) {
      // A ServiceError has been answered, and its message names nothing that is the client's.
      if (error instanceof ServiceError) return this.#logger.warn(`a connection was refused: ${error.message}`);
      this.#logger.error(`a connection failed: ${nameError(error)}`);
      socket.destroy();
    }
  }

  async #serve(route: Route, query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A route may act at once, so that nobody may come to it whose page must not connect.
    this.service.vet(request, socket);
    if ((query.get("user") ?? "").length > LONGEST_NAME && !this.#parity) return refuse(socket, 400, TOO_LONG);
    let decision: SocketRoute;
    try {
      decision = await route(contextOf(request, query, this.#parity ? "Guest" : `guest-${randomCharacters(4)}`));
    } catch (error) {
      this.#logger.error(`a socket's route failed: ${nameError(error)}`);
      return refuse(socket, 500, "The socket's route failed: see the log.");
    }
    const { channel, profile, handler } = decision;
    const id = await this.service.upgrade(request, socket, head, channel, profile, handler);
    this.#logger.info(`connection ${id} opened`);
    await this.service.readLoop(id);
    this.#logger.info(`connection ${id} ended`);
  }
}

/** Takes a request's target apart without `new URL`, which throws at what a stranger may send. */
function addressOf({ url = "/" }: IncomingMessage): { path: string; query: URLSearchParams } {
  const mark = url.indexOf("?");
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function contextOf(request: IncomingMessage, query: URLSearchParams, guest: string): SocketContext {
  const channel = query.get("ch") || `example-${randomCharacters(8)}`;
  const name = query.get("user") || guest;
  return { request, query, channel, profile: { id: name, name } };
}

function randomCharacters(count: number): string {
  return Array.from({ length: count }, () => randomInt(36).toString(36)).join("");
}

function answer(response: ServerResponse, status: number, sentence: string, headers: OutgoingHttpHeaders = {}): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(sentence);
}
