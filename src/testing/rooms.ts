import type { Message, Protocol } from "../index";
import type { MockClient } from "./client";

/** How clients join and leave channels, and learn who is there; the words of the socket's options `rejoin` and `presence`. */
export interface RoomCommands {
  /** The command that joins; none where a function of the options does it. */
  readonly join: string | undefined;
  /** The command that answers a join; none where joins are not answered. */
  readonly joined?: string | undefined;
  /** The command that refuses a join; none where it is not told. */
  readonly refused?: string | undefined;
  /** The command that leaves. */
  readonly leave: string | undefined;
  /** The command that reports one member; none where it is read by a function of the options. */
  readonly update: string | undefined;
  /** The command that asks who is there. */
  readonly ask?: string | undefined;
  /** The command that answers it. */
  readonly list?: string | undefined;
}

/** A client that wants to join a channel. */
export interface JoinRequest<P extends Protocol = Protocol> {
  /** The client. */
  readonly client: MockClient<P>;
  /** The channel. */
  readonly channel: string;
  /** The param of the join. */
  readonly param: unknown;
  /** Refuses it; the client gets this param. */
  refuse(param?: unknown): void;
}

/** Decides about a join. What it returns is the param of the answer. */
export type JoinListener<P extends Protocol = Protocol> = (request: JoinRequest<P>) => unknown;

/** Sends a command to a client in a channel, past the protocol. */
export type Tell<P extends Protocol> = (client: MockClient<P>, message: Message) => void;

/** Who is in which channel. */
export class Rooms<P extends Protocol> {
  readonly #commands: RoomCommands;
  readonly #tell: Tell<P>;
  readonly #members = new Map<string, Set<MockClient<P>>>();
  /** The last one decides. */
  listener: JoinListener<P> | undefined;

  constructor(commands: RoomCommands, tell: Tell<P>) {
    this.#commands = commands;
    this.#tell = tell;
  }

  /** The members of a channel. */
  members(channel: string): readonly MockClient<P>[] {
    return [...(this.#members.get(channel) ?? [])];
  }

  /** Answers a message that joins, leaves or asks who is there. */
  handle(client: MockClient<P>, { channel, cmd, param }: Message): void {
    const { join, leave, ask } = this.#commands;
    if (cmd === join) this.#ask(client, channel, param);
    else if (cmd === leave) this.leave(client, channel);
    else if (ask !== undefined && cmd === ask) this.#list(client, channel);
  }

  /** Puts a client into a channel, and tells the others. */
  join(client: MockClient<P>, channel: string): void {
    const members = this.#members.get(channel) ?? new Set();
    this.#members.set(channel, members);
    if (members.has(client)) return;
    members.add(client);
    (client.channels as Set<string>).add(channel);
    this.#announce(client, channel, true);
  }

  /** Takes a client out of a channel, and tells the others. */
  leave(client: MockClient<P>, channel: string): void {
    if (!this.#members.get(channel)?.delete(client)) return;
    (client.channels as Set<string>).delete(channel);
    this.#announce(client, channel, false);
  }

  /** Takes a client out of every channel. */
  leaveAll(client: MockClient<P>): void {
    for (const channel of [...client.channels]) this.leave(client, channel);
  }

  #ask(client: MockClient<P>, channel: string, param: unknown): void {
    const { joined, refused } = this.#commands;
    let refusal: { readonly param: unknown } | undefined;
    const refuse = (reason: unknown = {}) => {
      refusal = { param: reason };
    };
    const answer = this.listener?.({ client, channel, param, refuse });
    if (refusal) {
      if (refused !== undefined) this.#tell(client, { channel, cmd: refused, param: refusal.param });
      return;
    }
    this.join(client, channel);
    if (joined !== undefined) this.#tell(client, { channel, cmd: joined, param: answer ?? {} });
  }

  #list(client: MockClient<P>, channel: string): void {
    const { list } = this.#commands;
    if (list === undefined) return;
    const param = this.members(channel).map(({ user }) => ({ userID: user, connected: true }));
    this.#tell(client, { channel, cmd: list, param });
  }

  #announce(client: MockClient<P>, channel: string, connected: boolean): void {
    const { update } = this.#commands;
    if (update === undefined) return;
    for (const member of this.members(channel)) {
      if (member !== client) this.#tell(member, { channel, cmd: update, param: { userID: client.user, connected } });
    }
  }
}
