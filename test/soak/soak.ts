import { WebSocket } from "ws";
import { z } from "zod";
import { defineProtocol, Socket, type WebSocketClass } from "../../src/index";
import type { Link } from "../faults/link";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { type Server, startServer } from "../server/http";
import type { Connection, Handler, Service } from "../server/service";
import { type Account, Ledger, Line } from "./ledger";
import type { Random } from "./random";

/** What both sides say: numbers, some of them with so much ballast that they are compressed and come in pieces. */
const protocol = defineProtocol({
  inbound: { told: z.object({ number: z.number(), link: z.number() }), pong: z.object({}) },
  outbound: { count: z.object({ number: z.number(), ballast: z.string() }) },
});

const ballast = Array.from({ length: 400 }, (_, index) => (index * 7919).toString(36)).join("");

/** How many messages wait in one socket. */
const queued = 8;
const overflows = ["drop-oldest", "drop-newest", "throw"] as const;

/** What may happen on the way, of the sort that the library reports. */
const expected: readonly string[] = ["transport", "timeout", "heartbeat"];

/** How many sockets, and whose draws. Times are milliseconds. */
export interface SoakOptions {
  readonly sockets: number;
  readonly random: Random;
  /** How long a quiet link is not doubted, and then how long it may be silent. @default 2000 */
  readonly heartbeat?: number;
}

interface Client {
  readonly account: Account;
  readonly socket: Socket<typeof protocol>;
  native: WebSocket | undefined;
  opened: number;
}

/** Sockets, a proxy with faults, a server that restarts, and a ledger of all messages. Created by `startSoak`. */
export class Soak {
  readonly ledger = new Ledger();
  /** How many faults occurred. */
  faults = 0;
  readonly server: Server;
  readonly proxy: FaultProxy;
  readonly #random: Random;
  readonly #clients: Client[] = [];
  readonly #served = new Map<Connection, Line>();
  readonly #stalled = new Set<Link>();
  readonly #waiting = new Set<() => void>();
  #serial = 0;

  constructor(server: Server, proxy: FaultProxy, random: Random) {
    this.server = server;
    this.proxy = proxy;
    this.#random = random;
  }

  /** How many sockets are open. */
  get open(): number {
    return this.#clients.filter(({ socket }) => socket.state.status === "open").length;
  }

  /** How often sockets opened again. */
  get reconnects(): number {
    return this.#clients.reduce((sum, { opened }) => sum + Math.max(0, opened - 1), 0);
  }

  /** How often each socket has opened. */
  openings(): number[] {
    return this.#clients.map(({ opened }) => opened);
  }

  add({ heartbeat = 2000 }: SoakOptions): void {
    const index = this.#clients.length;
    const account = this.ledger.account(index % 2 === 0);
    const socket = new Socket({
      url: () => `${this.proxy.url}/soak?user=${index}&link=${++this.#serial}`,
      protocol,
      channel: `channel-${index}`,
      WebSocket: this.#tap(index),
      heartbeat: { cmd: "ping", reply: "pong", interval: heartbeat, timeout: heartbeat },
      backoff: { min: heartbeat / 20, max: heartbeat / 2 },
      minUptime: heartbeat / 4,
      connectTimeout: heartbeat,
      closeTimeout: heartbeat / 4,
      queue: { max: queued, overflow: overflows[index % overflows.length] },
      autoConnect: false,
      onOpen: () => {
        client.opened++;
        if (account.waiting.size) account.broke(`it opened with ${account.waiting.size} messages still waiting`);
        this.#news();
      },
      onStatus: ({ status }, previous) => {
        if (status === previous.status) return;
        account.note(status);
        this.#news();
      },
      onDrop: ({ param }, reason) => account.gaveUp((param as { number: number }).number, reason),
      onError: ({ code, message }) => {
        account.note(code);
        if (!expected.includes(code)) account.broke(message);
      },
    });
    const client: Client = { account, socket, native: undefined, opened: 0 };
    socket.on("told", ({ number, link }) => {
      if (socket.state.status !== "open") account.broke(`inbound ${number} was heard while it was ${socket.state.status}`);
      account.heard(this.ledger.lines.get(link), number);
      this.#news();
    });
    if (account.joins) socket.channel(`room-${index}`).join();
    this.#clients.push(client);
    socket.connect();
  }

  /** Lets each socket say something, or so many of a hundred. */
  speak(share = 100): void {
    for (const { account, socket } of this.#clients) {
      if (!this.#random.percent(share)) continue;
      account.say((number) => socket.send("count", { number, ballast: this.#random.percent(4) ? ballast : "" }));
    }
  }

  /** Lets the server say something on each connection that it believes to live, or on so many of a hundred. */
  push(share = 100): void {
    for (const [connection, line] of this.#served) if (this.#random.percent(share)) this.#tell(connection, line);
  }

  /** Does something to one link, or to one socket. */
  harm(): void {
    this.faults++;
    const link = this.#random.pick(this.proxy.links);
    const direction = this.#random.pick(["up", "down", "both"] as const);
    const kind = this.#random.below(13);
    if (kind === 0) {
      this.#close();
      return;
    }
    if (kind === 1) {
      this.#random.pick(this.#clients)?.socket.retryNow();
      return;
    }
    if (!link) return;
    if (kind < 5) {
      link.stall(direction);
      this.#stalled.add(link);
      void link.closed.then(() => this.#stalled.delete(link));
    } else if (kind < 7) link.cut();
    else if (kind < 9) link.reset();
    else if (kind < 11) link.delay(10 + this.#random.below(400), direction);
    else if (kind < 12) link.drip(20 + this.#random.below(400), 5 + this.#random.below(30), direction);
    else calm(link);
  }

  /** Lets so many of a hundred stalled links go on. */
  relent(share: number): void {
    for (const link of this.#stalled) {
      if (!this.#random.percent(share)) continue;
      link.flow();
      this.#stalled.delete(link);
    }
  }

  /** Ends every fault: what is reachable should come back by itself. */
  async heal(): Promise<void> {
    await this.proxy.accept();
    this.#stalled.clear();
    for (const link of this.proxy.links) calm(link);
    for (const { socket } of this.#clients) socket.connect();
  }

  /** Resolves when something is true, which is asked at all news. */
  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const ask = () => {
        if (!fits()) return;
        this.#waiting.delete(ask);
        resolve();
      };
      this.#waiting.add(ask);
      ask();
    });
  }

  /** Whether every socket is open with one link, nothing waits and nothing is under way. */
  get settled(): boolean {
    const { ledger } = this;
    if (ledger.lines.size !== this.#clients.length || this.open !== this.#clients.length || ledger.waiting) return false;
    const { up, down } = ledger.underWay;
    return up + down === 0;
  }

  /** Says what holds `settled` up. */
  explain(): string {
    const { lines, underWay, waiting } = this.ledger;
    const shut = this.#clients.filter(({ socket }) => socket.state.status !== "open");
    const sockets = shut.map(({ socket, account }) => `socket ${account.index}: ${socket.explain()}: ${account.history}`);
    return [`${lines.size} links, ${underWay.up} up, ${underWay.down} down, ${waiting} waiting`, ...sockets.slice(0, 5)].join("\n  ");
  }

  /** Compares what the library says is queued with what the ledger says. */
  async audit(): Promise<void> {
    // A drop is reported in a microtask.
    await new Promise((resolve) => setImmediate(resolve));
    for (const { account, socket } of this.#clients) {
      const { queued } = socket.state;
      if (queued !== account.waiting.size) account.broke(`${queued} are queued, while ${account.waiting.size} wait`);
    }
    if (this.ledger.unaccounted > this.ledger.broken) this.ledger.broke("the sums do not agree");
  }

  /** Closes every socket in order, with something in some queues; then the proxy and the server. */
  async close(): Promise<void> {
    await this.server.drop();
    await this.until(() => this.open === 0);
    this.speak();
    for (const { socket } of this.#clients) socket.close();
    await this.until(() => this.ledger.lines.size === 0);
    await this.proxy.close();
    await this.server.close();
    await this.audit();
    if (this.ledger.waiting) this.ledger.broke(`${this.ledger.waiting} messages wait in closed sockets`);
  }

  /** What the server does with a connection of a link's, which need not live any more. */
  handler(index: number, serial: number): Handler {
    const account = this.ledger.accounts[index]!;
    const line = this.ledger.lines.get(serial);
    const ended = () => {
      const late = new Line(this.ledger, account, serial);
      late.end();
      return late;
    };
    return new Counter(this, account, line ?? ended());
  }

  /** A connection has sent a message. */
  serve(connection: Connection, line: Line): void {
    if (this.#served.has(connection)) return;
    this.#served.set(connection, line);
    void connection.ended.then(() => this.#served.delete(connection));
  }

  /** A number has come. */
  answer(connection: Connection, line: Line): void {
    this.#tell(connection, line);
    this.#news();
  }

  #tell(connection: Connection, line: Line): void {
    if (!connection.writable) return;
    const number = line.account.told(line);
    this.server.service.writeConnection("told", { number, link: line.serial }, connection.id);
  }

  /** A user who closes a socket and starts it again, at once or later. */
  #close(): void {
    const { socket, account } = this.#random.pick(this.#clients)!;
    account.note("closed by its user");
    socket.close();
    if (this.#random.percent(50)) socket.connect();
    else setImmediate(() => socket.connect());
  }

  #news(): void {
    for (const ask of [...this.#waiting]) ask();
  }

  /** A WebSocket that tells the ledger what it is given, and when it ends. */
  #tap(index: number): WebSocketClass {
    const tap = {
      made: (native: WebSocket, url: string) => {
        const client = this.#clients[index]!;
        if (client.native && client.native.readyState < WebSocket.CLOSING) client.account.broke("it has two links at once");
        client.native = native;
        return new Line(this.ledger, client.account, Number(new URL(url).searchParams.get("link")));
      },
      ended: (line: Line) => {
        line.end();
        this.#news();
      },
    };
    return class extends WebSocket {
      readonly #line: Line;

      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        this.#line = tap.made(this, url);
        this.once("close", () => tap.ended(this.#line));
      }

      override send(data: Parameters<WebSocket["send"]>[0]): void {
        const { cmd, param } = JSON.parse(String(data)) as { cmd: string; param: { number: number } };
        if (cmd === "join") this.#line.joined = true;
        if (cmd === "count") this.#line.account.handed(this.#line, param.number);
        if (this.readyState !== WebSocket.OPEN) this.#line.account.broke(`${cmd} left on a link that is not open`);
        super.send(data);
      }
    } as WebSocketClass;
  }
}

/** Starts the server, the proxy and the sockets. */
export async function startSoak(options: SoakOptions): Promise<Soak> {
  const { sockets, random, heartbeat = 2000 } = options;
  let soak: Soak;
  const server = await free((port) =>
    startServer({
      port,
      heartbeat: { interval: 2 * heartbeat },
      sockets: {
        "/soak": ({ query, profile }) => {
          const handler = soak.handler(Number(query.get("user")), Number(query.get("link")));
          return { channel: `channel-${query.get("user")}`, profile, handler };
        },
      },
    }),
  );
  const proxy = await free((port) => startProxy({ target: server.port, port }));
  soak = new Soak(server, proxy, random);
  for (let index = 0; index < sockets; index++) soak.add(options);
  return soak;
}

/**
 * Listens on a port below those from which systems dial. A port that is free while its server is down could otherwise be
 * taken by a client, or a client that dials it from itself be connected to itself. No seed chooses it: two runs at once
 * must not meet.
 */
async function free<T>(listen: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 20; ; tries--) {
    try {
      return await listen(20_000 + Math.floor(10_000 * Math.random()));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === 0) throw error;
    }
  }
}

function calm(link: Link): void {
  link.delay(0);
  link.drip(Infinity, 0);
  link.flow();
}

/** Answers `ping` with `pong`, and each number with another number. */
class Counter implements Handler {
  readonly #soak: Soak;
  readonly #account: Account;
  readonly #line: Line;

  constructor(soak: Soak, account: Account, line: Line) {
    this.#soak = soak;
    this.#account = account;
    this.#line = line;
  }

  on(service: Service, connection: Connection, cmd: string, param: unknown, _: unknown, channel: string): void {
    this.#soak.serve(connection, this.#line);
    if (cmd === "count") {
      this.#account.seen(this.#line, (param as { number: number }).number);
      this.#soak.answer(connection, this.#line);
    } else if (!connection.writable) return;
    else if (cmd === "ping") service.writeConnection("pong", {}, connection.id);
    else if (cmd === "join") service.join(connection.id, channel);
  }
}
