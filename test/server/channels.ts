import type { Connection } from "./connection";

/** A channel as it goes out in JSON. */
export interface ChannelInfo {
  key: string;
  connIDs: string[];
  /** When someone last joined or left, in ISO 8601; in parity with Project Forge, which never renews it, when it was made. */
  lastUpdate: string;
}

interface Channel {
  members: Set<Connection>;
  lastUpdate: Date;
}

/** Who is in which channel; a channel exists as long as it has members. */
export class Channels {
  readonly #channels = new Map<string, Channel>();
  readonly #renews: boolean;

  /**
   * @param renews whether joining and leaving renew `lastUpdate`
   */
  constructor(renews: boolean) {
    this.#renews = renews;
  }

  /** Adds a connection to a channel: "created" when it is the first. */
  join(connection: Connection, key: string): "created" | "joined" | "already" {
    const channel = this.#channels.get(key);
    if (channel?.members.has(connection)) return "already";
    connection.channels.add(key);
    if (!channel) {
      this.#channels.set(key, { members: new Set([connection]), lastUpdate: new Date() });
      return "created";
    }
    channel.members.add(connection);
    this.#renew(channel);
    return "joined";
  }

  /** Takes a connection out of a channel: "removed" when it was the last. */
  leave(connection: Connection, key: string): "removed" | "left" | "absent" {
    const channel = this.#channels.get(key);
    if (!channel?.members.delete(connection)) return "absent";
    connection.channels.delete(key);
    this.#renew(channel);
    if (channel.members.size > 0) return "left";
    this.#channels.delete(key);
    return "removed";
  }

  /** The members of a channel, none when there is no such channel. */
  members(key: string): Connection[] {
    return [...(this.#channels.get(key)?.members ?? [])];
  }

  toJSON(): ChannelInfo[] {
    return [...this.#channels].map(([key, { members, lastUpdate }]) => ({
      key,
      connIDs: [...members].map(({ id }) => id),
      lastUpdate: lastUpdate.toISOString(),
    }));
  }

  #renew(channel: Channel): void {
    if (this.#renews) channel.lastUpdate = new Date();
  }
}
