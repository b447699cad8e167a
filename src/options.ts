import type { Attempt, PerAttempt } from "./connection/attempt";
import { type Backoff, defaultBackoff } from "./connection/backoff";
import type { SocketClose } from "./connection/close";
import type { ConnectionOptions, OpenEvent } from "./connection/connection";
import { type Environment, pageEnvironment } from "./connection/environment";
import type { SocketState } from "./connection/state";
import type { WebSocketClass } from "./connection/transport";
import type { SocketError } from "./errors";
import type { Validate } from "./messages/contract";
import type { DropReason, SendResult } from "./messages/deliveries";
import { type Codec, jsonCodec, type Message } from "./messages/message";
import { defaultQueue, type QueueOptions } from "./messages/queue";
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
} from "./protocol";
import type { MemberUpdate } from "./subscriptions/members";
import type { PresenceReaders } from "./subscriptions/rooms";
import { checkKinds, type Kinds, usage } from "./usage";

/** How to join or leave a channel: a command with the param of `join()` or `leave()`, or a function that returns the message. */
export type JoinCommand = string | ((channel: string, param: unknown) => Message);

/** A join that the server answers. */
export interface AnsweredJoin<P extends Protocol = Protocol> {
  /** How to join. */
  cmd: JoinCommand;
  /** The command that agrees, in the channel of the message. */
  reply: keyof P["inbound"] & string;
  /** The command that refuses; or a function that tells a refusal from the param of `reply`. @default none */
  refused?: (keyof P["inbound"] & string) | ((reply: never) => boolean) | undefined;
}

/** How channels are joined and left, for servers with other commands. */
export interface Rejoin<P extends Protocol = Protocol> {
  /**
   * How to join a channel, each time the connection opens. If the server answers joins, messages to a channel wait until it is
   * joined; an answer that takes longer than `connectTimeout` is an error, and the server is asked again. @default "join"
   */
  join?: JoinCommand | AnsweredJoin<P> | undefined;
  /** How to leave a channel. @default "leave" */
  leave?: JoinCommand | undefined;
}

/** How to know who is in a channel, for servers with other commands. */
export interface Presence {
  /** The command that reports one member. @default "online-update" */
  update?: string | undefined;
  /** Reads it; `undefined` for what reports nobody. @default reads `{userID, connected}`, all of which are the details */
  readUpdate?: ((param: never) => MemberUpdate | undefined) | undefined;
  /** The command that lists all members. @default none */
  list?: string | undefined;
  /** Reads it, as pairs of an id and its details. @default reads an array of ids, or of objects with a `userID` */
  readList?: ((param: never) => Iterable<readonly [id: string, details: unknown]>) | undefined;
  /** How to ask for the list, once a channel is joined, and for the default channel on each opening. @default does not ask */
  ask?: JoinCommand | undefined;
}

/** How to ask the server for a sign of life. Times are in milliseconds. */
export interface Heartbeat<P extends Protocol = Protocol> {
  /** The command to send to the default channel; or a function that returns the message, or asks in another way. */
  cmd: string | ((channel: string, param: unknown) => Message | undefined | void | Promise<void>);
  /** The param to send. @default {} */
  param?: unknown;
  /** The command that the server replies with. It measures `state.latency`; any other message proves life, too. */
  reply?: (keyof P["inbound"] & string) | undefined;
  /** The time between an answer and the next heartbeat. Some proxies close what is quiet for 30 s. @default 25000 */
  interval?: number | undefined;
  /**
   * How long the server may be silent after a heartbeat, while nothing leaves the WebSocket; a second more for each 100 kB sent
   * before it. Raise it if one message of the server may take longer to arrive. @default 10000
   */
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
  /**
   * The address, absolute or relative to the page; http(s) becomes ws(s). A function is called for each attempt and may
   * fetch a token; if it fails or takes longer than `connectTimeout`, the attempt fails. @default "/connect"
   */
  url?: PerAttempt<string | URL> | undefined;
  /** The subprotocols to offer; a function is called for each attempt. If the server picks none, the attempt fails in Chromium and Node. @default none */
  protocols?: PerAttempt<string | readonly string[]> | undefined;
  /** The commands of both sides, from `defineProtocol`. Without it every command is allowed, with a param of type `unknown`. */
  protocol?: P | undefined;
  /** How messages are encoded. @default jsonCodec */
  codec?: Codec | undefined;
  /** The channel of messages that name none. @default "" */
  channel?: string | undefined;
  /** Like {@link Socket.onOpen}, as are the next five. */
  onOpen?: ((event: OpenEvent) => void) | undefined;
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
  /** Prints what the socket does, or passes each line to a function; without params and tokens. @default false */
  debug?: boolean | ((line: string) => void) | undefined;
  /** Connects at once. Otherwise call `connect()`. @default true */
  autoConnect?: boolean | undefined;
  /** Closes the socket when aborted. */
  signal?: AbortSignal | undefined;
  /**
   * The random wait before a retry; or a function of the retry's number, from 1, which overrides the waits of close codes. @default {min: 2200, max: 30000, factor: 1.16}
   */
  backoff?: Some<Backoff> | ((retry: number) => number) | undefined;
  /** How long a connection must be open before retries are counted from 1 again. @default 5000 */
  minUptime?: number | undefined;
  /** The limit for the url and protocols functions, for the handshake, and for `authenticate`, each. Chromium may delay attempts by 5000. @default 10000 */
  connectTimeout?: number | undefined;
  /** How long the closing handshake may take before `onClose` reports 1006. @default 3000 */
  closeTimeout?: number | undefined;
  /** How many retries in a row may fail before the socket closes with an error. Coming online or into view starts a new row. @default Infinity */
  maxRetries?: number | undefined;
  /** Decides after each close: `true` retries, a number retries after that time, `false` closes the socket, `undefined` leaves it to the close code. */
  shouldReconnect?: ((close: SocketClose) => boolean | number | undefined) | undefined;
  /** Detects a dead connection, which is then replaced. Needs a command that the server answers. @default false */
  heartbeat?: Heartbeat<P> | false | undefined;
  /** How long the server may be silent when there is doubt, as after sleep; `false` never doubts. @default 3000 */
  probe?: number | false | undefined;
  /** What reports sleep, wake, offline and online; `false` for nothing. @default that of the page or worker */
  environment?: Environment | false | undefined;
  /** The limits for messages that wait or are kept. @default {max: 100, ttl: Infinity, overflow: "drop-oldest"} */
  queue?: Some<QueueOptions> | undefined;
  /** Which messages the schemas of the protocol check and transform. The types of other messages are not verified. @default "always" */
  validate?: Validate | undefined;
  /**
   * How many bytes an inbound message may have. A larger one is reported and dropped. It is counted after decompression:
   * in Node, set `maxPayload` of `ws` as well. @default 1048576
   */
  maxMessageBytes?: number | undefined;
  /** How many bytes may be buffered before `drained()` and messages with delivery `latest` wait. @default 1048576 */
  highWaterMark?: number | undefined;
  /**
   * Authenticates each connection, before channels are joined and messages sent. If it throws, rejects or takes longer than
   * `connectTimeout`, the attempt fails.
   */
  authenticate?: ((authentication: Authentication<P>) => unknown) | undefined;
  /** The identity of the user; see {@link Socket.identify}. */
  identity?: string | undefined;
  /** How channels are joined and left. @default {join: "join", leave: "leave"} */
  rejoin?: Rejoin<P> | undefined;
  /** How to know who is in a channel. @default {update: "online-update"} */
  presence?: Presence | undefined;
  /** The WebSocket class, such as that of `ws` in Node 20. @default the global one */
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
  readonly rejoin: { readonly join: JoinCommand | AnsweredJoin; readonly leave: JoinCommand };
  readonly presence: PresenceReaders & { readonly ask?: JoinCommand | undefined };
  readonly authenticate?: ((authentication: Authentication) => unknown) | undefined;
}

const defaultRejoin = { join: "join", leave: "leave" };

const defaultPresence: PresenceReaders = {
  update: "online-update",
  readUpdate(param) {
    const { userID, connected } = (param ?? {}) as { userID?: unknown; connected?: unknown };
    if (typeof userID !== "string" || typeof connected !== "boolean") return undefined;
    return { id: userID, connected, details: param };
  },
  readList(param) {
    const entries = Array.isArray(param) ? param : [];
    return entries.map((entry) => [typeof entry === "object" && entry !== null ? entry.userID : entry, entry]);
  },
};

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
  backoff: defaultBackoff,
  queue: defaultQueue,
  rejoin: defaultRejoin,
  presence: defaultPresence,
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
 * Completes the arguments of the constructor, in either form.
 *
 * @throws SocketError `usage` for a name that is no option, and for a value that an option cannot have.
 */
export function resolveOptions<P extends Protocol>(args: [SocketOptions<P>?] | PositionalOptions): ResolvedOptions<P> {
  const given = isPositional(args) ? fromPositional<P>(args) : (args[0] ?? {});
  checkKinds(given, optionKinds);
  const options = over(defaults, given) as Record<string, unknown>;
  for (const [name, { kinds, defaults }] of Object.entries(nestedOptions)) {
    const value = given[name as keyof typeof nestedOptions];
    if (typeof value !== "object") continue;
    checkKinds(value, kinds, name);
    options[name] = over(defaults, value);
  }
  const { heartbeat, protocol, rejoin, environment = pageEnvironment() } = given;
  if (heartbeat && heartbeat.cmd === undefined) throw usage("heartbeat has no `cmd`; name a command that the server answers.");
  if (protocol && !(protocol.inbound && protocol.outbound)) {
    throw usage("protocol has no `inbound` or `outbound`; make it with defineProtocol.");
  }
  if (typeof rejoin?.join === "object") checkAnsweredJoin(rejoin.join, protocol);
  if (environment) options.environment = environment;
  return options as unknown as ResolvedOptions<P>;
}

/** @throws SocketError `usage` for a join whose answers cannot come. */
function checkAnsweredJoin(join: { readonly [K in keyof AnsweredJoin]?: unknown }, protocol: Protocol | undefined): void {
  checkKinds(join, { cmd: "string function", reply: "string", refused: "string function" }, "rejoin.join");
  if (join.cmd === undefined || join.reply === undefined) {
    throw usage("rejoin.join has no `cmd` or no `reply`; name the command that joins, and the one that answers it.");
  }
  for (const answer of [join.reply, join.refused]) {
    if (protocol && typeof answer === "string" && !Object.keys(protocol.inbound).includes(answer)) {
      throw usage("The protocol has no such inbound command as `rejoin.join` names; add it to `inbound`.");
    }
  }
}

/**
 * What was given, over the defaults as its prototype, so that sockets share them. An option that is given as `undefined` is
 * not given.
 */
function over<T extends object>(defaults: T, given: object): T {
  const options: T = Object.create(defaults);
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) options[name as keyof T] = value;
  }
  return options;
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
  url: "string object function",
  protocols: "string array function",
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
  presence: "object",
  WebSocket: "class",
};

/** The options that are objects: what each may hold, and what it holds by default. */
const nestedOptions: Record<
  "backoff" | "heartbeat" | "presence" | "queue" | "rejoin",
  { readonly kinds: Kinds; readonly defaults: object }
> = {
  backoff: { kinds: { min: "number", max: "number", factor: "number" }, defaults: defaultBackoff },
  heartbeat: {
    kinds: { cmd: "string function", param: "anything", reply: "string", interval: "number", timeout: "number" },
    defaults: { interval: 25_000, timeout: 10_000, param: {} },
  },
  queue: { kinds: { max: "number", ttl: "number", overflow: '"drop-oldest" "drop-newest" "throw"' }, defaults: defaultQueue },
  rejoin: { kinds: { join: "string function object", leave: "string function" }, defaults: defaultRejoin },
  presence: {
    kinds: { update: "string", readUpdate: "function", list: "string", readList: "function", ask: "string function" },
    defaults: defaultPresence,
  },
};
