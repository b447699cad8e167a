import type { EnvironmentEvent, IncomingData, Protocol } from "../index";
import { type ClientParent, MockClient } from "./client";
import { type TickingTimers, Time } from "./clock";
import { MockEnvironment } from "./environment";
import { Gate, type Refusal } from "./gate";
import { dispose, PageEvents, replaceWebSocket, type Route, toDisposable, type Uninstall, webSocketClass } from "./install";
import type { Traffic } from "./lane";
import { type ClientEnd, type Direction, Link, type Uplink } from "./link";
import { turn } from "./turns";
import { usage } from "./usage";
import type { MockWebSocket } from "./websocket";

/** After so many turns without any event, nothing more is expected. */
const quietTurns = 8;

/** After so many turns with events, they seem to have no end. */
const maxTurns = 50_000;

/** What a network is made of. */
export interface NetworkOptions {
  /** Picks one of the subprotocols that a client offers. @default the first */
  pickProtocol?: ((offered: readonly string[]) => string | undefined) | undefined;
  /**
   * Whose time `advance` moves: `"mock"` replaces the timers until `end()`; an object with `tick`, such as `mock.timers` of
   * node:test, is moved by it. @default that of Vitest or Jest, if it is faked
   */
  timers?: "mock" | TickingTimers | undefined;
}

/**
 * The connections of a mock server, what goes wrong with them, and the time. Events pass in turns of promises, so they also pass
 * while timers are faked.
 */
export abstract class Network<P extends Protocol> {
  /** The WebSocket class whose connections go to this server. */
  readonly WebSocket: new (
    url: string | URL,
    protocols?: string | string[],
  ) => MockWebSocket;
  /** What reports offline, hidden and sleep to sockets that have it as an option. */
  readonly environment: MockEnvironment = new MockEnvironment();
  /** How many connections were attempted, whether they were accepted or not. */
  attempts = 0;
  readonly #pickProtocol: (offered: readonly string[]) => string | undefined;
  readonly #time: Time;
  readonly #page: PageEvents = new PageEvents();
  readonly #gate: Gate = new Gate();
  readonly #traffic: Traffic = { moves: 0, moving: 0 };
  #clients: MockClient<P>[] = [];
  #waiting: { readonly count: number; resolve(client: MockClient<P>): void }[] = [];
  #isFrozen = false;
  #uninstall: (() => void) | undefined;

  /** @internal */
  constructor({ pickProtocol = ([first]) => first, timers }: NetworkOptions) {
    this.#pickProtocol = pickProtocol;
    this.#time = new Time(timers);
    this.WebSocket = webSocketClass((end, url, protocols) => this.connect(end, url, protocols));
    // For engines without the symbol.
    Object.defineProperty(this, dispose, { value: this.end });
  }

  /** @internal What a new client gets. */
  protected abstract get clientParent(): ClientParent<P>;
  /** @internal A client is connected. */
  protected abstract accepted(client: MockClient<P>): void;
  /** @internal A frame of a client has arrived. */
  protected abstract receive(client: MockClient<P>, data: IncomingData): void;
  /** @internal A client is gone. */
  protected abstract forget(client: MockClient<P>): void;
  /** @internal Throws an error that nobody has seen. */
  protected abstract throwError(): void;

  /** The clients that are connected, oldest first. */
  get clients(): readonly MockClient<P>[] {
    return [...this.#clients];
  }

  /** The client that connected last. */
  get client(): MockClient<P> {
    const client = this.#clients.at(-1);
    if (!client) throw usage("No client is connected; await server.connected() first.");
    return client;
  }

  /** Takes the place of the global WebSocket, for code that makes its own socket, and of what the page says about online and visible. */
  install({ route }: { route?: Route | undefined } = {}): Uninstall {
    this.#uninstall?.();
    const restore = replaceWebSocket((end, url, protocols) => this.connect(end, url, protocols), route);
    this.#page.start();
    this.#uninstall = () => {
      this.#uninstall = undefined;
      this.#page.end();
      restore();
    };
    return toDisposable(() => this.#uninstall?.());
  }

  /** Ends everything: nothing moves any more, and the globals are as they were. Throws the first error that was not seen yet. */
  end(): void {
    this.stall();
    this.hang();
    this.#uninstall?.();
    this.#time.end();
    this.throwError();
  }

  /** {@link end}, for `using`. */
  [Symbol.dispose](): void {
    this.end();
  }

  // Clients.

  /** Resolves with the newest client as soon as so many are connected. */
  connected(count = 1): Promise<MockClient<P>> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#checkWaiting();
    });
  }

  // Time.

  /** Resolves when nothing is on its way that could arrive now. Rejects with the first error of a handler, or of a message that does not fit. */
  async settled(): Promise<void> {
    await this.#pass();
    this.throwError();
  }

  /**
   * Moves the fake time by so many milliseconds, and lets messages pass between two timers.
   *
   * Rejects with `usage` if no timers are faked.
   */
  async advance(ms: number): Promise<void> {
    await this.#pass();
    if (!(await this.#time.advance(ms, this.calm))) {
      throw usage('The timers are real; fake them with your runner, or call mockServer(protocol, { timers: "mock" }).');
    }
    await this.settled();
  }

  /**
   * The machine sleeps: so many milliseconds pass in which no timer fires. Those that were due fire late.
   *
   * Rejects with `usage` if no timers are faked.
   */
  async sleep(ms: number): Promise<void> {
    await this.#pass();
    if (!(await this.#time.jump(ms, this.calm))) {
      throw usage('These timers cannot be late; use those of Vitest or Jest, or call mockServer(protocol, { timers: "mock" }).');
    }
    await this.settled();
  }

  // Faults. Those of one connection are methods of its client.

  /** Refuses handshakes: so many times; from 100 on, with this HTTP status, until `accept()`. Without an argument: until `accept()`. */
  refuse(refusal: number | Refusal = {}): void {
    this.#gate.refuse(refusal);
  }

  /** Leaves handshakes without an answer, until `accept()`. */
  hang(): void {
    this.#gate.hang();
  }

  /** Accepts handshakes again, those that hang included. */
  accept(): void {
    this.#gate.accept();
  }

  /** Closes all connections with a close frame. */
  close(code = 1000, reason = ""): void {
    this.#each((client) => client.close(code, reason));
  }

  /** Ends all connections without a close frame: clients get 1006. What is on its way is lost. */
  cut(): void {
    this.#each((client) => client.cut());
  }

  /** Lets nothing through on the connections that there are. Neither side learns of it. New connections work. */
  stall(direction: Direction = "both"): void {
    this.#each((client) => client.stall(direction));
  }

  /** Lets through what was held back. */
  resume(): void {
    this.#each((client) => client.resume());
  }

  /** Delays each frame of the connections that there are by so many milliseconds, in both directions. 0 ends that. */
  slow(ms: number): void {
    this.#each((client) => client.slow(ms));
  }

  /** Cuts the next text frames to each client in half, so that they are no JSON. */
  garble(times = 1): void {
    this.#each((client) => client.garble(times));
  }

  /** The server restarts: all connections end without a close frame, and nobody is in a channel. */
  restart(): void {
    this.cut();
  }

  /** The network goes: connections are silent, new ones fail, and the environment reports it. */
  offline(): void {
    this.#gate.isDown = true;
    this.stall();
    this.#turn("offline");
  }

  /** The network returns, with the connections that it had. */
  online(): void {
    this.#gate.isDown = false;
    this.resume();
    this.#turn("online");
  }

  /** The page goes into the background. */
  hide(): void {
    this.#turn("hidden");
  }

  /** The page comes into view. If it was frozen, it is not any more. */
  show(): void {
    if (this.#isFrozen) this.#turn("resume");
    this.#isFrozen = false;
    this.#turn("visible");
  }

  /** The browser freezes the page, until `show()`. */
  freeze(): void {
    this.#isFrozen = true;
    this.#turn("freeze");
  }

  /**
   * Connects something that is no {@link MockServer.WebSocket}; the bridges do so.
   *
   * @param end what happens to the client
   * @returns what the client does
   */
  connect(end: ClientEnd, url: URL, protocols: readonly string[] = []): Uplink {
    this.attempts++;
    const id = `client-${this.attempts}`;
    let client: MockClient<P> | undefined;
    const link: Link = new Link(
      {
        ...end,
        opened: (protocol) => {
          end.opened(protocol);
          client!.isOpen = true;
          this.#checkWaiting();
        },
      },
      {
        received: (data) => {
          if (client) this.receive(client, data);
        },
        ended: (code, reason) => {
          if (client) this.#forget(client, code, reason);
        },
      },
      this.#traffic,
    );
    const open = () => {
      const picked = this.#pickProtocol(protocols);
      if (protocols.length && (picked === undefined || !protocols.includes(picked))) {
        link.cut("Server sent no subprotocol");
        return;
      }
      if (link.isOver) return;
      client = new MockClient<P>({ id, url, protocols, link }, this.clientParent);
      this.#clients.push(client);
      link.open(picked ?? "");
      this.accepted(client);
    };
    this.#traffic.moving++;
    void turn().then(() => {
      this.#traffic.moving--;
      this.#traffic.moves++;
      this.#gate.answer(link, open);
    });
    return link;
  }

  #forget(client: MockClient<P>, code: number, reason: string): void {
    client.end(code, reason);
    this.#clients = this.#clients.filter((other) => other !== client);
    this.forget(client);
  }

  #each(change: (client: MockClient<P>) => void): void {
    for (const client of [...this.#clients]) change(client);
  }

  #turn(event: EnvironmentEvent): void {
    this.environment.turn(event);
    if (this.#uninstall) this.#page.turn(event);
  }

  #checkWaiting(): void {
    const open = this.#clients.filter(({ isOpen }) => isOpen);
    for (const waiting of [...this.#waiting]) {
      if (open.length < waiting.count) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve(open.at(-1)!);
    }
  }

  /** Resolves when nothing is on its way, also behind timers without a delay. */
  async #pass(): Promise<void> {
    for (let before = -1; before !== this.#traffic.moves; ) {
      await this.calm();
      before = this.#traffic.moves;
      await this.#time.fireImmediate(this.calm);
      await this.calm();
    }
  }

  /** @internal Resolves when nothing moves any more. */
  protected readonly calm = async (): Promise<void> => {
    let seen = -1;
    for (let turns = 0, quiet = 0; quiet < quietTurns; turns++) {
      await turn();
      const { moves, moving } = this.#traffic;
      quiet = moves === seen && moving === 0 ? quiet + 1 : 0;
      seen = moves;
      if (turns > maxTurns) throw usage("Messages go back and forth without an end; stop one of the sides.");
    }
  };
}
