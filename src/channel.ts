import type { Message } from "./messages/message";
import type {
  Command,
  CommandOf,
  CommandWithReply,
  DefaultReply,
  InboundMessage,
  InboundParam,
  NamedReply,
  ParamArgument,
  Protocol,
  RequestOptions,
  SendOptions,
} from "./messages/protocol";
import type { SendResult } from "./messages/queue";
import type { Emitter } from "./subscriptions/emitter";
import type { IterateOptions } from "./subscriptions/iterate";
import type { Undo } from "./subscriptions/undo";

/** What a server says of a member of a channel, as `online-update`. */
export interface Presence {
  /** The member. */
  readonly userID: string;
  /** Whether they came or went. */
  readonly connected: boolean;
}

/** What a channel needs of the socket it belongs to. */
export interface ChannelHost {
  send(message: Message, options: SendOptions | undefined): SendResult;
  request(message: Message, options: RequestOptions | undefined): Promise<unknown>;
  /** Tells the server, if the connection is open. */
  membership(kind: "join" | "leave", channel: string, param: unknown): void;
}

/** To a channel: the connection is open anew, nobody is known to be here, and the server has forgotten us. */
export const OPENED = Symbol();
/** To a channel: what the server said of a member, as {@link Presence}. */
export const PRESENT = Symbol();
/** From a channel: its members have changed. */
const MEMBERS = Symbol();

/** A socket narrowed to one channel. Made by {@link Socket.channel}; the same name gives the same one. */
export class Channel<P extends Protocol = Protocol> {
  /** The channel's name on the wire. */
  readonly name: string;
  readonly #emitter: Emitter;
  readonly #host: ChannelHost;
  #members: readonly string[] = [];
  #joined: { param: unknown } | undefined;

  /**
   * @param emitter what the socket tells this channel: its messages by command, {@link OPENED} and {@link PRESENT}
   * @internal
   */
  constructor(name: string, emitter: Emitter, host: ChannelHost) {
    this.name = name;
    this.#emitter = emitter;
    this.#host = host;
    emitter.on(OPENED, () => {
      this.#enter([], null);
      if (this.#joined) host.membership("join", name, this.#joined.param);
    });
    emitter.on<Presence>(PRESENT, (presence) => {
      const { userID, connected } = presence;
      // Servers may say the same thing twice.
      if (connected === this.#members.includes(userID)) return;
      this.#enter(connected ? [...this.#members, userID] : this.#members.filter((id) => id !== userID), presence);
    });
  }

  /**
   * Who is known to be here, by user id, in the order in which they came. Servers report changes and no list, so it
   * holds those seen to come since the connection opened. A new array replaces it on every change.
   */
  get members(): readonly string[] {
    return this.#members;
  }

  /**
   * Joins the channel, now or as soon as the connection is open, and again after every reconnect, ahead of the queue.
   *
   * @param param what the server is to know of it; the `rejoin` option says how it travels. @default {}
   */
  join(param: unknown = {}): void {
    this.#host.membership("join", this.name, param);
    this.#joined = { param };
  }

  /** Leaves the channel; it is not joined again. While the connection is not open there is nothing to tell the server. */
  leave(param: unknown = {}): void {
    if (!this.#joined) return;
    this.#joined = undefined;
    this.#host.membership("leave", this.name, param);
    this.#enter([], null);
  }

  /**
   * Sends a command to this channel; see {@link Socket.send}.
   *
   * @throws SocketError `validation`, `codec`, `overflow` and `usage`, as there.
   */
  send<C extends string, R extends keyof P["inbound"] & string = DefaultReply<P, C>>(
    cmd: Command<P, C>,
    ...args: [...ParamArgument<P, C>, options?: SendOptions<P, CommandOf<P, C>, R>]
  ): SendResult;
  send(cmd: string, ...[param, options]: unknown[]): SendResult {
    return this.#host.send({ channel: this.name, cmd, param }, options as SendOptions);
  }

  /** Asks in this channel, and gives the param of the reply; see {@link Socket.request}. */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: Omit<RequestOptions<P, CommandOf<P, C>, R>, "channel">]
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    return this.#host.request({ channel: this.name, cmd, param }, options as RequestOptions) as Promise<never>;
  }

  /** Calls a listener with each message of a command in this channel; gives the undo. */
  on<C extends keyof P["inbound"] & string>(cmd: C, listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void): Undo {
    return this.#emitter.on(cmd, (message: InboundMessage<P, C>) => listener(message.param, message));
  }

  /** The next message of a command in this channel. Rejects with the signal's reason, or `closed` with the socket. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: { signal?: AbortSignal | undefined } = {}): Promise<InboundMessage<P, C>> {
    return this.#emitter.once(cmd, options.signal);
  }

  /** The messages of a command in this channel, from now on; see {@link Socket.messages}. */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    return this.#emitter.iterate(cmd, options);
  }

  /**
   * Calls a listener whenever `members` has changed, with the new list and what the server said: who came or went, or
   * `null` when all are forgotten because the channel was left or the connection is new. Gives the undo.
   */
  onPresence(listener: (members: readonly string[], presence: Presence | null) => void): Undo {
    return this.#emitter.on(MEMBERS, ([members, presence]: [readonly string[], Presence | null]) => listener(members, presence));
  }

  #enter(members: readonly string[], presence: Presence | null): void {
    if (members.length === this.#members.length) return;
    this.#members = members;
    queueMicrotask(() => this.#emitter.emit(MEMBERS, [members, presence]));
  }
}
