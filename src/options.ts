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

/** How to ask the server to join or leave a channel: a command with the param of `join()` or `leave()`, or a function that returns the message. */
export type JoinCommand = string | ((channel: string, param: unknown) => Message);

/** How channels are joined and left, for servers with other commands. */
export interface Rejoin {
  /** How to join a channel, each time the connection opens. @default "join" */
  join?: JoinCommand | undefined;
  /** How to leave a channel. @default "leave" */
  leave?: JoinCommand | undefined;
}

/** How to ask the server for a sign of life. Times are in milliseconds. */
export interface Heartbeat<P extends Protocol = Protocol> {
  /** The command to send to the default channel; or a function that returns the message, or asks in another way and returns nothing. */
  cmd: string | ((channel: string, param: unknown) => Message | undefined | void | Promise<void>);
  /** The param to send. @default {} */
  param?: unknown;
  /** The command that the server replies with. It measures `state.latency`; any other message proves life, too. */
  reply?: (keyof P["inbound"] & string) | undefined;
  /** The time between an answer and the next heartbeat. Some proxies close a connection that is quiet for 30 s. @default 25000 */
  interval?: number | undefined;
  /** How long the server may be silent after a heartbeat. @default 10000 */
  timeout?: number | undefined;
}

/** What `authenticate` gets: the attempt, and access to its connection before anything else is sent. */
export interface Authentication<P extends Protocol = Protocol> extends Attempt {
  /** Sends to the default channel, without the queue. Returns `"sent"`, or `"dropped"` if the attempt is over. */
  send<C extends string>(cmd: Command<P, C>, ...args: ParamArgument<P, C>): SendResult;
  /** Makes a request in the default channel, without the queue. See {@link Socket.request}. */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: RequestOptions<P, CommandOf<P, C>, R>]
  ): Promise<InboundParam<P, R>>;
}

// Some of the settings, each of which may also be undefined.
type Some<T> = { [K in keyof T]?: T[K] | undefined };

/** The options of a {@link Socket}. Times are in milliseconds. */
export interface SocketOptions<P extends Protocol = Protocol> {
  /** The address, absolute or relative to the page; http(s) becomes ws(s). A function is called for each attempt. @default "/connect" */
  url?: PerAttempt<string | URL> | undefined;
  /** The subprotocols to offer; a function is called for each attempt. If the server picks none, the attempt fails in Chromium and Node. @default none */
  protocols?: PerAttempt<string | readonly string[]> | undefined;
  /** The commands of both sides, from `defineProtocol`. Without it every command is allowed, with a param of type `unknown`. */
  protocol?: P | undefined;
  /** How messages are encoded. @default jsonCodec */
  codec?: Codec | undefined;
  /** The channel of messages that name none. @default "" */
  channel?: string | undefined;
  /** Like {@link Socket.onOpen}. */
  onOpen?: (() => void) | undefined;
  /** Like {@link Socket.onMessage}. */
  onMessage?: ((message: InboundMessage<P>) => void) | undefined;
  /** Like {@link Socket.onError}. */
  onError?: ((error: SocketError) => void) | undefined;
  /** Like {@link Socket.onClose}. */
  onClose?: ((close: SocketClose) => void) | undefined;
  /** Like {@link Socket.onStatus}. */
  onStatus?: ((state: SocketState, previous: SocketState) => void) | undefined;
  /** Like {@link Socket.onDrop}. */
  onDrop?: ((message: Message, reason: DropReason) => void) | undefined;
  /** Prints what the socket does, or passes each line to a function; without params and query strings. @default false */
  debug?: boolean | ((line: string) => void) | undefined;
  /** Connects at once. Otherwise call `connect()`. @default true */
  autoConnect?: boolean | undefined;
  /** Closes the socket when aborted. */
  signal?: AbortSignal | undefined;
  /**
   * The random wait before a retry; or a function of the retry's number, from 1, which also overrides the waits of the
   * close codes 1012, 1013 and 4200–4299. @default {min: 2200, max: 30000, factor: 1.16}
   */
  backoff?: Some<Backoff> | ((retry: number) => number) | undefined;
  /** How long a connection must be open before retries are counted from 1 again. @default 5000 */
  minUptime?: number | undefined;
  /** The limit for the url and protocols functions, for the handshake, and for `authenticate`, each. @default 10000 */
  connectTimeout?: number | undefined;
  /** How long the closing handshake may take before `onClose` reports 1006. @default 3000 */
  closeTimeout?: number | undefined;
  /** How many retries in a row may fail before the socket closes with an error. Coming online or into view resets the count. @default Infinity */
  maxRetries?: number | undefined;
  /** Decides after each close: `true` retries, a number retries after that time, `false` closes the socket, `undefined` leaves it to the close code. */
  shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
  /** Detects a dead connection, which is then replaced. @default false */
  heartbeat?: Heartbeat<P> | false | undefined;
  /** How long the server may be silent after an extra heartbeat, such as on wake; `false` for none. @default 3000 */
  probe?: number | false | undefined;
  /** The source of events such as sleep, wake, offline and online; `false` for none. @default that of the page or worker */
  environment?: Environment | false | undefined;
  /** The limits for messages that wait for the connection, or are kept until they are confirmed. @default {max: 100, ttl: Infinity, overflow: "drop-oldest"} */
  queue?: Some<QueueOptions> | undefined;
  /** Which messages the schemas of the protocol check and transform. The types of other messages are not verified. @default "always" */
  validate?: Validate | undefined;
  /** How many bytes an inbound message may have. A larger one is reported and dropped. @default 1048576 */
  maxMessageBytes?: number | undefined;
  /** How many unsent bytes the WebSocket may hold before `drained()` and messages with delivery `latest` wait. @default 1048576 */
  highWaterMark?: number | undefined;
  /**
   * Authenticates each connection, before it is open, channels are joined and messages sent. If it throws, rejects or takes
   * longer than `connectTimeout`, the attempt fails.
   */
  authenticate?: ((authentication: Authentication<P>) => unknown) | undefined;
  /** The part that makes requests, and knows the deliveries `latest` and `confirm`: `deliveries` of `wireline/deliveries`. @default none */
  deliveries?: Deliveries | undefined;
  /** The identity of the user. A message that waits is never sent under another one; see {@link Socket.identify}. */
  identity?: string | undefined;
  /** How channels are joined and left. @default {join: "join", leave: "leave"} */
  rejoin?: Rejoin | undefined;
  /** The WebSocket class, where the runtime has none (in Node 20, use `ws`) or headers are needed. @default the global one */
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
