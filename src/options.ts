import { type Backoff, defaultBackoff } from "./connection/backoff";
import type { SocketClose } from "./connection/close";
import type { Attempt, PerAttempt } from "./connection/attempt";
import type { ConnectionOptions, OpenEvent } from "./connection/connection";
import { type Environment, pageEnvironment } from "./connection/environment";
import type { SocketState } from "./connection/state";
import type { WebSocketClass } from "./connection/transport";
import { SocketError } from "./errors";
import { checkKinds, isFunction, type Kinds, usage } from "./usage";
import type { Validate } from "./messages/contract";
import { type Codec, jsonCodec, type Message } from "./messages/message";
import type {
  InboundCommand,
  InboundMessage,
  InboundParam,
  OutboundCommand,
  OutboundParam,
  ParamArgument,
  Protocol,
  ReplyCommand,
  RequestCommand,
  RequestOptions,
} from "./protocol";
import type { DropReason, SendResult } from "./messages/deliveries";
import { defaultQueue, type QueueOptions } from "./messages/queue";

/** How a server is asked to join or leave a channel: a command, which gets the param of `join()` or `leave()`, or a function that makes the message. */
export type JoinCommand = string | ((channel: string, param: unknown) => Message);

/** How channels are joined and left. */
export interface Rejoin {
  /** How a channel is joined, on every opening. @default "join" */
  join?: JoinCommand;
  /** How a channel is left. @default "leave" */
  leave?: JoinCommand;
}

/** How to ask the server whether it is there, and how often. Times are milliseconds. */
export interface Heartbeat {
  /**
   * The command to ask with, on the default channel; or a function that makes the whole message. One that returns none
   * makes the server answer in a way of its own. One that throws is reported, and has asked nothing.
   */
  cmd: string | ((channel: string, param: unknown) => Message | undefined | void | Promise<void>);
  /** The param to ask with. @default {} */
  param?: unknown;
  /** The command that answers. Any message is a sign of life; this one measures `state.latency`. */
  reply?: string;
  /** How long after an answer to ask again. @default 25000, because proxies cut links that are quiet for 60 s, some after 30 s */
  interval?: number;
  /**
   * How long the server may be silent after it was asked, while nothing leaves the WebSocket either. One message that takes
   * longer to arrive looks like silence: raise it where those are expected. @default 10000
   */
  timeout?: number;
}

/** What `authenticate` gets: the attempt that it belongs to, and the link, which nothing else may use yet. */
export interface Authentication<P extends Protocol = Protocol> extends Attempt {
  /** Sends to the default channel, past the queue: `"sent"`, or `"dropped"` if the attempt is over. */
  send<C extends OutboundCommand<P>>(cmd: C, ...[param]: ParamArgument<P, C>): SendResult;
  /** Sends a request in the default channel, past the queue; see {@link Socket.request}. */
  request<C extends RequestCommand<P>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: RequestOptions<P, C, ReplyCommand<P, C>>]
  ): Promise<InboundParam<P, ReplyCommand<P, C>>>;
  /** The same for a command whose reply the protocol does not name. */
  request<C extends OutboundCommand<P>, R extends InboundCommand<P>>(
    cmd: C,
    param: OutboundParam<P, C>,
    options: RequestOptions<P, C, R> & { reply: R },
  ): Promise<InboundParam<P, R>>;
}

/** The options of a {@link Socket}. Times are milliseconds. */
export interface SocketOptions<P extends Protocol = Protocol> {
  /**
   * Where to connect: absolute, or relative to the page; http(s) becomes ws(s). A function is called for each attempt, so
   * it may fetch a token; if it fails or takes longer than `connectTimeout`, the attempt has failed.
   * @default "/connect"
   */
  url?: PerAttempt<string | URL>;
  /** The subprotocols to offer; a function is called for each attempt. If the server picks none, Chromium and Node fail the attempt, Firefox and WebKit open it. @default none */
  protocols?: PerAttempt<string | readonly string[]>;
  /** Which messages there are, from `defineProtocol`; do not change it afterwards. Without one every command is allowed, and its param is `unknown`. */
  protocol?: P;
  /** How messages are written to the WebSocket, and read from it. @default jsonCodec */
  codec?: Codec;
  /** The channel of messages that name none. @default "" */
  channel?: string;
  /** Called on every opening, after channels are joined and the queue is sent. */
  onOpen?: (event: OpenEvent) => void;
  /** Called with every message that fits the protocol. */
  onMessage?: (message: InboundMessage<P>) => void;
  /** Called with each error that was not thrown; without any listener they are printed. */
  onError?: (error: SocketError) => void;
  /** Called with the end of each connection and of each failed attempt; `state` tells what follows. */
  onClose?: (close: SocketClose) => void;
  /** Called with each change of the connection: its status, attempt, next retry, last close or error. */
  onStatus?: (state: SocketState, previous: SocketState) => void;
  /** Called with each message that was dropped, and why; without any listener the first one prints a warning. */
  onDrop?: (message: Message, reason: DropReason) => void;
  /** Prints what the socket does, or hands each line to a function. Params and query strings are left out. @default false */
  debug?: boolean | ((line: string) => void);
  /** Whether to connect at once; otherwise `connect()` does. @default true */
  autoConnect?: boolean;
  /** Closes the socket when aborted. */
  signal?: AbortSignal;
  /**
   * The wait before a retry, at random within bounds; or a function of the retry's number, from 1, which overrides what the
   * codes 1012, 1013 and 4200–4299 ask for. If it throws or returns no time, the default applies. @default {min: 2200, max: 30000, factor: 1.16}
   */
  backoff?: Partial<Backoff> | ((retry: number) => number);
  /** How long a connection must live until retries are counted from 1 again. @default 5000 */
  minUptime?: number;
  /** How long the url and protocols functions may take, then the handshake, and then `authenticate`. Chromium holds attempts back for up to 5000 after many failures, so not less than that. @default 10000 */
  connectTimeout?: number;
  /** How long the closing handshake may take before `onClose` reports 1006. @default 3000 */
  closeTimeout?: number;
  /** How many retries in a row may fail before the socket closes with the error `retries`; coming online or into view starts a new row. @default Infinity */
  maxRetries?: number;
  /** Decides after each end: `true` retries, a number retries after that time, `false` closes, `undefined` leaves it to the close code. */
  shouldReconnect?: (close: SocketClose) => boolean | number | undefined;
  /**
   * Asks the server for a sign of life, on every opening and from then on, so that a dead link is noticed and replaced.
   * It needs a command that the server answers. @default false
   */
  heartbeat?: Heartbeat | false;
  /** How long the server may be silent when there is reason to doubt, as after sleep; `false` never doubts. It needs a heartbeat. @default 3000 */
  probe?: number | false;
  /** What reports sleep and wake, offline and online; `false` for nothing. @default that of the page or worker, if there is one */
  environment?: Environment | false;
  /** What waits while the connection is not open, or is kept until it is confirmed. @default {max: 100, ttl: Infinity, overflow: "drop-oldest"} */
  queue?: Partial<QueueOptions>;
  /**
   * Which messages the protocol's schemas check, and give their defaults and transforms. The others pass as they are,
   * and their types are assumed. @default "always"
   */
  validate?: Validate;
  /**
   * How many bytes a message of the server may have; a larger one is reported and dropped. It is counted after
   * decompression, when the memory is already taken: in Node set `maxPayload` of `ws` as well. @default 1048576
   */
  maxMessageBytes?: number;
  /** How many bytes the WebSocket may hold that have not left; above that, messages of delivery `latest` and `drained()` wait. @default 1048576 */
  highWaterMark?: number;
  /**
   * Logs in, on every opening: the connection is open when it is done, and only then are channels joined and messages
   * sent. If it throws, rejects or takes longer than `connectTimeout`, the attempt has failed.
   */
  authenticate?: (authentication: Authentication<P>) => unknown;
  /** Whose connection it is: what waits is never sent under another identity; see {@link Socket.identify}. */
  identity?: string;
  /** How channels are joined and left. @default {join: "join", leave: "leave"} */
  rejoin?: Rejoin;
  /** The class to make WebSockets with, where the runtime has none (Node 20: that of `ws`) or headers are needed. @default the global one, looked up for each attempt */
  WebSocket?: WebSocketClass;
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
  readonly authenticate?: ((authentication: Authentication) => unknown) | undefined;
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

const defaultHeartbeat = { interval: 25_000, timeout: 10_000, param: {} };
const defaultRejoin = { join: "join", leave: "leave" };

/** The five positional arguments of the constructor that Project Forge's client has. */
export type PositionalOptions = [
  debug: boolean,
  onOpen?: () => void,
  onMessage?: (message: Message) => void,
  onError?: (service: string, error: string) => void,
  url?: string,
];

/**
 * Completes the arguments of the constructor, in either form.
 *
 * @throws SocketError `usage` for a name that is no option, and for a value that an option cannot have.
 */
export function resolveOptions<P extends Protocol>(args: [SocketOptions<P>?] | PositionalOptions): ResolvedOptions<P> {
  const given = isPositional(args) ? fromPositional<P>(args) : (args[0] ?? {});
  const { backoff, heartbeat } = checkOptions(given);
  return {
    ...fill(defaults, given),
    backoff: typeof backoff === "function" ? backoff : fill(defaultBackoff, backoff),
    heartbeat: heartbeat && fill(defaultHeartbeat, heartbeat),
    environment: given.environment ?? pageEnvironment(),
    queue: fill(defaultQueue, given.queue),
    rejoin: fill(defaultRejoin, given.rejoin),
  } as ResolvedOptions<P>;
}

/** The defaults under what was given; an option that is given as `undefined` is not given. */
function fill<T extends object, G extends object>(defaults: T, given: G | undefined): T & G {
  const filled = { ...defaults, ...given } as Record<string, unknown>;
  for (const [name, value] of Object.entries(defaults)) {
    if (filled[name] === undefined) filled[name] = value;
  }
  return filled as T & G;
}

function isPositional(args: [unknown?, ...unknown[]]): args is PositionalOptions {
  return typeof args[0] === "boolean";
}

function fromPositional<P extends Protocol>([debug, onOpen, onMessage, onError, url]: PositionalOptions): SocketOptions<P> {
  return {
    debug,
    onOpen: onOpen && (() => onOpen()),
    onMessage,
    onError: onError && ((error) => onError("socket", error.message)),
    url,
  };
}

const optionKinds: Kinds = {
  url: "string URL function",
  protocols: "string list function",
  protocol: "object",
  codec: "object",
  channel: "string",
  onOpen: "function",
  onMessage: "function",
  onError: "function",
  onClose: "function",
  onStatus: "function",
  onDrop: "function",
  debug: "boolean function",
  autoConnect: "boolean",
  signal: "object",
  backoff: "object function",
  minUptime: "number",
  connectTimeout: "number",
  closeTimeout: "number",
  maxRetries: "number",
  shouldReconnect: "function",
  heartbeat: "object false",
  probe: "number false",
  environment: "object false",
  queue: "object",
  validate: '"always" "inbound" "outbound" "never"',
  maxMessageBytes: "number",
  highWaterMark: "number",
  authenticate: "function",
  identity: "string",
  rejoin: "object",
  WebSocket: "class",
};
const nestedKinds: Record<string, Kinds> = {
  backoff: { min: "number", max: "number", factor: "number" },
  heartbeat: { cmd: "string function", param: "any", reply: "string", interval: "number", timeout: "number" },
  queue: { max: "number", ttl: "number", overflow: '"drop-oldest" "drop-newest" "throw"' },
  rejoin: { join: "string function", leave: "string function" },
};

/** @throws SocketError `usage` for what no option is or can be; types hold that only where code is compiled. */
function checkOptions<P extends Protocol>(given: SocketOptions<P>): SocketOptions<P> {
  checkKinds(given, optionKinds);
  for (const [name, kinds] of Object.entries(nestedKinds)) {
    const nested = given[name as keyof SocketOptions];
    if (typeof nested === "object") checkKinds(nested, kinds, name);
  }
  const { heartbeat, codec, environment, protocol } = given;
  if (heartbeat && heartbeat.cmd === undefined) throw usage("The option heartbeat needs a `cmd` that the server answers.");
  if (codec && !(isFunction(codec.encode) && isFunction(codec.decode))) throw usage("The option codec needs the functions `encode` and `decode`.");
  if (environment && !isFunction(environment.listen)) throw usage("The option environment needs the function `listen`.");
  if (protocol && !(protocol.inbound && protocol.outbound)) throw usage("The option protocol needs `inbound` and `outbound`; make it with defineProtocol.");
  return given;
}
