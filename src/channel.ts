import type { Client } from "./client";
import { Commands } from "./commands";
import { type Message, snapshot } from "./messages/message";
import type { Protocol } from "./protocol";
import type { Unsubscribe } from "./subscriptions/events";
import type { PresenceChange, Room } from "./subscriptions/room";

/** One channel of a socket. Made by {@link Socket.channel}. */
export class Channel<P extends Protocol = Protocol> extends Commands<P, "channel"> {
  /** The channel's name on the wire. */
  readonly name: string;

  /** @internal */
  constructor(client: Client, name: string) {
    super(client, name);
    this.name = name;
    client.room(name, this);
  }

  /** Makes reactive frameworks leave it alone. */
  get [Symbol.toStringTag](): string {
    return "Channel";
  }

  /**
   * The known members by user id, with what the server last reported of each. Servers report changes only, so these have come
   * since the connection opened. Each change makes a new Map.
   */
  get members(): ReadonlyMap<string, unknown> {
    return roomOf(this).members;
  }

  /**
   * Joins the channel as soon as the connection is open, and after every reconnect, before the queue is sent.
   *
   * @param param sent with the command, as it is now; see the option `rejoin`. @default {}
   */
  join(param?: unknown): void {
    roomOf(this).join(snapshot(param));
  }

  /** Leaves the channel. It is not joined again. */
  leave(param?: unknown): void {
    roomOf(this).leave(snapshot(param));
  }

  /** Listens to changes of `members`; gets all members, and who came and went. */
  onPresence(listener: (change: PresenceChange) => void): Unsubscribe {
    return roomOf(this).onPresence(listener);
  }
}

// A function, because a private member would fail in words of its own where a method was taken off its channel.
function roomOf<P extends Protocol>(channel: Channel<P>): Room<Message> {
  return Commands.clientOf(channel).room(channel.name, channel);
}
