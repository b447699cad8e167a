import type { Client, CommandSource } from "./client";
import { SocketError } from "./errors";
import type { SendResult } from "./messages/deliveries";
import type {
  CommandOf,
  CommandOrMessage,
  CommandWithReply,
  ConfirmOptions,
  DefaultReply,
  InboundMessage,
  InboundParam,
  NamedReply,
  OutboundMessage,
  ParamArgument,
  Protocol,
  RequestOptions,
  SendOptions,
} from "./protocol";
import type { Unsubscribe } from "./subscriptions/events";
import type { IterateOptions } from "./subscriptions/iterate";
import { requireListener } from "./usage";

// What a channel sends names no channel.
type OwnMessage<Sent, Fixed extends "channel"> = [Fixed] extends [never]
  ? Sent
  : Sent extends string
    ? Sent
    : Sent & { readonly channel?: undefined };

/**
 * What a socket and its channels have in common: commands are sent and received.
 *
 * `Fixed` is what an option or a message cannot choose: the channel, for a channel.
 */
export abstract class Commands<P extends Protocol = Protocol, Fixed extends "channel" = never> {
  readonly #client: Client;
  readonly #channel: string | undefined;

  /**
   * @param channel the channel that it is narrowed to; none for a socket
   * @internal
   */
  constructor(client: Client, channel?: string) {
    this.#client = client;
    this.#channel = channel;
  }

  /**
   * The client behind a socket or channel. It is there only for the object itself: not where a method was taken off it, nor
   * behind a proxy.
   *
   * @throws SocketError `usage`
   * @internal
   */
  static clientOf(commands: unknown): Client {
    if (typeof commands === "object" && commands !== null && #client in commands) return commands.#client;
    throw new SocketError("usage", {
      message:
        "A method was called without its socket or channel; call it as socket.method(), and keep the object out of proxies (Vue: markRaw).",
    });
  }

  /** Where messages arrive: at the socket, or in the room of its channel. */
  get #source(): CommandSource {
    return this.#channel === undefined ? this.#client.listeners : this.#client.room(this.#channel, this);
  }

  /**
   * Sends a command, or a message, to the default channel or this one. It is checked and encoded now, whether it leaves now
   * or later.
   *
   * @returns `sent` if it was handed to the WebSocket; `queued` if it waits, and `replaced` if it replaces an older one
   * (see {@link Delivery}); `dropped` if it was dropped and reported to `onDrop`.
   * @throws SocketError `validation` if it does not fit the protocol; `codec` if it cannot be encoded; `overflow` if the
   * queue is full and its `overflow` is `"throw"`; `usage` for a wrong option, or delivery `confirm` without a reply.
   */
  send<C extends string | { readonly cmd: string }, R extends keyof P["inbound"] & string = DefaultReply<P, C>>(
    cmd: OwnMessage<CommandOrMessage<P, C>, Fixed>,
    ...args: [...ParamArgument<P, C>, options?: SendOptions<P, CommandOf<P, C>, R>]
  ): SendResult;
  send(first: string | OutboundMessage<Protocol>, ...[second, third]: unknown[]): SendResult {
    const client = Commands.clientOf(this);
    if (typeof first === "string") return client.send(client.message(first, second, this.#channel), third as SendOptions);
    if (!first) throw new SocketError("usage", { message: "There is no command; call send(cmd, param)." });
    const { cmd, param, channel = this.#channel } = first;
    return client.send(client.message(cmd, param, channel), second as SendOptions);
  }

  /**
   * Sends a command, and resolves with the param of its reply: the first message of the command that the protocol or the
   * options name as `reply`, in the same channel, for which `match` returns true, and which does not belong to an older
   * request. While the connection is not open, the request waits in the queue. It is not resent after a loss.
   *
   * Rejects with a SocketError whose `sent` says whether the request had left, so that the server may have seen it:
   * `timeout`, `aborted`, `lost` (the connection), `closed`, `dropped` (as `onDrop` reports), `expired`, `validation`,
   * `size` and `codec` (the reply); and with what `send` throws.
   */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: Omit<RequestOptions<P, CommandOf<P, C>, R>, Fixed>]
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const client = Commands.clientOf(this);
    const { channel = this.#channel } = (options ?? {}) as RequestOptions;
    return client.request(client.message(cmd, param, channel), options as RequestOptions) as Promise<never>;
  }

  /**
   * Sends a command, and resends it after each loss, until the server has replied; resolves with the param of the reply.
   *
   * Rejects with a SocketError whose `sent` says whether the message had left: `aborted`, `closed`, `expired` (its `ttl`),
   * `dropped` (as `onDrop` reports), `validation` (the reply); and with what `send` throws.
   */
  confirm<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: Omit<ConfirmOptions<P, CommandOf<P, C>, R>, Fixed>]
  ): Promise<InboundParam<P, R>>;
  confirm(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    const client = Commands.clientOf(this);
    const { channel = this.#channel } = (options ?? {}) as ConfirmOptions;
    return client.confirm(client.message(cmd, param, channel), options as ConfirmOptions) as Promise<never>;
  }

  /** Listens to a command, in every channel or in this one. Returns the unsubscribe function. */
  on<C extends keyof P["inbound"] & string>(
    cmd: C,
    listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void,
  ): Unsubscribe {
    const client = Commands.clientOf(this);
    requireListener(listener);
    return client.on(this.#source, cmd, (message) => listener(message.param as never, message as never));
  }

  /** Resolves with the next message of a command. Rejects with the signal's reason, or `closed` when the socket closes. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: { signal?: AbortSignal | undefined } = {}): Promise<InboundMessage<P, C>> {
    const client = Commands.clientOf(this);
    return client.once(this.#source, cmd, options) as Promise<never>;
  }

  /**
   * The messages of a command, from now on, as an async iterator: `for await (const { param } of socket.messages("chat"))`.
   * A full buffer drops its oldest message, which is reported to `onDrop`. It ends on abort, and when the socket closes.
   */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    const client = Commands.clientOf(this);
    return client.messages(this.#source, cmd, options) as never;
  }
}
