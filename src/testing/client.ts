import type { InboundCommand, Message, OutboundCommand, Protocol } from "../index";
import { Inbox } from "./inbox";
import type { Direction, FrameData, Link } from "./link";
import type { ReceivedParam, SentArguments } from "./params";

/** How a message is sent to clients. */
export interface ClientSendOptions {
  /** The channel of the message. @default that of the server's options */
  channel?: string | undefined;
  /** The `from` of the message. @default none */
  from?: string | undefined;
}

/** A message that a client has sent. */
export type ReceivedMessage<P extends Protocol = Protocol, C extends OutboundCommand<P> = OutboundCommand<P>> = {
  [K in C]: Message<K, ReceivedParam<P, K>> & {
    /** The `id` of the client. */
    readonly from: string;
    /** The client. */
    readonly client: MockClient<P>;
    /** Sends a command to this client, in the channel of the message. */
    reply<R extends InboundCommand<P>>(cmd: R, ...args: SentArguments<P, R>): void;
  };
}[C];

/** What a client needs of the server that it belongs to. */
export interface ClientParent<P extends Protocol> {
  /**
   * Checks and encodes what is sent to a client.
   *
   * @throws SocketError `validation` for what does not fit the protocol.
   */
  encode(cmd: string, param: unknown, options: ClientSendOptions): FrameData;
  join(client: MockClient<P>, channel: string): void;
  leave(client: MockClient<P>, channel: string): void;
}

/** What a client is made of. */
export interface ClientDetails {
  readonly id: string;
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly link: Link;
}

/** One connection, from the server's side. Its faults concern this connection only. A client that reconnects is another one. */
export class MockClient<P extends Protocol = Protocol> {
  /** `client-1` for the first connection, and so on. */
  readonly id: string;
  /** The address that it has connected to, with its query. */
  readonly url: URL;
  /** The subprotocols that it offers. */
  readonly protocols: readonly string[];
  /** The user id in presence messages. @default its `id` */
  user: string;
  /** The channels that it has joined. */
  readonly channels: ReadonlySet<string> = new Set();
  /** @internal */
  isOpen = false;
  readonly #inbox: Inbox<ReceivedMessage<P>> = new Inbox();
  readonly #link: Link;
  readonly #parent: ClientParent<P>;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #garbled = 0;

  /** @internal */
  constructor({ id, url, protocols, link }: ClientDetails, parent: ClientParent<P>) {
    this.id = id;
    this.user = id;
    this.url = url;
    this.protocols = protocols;
    this.#link = link;
    this.#parent = parent;
  }

  /** How the connection has ended; `undefined` while it is open. Code 1006 is an end without a closing handshake. */
  get closed(): { readonly code: number; readonly reason: string } | undefined {
    return this.#closed;
  }

  /** Sends a command. It is checked by the protocol. A connection that has ended drops it. */
  send<C extends InboundCommand<P>>(cmd: C, ...[param, options = {}]: SentArguments<P, C, [options?: ClientSendOptions]>): void {
    this.deliver(this.#parent.encode(cmd, param, options));
  }

  /** Sends a frame as it is: text, or bytes. */
  sendRaw(data: FrameData): void {
    this.deliver(data);
  }

  /** All messages that have come from it, or the params of one command, in order. */
  received(): readonly ReceivedMessage<P>[];
  received<C extends OutboundCommand<P>>(cmd: C): ReceivedParam<P, C>[];
  received(cmd?: string): readonly unknown[] {
    return cmd === undefined ? [...this.#inbox.messages] : this.#inbox.params(cmd);
  }

  /** Resolves with the next message of a command from this client, or with the next of any. Each message is returned once. */
  next<C extends OutboundCommand<P>>(cmd?: C, { signal }: { signal?: AbortSignal } = {}): Promise<ReceivedMessage<P, C>> {
    return this.#inbox.next(cmd, signal) as Promise<ReceivedMessage<P, C>>;
  }

  /** Puts it into a channel, for servers whose clients join in other ways. The other members get a presence message. */
  join(channel: string): void {
    this.#parent.join(this, channel);
  }

  /** Takes it out of a channel. */
  leave(channel: string): void {
    this.#parent.leave(this, channel);
  }

  /** Closes the connection with a close frame. */
  close(code = 1000, reason = ""): void {
    this.#link.closeDown(code, reason);
  }

  /** Ends the connection without a close frame: the client gets 1006. What is on its way is lost. */
  cut(): void {
    this.#link.cut();
  }

  /** Lets nothing through any more. Neither side learns of it. */
  stall(direction: Direction = "both"): void {
    this.#link.stall(direction);
  }

  /** Lets through what was held back. */
  resume(): void {
    this.#link.resume();
  }

  /** Delays each frame by so many milliseconds, in both directions. 0 ends that. */
  slow(ms: number): void {
    this.#link.slow(ms);
  }

  /** Cuts the next text frames to the client in half, so that they are no JSON. */
  garble(times = 1): void {
    this.#garbled += times;
  }

  /** @internal */
  deliver(data: FrameData): void {
    const garbled = typeof data === "string" && this.#garbled > 0;
    if (garbled) this.#garbled--;
    this.#link.sendDown(garbled ? data.slice(0, Math.ceil(data.length / 2)) : data);
  }

  /** @internal */
  receive(message: ReceivedMessage<P>): void {
    this.#inbox.add(message);
  }

  /** @internal */
  fail(error: unknown): boolean {
    return this.#inbox.fail(error);
  }

  /** @internal */
  end(code: number, reason: string): void {
    this.#closed = { code, reason };
  }
}
