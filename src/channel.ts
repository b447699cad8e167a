import type { Client } from "./client";
import { SocketError } from "./errors";
import type { SendResult } from "./messages/deliveries";
import type { Message } from "./messages/message";
import type {
  AnyReply,
  ConfirmOptions,
  InboundCommand,
  InboundMessage,
  InboundParam,
  Listener,
  OutboundCommand,
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
import type { PresenceChange, Room } from "./subscriptions/room";

/** A socket narrowed to one channel. Made by {@link Socket.channel}. */
export class Channel<P extends Protocol = Protocol> {
  /** The channel's name on the wire. */
  readonly name: string;
  readonly #client: Client;

  /** @internal */
  constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
  }

  /** The client and the room behind a channel, which are there only for a channel itself. */
  static #of(channel: unknown): { readonly client: Client; readonly room: Room<Message> } {
    if (typeof channel === "object" && channel !== null && #client in channel) {
      const client = channel.#client;
      const room = client.room(channel.name);
      room.handle ??= channel;
      return { client, room };
    }
    throw new SocketError("usage", {
      message: "A method was called without its channel; call it as channel.method(), and keep the channel out of proxies (Vue: markRaw).",
    });
  }

  /** The name by which frameworks that make objects reactive leave it alone. */
  get [Symbol.toStringTag](): string {
    return "Channel";
  }

  /**
   * Who is there, by user id, with what the server last reported of each, in the order in which they came. Servers report
   * changes and no list, so it holds those seen to come since the connection opened. A new Map replaces it on every change.
   */
  get members(): ReadonlyMap<string, unknown> {
    return Channel.#of(this).room.members;
  }

  /**
   * Joins the channel, once the work at hand is done or the connection is open, and again after every reconnect, ahead of
   * the queue. A `leave` in the same moment takes it back.
   *
   * @param param what the server is to know; the option `rejoin` says how it travels. @default {}
   */
  join(param?: unknown): void {
    Channel.#of(this).room.join(param);
  }

  /** Leaves the channel; it is not joined again. While the connection is not open there is nothing to tell the server. */
  leave(param?: unknown): void {
    Channel.#of(this).room.leave(param);
  }

  /**
   * Sends a command to this channel; see {@link Socket.send}.
   *
   * @throws SocketError `validation`, `codec`, `overflow` and `usage`, as there.
   */
  send<C extends OutboundCommand<P>, R extends InboundCommand<P> = AnyReply<P, C>>(
    cmd: C,
    ...[param, options]: [...ParamArgument<P, C>, options?: SendOptions<P, C, R>]
  ): SendResult {
    const { client } = Channel.#of(this);
    return client.send({ channel: this.name, cmd, param }, options as SendOptions);
  }

  /** Sends a command in this channel, and resolves with the param of its reply; see {@link Socket.request}. */
  request<C extends RequestCommand<P>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: Omit<RequestOptions<P, C, ReplyCommand<P, C>>, "channel">]
  ): Promise<InboundParam<P, ReplyCommand<P, C>>>;
  request<C extends OutboundCommand<P>, R extends InboundCommand<P>>(
    cmd: C,
    param: OutboundParam<P, C>,
    options: Omit<RequestOptions<P, C, R>, "channel"> & { reply: R },
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const { client } = Channel.#of(this);
    return client.request({ channel: this.name, cmd, param }, options as RequestOptions) as Promise<never>;
  }

  /** Sends a command in this channel, again after each loss, until the server has replied; see {@link Socket.confirm}. */
  confirm<C extends RequestCommand<P>>(
    cmd: C,
    ...args: [...ParamArgument<P, C>, options?: Omit<ConfirmOptions<P, C, ReplyCommand<P, C>>, "channel">]
  ): Promise<InboundParam<P, ReplyCommand<P, C>>>;
  confirm<C extends OutboundCommand<P>, R extends InboundCommand<P>>(
    cmd: C,
    param: OutboundParam<P, C>,
    options: Omit<ConfirmOptions<P, C, R>, "channel"> & { reply: R },
  ): Promise<InboundParam<P, R>>;
  confirm(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const { client } = Channel.#of(this);
    return client.confirm({ channel: this.name, cmd, param }, options as ConfirmOptions) as Promise<never>;
  }

  /** Calls a listener with each message of a command in this channel; returns the function that unsubscribes. */
  on<C extends InboundCommand<P>>(cmd: C, listener: Listener<P, C>): Unsubscribe {
    const { client, room } = Channel.#of(this);
    requireListener(listener);
    return client.on(room, cmd, (message) => listener(message.param as never, message as never));
  }

  /** The next message of a command in this channel. Rejects with the signal's reason, or `closed` with the socket. */
  once<C extends InboundCommand<P>>(cmd: C, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<InboundMessage<P, C>> {
    const { client, room } = Channel.#of(this);
    return client.once(room, cmd, signal) as Promise<never>;
  }

  /** The messages of a command in this channel, from now on; see {@link Socket.messages}. */
  messages<C extends InboundCommand<P>>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    const { client, room } = Channel.#of(this);
    return client.messages(room, cmd, options) as never;
  }

  /** Calls a listener whenever `members` has changed, with all members and who came and went; returns the function that unsubscribes. */
  onPresence(listener: (change: PresenceChange) => void): Unsubscribe {
    return Channel.#of(this).room.onPresence(listener);
  }
}
