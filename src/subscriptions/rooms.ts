import type { SocketError } from "../errors";
import type { EventsParent } from "./events";
import type { MembersParent, MemberUpdate } from "./members";
import type { ChannelStatus, JoinAnswer, MembershipParent } from "./membership";
import { Room } from "./room";

/** How presence is read; `SocketOptions` says what each means. */
export interface PresenceReaders {
  readonly update: string;
  readonly readUpdate: (param: unknown) => MemberUpdate | undefined;
  readonly list?: string | undefined;
  readonly readList: (param: unknown) => Iterable<readonly [id: string, details: unknown]>;
  readonly ask?: unknown;
}

/** What the rooms of a client are told; `SocketOptions` says what each means. */
export interface RoomsOptions {
  /** The channel of messages that name none. */
  readonly channel: string;
  readonly connectTimeout: number;
  readonly presence: PresenceReaders;
}

/** What the rooms need of the client they belong to. */
export interface RoomsParent extends EventsParent {
  /** Whether the connection is open. */
  readonly isOpen: boolean;
  /** Whether the server answers joins. */
  readonly joinsAreAnswered: boolean;
  /** Runs a function of the options; reports what it throws. */
  guarded<T>(call: () => T): T | undefined;
  /** Sends a join; returns the function that stops waiting for its answer, or `undefined` if it did not leave. */
  sendJoin(channel: string, param: unknown, answer: JoinAnswer): (() => void) | undefined;
  sendLeave(channel: string, param: unknown): void;
  /** Asks who is in a channel. */
  askForMembers(channel: string): void;
  /** Messages to a channel may leave, or never will. */
  channelSettled(channel: string): void;
  channelChanged(channel: string, status: ChannelStatus, previous: ChannelStatus): void;
  failed(error: SocketError): void;
}

/** The channels of a client that are used. */
export class Rooms<Event> implements MembershipParent, MembersParent {
  readonly #options: RoomsOptions;
  readonly #parent: RoomsParent;
  // Created on first use, because an empty Map takes 300 bytes.
  #rooms: Map<string, Room<Event>> | undefined;
  /** Those that have something to tell the server. */
  #pending: Set<string> | undefined;
  #isTelling = false;

  constructor(options: RoomsOptions, parent: RoomsParent) {
    this.#options = options;
    this.#parent = parent;
  }

  /** The room of a channel, if that is used. */
  get(name: string): Room<Event> | undefined {
    return this.#rooms?.get(name);
  }

  /**
   * The room of a channel, made if there is none.
   *
   * @param handle what users get for this channel while it is used, unless there is one already
   */
  of(name: string, handle?: object): Room<Event> {
    this.#rooms ??= new Map();
    let room = this.#rooms.get(name);
    if (!room) {
      room = new Room<Event>(name, this);
      this.#rooms.set(name, room);
      // A name that is only looked at is not remembered.
      queueMicrotask(() => this.roomChanged(name));
    }
    room.handle ??= handle;
    return room;
  }

  /** Reads a message about who is there; returns whether it is one. */
  readPresence(channel: string, cmd: string, param: unknown): boolean {
    const { update, readUpdate, list, readList } = this.#options.presence;
    if (cmd !== update && cmd !== list) return false;
    const members = this.#presenceRoom(channel)?.members;
    if (!members) return true;
    this.#parent.guarded(() => {
      if (cmd === list) {
        members.replace(readList(param));
        return;
      }
      const change = readUpdate(param);
      if (change) members.update(change);
    });
    return true;
  }

  /** Whether a message to a channel may leave now, has to wait until it is joined, or never will leave. */
  permission(channel: string): "now" | "later" | "never" {
    const status = this.#parent.joinsAreAnswered ? this.get(channel)?.membership.status : undefined;
    if (status === "refused") return "never";
    return status === "joining" ? "later" : "now";
  }

  // What happens to the connection.

  opened(): void {
    for (const room of this.#all) room.opened();
    const { channel } = this.#options;
    // Its members count from the opening, whether it is joined or not.
    if (!this.get(channel)?.membership.wanted) this.#parent.askForMembers(channel);
  }

  lost(): void {
    for (const room of this.#all) {
      room.membership.lost();
      this.roomChanged(room.name);
    }
  }

  stopped(): void {
    for (const room of this.#all) {
      room.membership.stopped();
      this.roomChanged(room.name);
    }
  }

  identityChanged(): void {
    for (const room of this.#all) room.membership.identityChanged();
  }

  /** Tells the server which channels were joined or left. While the connection is not open, its opening does so. */
  tellMemberships(): void {
    // A join that is being sent comes here. What its functions ask for follows it: a leave before its join would do nothing.
    if (this.#isTelling) return;
    this.#isTelling = true;
    const pending = this.#pending ?? new Set();
    for (const channel of pending) {
      pending.delete(channel);
      this.get(channel)?.settle(this.#parent.isOpen);
      this.roomChanged(channel);
    }
    this.#isTelling = false;
  }

  // What the rooms ask and report.

  get answerTimeout(): number | undefined {
    return this.#parent.joinsAreAnswered ? this.#options.connectTimeout : undefined;
  }

  tellJoin(channel: string, param: unknown, answer: JoinAnswer): (() => void) | undefined {
    return this.#parent.guarded(() => this.#parent.sendJoin(channel, typeof param === "function" ? param() : param, answer));
  }

  tellLeave(channel: string, param: unknown): void {
    this.#parent.guarded(() => this.#parent.sendLeave(channel, param));
  }

  membershipPending(channel: string): void {
    this.#pending ??= new Set();
    if (this.#pending.size === 0) queueMicrotask(() => this.tellMemberships());
    this.#pending.add(channel);
  }

  joined(channel: string): void {
    this.#parent.askForMembers(channel);
    this.released(channel);
  }

  released(channel: string): void {
    if (this.#parent.joinsAreAnswered) this.#parent.channelSettled(channel);
  }

  /** Forgets a room that nobody needs. What was asked of it in this tick is settled first. */
  roomChanged(channel: string): void {
    if (this.#pending?.has(channel)) return;
    if (this.get(channel)?.unused) this.#rooms!.delete(channel);
  }

  channelChanged(channel: string, status: ChannelStatus, previous: ChannelStatus): void {
    this.#parent.channelChanged(channel, status, previous);
    this.roomChanged(channel);
  }

  failed(error: SocketError): void {
    this.#parent.failed(error);
  }

  listenerThrew(cause: unknown): void {
    this.#parent.listenerThrew(cause);
  }

  get #all(): Iterable<Room<Event>> {
    return this.#rooms?.values() ?? [];
  }

  /** The room whose members a message changes. That of the default channel counts from the opening, whether it is used or not. */
  #presenceRoom(channel: string): Room<Event> | undefined {
    const room = this.get(channel);
    if (room || channel !== this.#options.channel) return room;
    return this.of(channel);
  }
}
