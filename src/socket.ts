import { Channel } from "./channel";
import { Client } from "./client";
import type { SocketClose } from "./connection/close";
import type { OpenEvent } from "./connection/connection";
import type { SocketState } from "./connection/state";
import { SocketError } from "./errors";
import type { DropReason, SendResult } from "./messages/deliveries";
import type { Message } from "./messages/message";
import { type PositionalOptions, resolveOptions, type SocketOptions } from "./options";
import type {
  AnyReply,
  ConfirmOptions,
  InboundCommand,
  InboundMessage,
  InboundParam,
  Listener,
  OutboundCommand,
  OutboundMessage,
  OutboundParam,
  ParamArgument,
  Protocol,
  ReplyCommand,
  RequestCommand,
  RequestOptions,
  SendOptions,
} from "./protocol";
import { requireListener } from "./usage";
import type { Unsubscribe } from "./subscriptions/events";
import type { IterateOptions } from "./subscriptions/iterate";

/** What `using` calls, by the name that compilers look for in engines that do not have it. */
const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as never);

/** A connection to a server that speaks `{channel, cmd, param}`, which reconnects by itself. */
export class Socket<P extends Protocol = Protocol> {
  readonly #client: Client;

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
    this.#client = new Client(options as never);
    const { onOpen, onMessage, onError, onClose, onStatus, onDrop } = options;
    if (onOpen) this.onOpen(onOpen);
    if (onMessage) this.onMessage(onMessage);
    if (onError) this.onError(onError);
    if (onClose) this.onClose(onClose);
    if (onStatus) this.onStatus(onStatus);
    if (onDrop) this.onDrop(onDrop);
    this.#client.start();
  }

  /** The client behind a socket, which is there only for a socket itself. */
  static #of(socket: unknown): Client {
    if (typeof socket === "object" && socket !== null && #client in socket) return socket.#client;
    throw new SocketError("usage", {
      message: "A method was called without its socket; call it as socket.method(), and keep the socket out of proxies (Vue: markRaw).",
    });
  }

  /** The name by which frameworks that make objects reactive leave it alone. */
  get [Symbol.toStringTag](): string {
    return "Socket";
  }

  /** The socket at this moment: the same frozen object until something changes. */
  get state(): SocketState {
    return Socket.#of(this).state;
  }

  /** The state in one line for people, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`. */
  explain(): string {
    return Socket.#of(this).explain();
  }

  /**
   * Starts connecting, from `idle` and `closed`; otherwise does nothing.
   *
   * @throws SocketError `unsupported` where there is no WebSocket; `address` for a fixed url that cannot be used.
   */
  connect(): void {
    Socket.#of(this).connect();
  }

  /** Ends the wait before a retry; does nothing while none is waited for. */
  retryNow(): void {
    Socket.#of(this).connection.retryNow();
  }

  /**
   * Closes the socket: it is `closed` at once, and what is queued is dropped and reported to `onDrop`. `onClose`
   * follows when the server has answered, after `closeTimeout` at the latest. `connect()` starts it again.
   *
   * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason of more than 123 UTF-8 bytes.
   */
  close(code?: number, reason?: string): void {
    Socket.#of(this).close(code, reason);
  }

  /** {@link close}, by the name that Project Forge's client has for it. */
  disconnect(code?: number, reason?: string): void {
    this.close(code, reason);
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** Resolves when the connection is open. Rejects with the signal's reason, or `closed` with the socket. */
  ready({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return Socket.#of(this).whenOpen(signal);
  }

  /** Whose connection it is, by the option `identity` or `identify`. */
  get identity(): string | undefined {
    return Socket.#of(this).connection.identity;
  }

  /**
   * Changes whose connection it is. What waits, or is not confirmed, is dropped and reported to `onDrop` with `identity`.
   * The socket reconnects at once, so that nothing passes under the other identity. Channels stay joined. The same
   * identity changes nothing.
   */
  identify(identity?: string): void {
    Socket.#of(this).identify(identity);
  }

  /**
   * Resolves when nothing waits or is to be confirmed, and the WebSocket holds at most `highWaterMark` bytes: the
   * moment to send more, or to close. Rejects with the signal's reason, or `closed` with the socket.
   */
  drained({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return Socket.#of(this).whenDrained(signal);
  }

  /**
   * Sends a command to the default channel, or a message. It is checked and encoded now, whether it leaves now or later.
   *
   * @returns `sent` when it was handed to the WebSocket; `queued` when it waits, and `replaced` when it does in place of
   * an older one (see {@link Delivery}); `dropped` when it was dropped and reported to `onDrop`.
   * @throws SocketError `validation` when it does not fit the protocol; `codec` when it cannot be encoded; `overflow`
   * when the queue is full and `overflow` is `"throw"`; `usage` for delivery `confirm` without a reply.
   */
  send(message: OutboundMessage<P>, options?: SendOptions<P, OutboundCommand<P>, InboundCommand<P>>): SendResult;
  send<C extends OutboundCommand<P>, R extends InboundCommand<P> = AnyReply<P, C>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: SendOptions<P, C, R>]
  ): SendResult;
  send(first: string | OutboundMessage<Protocol>, ...[second, third]: unknown[]): SendResult {
    const client = Socket.#of(this);
    if (typeof first === "string") return client.send(client.message(first, second), third as SendOptions);
    if (typeof first !== "object" || first === null) throw new SocketError("usage", { message: "There is no command; call send(cmd, param)." });
    const { cmd, param, channel } = first;
    return client.send(client.message(cmd, param, channel), second as SendOptions);
  }

  /**
   * Sends a command, and resolves with the param of its reply: the first message of the command that the protocol names
   * as its `reply` (or the options do), in the same channel, for which `match` returns true, and which does not belong to
   * an older request. While the connection is not open it waits in the queue. It is not sent again after a loss.
   *
   * Rejects with a SocketError whose `sent` says whether it had left, so that the server may have seen it: `timeout`,
   * `aborted`, `lost` (the connection), `closed`, `dropped` (as `onDrop` reports), `expired`, `validation`, `size` and
   * `codec` (the reply); and with what `send` throws.
   */
  request<C extends RequestCommand<P>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: RequestOptions<P, C, ReplyCommand<P, C>>]
  ): Promise<InboundParam<P, ReplyCommand<P, C>>>;
  request<C extends OutboundCommand<P>, R extends InboundCommand<P>>(
    cmd: C,
    param: OutboundParam<P, C>,
    options: RequestOptions<P, C, R> & { reply: R },
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const client = Socket.#of(this);
    const { channel } = (options ?? {}) as RequestOptions;
    return client.request(client.message(cmd, param, channel), options as RequestOptions) as Promise<never>;
  }

  /**
   * Sends a command, again after each loss, until the server has replied; resolves with the param of the reply.
   *
   * Rejects with a SocketError whose `sent` says whether it had left: `aborted`, `closed`, `expired` (its `ttl`),
   * `dropped` (as `onDrop` reports), `validation` (the reply); and with what `send` throws.
   */
  confirm<C extends RequestCommand<P>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: ConfirmOptions<P, C, ReplyCommand<P, C>>]
  ): Promise<InboundParam<P, ReplyCommand<P, C>>>;
  confirm<C extends OutboundCommand<P>, R extends InboundCommand<P>>(
    cmd: C,
    param: OutboundParam<P, C>,
    options: ConfirmOptions<P, C, R> & { reply: R },
  ): Promise<InboundParam<P, R>>;
  confirm(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const client = Socket.#of(this);
    const { channel } = (options ?? {}) as ConfirmOptions;
    return client.confirm(client.message(cmd, param, channel), options as ConfirmOptions) as Promise<never>;
  }

  /** A handle on one channel. The same name gives the same handle while the channel is joined or listened to. */
  channel(name: string): Channel<P> {
    const client = Socket.#of(this);
    const room = client.room(name);
    room.handle ??= new Channel<P>(name, client);
    return room.handle as Channel<P>;
  }

  /** Calls a listener with each message of a command, from every channel; returns the function that unsubscribes. */
  on<C extends InboundCommand<P>>(cmd: C, listener: Listener<P, C>): Unsubscribe {
    const client = Socket.#of(this);
    requireListener(listener);
    return client.on(client.listeners, cmd, (message) => listener(message.param as never, message as never));
  }

  /** The next message of a command. Rejects with the signal's reason, or `closed` with the socket. */
  once<C extends InboundCommand<P>>(cmd: C, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<InboundMessage<P, C>> {
    const client = Socket.#of(this);
    return client.once(client.listeners, cmd, signal) as Promise<never>;
  }

  /**
   * The messages of a command, from now on, as an async iterator: `for await (const { param } of socket.messages("chat"))`.
   * A full buffer pushes out the oldest, which is reported to `onDrop`. It ends on abort and with the socket.
   */
  messages<C extends InboundCommand<P>>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    const client = Socket.#of(this);
    return client.messages(client.listeners, cmd, options) as never;
  }

  /** Calls a listener on every opening, after channels are joined and the queue is sent; returns the function that unsubscribes. */
  onOpen(listener: (event: OpenEvent) => void): Unsubscribe {
    return Socket.#of(this).events.on("open", listener);
  }

  /** Calls a listener with every message that fits the protocol; returns the function that unsubscribes. */
  onMessage(listener: (message: InboundMessage<P>) => void): Unsubscribe {
    return Socket.#of(this).allListeners.on(listener as (message: Message) => void);
  }

  /** Calls a listener with each error that was not thrown; returns the function that unsubscribes. Without any listener they are printed. */
  onError(listener: (error: SocketError) => void): Unsubscribe {
    return Socket.#of(this).events.on("error", listener);
  }

  /** Calls a listener with the end of each connection and of each failed attempt; returns the function that unsubscribes. */
  onClose(listener: (close: SocketClose) => void): Unsubscribe {
    return Socket.#of(this).events.on("close", listener);
  }

  /** Calls a listener with each change of the connection, and the state before; returns the function that unsubscribes. */
  onStatus(listener: (state: SocketState, previous: SocketState) => void): Unsubscribe {
    return Socket.#of(this).events.on("status", ({ state, previous }) => listener(state, previous));
  }

  /**
   * Calls a listener with each message that was dropped, and why; returns the function that unsubscribes. Do not send it
   * again from there: while the reason stands it would be dropped again, for ever.
   */
  onDrop(listener: (message: Message, reason: DropReason) => void): Unsubscribe {
    return Socket.#of(this).events.on("drop", ({ message, reason }) => listener(message, reason));
  }
}
