import {
  type Codec,
  type EnvironmentEvent,
  type InboundCommand,
  type IncomingData,
  jsonCodec,
  type Message,
  type OutboundCommand,
  type OutgoingData,
  type Protocol,
  SocketError,
  type SocketOptions,
  type Unsubscribe,
} from "../index";
import { type ClientParent, type ClientSendOptions, MockClient, type ReceivedMessage } from "./client";
import { type TickingTimers, Time } from "./clock";
import { MockEnvironment } from "./environment";
import { Gate, type Refusal } from "./gate";
import { Inbox } from "./inbox";
import { PageEvents, replaceWebSocket, type Route, toDisposable, type Uninstall, webSocketClass } from "./install";
import type { Traffic } from "./lane";
import { type ClientEnd, type Direction, type FrameData, Link } from "./link";
import { type Checks, Params, type ReceivedParam, type SentArguments } from "./params";
import { type JoinListener, type RoomCommands, Rooms } from "./rooms";
import { turn } from "./turns";

/** A handler of one command: gets the param, as its schema returns it, and the message with `reply`, `from`, `channel` and `client`. */
export type Handler<P extends Protocol, C extends OutboundCommand<P>> = (
  param: ReceivedParam<P, C>,
  message: ReceivedMessage<P, C>,
) => unknown;

/** To whom a message goes, and how. */
export interface ServerSendOptions<P extends Protocol = Protocol> extends ClientSendOptions {
  /** Who gets it: clients, or their ids. @default the members of the channel; all clients if nobody has joined it */
  to?: MockClient<P> | string | readonly (MockClient<P> | string)[] | undefined;
}

/** The options of a {@link MockServer}. Those that the socket has too are part of {@link MockServer.options}. */
export interface MockServerOptions<P extends Protocol = Protocol> extends Pick<SocketOptions<P>, "codec" | "channel" | "rejoin"> {
  /** The address in {@link MockServer.options}. The server answers at any address. @default "ws://wireline.test/connect" */
  url?: string | undefined;
  /** Which messages the schemas of the protocol check; `inbound` is what the server sends. @default "always" */
  validate?: Checks | undefined;
  /** Picks one of the subprotocols that a client offers. @default the first */
  pickProtocol?: ((offered: readonly string[]) => string | undefined) | undefined;
  /**
   * Whose time `advance` moves: `"mock"` replaces the timers until `end()`; an object with `tick`, such as `mock.timers` of
   * node:test, is moved by it. @default that of Vitest or Jest, if it is faked
   */
  timers?: "mock" | TickingTimers | undefined;
}

/** The options that lead a socket to a {@link MockServer}. */
export type MockSocketOptions<P extends Protocol> = Pick<
  SocketOptions<P>,
  "url" | "protocol" | "WebSocket" | "environment" | "backoff" | "codec" | "channel" | "rejoin"
>;

/** After so many turns without any event, nothing more is expected. */
const quietTurns = 8;

/** After so many turns with events, they seem to have no end. */
const maxTurns = 50_000;

/** The wait before a retry in {@link MockServer.options}, in milliseconds. */
const quickRetry = 10;

/**
 * A server in memory that speaks a protocol: it answers, sends, and fails as real networks do. Made by {@link mockServer}.
 *
 * Nothing is on a real network, and no timer is needed: events pass in turns of promises, so they also pass while timers are faked.
 */
export class MockServer<P extends Protocol = Protocol> {
  /** What leads a socket here: `new Socket({ ...server.options, protocol })`. Retries come after 10 ms. */
  readonly options: MockSocketOptions<P>;
  /** The WebSocket class of this server. */
  readonly WebSocket: new (
    url: string | URL,
    protocols?: string | string[],
  ) => InstanceType<ReturnType<typeof webSocketClass>>;
  /** What reports offline, hidden and sleep to sockets with {@link options}. */
  readonly environment: MockEnvironment = new MockEnvironment();
  /** How many connections were attempted, whether they were accepted or not. */
  attempts = 0;
  readonly #codec: Codec;
  readonly #channel: string;
  readonly #pickProtocol: (offered: readonly string[]) => string | undefined;
  readonly #params: Params;
  readonly #time: Time;
  readonly #page: PageEvents = new PageEvents();
  readonly #gate: Gate = new Gate();
  readonly #rooms: Rooms<P>;
  readonly #traffic: Traffic = { moves: 0, moving: 0 };
  readonly #inbox: Inbox<ReceivedMessage<P>> = new Inbox();
  readonly #handlers = new Map<string, Set<Handler<P, OutboundCommand<P>>>>();
  readonly #greeters = new Set<(client: MockClient<P>) => unknown>();
  #clients: MockClient<P>[] = [];
  #waiting: { readonly count: number; resolve(client: MockClient<P>): void }[] = [];
  #errors: unknown[] = [];
  #isFrozen = false;
  #uninstall: (() => void) | undefined;

  /** @internal */
  constructor(protocol: P | undefined, options: MockServerOptions<P>) {
    const { url = "ws://wireline.test/connect", codec = jsonCodec, channel = "", validate = "always", rejoin, timers } = options;
    this.#codec = codec;
    this.#channel = channel;
    this.#pickProtocol = options.pickProtocol ?? (([first]) => first);
    this.#params = new Params(protocol, validate);
    this.#time = new Time(timers);
    this.#rooms = new Rooms(roomCommands(rejoin), (client, { channel, cmd, param }) => {
      client.deliver(toFrameData(codec.encode({ channel, cmd, param })));
    });
    this.WebSocket = webSocketClass((end, url, protocols) => this.connect(end, url, protocols));
    this.options = {
      url,
      WebSocket: this.WebSocket,
      environment: this.environment,
      backoff: () => quickRetry,
      ...given({ protocol, codec: options.codec, channel: options.channel, rejoin }),
    };
  }

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
    for (const client of this.#clients) client.stall();
    this.hang();
    this.#uninstall?.();
    this.#time.end();
    this.#throwError();
  }

  // Talking.

  /** Handles a command of clients. What a handler throws is thrown by `settled`, `next` or `end`. */
  on<C extends OutboundCommand<P>>(cmd: C, handler: Handler<P, C>): Unsubscribe {
    const handlers = this.#handlers.get(cmd) ?? new Set();
    const added = handler as unknown as Handler<P, OutboundCommand<P>>;
    this.#handlers.set(cmd, handlers.add(added));
    return () => void handlers.delete(added);
  }

  /** Handles each connection, before anything comes from it: greets it, or closes it for its address. */
  onConnect(handler: (client: MockClient<P>) => unknown): Unsubscribe {
    this.#greeters.add(handler);
    return () => void this.#greeters.delete(handler);
  }

  /** Decides about each join. It may refuse; what it returns is the param of the answer. There is one at a time. */
  onJoin(listener: JoinListener<P>): Unsubscribe {
    this.#rooms.listener = listener;
    return () => {
      if (this.#rooms.listener === listener) this.#rooms.listener = undefined;
    };
  }

  /**
   * Sends a command to clients.
   *
   * @throws SocketError `validation` for what does not fit the protocol; `usage` if no client is connected.
   */
  send<C extends InboundCommand<P>>(cmd: C, ...[param, options = {}]: SentArguments<P, C, [options?: ServerSendOptions<P>]>): void {
    const frame = this.#encode(cmd, param, options);
    for (const client of this.#recipients(options)) client.deliver(frame);
  }

  /** Sends a frame as it is to all clients: text, or bytes. */
  sendRaw(data: FrameData): void {
    this.#each((client) => client.sendRaw(data));
  }

  /** Asks all clients to go, as Project Forge does: their sockets close, and do not reconnect. */
  dismiss(): void {
    this.sendRaw(toFrameData(this.#codec.encode({ channel: "", cmd: "close-connection", param: null })));
  }

  /** All messages that have come from clients, or the params of one command, in order. */
  received(): readonly ReceivedMessage<P>[];
  received<C extends OutboundCommand<P>>(cmd: C): ReceivedParam<P, C>[];
  received(cmd?: string): readonly unknown[] {
    return cmd === undefined ? [...this.#inbox.messages] : this.#inbox.params(cmd);
  }

  /** Resolves with the next message of a command, or with the next of any. Each message is returned once. */
  next<C extends OutboundCommand<P>>(cmd?: C, { signal }: { signal?: AbortSignal } = {}): Promise<ReceivedMessage<P, C>> {
    if (this.#errors.length) return Promise.reject(this.#errors.shift());
    return this.#inbox.next(cmd, signal) as Promise<ReceivedMessage<P, C>>;
  }

  /** Resolves with the newest client as soon as so many are connected. */
  connected(count = 1): Promise<MockClient<P>> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#checkWaiting();
    });
  }

  /** The members of a channel. */
  members(channel: string): readonly MockClient<P>[] {
    return this.#rooms.members(channel);
  }

  // Time.

  /** Resolves when nothing is on its way that could arrive now. Rejects with the first error of a handler, or of a message that does not fit. */
  async settled(): Promise<void> {
    await this.#pass();
    this.#throwError();
  }

  /**
   * Moves the fake time by so many milliseconds, and lets messages pass between two timers.
   *
   * Rejects with `usage` if no timers are faked.
   */
  async advance(ms: number): Promise<void> {
    await this.#pass();
    if (!(await this.#time.advance(ms, this.#calm))) {
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
    if (!(await this.#time.jump(ms, this.#calm))) {
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
   * Connects something that is no {@link MockServer.WebSocket}; see the bridges.
   *
   * @returns the link, to hand over what the client sends
   */
  connect(end: ClientEnd, url: URL, protocols: readonly string[] = []): Link {
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
          if (client) this.#receive(client, data);
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
      client = new MockClient<P>({ id, url, protocols, link }, this.#clientParent);
      this.#clients.push(client);
      link.open(picked ?? "");
      const channel = url.searchParams.get("ch");
      if (channel) client.join(channel);
      for (const greet of this.#greeters) this.#run(() => greet(client!));
    };
    this.#traffic.moving++;
    void turn().then(() => {
      this.#traffic.moving--;
      this.#traffic.moves++;
      this.#gate.answer(link, open);
    });
    return link;
  }
  get #clientParent(): ClientParent<P> {
    return {
      encode: (cmd, param, options) => this.#encode(cmd, param, options),
      join: (client, channel) => this.#rooms.join(client, channel),
      leave: (client, channel) => this.#rooms.leave(client, channel),
    };
  }

  #encode(cmd: string, param: unknown, { channel = this.#channel, from }: ClientSendOptions): FrameData {
    this.#params.checkSent(cmd, param);
    const frame = toFrameData(this.#codec.encode({ channel, cmd, param }));
    if (from === undefined) return frame;
    if (typeof frame !== "string") throw usage("The codec makes no text, which has no place for `from`; send without it.");
    return JSON.stringify({ from, ...(JSON.parse(frame) as object) });
  }

  #recipients({ to, channel = this.#channel }: ServerSendOptions<P>): readonly MockClient<P>[] {
    if (!this.#clients.length) throw usage("No client is connected; await server.connected() first.");
    if (to === undefined) {
      const members = this.members(channel);
      return members.length ? members : this.#clients;
    }
    return [to].flat().map((one) => {
      const client = typeof one === "string" ? this.#clients.find(({ id }) => id === one) : (one as MockClient<P>);
      if (!client) throw usage("No connected client has this id; see server.clients.");
      return client;
    });
  }

  #receive(client: MockClient<P>, data: IncomingData): void {
    let message: Message | undefined;
    try {
      message = this.#codec.decode(data);
      if (!message) return;
      message = { ...message, param: this.#params.readReceived(message.cmd, message.param) };
    } catch (error) {
      const unread = new SocketError("codec", { message: "A client sends what the codec cannot decode; see `cause`.", cause: error });
      this.#failed(message ? error : unread);
      return;
    }
    const { channel, cmd, param } = message;
    const reply = (reply: never, ...[param]: never[]) => client.send(reply, ...([param, { channel }] as never));
    const received = { channel, cmd, param, from: client.id, client, reply } as unknown as ReceivedMessage<P>;
    client.receive(received);
    this.#inbox.add(received);
    this.#run(() => this.#rooms.handle(client, received));
    for (const handler of [...(this.#handlers.get(cmd) ?? [])]) this.#run(() => handler(param as never, received as never));
  }

  #forget(client: MockClient<P>, code: number, reason: string): void {
    client.end(code, reason);
    this.#clients = this.#clients.filter((other) => other !== client);
    this.#rooms.leaveAll(client);
  }

  #each(change: (client: MockClient<P>) => void): void {
    for (const client of [...this.#clients]) change(client);
  }

  #turn(event: EnvironmentEvent): void {
    this.environment.turn(event);
    if (this.#uninstall) this.#page.turn(event);
  }

  /** Calls a function of the test; what it throws, now or later, is an error of the test. */
  #run(call: () => unknown): void {
    try {
      const result = call();
      if (result instanceof Promise) result.catch((error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const seen = this.#inbox.fail(error);
    if (!seen) this.#errors.push(error);
  }

  #throwError(): void {
    const [first] = this.#errors;
    if (!this.#errors.length) return;
    this.#errors = [];
    throw first;
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
      await this.#calm();
      before = this.#traffic.moves;
      await this.#time.fireImmediate(this.#calm);
      await this.#calm();
    }
  }

  /** Resolves when nothing moves any more. */
  readonly #calm = async (): Promise<void> => {
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

/**
 * Makes a server in memory that speaks a protocol.
 *
 * @example
 * const server = mockServer(protocol);
 * const socket = new Socket(server.options);
 * server.on("note", (note, { reply }) => reply("saved", { id: note.id }));
 */
export function mockServer<P extends Protocol = Protocol>(protocol?: P, options: MockServerOptions<P> = {}): MockServer<P> {
  return new MockServer(protocol, options);
}

function roomCommands({ join = "join", leave = "leave" }: SocketOptions["rejoin"] = {}): RoomCommands {
  const name = (command: unknown) => (typeof command === "string" ? command : undefined);
  return { join: name(join), leave: name(leave), update: "online-update" };
}

/** What a codec makes, as a frame. */
function toFrameData(data: OutgoingData): FrameData {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
  }
  if ("arrayBuffer" in data) throw usage("The mock server cannot send a Blob; send an ArrayBuffer.");
  return data.slice(0);
}

/** The options that are given. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function usage(message: string): SocketError {
  return new SocketError("usage", { message });
}
