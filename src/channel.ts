import type { Client } from "./client";
import { Commands } from "./commands";
import type { SocketError } from "./errors";
import { type Message, snapshot } from "./messages/message";
import type { Protocol } from "./protocol";
import type { Unsubscribe } from "./subscriptions/events";
import type { PresenceChange } from "./subscriptions/members";
import type { ChannelStatus } from "./subscriptions/membership";
import type { Room } from "./subscriptions/room";

/** One channel of a socket. Made by {@link Socket.channel}. */
export class Channel<P extends Protocol = Protocol> extends Commands<P, "channel"> {
  /** The channel's name on the wire. */
  readonly name: string;

  /** @internal */
  constructor(client: Client, name: string) {
    super(client, name);
    this.name = name;
    client.rooms.of(name, this);
  }

  /** Makes reactive frameworks leave it alone. */
  get [Symbol.toStringTag](): string {
    return "Channel";
  }

  /** Whether it is joined. */
  get status(): ChannelStatus {
    return roomOf(this).membership.status;
  }

  /** Why the server refused it, while the status is `refused`. Its `cause` has the server's words. */
  get refusal(): SocketError | undefined {
    return roomOf(this).membership.refusal;
  }

  /**
   * The known members by id, with what the server last reported of each. Unless the option `presence` asks for the list, these
   * have come since the connection opened. Each change makes a new Map.
   */
  get members(): ReadonlyMap<string, unknown> {
    return roomOf(this).members.all;
  }

  /**
   * Joins the channel as soon as the connection is open, and after every reconnect, before the queue is sent.
   *
   * Resolves when it is joined, with the param of the server's answer if `rejoin.join` names one. Rejects with a SocketError:
   * `refused`, `aborted` if it is left before, `closed`. Nobody has to wait for it: a refusal is emitted, too.
   *
   * @param param sent with the command, as it is now; or a function that makes it for each join. @default {}
   */
  join(param?: unknown): Promise<unknown> {
    return roomOf(this).membership.join(snapshot(param));
  }

  /** Takes `join()` back. The channel is left, unless somebody holds it. */
  leave(param?: unknown): void {
    roomOf(this).membership.leave(snapshot(param));
  }

  /**
   * Keeps the channel joined until the function that it returns is called. Parts of a page that hold one channel do not take it
   * from each other: it is left when the last of them lets go. Whoever holds it in the same tick keeps it joined.
   *
   * @param param as in {@link join}
   */
  hold(param?: unknown): Unsubscribe {
    return roomOf(this).membership.hold(snapshot(param));
  }

  /** Listens to each change of `status`; gets the new one and the one before. */
  onStatus(listener: (status: ChannelStatus, previous: ChannelStatus) => void): Unsubscribe {
    return used(this, roomOf(this).membership.onStatus(listener));
  }

  /** Listens to changes of `members`; gets all members, and who came and went. */
  onPresence(listener: (change: PresenceChange) => void): Unsubscribe {
    return used(this, roomOf(this).members.onChange(listener));
  }
}

// A function, because a private member would fail in words of its own where a method was taken off its channel.
function roomOf<P extends Protocol>(channel: Channel<P>): Room<Message> {
  return Commands.clientOf(channel).rooms.of(channel.name, channel);
}

/** A subscription of a channel, after whose end nobody may need that. */
function used<P extends Protocol>(channel: Channel<P>, unsubscribe: Unsubscribe): Unsubscribe {
  return () => {
    unsubscribe();
    Commands.clientOf(channel).rooms.roomChanged(channel.name);
  };
}
