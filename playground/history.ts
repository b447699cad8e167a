import type { InboundParam } from "../src/index";
import type { ChatProtocol, MirroredProtocol } from "./protocol";

type Said = InboundParam<ChatProtocol, "chat">;
type Seen = InboundParam<ChatProtocol, "seen">;

interface Room {
  /** What was said, by user and the user's own id of it. */
  said: Map<string, Said>;
  /** Up to when each user has seen it. */
  seen: Map<string, number>;
  /** When the last thing was said. */
  latest: number;
}

/** How many messages a room remembers for those who come, or come back; more than a client's queue holds. */
const memory = 200;
/** How many rooms are remembered. */
const roomsRemembered = 200;

/** What was said in each room, and who has seen how much of it; the oldest is forgotten. */
export class History {
  readonly #rooms = new Map<string, Room>();

  /** The messages of a room, oldest first. */
  said(room: string): Iterable<Said> {
    return this.#rooms.get(room)?.said.values() ?? [];
  }

  /** Who has seen a room up to when. */
  seen(room: string): Seen[] {
    return [...(this.#rooms.get(room)?.seen ?? [])].map(([user, time]) => ({ user, time }));
  }

  /** Remembers what a user says; what was said under that id by the same user before is only found again. */
  say(name: string, user: string, { id, text }: InboundParam<MirroredProtocol, "chat">): { said: Said; again: boolean } {
    const room = this.#room(name);
    // Per user: nobody can take the place of another's message by its id.
    const key = JSON.stringify([user, id]);
    const known = room.said.get(key);
    if (known) return { said: known, again: true };
    // No two at the same time, so that a time says how far somebody has read.
    room.latest = Math.max(Date.now(), room.latest + 1);
    const said: Said = { id, user, text, time: room.latest };
    room.said.set(key, said);
    forgetOldest(room.said, memory);
    return { said, again: false };
  }

  /** Remembers up to when a user has seen a room; `undefined` where that is no news. */
  see(name: string, user: string, until: number): Seen | undefined {
    const room = this.#rooms.get(name);
    if (!room) return undefined;
    const time = Math.min(until, room.latest);
    if (time <= (room.seen.get(user) ?? 0)) return undefined;
    room.seen.set(user, time);
    forgetOldest(room.seen, memory);
    return { user, time };
  }

  #room(name: string): Room {
    let room = this.#rooms.get(name);
    if (!room) {
      room = { said: new Map(), seen: new Map(), latest: 0 };
      this.#rooms.set(name, room);
      forgetOldest(this.#rooms, roomsRemembered);
    }
    return room;
  }
}

/** Keeps the youngest entries of a map. */
export function forgetOldest(entries: Map<string, unknown>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
