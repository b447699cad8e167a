import type { Connection } from "./connection";
import { Stats, type StatsInfo } from "./stats";

/** A channel as it goes out in JSON. */
export interface ChannelInfo {
  key: string;
  connIDs: string[];
  /** When someone last joined or left, in ISO 8601; in parity with Project Forge, which never renews it, when it was made. */
  lastUpdate: string;
  /** In parity alone: Project Forge has them, and counts nothing in them. */
  stats?: StatsInfo;
}

interface Channel {
  members: Set<Connection>;
  lastUpdate: Date;
  stats?: Stats;
}

/** Who is in which channel; a channel exists as long as it has members. */
export class Channels {
  readonly #channels = new Map<string, Channel>();
  readonly #own: boolean;

  /**
   * @param own whether they are as ours: joining and leaving renew `lastUpdate`, and there are no stats
   */
  constructor(own: boolean) {
    this.#own = own;
  }

  /** Adds a connection to a channel: "created" when it is the first. */
  join(connection: Connection, key: string): "created" | "joined" | "already" {
    const channel = this.#channels.get(key);
    if (channel?.members.has(connection)) return "already";
    connection.channels.add(key);
    if (!channel) {
      const stats = this.#own ? {} : { stats: new Stats().withoutIgnored() };
      this.#channels.set(key, { members: new Set([connection]), lastUpdate: new Date(), ...stats });
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
    return [...this.#channels].map(([key, { members, lastUpdate, stats }]) => ({
      key,
      connIDs: [...members].map(({ id }) => id),
      lastUpdate: lastUpdate.toISOString(),
      ...(stats && { stats: stats.toJSON() }),
    }));
  }

  #renew(channel: Channel): void {
    if (this.#own) channel.lastUpdate = new Date();
  }
}
