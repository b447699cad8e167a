import { Channel } from "./channel";
import { Client } from "./client";
import { Commands } from "./commands";
import type { SocketClose } from "./connection/close";
import type { OpenEvent } from "./connection/connection";
import type { SocketState } from "./connection/state";
import type { SocketError } from "./errors";
import type { DropReason } from "./messages/deliveries";
import type { Message } from "./messages/message";
import { type PositionalOptions, resolveOptions, type SocketOptions } from "./options";
import type { InboundMessage, Protocol } from "./protocol";
import type { Unsubscribe } from "./subscriptions/events";
import type { TapEvent } from "./tap";
import { usage } from "./usage";

/** A connection to a server that speaks `{channel, cmd, param}`, which reconnects by itself. */
export class Socket<P extends Protocol = Protocol> extends Commands<P> {
  /**
   * Makes a socket, and connects it unless `autoConnect` is `false`.
   *
   * @throws SocketError `usage` for wrong options; what `connect()` throws.
   */
  constructor(options?: SocketOptions<P> | boolean);
  // A number of arguments fits one form only, so that the compiler reports a mistake in the form that was meant.
  /** The constructor of Project Forge's client. `onError` gets `"socket"` and a sentence. */
  constructor(
    debug: boolean,
    onOpen: (() => void) | undefined,
    onMessage?: ((message: Message) => void) | undefined,
    onError?: ((service: string, error: string) => void) | undefined,
    url?: string | undefined,
  );
  constructor(...args: unknown[]) {
    const options = resolveOptions<P>(args as [SocketOptions<P>?] | PositionalOptions);
    const client = new Client(options as never);
    super(client);
    for (const name of ["onOpen", "onMessage", "onError", "onClose", "onStatus", "onDrop"] as const) {
      const listener = options[name];
      if (listener) this[name](listener as never);
    }
    // Compilers of `using` look for this name in engines without the symbol; a polyfill may have come after the import.
    const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
    if (!(dispose in this)) Object.defineProperty(this, dispose, { value: this.close });
    client.start();
  }

  /** Makes reactive frameworks leave it alone. */
  get [Symbol.toStringTag](): string {
    return "Socket";
  }

  /** The current state: the same frozen object until something changes. */
  get state(): SocketState {
    return Commands.clientOf(this).state;
  }

  /** The state in one line for people, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`. */
  explain(): string {
    return Commands.clientOf(this).explain();
  }

  /**
   * Connects, if the status is `idle` or `closed`.
   *
   * @throws SocketError `unsupported`; `address` or `usage` for a fixed address or subprotocol that is wrong.
   */
  connect(): void {
    Commands.clientOf(this).connect();
  }

  /** Ends the wait before a retry. */
  retryNow(): void {
    Commands.clientOf(this).connection.retryNow();
  }

  /**
   * Closes the socket: it is `closed` at once, and queued messages are dropped. `onClose` follows when the server has
   * answered, or after `closeTimeout`. `connect()` starts again.
   *
   * If the server never answers, Node's own WebSocket keeps the process alive; that of `ws` ends after `closeTimeout`.
   *
   * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason longer than 123 bytes.
   */
  close(code?: number, reason?: string): void {
    Commands.clientOf(this).close(code, reason);
  }

  /**
   * Keeps the socket connected until the function that it returns is called. Parts of a page that hold one socket do not take it
   * from each other: it closes when the last of them lets go, unless `connect()` was called or `autoConnect` is on. Whoever holds
   * it in the same tick keeps it open.
   *
   * @throws SocketError what `connect()` throws
   */
  hold(): Unsubscribe {
    return Commands.clientOf(this).hold();
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
  ready(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return Commands.clientOf(this).whenOpen(options);
  }

  /** The current identity. */
  get identity(): string | undefined {
    return Commands.clientOf(this).connection.identity;
  }

  /**
   * Changes the identity. Messages that wait or are not confirmed are dropped, and the socket reconnects at once. Channels
   * stay joined.
   */
  identify(identity?: string): void {
    Commands.clientOf(this).identify(identity);
  }

  /** Resolves when no message waits or is unconfirmed, and at most `highWaterMark` bytes are buffered. Rejects like {@link ready}. */
  drained(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return Commands.clientOf(this).whenDrained(options);
  }

  /** The channel of a name. It is the same object as long as the channel is joined or listened to. */
  channel(name: string): Channel<P> {
    const client = Commands.clientOf(this);
    if (typeof name !== "string") throw usage("There is no channel name; pass a string.");
    return (client.rooms.of(name).handle ?? new Channel<P>(client, name)) as Channel<P>;
  }

  /** Listens to each opening, after channels are joined and the queue is sent. */
  onOpen(listener: (event: OpenEvent) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("open", listener);
  }

  /** Listens to every message that fits the protocol. */
  onMessage(listener: (message: InboundMessage<P>) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("message", listener as (message: Message) => void);
  }

  /** Listens to errors that were not thrown. Without a listener they are printed. */
  onError(listener: (error: SocketError) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("error", listener);
  }

  /** Listens to the close of each connection and of each failed attempt. */
  onClose(listener: (close: SocketClose) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("close", listener);
  }

  /** Listens to each change of the state; gets the new one and the one before. */
  onStatus(listener: (state: SocketState, previous: SocketState) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("status", ({ state, previous }) => listener(state, previous));
  }

  /** Listens to each message that is dropped, with the reason. Do not send it again there: it would be dropped again. */
  onDrop(listener: (message: Message, reason: DropReason) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("drop", ({ message, reason }) => listener(message, reason));
  }

  /**
   * Sees everything that happens, for tools: see {@link TapEvent}. It is no listener of errors or drops, which are printed as
   * before. Do not call the socket from it; do that in a microtask.
   */
  tap(listener: (event: TapEvent) => void): Unsubscribe {
    return Commands.clientOf(this).events.on("tap", listener);
  }
}
