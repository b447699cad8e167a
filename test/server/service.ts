import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Channels, type ChannelInfo } from "./channels";
import { Connection, type ConnectionInfo, type Profile } from "./connection";
import { badInput, ServiceError } from "./errors";
import type { Handler } from "./handler";
import { Handshake, type HandshakeOptions, LONGEST_NAME, TOO_LONG } from "./handshake";
import { type Logger, nameError, silent } from "./logger";
import { projectForgeWire } from "./projectforge";
import { Bucket, type RateLimit } from "./rate";
import { Stats, type StatsInfo } from "./stats";
import { toldOf } from "./taps";
import { ownWire, type Outgoing, type Wire } from "./wire";

export { ServiceError, type ChannelInfo, type Connection, type ConnectionInfo, type Handler, type Logger, type Profile };

/** The servers whose wire can be reproduced; with the module `user` Project Forge's presence goes by the profile's id. */
export type Parity = "projectforge" | "projectforge-user";

/** How a service is set up. */
export interface ServiceOptions extends HandshakeOptions {
  /** Milliseconds between two pings; a peer silent from one to the next is dropped. 0 is off. @default {interval: 30_000} */
  heartbeat?: { interval: number };
  /** Messages of one connection in so many milliseconds; one more closes it with 1008. @default none */
  rateLimit?: RateLimit;
  /** Channels that one connection may be in; in parity there is no limit. @default 256 */
  maxChannels?: number;
  /**
   * Bytes that wait for a client that reads too slowly; one more message drops it. In parity, too, where the real server would fill its
   * memory. @default 4_194_304, in parity 16_777_216
   */
  maxBufferedBytes?: number;
  /** The server to be like, down to its faults, instead of ourselves. @default none */
  parity?: Parity;
  /** @default a silent one */
  logger?: Logger;
}

/** All there is to know about a service at one moment. */
export interface ServiceStatus {
  connections: ConnectionInfo[];
  channels: ChannelInfo[];
  stats: StatsInfo;
}

/** Connections, the channels they are in, and what is written to them: the service API of the seed. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #wire: Wire;
  readonly #logger: Logger;
  readonly #handshake: Handshake;
  readonly #connections = new Map<string, Connection>();
  readonly #handlers = new Map<Connection, [Handler, Logger]>();
  readonly #channels: Channels;
  readonly #stats = new Stats();
  readonly #listeners = new Set<() => void>();
  readonly #taps = new Set<(text: string) => void>();
  readonly #maxBufferedBytes: number;
  readonly #heartbeat: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ServiceOptions = {}) {
    this.#options = options;
    this.#wire = options.parity === undefined ? ownWire : projectForgeWire(options.parity === "projectforge-user");
    this.#channels = new Channels(this.#wire === ownWire);
    if (this.#wire !== ownWire) this.#stats.withoutIgnored();
    this.#logger = options.logger ?? silent;
    this.#handshake = new Handshake(options, this.#wire);
    this.#maxBufferedBytes = options.maxBufferedBytes ?? (this.#wire.guarded ? 2 ** 22 : 2 ** 24);
    const interval = this.#wire.guarded ? (options.heartbeat?.interval ?? 30_000) : 0;
    if (interval > 0) this.#heartbeat = setInterval(() => this.#beat(), interval).unref();
  }

  /** Looks at an upgrade request before anything is done for it; one that must be refused is answered, and this throws. */
  vet(request: IncomingMessage, socket: Duplex): void {
    this.#handshake.vet(request, socket);
  }

  /** Makes a request a connection in `channel`; a request it refuses is answered, and the promise rejected. */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    channel: string,
    profile: Profile,
    handler: Handler,
    logger: Logger = this.#logger,
  ): Promise<string> {
    const link = this.#handshake.accept(request, socket, head, channel, (error) =>
      logger.warn(`connection ${connection.id} failed: ${nameError(error)}`),
    );
    const connection = new Connection(link, channel, profile);
    if (this.#wire !== ownWire) connection.stats.withoutIgnored();
    this.#connections.set(connection.id, connection);
    this.#handlers.set(connection, [handler, logger]);
    void connection.ended.then(() => this.#remove(connection));
    this.#tap({ channel: "connection", cmd: "open", param: toldOf(connection.toJSON()) });
    this.join(connection.id, channel);
    return connection.id;
  }

  /** Gives a connection's messages to its handler, one at a time; resolves when the connection has ended. */
  async readLoop(id: string): Promise<void> {
    const connection = this.#find(id);
    const { rateLimit } = this.#options;
    const bucket = rateLimit && this.#wire.guarded ? new Bucket(rateLimit) : undefined;
    for await (const data of connection.messages()) {
      for (const stats of [connection.stats, this.#stats]) stats.received(data.length);
      this.#changed();
      if (bucket && !bucket.take()) {
        connection.close(1008, `More than ${rateLimit?.messages} messages in ${rateLimit?.per} ms: send fewer.`);
        break;
      }
      if (!(await this.#handle(connection, data))) break;
    }
    await connection.ended;
  }

  /** Puts a connection into a channel; true when that created the channel. */
  join(id: string, channel: string): boolean {
    const connection = this.#find(id);
    if (this.#wire.guarded) this.#limit(connection, channel);
    const outcome = this.#channels.join(connection, named(channel));
    if (outcome !== "already" || this.#wire.repeatsPresence) this.#announce(connection, channel, true);
    return outcome === "created";
  }

  /** Takes a connection out of a channel; true when that removed the channel. */
  leave(id: string, channel: string): boolean {
    const connection = this.#find(id);
    const outcome = this.#channels.leave(connection, named(channel));
    if (outcome !== "absent" || this.#wire.repeatsPresence) this.#announce(connection, channel, false);
    return outcome === "removed";
  }

  /** Says who a connection is, once that is known; the channels that it is in already are not told. */
  identify(id: string, profile: Profile): void {
    this.#find(id).profile = profile;
    this.#changed();
  }

  /** Sends to one connection; without a channel the message names none. */
  writeConnection(cmd: string, param: unknown, id: string, channel = ""): void {
    this.writeMessage({ channel, cmd, param }, id);
  }

  /** Sends a whole message, `from` included, to one connection. */
  writeMessage(message: Outgoing, id: string): void {
    this.#tap(message);
    this.#write(this.#find(id), this.#wire.encode(message));
  }

  /** Sends to every member of a channel but the excepted ones. */
  writeChannel(cmd: string, param: unknown, channel: string, ...exceptIds: string[]): void {
    const members = this.#channels.members(named(channel)).filter(({ id }) => !exceptIds.includes(id));
    this.#fanOut(members, { channel, cmd, param });
  }

  /** Sends to every connection, with no channel. */
  writeAll(cmd: string, param: unknown): void {
    this.#fanOut([...this.#connections.values()], { cmd, param });
  }

  /** Asks the client to go; it is the client that closes. */
  writeCloseRequest(id: string): void {
    this.writeConnection("close-connection", null, id);
  }

  /** Sends anything, well-formed or not, as one frame; bytes go as a binary frame unless told otherwise. */
  writeRaw(id: string, data: string | Uint8Array, binary = typeof data !== "string"): void {
    this.#write(this.#find(id), data, binary);
  }

  /** Ends a connection with a close frame, or by dropping TCP when no code is given. */
  disconnect(id: string, code?: number, reason = ""): void {
    const connection = this.#find(id);
    if (code === undefined) connection.drop();
    else connection.close(code, reason);
  }

  status(): ServiceStatus {
    return { connections: this.connections(), channels: this.#channels.toJSON(), stats: this.#stats.toJSON() };
  }

  connections(): ConnectionInfo[] {
    return [...this.#connections.values()].map((connection) => connection.toJSON());
  }

  connectionsByChannel(channel: string): ConnectionInfo[] {
    return this.#channels.members(named(channel)).map((connection) => connection.toJSON());
  }

  /** Who is in a channel, by the ids of `online-update`: each once, however many connections they have. */
  membersOf(channel: string): { userID: string; name: string }[] {
    const members = this.#channels.members(named(channel)).map((connection) => {
      const userID = this.#wire.userID(connection);
      return [userID, { userID, name: connection.profile.name }] as const;
    });
    return [...new Map(members).values()];
  }

  /** Calls back after every change of `status()`; returns the undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back with every message of either side, and with one on the channel `connection` for each who comes or goes; gives the undo. */
  onTraffic(listener: (text: string) => void): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  /** Drops the TCP connection of everyone, and waits until they are gone. */
  async dropAll(): Promise<void> {
    const all = [...this.#connections.values()];
    for (const connection of all) connection.drop();
    await Promise.all(all.map(({ ended }) => ended));
  }

  /** Says goodbye with 1001 (in parity: drops), drops who has not gone after 250 ms, and leaves nothing behind. */
  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#handshake.close();
    const all = [...this.#connections.values()];
    for (const connection of all) {
      if (this.#wire.guarded) connection.close(1001, "Server is shutting down");
      else connection.drop();
    }
    const late = setTimeout(() => void this.dropAll(), 250);
    await Promise.all(all.map(({ ended }) => ended));
    clearTimeout(late);
  }

  async #handle(connection: Connection, data: Buffer): Promise<boolean> {
    const [handler, logger] = this.#handlers.get(connection) ?? [];
    if (!handler || !logger) return false;
    try {
      const { cmd, param, channel } = this.#wire.decode(data);
      this.#tap({ cmd, param, channel });
      await handler.on(this, connection, cmd, param, logger, channel);
      return true;
    } catch (error) {
      const isBadInput = error instanceof ServiceError && error.code === "bad-input";
      logger.warn(`connection ${connection.id}: ${isBadInput ? error.message : `the handler threw ${nameError(error)}`}`);
      if (isBadInput) for (const stats of [connection.stats, this.#stats]) stats.ignored();
      if (this.#wire.onFault === "drop") connection.drop();
      else if (!isBadInput) connection.close(1011, "Internal server error");
      else return true;
      return false;
    }
  }

  #fanOut(recipients: Connection[], message: Outgoing): void {
    this.#tap(message);
    const text = this.#wire.encode(message);
    for (const connection of recipients) this.#wire.deliver(() => this.#write(connection, text));
  }

  #write(connection: Connection, data: string | Uint8Array, binary = false): void {
    if (!connection.writable) return;
    if (connection.buffered > this.#maxBufferedBytes) {
      const [, logger = this.#logger] = this.#handlers.get(connection) ?? [];
      logger.warn(`connection ${connection.id} is dropped: it does not read what is written to it`);
      connection.drop();
      return;
    }
    connection.write(data, binary);
    for (const stats of [connection.stats, this.#stats]) stats.sent(Buffer.byteLength(data));
    this.#changed();
  }

  #announce(connection: Connection, channel: string, connected: boolean): void {
    const userID = this.#wire.userID(connection);
    const others = this.#channels.members(channel).filter(({ id }) => id !== connection.id);
    const from = this.#wire.signsPresence ? userID : undefined;
    this.#fanOut(others, { from, channel, cmd: "online-update", param: { userID, connected } });
    this.#changed();
  }

  #remove(connection: Connection): void {
    for (const channel of [...connection.channels]) this.leave(connection.id, channel);
    this.#tap({ channel: "connection", cmd: "close", param: toldOf(connection.toJSON()) });
    this.#connections.delete(connection.id);
    this.#handlers.delete(connection);
    this.#changed();
  }

  #tap(message: Outgoing): void {
    if (this.#taps.size === 0) return;
    const text = this.#wire.encode(message);
    for (const listener of this.#taps) listener(text);
  }

  #beat(): void {
    for (const connection of this.#connections.values()) if (!connection.ping()) connection.drop();
  }

  /** Refuses a channel whose name is too long, or one too many. */
  #limit({ channels }: Connection, channel: string): void {
    if (channel.length > LONGEST_NAME) throw badInput(TOO_LONG);
    const { maxChannels = 256 } = this.#options;
    if (channels.size >= maxChannels && !channels.has(channel)) {
      throw badInput(`The connection is in ${maxChannels} channels, which are all that it may be in: leave one.`);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #find(id: string): Connection {
    const connection = this.#connections.get(id);
    if (connection) return connection;
    throw new ServiceError("unknown-connection", "No connection has this id: take one from connections().");
  }
}

function named(channel: string): string {
  if (channel !== "") return channel;
  throw new ServiceError("empty-channel", "The channel is empty: name one.");
}
