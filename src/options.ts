import { type Backoff, defaultBackoff } from "./connection/backoff";
import type { SocketClose } from "./connection/close";
import type { Attempt, PerAttempt } from "./connection/attempt";
import type { ConnectionOptions } from "./connection/connection";
import { type Environment, pageEnvironment } from "./connection/environment";
import type { SocketState } from "./connection/state";
import type { WebSocketClass } from "./connection/transport";
import { SocketError } from "./errors";
import type { Validate } from "./messages/contract";
import { type Codec, jsonCodec, type Message } from "./messages/message";
import type {
  Command,
  CommandOf,
  CommandWithReply,
  InboundMessage,
  InboundParam,
  NamedReply,
  ParamArgument,
  Protocol,
  RequestOptions,
} from "./messages/protocol";
import { defaultQueue, type Deliveries, type DropReason, type QueueOptions, type SendResult } from "./messages/queue";

/** How a server is asked to join or leave a channel: a command, whose param is that of `join()` or `leave()`, or a function that makes the message. */
export type JoinCommand = string | ((channel: string, param: unknown) => Message);

/** How channels are joined and left, for servers that name it otherwise. */
export interface Rejoin {
  /** How a channel is joined, on every opening. @default "join" */
  join?: JoinCommand | undefined;
  /** How a channel is left. @default "leave" */
  leave?: JoinCommand | undefined;
}

/** How to ask the server whether it is there, and how often. Times are milliseconds. */
export interface Heartbeat<P extends Protocol = Protocol> {
  /**
   * The command to ask with, on the default channel; or a function that makes the whole message, or makes the server
   * speak in another way and gives none. One that throws is reported, and has asked nothing.
   */
  cmd: string | ((channel: string, param: unknown) => Message | undefined | void | Promise<void>);
  /** The param to ask with. @default {} */
  param?: unknown;
  /** The command that answers. Whatever comes proves life; this one measures `state.latency`. */
  reply?: (keyof P["inbound"] & string) | undefined;
  /** How long after an answer to ask again. @default 25000, since many a proxy cuts what is quiet for 60 s or even 30 s */
  interval?: number | undefined;
  /** How long the server may be silent after it was asked. @default 10000 */
  timeout?: number | undefined;
}

/** What `authenticate` gets: the attempt that it belongs to, and its link, which is not open to others yet. */
export interface Authentication<P extends Protocol = Protocol> extends Attempt {
  /** Sends to the default channel, past the queue: `"sent"`, or `"dropped"` where the attempt is over. */
  send<C extends string>(cmd: Command<P, C>, ...args: ParamArgument<P, C>): SendResult;
  /** Asks in the default channel, past the queue; see {@link Socket.request}. */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: RequestOptions<P, CommandOf<P, C>, R>]
  ): Promise<InboundParam<P, R>>;
}

/** Some of the settings, each of which may also be `undefined`. */
type Some<T> = { [K in keyof T]?: T[K] | undefined };

/** What a {@link Socket} can be told. Times are milliseconds. */
export interface SocketOptions<P extends Protocol = Protocol> {
  /**
   * Where to connect: absolute or relative to the page; http(s) becomes ws(s). A function is asked anew for each
   * attempt, so it may fetch a token; if it fails or takes longer than `connectTimeout`, the attempt has failed.
   * @default "/connect"
   */
  url?: PerAttempt<string | URL> | undefined;
  /** The subprotocols to offer; a function is asked anew for each attempt. Where the server picks none, Chromium and Node fail the attempt, Firefox and WebKit open it. @default none */
  protocols?: PerAttempt<string | readonly string[]> | undefined;
  /** What both sides may say, from `defineProtocol`, and not to be changed afterwards; without one every command is allowed and its param `unknown`. */
  protocol?: P | undefined;
  /** How messages become what a WebSocket carries. @default jsonCodec */
  codec?: Codec | undefined;
  /** The channel of messages that name none. @default "" */
  channel?: string | undefined;
  /** Called on every opening, after channels are joined again and the queue is sent. */
  onOpen?: (() => void) | undefined;
  /** Called with every message that fits the protocol. */
  onMessage?: ((message: InboundMessage<P>) => void) | undefined;
  /** Called with what happened that should not have; without any listener it is printed. */
  onError?: ((error: SocketError) => void) | undefined;
  /** Called with the end of each connection and of each failed attempt; `state` tells what follows. */
  onClose?: ((close: SocketClose) => void) | undefined;
  /** Called with each change of the connection: its status, attempt, next retry, last close or error. */
  onStatus?: ((state: SocketState, previous: SocketState) => void) | undefined;
  /** Called with each message that was given up. */
  onDrop?: ((message: Message, reason: DropReason) => void) | undefined;
  /** Prints what the socket does, or hands each line to a function. Params and query strings are left out. @default false */
  debug?: boolean | ((line: string) => void) | undefined;
  /** Connects at once; otherwise `connect()` does. @default true */
  autoConnect?: boolean | undefined;
  /** Closes the socket when aborted. */
  signal?: AbortSignal | undefined;
  /**
   * The wait before a retry, at random within bounds; or a function of the retry's number, from 1, which sets aside what the
   * codes 1012, 1013 and 4200–4299 ask for. One that throws or gives no time waits as by default. @default {min: 2200, max: 30000, factor: 1.16}
   */
  backoff?: Some<Backoff> | ((retry: number) => number) | undefined;
  /** How long a connection must live until retries are counted from 1 again. @default 5000 */
  minUptime?: number | undefined;
  /** How long the url and protocols functions may take, then the handshake, and then `authenticate`. Chromium holds attempts back for up to 5000 after many failures, so not less than that. @default 10000 */
  connectTimeout?: number | undefined;
  /** How long the closing handshake may take before `onClose` says 1006. @default 3000 */
  closeTimeout?: number | undefined;
  /** How many retries in a row may fail before the socket closes, with an error; coming online or into view begins a new row. @default Infinity */
  maxRetries?: number | undefined;
  /** Decides after each end: `true` retries, a number retries after that time, `false` closes; `undefined` leaves it to the close code. */
  shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
  /**
   * Asks the server for a sign of life, on every opening and from then on, so that a dead link is noticed and made anew.
   * Needs a command that the server answers. @default false
   */
  heartbeat?: Heartbeat<P> | false | undefined;
  /** How long the server may be silent when there is reason to doubt, as after sleep; `false` does not doubt. Needs a heartbeat. @default 3000 */
  probe?: number | false | undefined;
  /** What tells of sleep and wake, of offline and online; `false` for nothing. @default the page's or the worker's, if there is one */
  environment?: Environment | false | undefined;
  /** What waits while the connection is not open, or is kept until it is confirmed. @default {max: 100, ttl: Infinity, overflow: "drop-oldest"} */
  queue?: Some<QueueOptions> | undefined;
  /**
   * Which messages are checked by the protocol's schemas, and given their defaults and transforms. What is not checked
   * is taken at its word, and so are its types. @default "always"
   */
  validate?: Validate | undefined;
  /** How many bytes a message of the server's may have; a larger one is reported and dropped. @default 1048576 */
  maxMessageBytes?: number | undefined;
  /** How many bytes the WebSocket may hold that have not left; above it, messages of delivery `latest` and `drained()` wait. @default 1048576 */
  highWaterMark?: number | undefined;
  /**
   * Tells the server who we are, on every opening: the connection is open when it is done, and only then are channels
   * joined and messages sent. If it throws, rejects or takes longer than `connectTimeout`, the attempt has failed.
   */
  authenticate?: ((authentication: Authentication<P>) => unknown) | undefined;
  /** The part that makes requests, and knows the deliveries `latest` and `confirm`: `deliveries` of `wireline/deliveries`. @default none */
  deliveries?: Deliveries | undefined;
  /** Who speaks: what waits for the connection is never sent under another identity; see {@link Socket.identify}. */
  identity?: string | undefined;
  /** How channels are joined and left. @default {join: "join", leave: "leave"} */
  rejoin?: Rejoin | undefined;
  /** The class to make WebSockets with, where the runtime has none (Node 20: that of `ws`) or headers are needed. @default the global one, looked up for each attempt */
  WebSocket?: WebSocketClass | undefined;
}

/** Options in which nothing is left to default. */
export interface ResolvedOptions<P extends Protocol> extends Omit<SocketOptions<P>, keyof ConnectionOptions>, ConnectionOptions {
  readonly codec: Codec;
  readonly channel: string;
  readonly autoConnect: boolean;
  readonly queue: QueueOptions;
  readonly validate: Validate;
  readonly maxMessageBytes: number;
  readonly highWaterMark: number;
  readonly heartbeat: (Heartbeat & { readonly interval: number; readonly timeout: number }) | false | undefined;
  readonly rejoin: Required<Rejoin>;
}

const defaults = {
  url: "/connect",
  protocols: [],
  codec: jsonCodec,
  channel: "",
  autoConnect: true,
  minUptime: 5_000,
  connectTimeout: 10_000,
  closeTimeout: 3_000,
  maxRetries: Infinity,
  probe: 3_000,
  validate: "always",
  maxMessageBytes: 1_048_576,
  highWaterMark: 1_048_576,
} as const;

/** The five positional arguments of the constructor that Project Forge's client has. */
export type PositionalOptions = [
  debug: boolean,
  onOpen?: (() => void) | undefined,
  onMessage?: ((message: Message) => void) | undefined,
  onError?: ((service: string, error: string) => void) | undefined,
  url?: string | undefined,
];

/**
 * Makes either form of the constructor's arguments complete.
 *
 * @throws SocketError `usage` for a number that cannot be.
 */
export function resolveOptions<P extends Protocol>(args: [SocketOptions<P>?] | PositionalOptions): ResolvedOptions<P> {
  const given = isPositional(args) ? fromPositional<P>(args) : (args[0] ?? {});
  if (typeof given !== "object") throw new SocketError("usage", { message: "Pass options, such as { url }." });
  const { backoff, heartbeat } = given;
  if (heartbeat && !/string|function/.test(typeof heartbeat.cmd)) {
    throw new SocketError("usage", { message: "Give the heartbeat a cmd." });
  }
  return {
    ...fill(defaults, given),
    backoff: typeof backoff === "function" ? backoff : fill(defaultBackoff, backoff),
    // Its param may be null.
    heartbeat: heartbeat && { ...fill({ interval: 25_000, timeout: 10_000 }, heartbeat), param: heartbeat.param === undefined ? {} : heartbeat.param },
    environment: given.environment ?? pageEnvironment(),
    queue: fill(defaultQueue, given.queue),
    rejoin: fill({ join: "join", leave: "leave" }, given.rejoin),
  };
}

/** The defaults under what was given; an option that is given as `undefined` is not given. */
function fill<T extends object, G extends object>(defaults: T, given: G | undefined): T & G {
  const filled = { ...defaults, ...given } as Record<string, unknown>;
  for (const [name, value] of Object.entries(defaults)) {
    filled[name] ??= value;
    if (typeof value === "number" && !((filled[name] as number) >= 0)) {
      throw new SocketError("usage", { message: `The option ${name} must be 0 or more.` });
    }
  }
  return filled as T & G;
}

function isPositional(args: [unknown?, ...unknown[]]): args is PositionalOptions {
  return typeof args[0] === "boolean";
}

function fromPositional<P extends Protocol>([debug, onOpen, onMessage, onError, url]: PositionalOptions): SocketOptions<P> {
  return { debug, onOpen, onMessage, onError: onError && ((error) => onError("socket", error.message)), url };
}
