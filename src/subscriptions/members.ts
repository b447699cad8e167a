import { SocketError } from "../errors";
import type { EventsParent, Unsubscribe } from "./events";
import { ListenerList } from "./listeners";

/** What the server reports of one member of a channel. */
export interface MemberUpdate {
  /** The member. */
  readonly id: string;
  /** Whether the member came or went. */
  readonly connected: boolean;
  /** What else is known of the member, as `members` shows it. */
  readonly details?: unknown;
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

/** What the members need of the rooms they belong to. */
export interface MembersParent extends EventsParent {
  /** More members came than are listed. */
  failed(error: SocketError): void;
  /** The members of a channel are others, and nobody may need it any more. */
  roomChanged(channel: string): void;
}

/** How many members of a channel are listed, and how many characters their ids may have: limits against abuse. */
const maxMembers = 10_000;
const maxIdLength = 256;

/** Who is in a channel. */
export class Members {
  readonly #channel: string;
  readonly #parent: MembersParent;
  readonly #listeners: ListenerList<PresenceChange>;
  readonly #members = new Map<string, unknown>();
  /** The members as they were shown last; `undefined` once they have changed. */
  #shown: ReadonlyMap<string, unknown> | undefined;
  /** Who came and went since the listeners were called last; `undefined` while nobody did. */
  #change: { readonly added: Set<string>; readonly removed: Set<string> } | undefined;
  /** More members came than are listed, which was reported. */
  #full = false;

  constructor(channel: string, parent: MembersParent) {
    this.#channel = channel;
    this.#parent = parent;
    this.#listeners = new ListenerList(parent);
  }

  /** Whether it can be forgotten. */
  get unused(): boolean {
    return this.#members.size === 0 && this.#listeners.empty;
  }

  /** The members, by id. A new Map replaces it on every change. */
  get all(): ReadonlyMap<string, unknown> {
    this.#shown ??= new Map(this.#members);
    return this.#shown;
  }

  /** The server reports one member; it may do so twice. */
  update({ id, connected, details }: MemberUpdate): void {
    const known = this.#members.has(id);
    if (!connected && !known) return;
    if (connected && !known && !this.#hasRoomFor(id)) return;
    if (connected) this.#members.set(id, details);
    else this.#members.delete(id);
    this.#shown = undefined;
    if (connected !== known) this.#note(id, connected);
  }

  /** The server lists all of them. */
  replace(list: Iterable<readonly [id: string, details: unknown]>): void {
    const members = new Map(list);
    for (const id of [...this.#members.keys()]) {
      if (!members.has(id)) this.update({ id, connected: false });
    }
    for (const [id, details] of members) this.update({ id, connected: true, details });
  }

  forget(): void {
    this.replace([]);
    this.#full = false;
  }

  onChange(listener: (change: PresenceChange) => void): Unsubscribe {
    return this.#listeners.on(listener);
  }

  #hasRoomFor(id: string): boolean {
    // A function of the options read it.
    if (this.#members.size < maxMembers) return typeof id === "string" && id.length <= maxIdLength;
    const message = "A channel has more members than are listed; see its `channel`.";
    if (!this.#full) this.#parent.failed(new SocketError("size", { message, channel: this.#channel }));
    this.#full = true;
    return false;
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
    if (changed && !this.#listeners.empty) {
      const members = this;
      this.#listeners.emit({
        added: [...added],
        removed: [...removed],
        // Made when it is read: a copy for each change of a large channel would be too much work.
        get members() {
          return members.all;
        },
      });
    }
    this.#parent.roomChanged(this.#channel);
  }
}
