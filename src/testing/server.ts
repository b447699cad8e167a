import {
  type Codec,
  type InboundCommand,
  type IncomingData,
  jsonCodec,
  type Message,
  type OutboundCommand,
  type OutgoingData,
  type Presence,
  type Protocol,
  type Rejoin,
  type SocketClose,
  SocketError,
  type SocketOptions,
  type Unsubscribe,
} from "../index";
import type { ClientParent, ClientSendOptions, MockClient, ReceivedMessage } from "./client";
import { Inbox } from "./inbox";
import type { FrameData } from "./link";
import { Network, type NetworkOptions } from "./network";
import { type Checks, Params, type ReceivedParam, type SentArguments } from "./params";
import { parseRecording, type RecordedEvent } from "./recording";
import { type JoinListener, type RoomCommands, Rooms } from "./rooms";
import { usage } from "./usage";

/** A handler of one command: gets the param, as its schema returns it, and the message with `reply`, `from`, `channel` and `client`. */
export type Handler<P extends Protocol, C extends OutboundCommand<P>> = (
  param: ReceivedParam<P, C>,
  message: ReceivedMessage<P, C>,
) => unknown;

/** To whom a message goes, and how. */
export interface ServerSendOptions<P extends Protocol = Protocol> extends ClientSendOptions {
  /** Who gets it: clients, or their ids. @default the members of the channel; all clients if nobody has joined it */
  to?: MockClient<P> | string | readonly (MockClient<P> | string)[] | undefined;
}

/** The options of a {@link MockServer}. Those that the socket has too are part of {@link MockServer.options}. */
export interface MockServerOptions<P extends Protocol = Protocol>
  extends NetworkOptions,
    Pick<SocketOptions<P>, "codec" | "channel" | "rejoin" | "presence"> {
  /** The address in {@link MockServer.options}. The server answers at any address. @default "ws://wireline.test/connect" */
  url?: string | undefined;
  /** Which messages the schemas of the protocol check; `inbound` is what the server sends. @default "always" */
  validate?: Checks | undefined;
}

/** How a recording is replayed. */
export interface ReplayOptions {
  /**
   * `order`: at once, but what followed a message of the client waits for such a message. `time`: at the times of the recording,
   * by the timers that there are. @default "order"
   */
  pace?: "order" | "time" | undefined;
}

/** The options that lead a socket to a {@link MockServer}. */
export type MockSocketOptions<P extends Protocol> = Pick<
  SocketOptions<P>,
  "url" | "protocol" | "WebSocket" | "environment" | "backoff" | "codec" | "channel" | "rejoin" | "presence"
>;

/** The wait before a retry in {@link MockServer.options}, in milliseconds. */
const quickRetry = 10;

/**
 * A server in memory that speaks a protocol: it answers, sends, and fails as real networks do. Made by {@link mockServer}.
 *
 * Nothing is on a real network, and no timer is needed: events pass in turns of promises, so they also pass while timers are faked.
 */
export class MockServer<P extends Protocol = Protocol> extends Network<P> {
  /** What leads a socket here: `new Socket({ ...server.options, protocol })`. Retries come after 10 ms. */
  readonly options: MockSocketOptions<P>;
  readonly #codec: Codec;
  readonly #channel: string;
  readonly #params: Params;
  readonly #rooms: Rooms<P>;
  readonly #inbox: Inbox<ReceivedMessage<P>> = new Inbox();
  readonly #handlers = new Map<string, Set<Handler<P, OutboundCommand<P>>>>();
  readonly #greeters = new Set<(client: MockClient<P>) => unknown>();
  #errors: unknown[] = [];

  /** @internal */
  constructor(protocol: P | undefined, options: MockServerOptions<P>) {
    const { url = "ws://wireline.test/connect", codec = jsonCodec, channel = "", validate = "always", rejoin, presence } = options;
    super(options);
    this.#codec = codec;
    this.#channel = channel;
    this.#params = new Params(protocol, validate);
    this.#rooms = new Rooms(roomCommands(rejoin as Rejoin | undefined, presence), (client, { channel, cmd, param }) => {
      client.deliver(toFrameData(codec.encode({ channel, cmd, param })));
    });
    this.options = {
      url,
      WebSocket: this.WebSocket,
      environment: this.environment,
      backoff: () => quickRetry,
      ...given({ protocol, codec: options.codec, channel: options.channel, rejoin, presence }),
    };
  }

  /** Handles a command of clients. What a handler throws is thrown by `settled`, `next` or `end`. */
  on<C extends OutboundCommand<P>>(cmd: C, handler: Handler<P, C>): Unsubscribe {
    const handlers = this.#handlers.get(cmd) ?? new Set();
    const added = handler as unknown as Handler<P, OutboundCommand<P>>;
    this.#handlers.set(cmd, handlers.add(added));
    return () => void handlers.delete(added);
  }

  /** Handles each connection, before anything comes from it: greets it, or closes it for its address. */
  onConnect(handler: (client: MockClient<P>) => unknown): Unsubscribe {
    this.#greeters.add(handler);
    return () => void this.#greeters.delete(handler);
  }

  /** Decides about each join. It may refuse; what it returns is the param of the answer. There is one at a time. */
  onJoin(listener: JoinListener<P>): Unsubscribe {
    this.#rooms.listener = listener;
    return () => {
      if (this.#rooms.listener === listener) this.#rooms.listener = undefined;
    };
  }

  /**
   * Sends a command to clients.
   *
   * @throws SocketError `validation` for what does not fit the protocol; `usage` if no client is connected.
   */
  send<C extends InboundCommand<P>>(cmd: C, ...[param, options = {}]: SentArguments<P, C, [options?: ServerSendOptions<P>]>): void {
    const frame = this.#encode(cmd, param, options);
    for (const client of this.#recipients(options)) client.deliver(frame);
  }

  /** Sends a frame as it is to all clients: text, or bytes. */
  sendRaw(data: FrameData): void {
    for (const client of this.clients) client.sendRaw(data);
  }

  /** Asks all clients to go, as Project Forge does: their sockets close, and do not reconnect. */
  dismiss(): void {
    this.sendRaw(toFrameData(this.#codec.encode({ channel: "", cmd: "close-connection", param: null })));
  }

  /** All messages that have come from clients, or the params of one command, in order. */
  received(): readonly ReceivedMessage<P>[];
  received<C extends OutboundCommand<P>>(cmd: C): ReceivedParam<P, C>[];
  received(cmd?: string): readonly unknown[] {
    return cmd === undefined ? [...this.#inbox.messages] : this.#inbox.params(cmd);
  }

  /** Resolves with the next message of a command, or with the next of any. Each message is returned once. */
  next<C extends OutboundCommand<P>>(cmd?: C, { signal }: { signal?: AbortSignal } = {}): Promise<ReceivedMessage<P, C>> {
    if (this.#errors.length) return Promise.reject(this.#errors.shift());
    return this.#inbox.next(cmd, signal) as Promise<ReceivedMessage<P, C>>;
  }

  /**
   * Plays a recording to the next client: sends what the server sent then, and ends the connection as it ended. It goes on with
   * the next client after each end. Resolves when all is played.
   *
   * @param recording lines of JSON, or the events; see {@link RecordedEvent}
   */
  async replay(recording: string | Iterable<RecordedEvent>, { pace = "order" }: ReplayOptions = {}): Promise<void> {
    const events = typeof recording === "string" ? parseRecording(recording) : recording;
    let client: MockClient<P> | undefined;
    let now = 0;
    let status: string | undefined;
    for (const event of events) {
      if (pace === "time" && event.at > now) await new Promise<void>((resolve) => setTimeout(resolve, event.at - now));
      now = event.at;
      if (event.type === "status") {
        status = event.state.status;
        continue;
      }
      client ??= await this.connected();
      if (event.type === "in") {
        const { channel, cmd, param, from } = event.message;
        client.deliver(this.#toFrame(cmd, param, { channel, from }));
      } else if (event.type === "out") {
        if (pace === "order") await client.next(event.message.cmd as OutboundCommand<P>);
      } else if (event.type === "close") {
        // What was sent before has arrived.
        await this.calm();
        if (status !== "closed") end(client, event.close);
        client = undefined;
      }
    }
  }

  /** The members of a channel. */
  members(channel: string): readonly MockClient<P>[] {
    return this.#rooms.members(channel);
  }

  /** @internal */
  protected get clientParent(): ClientParent<P> {
    return {
      encode: (cmd, param, options) => this.#encode(cmd, param, options),
      join: (client, channel) => this.#rooms.join(client, channel),
      leave: (client, channel) => this.#rooms.leave(client, channel),
    };
  }

  /** @internal */
  protected accepted(client: MockClient<P>): void {
    const channel = client.url.searchParams.get("ch");
    if (channel) client.join(channel);
    for (const greet of [...this.#greeters]) this.#run(() => greet(client));
  }

  /** @internal */
  protected forget(client: MockClient<P>): void {
    this.#rooms.leaveAll(client);
  }

  #encode(cmd: string, param: unknown, options: ClientSendOptions): FrameData {
    this.#params.checkSent(cmd, param);
    return this.#toFrame(cmd, param, options);
  }

  #toFrame(cmd: string, param: unknown, { channel = this.#channel, from }: ClientSendOptions): FrameData {
    const frame = toFrameData(this.#codec.encode({ channel, cmd, param }));
    if (from === undefined) return frame;
    if (typeof frame !== "string") throw usage("The codec makes no text, which has no place for `from`; send without it.");
    return JSON.stringify({ from, ...(JSON.parse(frame) as object) });
  }

  #recipients({ to, channel = this.#channel }: ServerSendOptions<P>): readonly MockClient<P>[] {
    if (!this.clients.length) throw usage("No client is connected; await server.connected() first.");
    if (to === undefined) {
      const members = this.members(channel);
      return members.length ? members : this.clients;
    }
    return [to].flat().map((one) => {
      const client = typeof one === "string" ? this.clients.find(({ id }) => id === one) : (one as MockClient<P>);
      if (!client) throw usage("No connected client has this id; see server.clients.");
      return client;
    });
  }

  /** @internal */
  protected receive(client: MockClient<P>, data: IncomingData): void {
    let message: Message | undefined;
    try {
      message = this.#codec.decode(data);
      if (!message) return;
      message = { ...message, param: this.#params.readReceived(message.cmd, message.param) };
    } catch (error) {
      const unread = new SocketError("codec", { message: "A client sends what the codec cannot decode; see `cause`.", cause: error });
      this.#failed(message ? error : unread);
      return;
    }
    const { channel, cmd, param } = message;
    const reply = (reply: never, ...[param]: never[]) => client.send(reply, ...([param, { channel }] as never));
    const received = { channel, cmd, param, from: client.id, client, reply } as unknown as ReceivedMessage<P>;
    client.receive(received);
    this.#inbox.add(received);
    this.#run(() => this.#rooms.handle(client, received));
    for (const handler of [...(this.#handlers.get(cmd) ?? [])]) this.#run(() => handler(param as never, received as never));
  }

  /** Calls a function of the test; what it throws, now or later, is an error of the test. */
  #run(call: () => unknown): void {
    try {
      const result = call();
      if (result instanceof Promise) result.catch((error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const seen = this.#inbox.fail(error);
    if (!seen) this.#errors.push(error);
  }

  /** @internal */
  protected throwError(): void {
    const [first] = this.#errors;
    if (!this.#errors.length) return;
    this.#errors = [];
    throw first;
  }
}

/**
 * Makes a server in memory that speaks a protocol.
 *
 * @example
 * const server = mockServer(protocol);
 * const socket = new Socket(server.options);
 * server.on("note", (note, { reply }) => reply("saved", { id: note.id }));
 */
export function mockServer<P extends Protocol = Protocol>(protocol?: P, options: MockServerOptions<P> = {}): MockServer<P> {
  return new MockServer(protocol, options);
}

/** What the options of a socket say about channels, as far as a server can follow it: what a function makes of it is for handlers. */
function roomCommands({ join = "join", leave = "leave" }: Rejoin = {}, presence: Presence = {}): RoomCommands {
  const name = (command: unknown) => (typeof command === "string" ? command : undefined);
  const answered = typeof join === "object" ? join : undefined;
  return {
    join: name(answered?.cmd ?? join),
    joined: answered?.reply,
    refused: name(answered?.refused) ?? answered?.reply,
    leave: name(leave),
    update: presence.readUpdate ? undefined : (presence.update ?? "online-update"),
    ask: presence.readList ? undefined : name(presence.ask),
    list: presence.list,
  };
}

/** What a codec makes, as a frame. */
function toFrameData(data: OutgoingData): FrameData {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
  }
  if ("arrayBuffer" in data) throw usage("The mock server cannot send a Blob; send an ArrayBuffer.");
  return data.slice(0);
}

/** Ends a connection as it ended in a recording. */
function end<P extends Protocol>(client: MockClient<P>, { code, reason }: SocketClose): void {
  if (code === 1006) client.cut();
  else client.close(code, reason);
}

/** The options that are given. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
