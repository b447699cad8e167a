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
import type { IterateOptions, WaitOptions } from "./subscriptions/iterate";
import type { Undo } from "./subscriptions/undo";

/** A change of a member of a channel, as the server reports it in `online-update`. */
export interface Presence {
  /** The user id of the member. */
  readonly userID: string;
  /** Whether the member has come or gone. */
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

/** One channel of a socket. Made by {@link Socket.channel}. */
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
   * The user ids of the known members, in the order in which they came. Servers report changes only, so these are the
   * members that have come since the connection opened. Each change makes a new array.
   */
  get members(): readonly string[] {
    return this.#members;
  }

  /**
   * Joins the channel as soon as the connection is open, and after every reconnect, before the queue is sent.
   *
   * @param param sent with the command; see the option `rejoin`. @default {}
   */
  join(param: unknown = {}): void {
    this.#host.membership("join", this.name, param);
    this.#joined = { param };
  }

  /** Leaves the channel. It is not joined again. */
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

  /** Makes a request in this channel; see {@link Socket.request}. */
  request<C extends string, R extends keyof P["inbound"] & string = NamedReply<P, C>>(
    cmd: CommandWithReply<P, C, R>,
    ...args: [...ParamArgument<P, C>, options?: Omit<RequestOptions<P, CommandOf<P, C>, R>, "channel">]
  ): Promise<InboundParam<P, R>>;
  request(cmd: string, ...[param, options]: unknown[]): Promise<never> {
    return this.#host.request({ channel: this.name, cmd, param }, options as RequestOptions) as Promise<never>;
  }

  /** Listens to a command in this channel. Returns the unsubscribe function. */
  on<C extends keyof P["inbound"] & string>(cmd: C, listener: (param: InboundParam<P, C>, message: InboundMessage<P, C>) => void): Undo {
    return this.#emitter.on(cmd, (message: InboundMessage<P, C>) => listener(message.param, message));
  }

  /** Resolves with the next message of a command in this channel; see {@link Socket.once}. */
  once<C extends keyof P["inbound"] & string>(cmd: C, options: WaitOptions = {}): Promise<InboundMessage<P, C>> {
    return this.#emitter.once(cmd, options.signal);
  }

  /** The messages of a command in this channel; see {@link Socket.messages}. */
  messages<C extends keyof P["inbound"] & string>(cmd: C, options?: IterateOptions): AsyncIterableIterator<InboundMessage<P, C>> {
    return this.#emitter.iterate(cmd, options);
  }

  /**
   * Listens to changes of `members`: gets the new list and the change, which is `null` if the list was cleared because the
   * channel was left or the connection is new. Returns the unsubscribe function.
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
