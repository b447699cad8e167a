import type { EventsParent, Unsubscribe } from "./events";
import { ListenerList, Listeners } from "./listeners";

/** What the server reports of one member of a channel, as `online-update`. */
export interface Presence {
  /** The member. */
  readonly userID: string;
  /** Whether the member came or went. */
  readonly connected: boolean;
}

/** What has changed among the members of a channel. */
export interface PresenceChange {
  /** All members at the moment of reading, with what the server last reported of each. */
  readonly members: ReadonlyMap<string, unknown>;
  /** The ids of those who came. */
  readonly added: readonly string[];
  /** The ids of those who went. */
  readonly removed: readonly string[];
}

/** What a room needs of the client it belongs to. */
export interface RoomParent<Event> extends EventsParent {
  /** Asks the server to join or leave a channel; `false` if that cannot be asked, which is reported. */
  tellMembership(kind: "join" | "leave", channel: string, param: unknown): boolean;
  /** A room has something to tell the server once the work at hand is done. */
  membershipPending(room: Room<Event>): void;
  /** A room may not be needed any more. */
  roomUnused(room: Room<Event>): void;
  /** A channel has more members than are listed. */
  tooManyMembers(channel: string): void;
}

/** How many members of a channel are listed, and how many characters their ids may have: limits against abuse. */
const maxMembers = 10_000;
const maxIdLength = 256;

/** One channel of a client: who listens to it, whether it is joined, and who is there. */
export class Room<Event> {
  readonly name: string;
  /** The handle that users get, so that the same name gives the same one while the room is used. */
  handle: object | undefined;
  readonly listeners: Listeners<Event>;
  readonly #parent: RoomParent<Event>;
  readonly #presence: ListenerList<PresenceChange>;
  /** What the user wants: to be joined, with this param. */
  #wanted: { readonly param: unknown } | undefined;
  /** What the server of this connection was told last. */
  #told: { readonly param: unknown } | undefined;
  #leaveParam: unknown;
  readonly #members = new Map<string, unknown>();
  /** The members as they were shown last; `undefined` once they have changed. */
  #shown: ReadonlyMap<string, unknown> | undefined;
  /** Who came and went since the listeners were called last; `undefined` while nobody did. */
  #change: { readonly added: Set<string>; readonly removed: Set<string> } | undefined;
  /** More members came than are listed, which was reported. */
  #full = false;

  constructor(name: string, parent: RoomParent<Event>) {
    this.name = name;
    this.#parent = parent;
    this.listeners = new Listeners(parent);
    this.#presence = new ListenerList(parent);
  }

  /** Whether it can be forgotten. */
  get unused(): boolean {
    return !this.#wanted && !this.#told && this.#members.size === 0 && this.listeners.empty && this.#presence.empty;
  }

  /** The members, by id. A new Map replaces it on every change. */
  get members(): ReadonlyMap<string, unknown> {
    this.#shown ??= new Map(this.#members);
    return this.#shown;
  }

  join(param: unknown): void {
    this.#wanted = { param };
    this.#parent.membershipPending(this);
  }

  leave(param: unknown): void {
    if (!this.#wanted) return;
    this.#wanted = undefined;
    this.#leaveParam = param;
    this.#parent.membershipPending(this);
  }

  /**
   * What the user wants has changed, and the work that changed it is done: who has left sees no members. A leave that was
   * taken back clears none, because the server, which is not asked, would not report them again.
   *
   * @param open whether the server can be told
   */
  settle(open: boolean): void {
    if (!this.#wanted) this.#forgetMembers();
    if (open) this.tell();
  }

  /** The connection is open: the server knows nothing of us, and we know nothing of who is there. */
  opened(): void {
    this.#told = undefined;
    this.#forgetMembers();
    this.tell();
  }

  /** The connection is lost: the server has forgotten us. */
  lost(): void {
    this.#told = undefined;
  }

  /**
   * Tells the server what the user wants now, if it was told otherwise. What was asked for and taken back in between is
   * no message: a server that handles messages at the same time might handle the last one first.
   */
  tell(): void {
    const wanted = this.#wanted;
    if (wanted === this.#told) return;
    // Another param is told by another join.
    if (wanted && this.#told && wanted.param === this.#told.param) return;
    const before = this.#told;
    this.#told = wanted;
    const told = wanted
      ? this.#parent.tellMembership("join", this.name, wanted.param)
      : this.#parent.tellMembership("leave", this.name, this.#leaveParam);
    if (!told && this.#told === wanted) this.#told = wanted && before;
    this.#parent.roomUnused(this);
  }

  /** The server reports one member; it may do so twice. */
  memberChanged({ userID, connected }: Presence, details: unknown): void {
    const known = this.#members.has(userID);
    if (!connected && !known) return;
    if (connected && !known && !this.#hasRoomFor(userID)) return;
    if (connected) this.#members.set(userID, details);
    else this.#members.delete(userID);
    this.#shown = undefined;
    if (connected !== known) this.#note(userID, connected);
  }

  onPresence(listener: (change: PresenceChange) => void): Unsubscribe {
    return this.#presence.on(listener);
  }

  #hasRoomFor(id: string): boolean {
    if (this.#members.size < maxMembers) return id.length <= maxIdLength;
    if (!this.#full) this.#parent.tooManyMembers(this.name);
    this.#full = true;
    return false;
  }

  #forgetMembers(): void {
    for (const id of this.#members.keys()) this.#note(id, false);
    this.#members.clear();
    this.#shown = undefined;
    this.#full = false;
  }

  /** Notes who came or went, and calls the listeners once the work at hand is done: many may come at once. */
  #note(id: string, came: boolean): void {
    if (!this.#change) {
      this.#change = { added: new Set(), removed: new Set() };
      queueMicrotask(() => this.#announce());
    }
    const { added, removed } = this.#change;
    const takenBack = came ? removed.delete(id) : added.delete(id);
    if (!takenBack) (came ? added : removed).add(id);
  }

  #announce(): void {
    const { added, removed } = this.#change!;
    this.#change = undefined;
    const changed = added.size > 0 || removed.size > 0;
    if (changed && !this.#presence.empty) {
      const room = this;
      this.#presence.emit({
        added: [...added],
        removed: [...removed],
        // Made when it is read: a copy for each change of a large channel would be too much work.
        get members() {
          return room.members;
        },
      });
    }
    this.#parent.roomUnused(this);
  }
}
