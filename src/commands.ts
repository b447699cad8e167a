import type { Client, CommandSource } from "./client";
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
import { requireListener, usage } from "./usage";

// What a channel sends names no channel.
type OwnMessage<Sent, Fixed extends "channel"> = [Fixed] extends [never]
  ? Sent
  : Sent extends string
    ? Sent
    : Sent & { readonly channel?: undefined };

// `Fixed` is what an option or a message cannot choose: the channel, for a channel.
/** What a socket and its channels have in common. Each `on…` returns the unsubscribe function. */
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
    throw usage(
      "A method was called without its socket or channel; call it as socket.method(), and keep the object out of proxies (Vue: markRaw).",
    );
  }

  /** Where messages arrive: at the socket, or in the room of its channel. */
  get #source(): CommandSource {
    return this.#channel === undefined ? this.#client : this.#client.rooms.of(this.#channel, this);
  }

  /**
   * Sends a command with its param, or a message, to the default channel or this one. It is checked and encoded at once, even
   * if it has to wait.
   *
   * @returns `sent` if the WebSocket has it; `queued` if it waits; `replaced` if it waits in place of an older message (see
   * {@link Delivery}); `dropped` if it was dropped and reported to `onDrop`.
   * @throws SocketError `validation`, `codec`, `usage`; `overflow` if the queue is full and its `overflow` is `"throw"`.
   */
  send<C extends string | { readonly cmd: string }, R extends keyof P["inbound"] & string = DefaultReply<P, C>>(
    cmd: OwnMessage<CommandOrMessage<P, C>, Fixed>,
    ...args: [...ParamArgument<P, C>, options?: SendOptions<P, CommandOf<P, C>, R>]
  ): SendResult;
  send(first: string | OutboundMessage<Protocol>, ...[second, third]: unknown[]): SendResult {
    const client = Commands.clientOf(this);
    if (typeof first === "string") return client.send(client.message(first, second, this.#channel), third as SendOptions);
    if (!first) throw usage("There is no command; call send(cmd, param).");
    const { cmd, param, channel = this.#channel } = first;
    return client.send(client.message(cmd, param, channel), second as SendOptions);
  }

  /**
   * Sends a command and resolves with the param of its reply: a message with the command that the protocol or the options
   * name as `reply`, in the same channel, for which `match` returns true. The oldest request is answered first. A request
   * waits in the queue until the connection is open. It is not resent.
   *
   * Rejects with a SocketError: `timeout`, `aborted`, `lost`, `closed`, `dropped`, `expired`; `validation`, `size` or `codec`
   * for the reply; or what `send` throws. If its `sent` is true, the server may have seen the request.
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
   * Sends a command, and resends it after each loss, until the server has replied. Resolves with the param of the reply.
   * Rejects like {@link request}, but with neither `timeout` nor `lost`.
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

  /** Listens to a command, in every channel or in this one. */
  on<C extends keyof P["inbound"] & string>(
    cmd: C,
    listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void,
  ): Unsubscribe {
    const client = Commands.clientOf(this);
    requireListener(listener);
    return client.on(this.#source, cmd, (message) => listener(message.param as never, message as never));
  }

  /** Resolves with the next message of a command. Rejects with the signal's reason, or `closed`. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: { signal?: AbortSignal | undefined } = {}): Promise<InboundMessage<P, C>> {
    const client = Commands.clientOf(this);
    return client.once(this.#source, cmd, options) as Promise<never>;
  }

  /**
   * The messages of a command, from now on: `for await (const { param } of socket.messages("chat"))`. A full buffer drops its
   * oldest message, and reports it to `onDrop`. It ends on abort, and when the socket closes.
   */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    const client = Commands.clientOf(this);
    return client.messages(this.#source, cmd, options) as never;
  }
}
