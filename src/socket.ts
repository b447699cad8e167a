import { Channel, OPENED } from "./channel";
import type { SocketClose } from "./connection/close";
import { Connection, type ConnectionEvents } from "./connection/connection";
import type { SocketState } from "./connection/state";
import { SocketError } from "./errors";
import { Inbox, type InboxHost, MESSAGE } from "./inbox";
import type { Message } from "./messages/message";
import {
  type CommandOf,
  type CommandOrMessage,
  type CommandWithReply,
  type DefaultReply,
  type InboundMessage,
  type InboundParam,
  type NamedReply,
  type OutboundMessage,
  type ParamArgument,
  type Protocol,
  type RequestOptions,
  type SendOptions,
} from "./messages/protocol";
import { type DropReason, missing, Queue, type QueueClass, type QueueHost, type Replies, type SendResult, type Transmit } from "./messages/queue";
import {
  type Authentication,
  type Heartbeat,
  type PositionalOptions,
  type ResolvedOptions,
  resolveOptions,
  type SocketOptions,
} from "./options";
import { Emitter, type EmitterHost } from "./subscriptions/emitter";
import type { IterateOptions, WaitOptions } from "./subscriptions/iterate";
import { onAbort, type Undo } from "./subscriptions/undo";

// Symbols, so that no command of the network can bear the name of an event of ours.
const OPEN = Symbol();
const ERROR = Symbol();
const CLOSE = Symbol();
const STATUS = Symbol();
const DROP = Symbol();
const STOPPED = Symbol();
const DEBUG = Symbol();

type Host = EmitterHost & QueueHost & ConnectionEvents & InboxHost & { emitter: Emitter };

/** A connection to a server that speaks `{channel, cmd, param}`. It reconnects by itself. */
export class Socket<P extends Protocol = Protocol> {
  readonly #options: ResolvedOptions<P>;
  readonly #host: Host;
  readonly #emitter: Emitter;
  readonly #queue: Queue & Partial<Replies>;
  readonly #connection: Connection;
  readonly #inbox: Inbox;
  readonly #channels = new Map<string, { channel: Channel<P>; emitter: Emitter }>();
  #unbind: Undo | undefined;

  /**
   * Connects, unless `autoConnect` is `false`.
   *
   * @throws SocketError `usage` for wrong options; and what `connect()` throws.
   */
  constructor(options?: SocketOptions<P> | boolean);
  // A number of arguments fits one form only, so that the compiler reports a mistake in the form that was meant.
  /** The constructor of Project Forge's client. `onError` gets `"socket"` and the message. */
  constructor(
    debug: boolean,
    onOpen: (() => void) | undefined,
    onMessage?: (message: Message) => void,
    onError?: (service: string, error: string) => void,
    url?: string,
  );
  constructor(...args: unknown[]) {
    const options = resolveOptions<P>(args as [SocketOptions<P>?] | PositionalOptions);
    this.#options = options;
    const { authenticate } = options;
    // One for all its parts, which know nothing of each other.
    const host: Host = {
      // Made with it, below; an accessor would cost each socket a kilobyte.
      emitter: undefined as never as Emitter,
      // An onError listener that throws is not told of it: it would throw again.
      threw: (cause, name) => (name === ERROR ? console.error(cause) : this.#failed(new SocketError("listener", { cause }))),
      dropped: (message: unknown, reason: DropReason = "buffer") => this.#dropped(message as Message, reason),
      onClosed: (listener) => this.#onClosed(listener),
      failed: (error) => this.#failed(error),
      debug: (line) => this.#debug(line),
      transmit: (data) => this.#connection.send(data),
      buffered: () => this.#connection.buffered,
      closed: () => this.state.status === "closed",
      channel: (name) => this.#channels.get(name)?.emitter,
      replies: () => this.#queue,
      connection: () => this.#connection,
      authenticate:
        authenticate &&
        ((attempt, transmit) =>
          authenticate({
            ...attempt,
            send: (cmd: string, param: unknown) => this.#send(cmd, param, {}, transmit),
            request: (cmd: string, param: unknown, options?: RequestOptions) =>
              this.#request({ channel: this.#channel(options), cmd, param }, options, transmit),
          } as unknown as Authentication<P>)),
      opened: () => this.#opened(),
      lost: () => this.#queue.lost(),
      stopped: () => this.#stopped(),
      asked: () => this.#ask(),
      received: (data) => this.#inbox.received(data),
      counters: () => ({ queued: this.#queue.size, late: this.#queue.late ?? 0, unknown: this.#inbox.unknown }),
      changed: (state, previous) => this.#changed(state, previous),
      ended: (close) => this.#tell(CLOSE, close),
    };
    this.#host = host;
    this.#emitter = host.emitter = new Emitter(host);
    this.#queue = new ((options.deliveries as unknown as QueueClass | undefined) ?? Queue)(options, host);
    this.#connection = new Connection(options, host);
    this.#inbox = new Inbox(options, host);
    for (const name of ["onOpen", "onMessage", "onError", "onClose", "onStatus", "onDrop"] as const) {
      const listener = options[name];
      if (listener) this[name](listener as never);
    }
    const { debug } = options;
    if (debug) this.#emitter.on(DEBUG, debug === true ? console.debug : debug);
    if (options.autoConnect) this.connect();
    else this.#bind();
  }

  /** The current state: the same frozen object until something changes. */
  get state(): SocketState {
    return this.#connection.state;
  }

  /** The state in one line, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`. */
  explain(): string {
    return this.#connection.explain();
  }

  /**
   * Starts to connect if the status is `idle` or `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` where there is no WebSocket; `address` for a fixed url that is wrong.
   */
  connect(): void {
    if (this.#options.signal?.aborted) return this.close();
    this.#connection.connect();
    if (this.state.status !== "closed") this.#bind();
  }

  /** Ends the wait before a retry, if there is one. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  /**
   * Closes the socket: it is `closed` at once, and queued messages are dropped. `onClose` follows when the server has
   * answered, or after `closeTimeout`. `connect()` starts again.
   *
   * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason longer than 123 bytes.
   */
  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  /** The name of {@link close} in Project Forge's client. */
  disconnect(code?: number, reason?: string): void {
    this.close(code, reason);
  }

  /** {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Resolves when the connection is open. Rejects with the signal's reason, or with `closed` if the socket closes. */
  ready(options: WaitOptions = {}): Promise<void> {
    return this.state.status === "open" ? Promise.resolve() : this.#emitter.once(OPEN, options.signal);
  }

  /** The current identity. */
  get identity(): string | undefined {
    return this.#connection.identity;
  }

  /**
   * Changes the identity. Messages that wait or are not confirmed are dropped with the reason `identity`, and a new
   * connection is made at once. Channels stay joined. The same identity changes nothing.
   */
  identify(identity?: string): void {
    if (identity === this.identity) return;
    this.#queue.clear("identity");
    this.#connection.identify(identity);
  }

  /**
   * Resolves when no message waits or is unconfirmed, and the WebSocket holds at most `highWaterMark` bytes. Rejects like
   * {@link ready}.
   */
  drained(options: WaitOptions = {}): Promise<void> {
    return this.#queue.drained?.(options.signal) ?? Promise.reject(missing());
  }

  /**
   * Sends a command with its param to the default channel, or a message `{channel, cmd, param}`. It is checked and encoded
   * at once, even if it has to wait.
   *
   * @returns `sent` if the WebSocket has it; `queued` if it waits; `replaced` if it waits in place of an older message (see
   * {@link Delivery}); `dropped` if it was dropped and reported to `onDrop`.
   * @throws SocketError `validation` if it does not fit the protocol; `codec` if it cannot be encoded; `overflow` if the
   * queue is full and its `overflow` is `"throw"`; `usage` for delivery `confirm` without a reply.
   */
  send<C extends string | { readonly cmd: string }, R extends keyof P["inbound"] & string = DefaultReply<P, C>>(
    cmd: CommandOrMessage<P, C>,
    ...args: [...ParamArgument<P, C>, options?: SendOptions<P, CommandOf<P, C>, R>]
  ): SendResult;
  send(first: string | OutboundMessage<Protocol>, ...[param, options]: unknown[]): SendResult {
    if (typeof first === "string") return this.#send(first, param, options as SendOptions);
    const { cmd, param: said } = first;
    return this.#queue.send({ channel: this.#channel(first), cmd, param: said }, param as SendOptions);
  }

  /**
   * Sends a command and resolves with the param of its reply. The reply is a message with the command that the protocol or
   * the options name as `reply`, in the same channel, for which `match` returns true. The oldest request is answered first.
   * A request waits in the queue until the connection is open. It is not resent.
   *
   * Rejects with a SocketError: `timeout`, `aborted`, `lost` (the connection), `closed`, `dropped` (see `onDrop`),
   * `validation` (the reply does not fit), or what `send` throws. If its `sent` is true, the server may have seen the request.
   */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: RequestOptions<P, CommandOf<P, C>, R>]
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    return this.#request({ channel: this.#channel(options as RequestOptions), cmd, param }, options as RequestOptions) as Promise<never>;
  }

  /** The channel of a name: the same object each time. */
  channel(name: string): Channel<P> {
    let entry = this.#channels.get(name);
    if (!entry) {
      const emitter = new Emitter(this.#host);
      const channel = new Channel<P>(name, emitter, {
        send: (message, options) => this.#queue.send(message, options),
        request: (message, options) => this.#request(message, options),
        membership: (kind, name, param) => this.#tellServer(this.#options.rejoin[kind], name, param),
      });
      entry = { channel, emitter };
      this.#channels.set(name, entry);
    }
    return entry.channel;
  }

  /** Listens to a command from every channel. Returns the unsubscribe function, as do all `on…` methods. */
  on<C extends keyof P["inbound"] & string>(cmd: C, listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void): Undo {
    return this.#emitter.on(cmd, (message: InboundMessage<P, C>) => listener(message.param, message));
  }

  /** Resolves with the next message of a command. Rejects like {@link ready}. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: WaitOptions = {}): Promise<InboundMessage<P, C>> {
    return this.#emitter.once(cmd, options.signal);
  }

  /**
   * The messages of a command from now on, for `for await`. If the buffer is full, the oldest message is dropped. The
   * iterator ends when it is aborted and when the socket closes.
   */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    return this.#emitter.iterate(cmd, options);
  }

  /** Listens to each opening, after channels are joined and the queue is sent. */
  onOpen(listener: () => void): Undo {
    return this.#emitter.on(OPEN, listener);
  }

  /** Listens to every message that fits the protocol. */
  onMessage(listener: (message: InboundMessage<P>) => void): Undo {
    return this.#emitter.on(MESSAGE, listener);
  }

  /** Listens to errors. An error without a listener is printed. */
  onError(listener: (error: SocketError) => void): Undo {
    return this.#emitter.on(ERROR, listener);
  }

  /** Listens to the close of each connection and of each failed attempt. */
  onClose(listener: (close: SocketClose) => void): Undo {
    return this.#emitter.on(CLOSE, listener);
  }

  /** Listens to each change of the state. */
  onStatus(listener: (state: SocketState, previous: SocketState) => void): Undo {
    return this.#emitter.on(STATUS, ([state, previous]: [SocketState, SocketState]) => listener(state, previous));
  }

  /**
   * Listens to each message that is dropped, with the reason. Do not send it again in the listener: it might be dropped
   * again, and so on.
   */
  onDrop(listener: (message: Message, reason: DropReason) => void): Undo {
    return this.#emitter.on(DROP, ([message, reason]: [Message, DropReason]) => listener(message, reason));
  }

  /** Open: channels first, then what waited; both before anybody hears of it. */
  #opened(): void {
    for (const { emitter } of this.#channels.values()) emitter.emit(OPENED);
    this.#queue.opened();
  }

  #stopped(): void {
    this.#unbind?.();
    this.#unbind = undefined;
    // At once, unlike news: what waits now must not live on in a connection that is started in the same breath.
    this.#emitter.emit(STOPPED);
    this.#queue.clear("closed");
  }

  #changed(state: SocketState, previous: SocketState): void {
    this.#debug(() => this.explain());
    // An opening is told at once, for a greeting of the server's may come before any microtask.
    if (state.status !== "open") return this.#tell(STATUS, [state, previous]);
    this.#emitter.emit(STATUS, [state, previous]);
    if (this.state.status === "open") this.#emitter.emit(OPEN);
  }

  /** Closes with the signal of the options. */
  #bind(): void {
    this.#unbind ??= onAbort(this.#options.signal, () => this.close());
  }

  #onClosed(listener: () => void): Undo {
    if (this.state.status === "closed") queueMicrotask(() => this.state.status === "closed" && listener());
    return this.#emitter.on(STOPPED, listener);
  }

  /** The channel that is named, or the default one. */
  #channel({ channel = this.#options.channel }: { channel?: string } = {}): string {
    return channel;
  }

  #send(cmd: string, param: unknown, options?: SendOptions, transmit?: Transmit): SendResult {
    return this.#queue.send({ channel: this.#channel(), cmd, param }, options, transmit);
  }

  #request(message: Message, options?: RequestOptions, transmit?: Transmit): Promise<unknown> {
    return this.#queue.request?.(message, options, transmit) ?? Promise.reject(missing());
  }

  #ask(): void {
    const { heartbeat, channel } = this.#options;
    if (heartbeat) this.#tellServer(heartbeat.cmd, channel, heartbeat.param, heartbeat.reply);
  }

  #tellServer(command: Heartbeat["cmd"], channel: string, param: unknown, reply?: string): void {
    const message = typeof command === "function" ? command(channel, param) : { channel, cmd: command, param };
    // A promise is no message, but the sign of a function that does it all.
    if (message && "cmd" in message) this.#queue.tell(message, reply);
  }

  #dropped(message: Message, reason: DropReason): void {
    this.#debug(() => `gave up ${message.cmd}: ${reason}`);
    this.#tell(DROP, [message, reason]);
  }

  /** Without `debug` no line is made. */
  #debug(line: () => string): void {
    if (this.#options.debug) this.#tell(DEBUG, `wireline: ${line()}`);
  }

  #failed(error: SocketError): void {
    if (this.#emitter.has(ERROR)) this.#tell(ERROR, error);
    // Only our sentence is sure to hold no user data. Of attempts that fail in a row (address, authentication, timeout,
    // transport) the first is enough.
    else if (!/^[at]/.test(error.code) || this.state.attempt < 2) {
      console.error(`wireline: ${error.message}`, ...(error.code === "listener" ? [error.cause] : []));
    }
  }

  /** Lets news out once the work at hand is done, in order. */
  #tell(name: symbol, event: unknown): void {
    queueMicrotask(() => this.#emitter.emit(name, event));
  }
}
