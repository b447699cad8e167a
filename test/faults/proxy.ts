import { once } from "node:events";
import { type OutgoingHttpHeaders, STATUS_CODES } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Direction, type Faults, Link } from "./link";
import { reset } from "./reset";

/** Where a proxy listens, and what is behind it. */
export interface ProxyOptions {
  /** The port of 127.0.0.1 to forward to; it need not listen yet. */
  target: number;
  /** The port to listen on. @default a free one */
  port?: number;
}

/** Starts a proxy on 127.0.0.1. */
export async function startProxy({ target, port = 0 }: ProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.listen(port);
  return proxy;
}

/**
 * A TCP proxy for one server, which causes network faults on demand. Created by `startProxy`.
 *
 * A fault set on the proxy holds for every live link and for those to come, until it is taken back: `stall` by `flow`,
 * `delay` and `idle` by 0, `drip` by `Infinity`. `cut`, `reset` and `inject` happen once, to the live ones. A fault set on
 * a link is that link's own. `refuse`, `answer` and `hang` are for new connections alone, and `accept` ends them.
 */
export class FaultProxy implements Faults {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #links = new Set<Link>();
  readonly #waiting: { count: number; resolve: () => void }[] = [];
  /** What holds for links to come, by name, so that the last word counts. */
  readonly #weather = new Map<string, (link: Link) => void>();
  #accepts: (client: Socket) => void = (client) => this.#forward(client);
  #port = 0;
  #connections = 0;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#sockets.add(client);
      client.once("close", () => this.#sockets.delete(client));
      client.on("error", () => {});
      this.#connections++;
      this.#accepts(client);
      for (const { count, resolve } of this.#waiting) if (count === this.#connections) resolve();
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Where a client connects, without a slash at the end. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** The open links, in the order in which they were opened. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** How many connections it has accepted, including those that it did not forward. */
  get connections(): number {
    return this.#connections;
  }

  /** Takes connections; rejects when the port is taken. */
  async listen(port: number): Promise<void> {
    this.#server.listen({ port, host: "127.0.0.1", backlog: 1024 });
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Resolves with the next connection that is forwarded. */
  async link(): Promise<Link> {
    return (await once(this.#server, "link"))[0] as Link;
  }

  /** Resolves when it has accepted `count` connections in all, forwarded or not. */
  connected(count: number): Promise<void> {
    if (count <= this.#connections) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  /**
   * Stops the live links, and those to come unless told otherwise.
   *
   * @param fresh whether a new connection hangs meanwhile, or passes
   */
  stall(direction: Direction = "both", fresh: "hangs" | "passes" = "hangs"): void {
    for (const link of this.#links) link.stall(direction);
    if (fresh === "hangs") for (const way of ways(direction)) this.#weather.set(`stall ${way}`, (link) => link.stall(way));
  }

  flow(direction: Direction = "both"): void {
    for (const way of ways(direction)) this.#weather.delete(`stall ${way}`);
    for (const link of this.#links) link.flow(direction);
  }

  delay(time: number, direction: Direction = "both"): void {
    for (const way of ways(direction)) this.#set(`delay ${way}`, (link) => link.delay(time, way));
  }

  drip(bytes: number, every: number, direction: Direction = "both"): void {
    for (const way of ways(direction)) this.#set(`drip ${way}`, (link) => link.drip(bytes, every, way));
  }

  idle(time: number): void {
    this.#set("idle", (link) => link.idle(time));
  }

  cut(): void {
    for (const link of this.#links) link.cut();
  }

  reset(): void {
    for (const link of this.#links) link.reset();
  }

  inject(direction: "up" | "down", bytes: Uint8Array): void {
    for (const link of this.#links) link.inject(direction, bytes);
  }

  /** Stops listening, so that the system refuses new connections; or takes them, and resets each at once (RST). */
  async refuse(how: "closed" | "reset" = "closed"): Promise<void> {
    this.#accepts = (client) => reset(client);
    if (how === "reset") return this.#listen();
    // Not its "close", which waits for the live links to end.
    this.#server.close();
  }

  /** Answers each new connection's request with a status of HTTP, and hangs up. */
  async answer(status: number, headers: OutgoingHttpHeaders = {}, body = ""): Promise<void> {
    const all = { "content-type": "text/html", "content-length": Buffer.byteLength(body), connection: "close", ...headers };
    const lines = Object.entries(all).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
    const text = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...lines, "", body].join("\r\n");
    this.#accepts = (client) => {
      client.once("data", () => client.end(text));
      client.on("end", () => client.end());
      client.resume();
    };
    await this.#listen();
  }

  /** Takes new connections, and never says a word to them. */
  async hang(): Promise<void> {
    this.#accepts = (client) => client.on("end", () => client.end()).resume();
    await this.#listen();
  }

  /** Forwards new connections again, after `refuse`, `answer` or `hang`. */
  async accept(): Promise<void> {
    this.#accepts = (client) => this.#forward(client);
    await this.#listen();
  }

  /** Ends every connection and stops listening; nothing is left that keeps the process alive. */
  async close(): Promise<void> {
    const gone: Promise<unknown>[] = [...this.#links].map(({ closed }) => closed);
    if (this.#server.listening) gone.push(once(this.#server, "close"));
    for (const link of this.#links) link.reset();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) this.#server.close();
    await Promise.all(gone);
  }

  async #listen(): Promise<void> {
    if (!this.#server.listening) await this.listen(this.#port);
  }

  #set(name: string, fault: (link: Link) => void): void {
    this.#weather.set(name, fault);
    for (const link of this.#links) fault(link);
  }

  #forward(client: Socket): void {
    const link = new Link(client, this.#target);
    for (const fault of this.#weather.values()) fault(link);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    this.#server.emit("link", link);
  }
}

function ways(direction: Direction): ("up" | "down")[] {
  return direction === "both" ? ["up", "down"] : [direction];
}
