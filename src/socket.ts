import { Channel, OPENED, PRESENT, type Presence, type SendResult } from "./channel";
import type { SocketClose } from "./connection/close";
import { Connection } from "./connection/connection";
import type { SocketState } from "./connection/state";
import { SocketError } from "./errors";
import { incoming, outgoing } from "./messages/contract";
import type { IncomingData, Message } from "./messages/message";
import {
  type InboundMessage,
  type Listener,
  type OutboundMessage,
  type ParamArgument,
  type Protocol,
  schemaOf,
} from "./messages/protocol";
import { type DropReason, Queue } from "./messages/queue";
import { validate } from "./messages/schema";
import { type Heartbeat, type PositionalOptions, type ResolvedOptions, resolveOptions, type SocketOptions } from "./options";
import { Emitter, type EmitterHost } from "./subscriptions/emitter";
import type { IterateOptions } from "./subscriptions/iterate";
import { onAbort, type Undo } from "./subscriptions/undo";

// Symbols, so that no command of the network can bear the name of an event of ours.
const OPEN = Symbol();
const MESSAGE = Symbol();
const ERROR = Symbol();
const CLOSE = Symbol();
const STATUS = Symbol();
const DROP = Symbol();
const STOPPED = Symbol();
const DEBUG = Symbol();

/** How long after `close-connection` we go, in milliseconds; Project Forge's own client takes as long. */
const leaveDelay = 500;

/** A connection to a server that speaks `{channel, cmd, param}`, which comes back by itself; the README is its manual. */
export class Socket<P extends Protocol = Protocol> {
  readonly #options: ResolvedOptions<P>;
  readonly #host: EmitterHost;
  readonly #emitter: Emitter;
  readonly #queue: Queue;
  readonly #connection: Connection;
  readonly #channels = new Map<string, { channel: Channel<P>; emitter: Emitter }>();
  #unknown = 0;
  #unbind: Undo | undefined;

  /** The constructor of Project Forge's client: the same socket, by position. `onError` gets `"socket"` and a sentence. */
  constructor(...args: PositionalOptions);
  /**
   * Makes a socket, and connects it unless `autoConnect` is `false`.
   *
   * @throws SocketError `usage` for options that cannot be; what `connect()` throws.
   */
  constructor(options?: SocketOptions<P>);
  constructor(...args: [SocketOptions<P>?] | PositionalOptions) {
    const options = resolveOptions<P>(args);
    this.#options = options;
    this.#host = {
      // An onError listener that throws is not told of it: it would throw again.
      threw: (cause, name) => (name === ERROR ? console.error(cause) : this.#failed(new SocketError("listener", { cause }))),
      dropped: (message) => this.#dropped(message as Message, "buffer"),
      onClosed: (listener) => this.#onClosed(listener),
    };
    this.#emitter = new Emitter(this.#host);
    this.#queue = new Queue(options.queue, (message, reason) => this.#dropped(message, reason));
    this.#connection = new Connection(options, {
      opened: () => this.#opened(),
      stopped: () => this.#stopped(),
      asked: () => this.#ask(),
      received: (data) => this.#received(data),
      counters: () => ({ queued: this.#queue.size, unknown: this.#unknown }),
      changed: (state, previous) => this.#changed(state, previous),
      ended: (close) => this.#tell(CLOSE, close),
      failed: (error) => this.#failed(error),
      debug: (line) => this.#debug(line),
    });
    for (const name of ["onOpen", "onMessage", "onError", "onClose", "onStatus", "onDrop"] as const) {
      const listener = options[name];
      if (listener) this[name](listener as never);
    }
    const { debug } = options;
    if (debug) this.#emitter.on(DEBUG, debug === true ? console.debug : debug);
    if (options.autoConnect) this.connect();
    else this.#bind();
  }

  /** The socket at this moment: the same frozen object until something changes. */
  get state(): SocketState {
    return this.#connection.state;
  }

  /** The state in one line for people, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`. */
  explain(): string {
    return this.#connection.explain();
  }

  /**
   * Starts connecting, from `idle` and `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` where there is no WebSocket; `address` for a fixed url that cannot be used.
   */
  connect(): void {
    if (this.#options.signal?.aborted) return this.close();
    this.#connection.connect();
    if (this.state.status !== "closed") this.#bind();
  }

  /** Ends the wait before a retry; does nothing while none is waited for. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  /**
   * Closes the socket: it is `closed` at once, and what is queued is given up and reported to `onDrop`. `onClose`
   * follows when the server has answered, after `closeTimeout` at the latest. `connect()` starts it again.
   *
   * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason of more than 123 UTF-8 bytes.
   */
  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  /** {@link close}, by the name that Project Forge's client has for it. */
  disconnect(code?: number, reason?: string): void {
    this.close(code, reason);
  }

  /** {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Resolves when the connection is open. Rejects with the signal's reason, or `closed` with the socket. */
  ready({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return this.state.status === "open" ? Promise.resolve() : this.#emitter.once(OPEN, signal);
  }

  /**
   * Sends a command to the default channel, or a message. It is checked and encoded now, whether it leaves now or later.
   *
   * @returns `sent` when it was handed to the WebSocket, `queued` when it waits for the connection, `dropped` when it
   * was given up and reported to `onDrop`.
   * @throws SocketError `validation` when it does not fit the protocol; `codec` when it cannot be encoded; `overflow`
   * when the queue is full and told to throw.
   */
  send(message: OutboundMessage<P>): SendResult;
  send<C extends keyof P["outbound"] & string>(cmd: C, ...[param]: ParamArgument<P, C>): SendResult;
  send(first: string | OutboundMessage<Protocol>, param?: unknown): SendResult {
    const { channel = this.#options.channel, cmd, param: said } = typeof first === "string" ? { cmd: first, param } : first;
    return this.#send({ channel, cmd, param: said });
  }

  /** A handle on one channel; the same name gives the same handle. */
  channel(name: string): Channel<P> {
    let entry = this.#channels.get(name);
    if (!entry) {
      const emitter = new Emitter(this.#host);
      const channel = new Channel<P>(name, emitter, {
        send: (message) => this.#send(message),
        membership: (kind, name, param) => this.#membership(kind, name, param),
      });
      entry = { channel, emitter };
      this.#channels.set(name, entry);
    }
    return entry.channel;
  }

  /** Calls a listener with each message of a command, from every channel; gives the undo. */
  on<C extends keyof P["inbound"] & string>(cmd: C, listener: Listener<P, C>): Undo {
    return this.#emitter.on(cmd, (message: InboundMessage<P, C>) => listener(message.param, message));
  }

  /** The next message of a command. Rejects with the signal's reason, or `closed` with the socket. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: { signal?: AbortSignal } = {}): Promise<InboundMessage<P, C>> {
    return this.#emitter.once(cmd, options.signal);
  }

  /**
   * The messages of a command, from now on, as an async iterator: `for await (const { param } of socket.messages("chat"))`.
   * A full buffer pushes out the oldest, reported to `onDrop`. It ends on abort and with the socket.
   */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    return this.#emitter.iterate(cmd, options);
  }

  /** Calls a listener on every opening, after channels are joined again and the queue is sent; gives the undo. */
  onOpen(listener: () => void): Undo {
    return this.#emitter.on(OPEN, listener);
  }

  /** Calls a listener with every message that fits the protocol; gives the undo. */
  onMessage(listener: (message: InboundMessage<P>) => void): Undo {
    return this.#emitter.on(MESSAGE, listener);
  }

  /** Calls a listener with what happened that should not have; gives the undo. Without any listener it is printed. */
  onError(listener: (error: SocketError) => void): Undo {
    return this.#emitter.on(ERROR, listener);
  }

  /** Calls a listener with the end of each connection and of each failed attempt; gives the undo. */
  onClose(listener: (close: SocketClose) => void): Undo {
    return this.#emitter.on(CLOSE, listener);
  }

  /** Calls a listener with each change of the connection, and the state before; gives the undo. */
  onStatus(listener: (state: SocketState, previous: SocketState) => void): Undo {
    return this.#emitter.on(STATUS, ([state, previous]: [SocketState, SocketState]) => listener(state, previous));
  }

  /**
   * Calls a listener with each message that was given up, and why; gives the undo. Do not send it again from there: where
   * the reason stands it would be given up again, for ever.
   */
  onDrop(listener: (message: Message, reason: DropReason) => void): Undo {
    return this.#emitter.on(DROP, ([message, reason]: [Message, DropReason]) => listener(message, reason));
  }

  /** Open: channels first, then what waited; both before anybody hears of it. */
  #opened(): void {
    for (const { emitter } of this.#channels.values()) emitter.emit(OPENED);
    this.#queue.flush(({ data }) => this.#connection.send(data));
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

  #send(message: Message): SendResult {
    const data = outgoing(message, this.#options, true);
    if (this.#connection.send(data)) return "sent";
    if (this.state.status === "closed") {
      this.#dropped(message, "closed");
      return "dropped";
    }
    return this.#queue.add({ message, data });
  }

  #membership(kind: "join" | "leave", channel: string, param: unknown): void {
    this.#tellServer(this.#options.rejoin[kind], channel, param);
  }

  #ask(): void {
    const { heartbeat, channel } = this.#options;
    if (heartbeat) this.#tellServer(heartbeat.cmd, channel, heartbeat.param);
  }

  #tellServer(command: Heartbeat["cmd"], channel: string, param: unknown): void {
    const message = typeof command === "function" ? command(channel, param) : { channel, cmd: command, param };
    // A protocol need not name what an option does; a promise is no message, but the sign of a function that does it all.
    if (message && "cmd" in message) this.#connection.send(outgoing(message, this.#options, false));
  }

  #received(data: IncomingData): void {
    try {
      const message = incoming(data, this.#options);
      if (message) this.#deliver(message);
    } catch (error) {
      this.#failed(error as SocketError);
    }
  }

  #deliver(message: Message): void {
    const { protocol, heartbeat } = this.#options;
    const { channel, cmd, param } = message;
    if (cmd === "close-connection" && channel === "") return this.#connection.leave(leaveDelay, cmd);
    const narrowed = this.#channels.get(channel)?.emitter;
    const presence = cmd === "online-update";
    if (presence && isPresence(param)) narrowed?.emit(PRESENT, param);
    const reply = heartbeat && cmd === heartbeat.reply;
    if (reply) this.#connection.replied();
    if (protocol) {
      const schema = schemaOf(protocol.inbound, cmd);
      if (!schema) {
        // Servers grow first: what the protocol does not name yet is counted, not reported.
        if (!presence && !reply) this.#unknown++;
        // The network's own words: quoted, and not all of them.
        this.#debug(() => `unknown command ${JSON.stringify(cmd).slice(0, 64)}`);
        return;
      }
      // What nobody listens to is not checked.
      if (!this.#emitter.has(cmd) && !this.#emitter.has(MESSAGE) && !narrowed?.has(cmd)) return;
      message = { channel, cmd, param: validate(schema, message), from: message.from };
    }
    this.#emitter.emit(cmd, message);
    narrowed?.emit(cmd, message);
    this.#emitter.emit(MESSAGE, message);
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
    // Only our sentence is sure to hold no user data. Of links that fail in a row the first is enough.
    else if (error.code !== "transport" || this.state.attempt < 2) {
      console.error(`wireline: ${error.message}`, ...(error.code === "listener" ? [error.cause] : []));
    }
  }

  /** Lets news out once the work at hand is done, in order. */
  #tell(name: symbol, event: unknown): void {
    queueMicrotask(() => this.#emitter.emit(name, event));
  }
}

function isPresence(param: unknown): param is Presence {
  const { userID, connected } = (param ?? {}) as Presence;
  return typeof userID === "string" && typeof connected === "boolean";
}
