import { randomUUID } from "node:crypto";
import type { Link } from "./link";
import { Stats, type StatsInfo } from "./stats";

/** The user of a connection. */
export interface Profile {
  id: string;
  name: string;
}

/** A connection as it goes out in JSON. */
export interface ConnectionInfo {
  id: string;
  profile: Profile;
  svc: string;
  channels: string[];
  /** When it was opened, in ISO 8601. */
  started: string;
  stats: StatsInfo;
}

/** One client's WebSocket, with its user and the channels it is in. */
export class Connection {
  readonly id: string = randomUUID();
  /** Who it is; a handler that asks for a log-in learns it later. */
  profile: Profile;
  /** The channel it was upgraded with. */
  readonly channel: string;
  readonly svc: string = "system";
  readonly channels = new Set<string>();
  readonly stats = new Stats();
  readonly #link: Link;
  readonly #started = new Date();

  constructor(link: Link, channel: string, profile: Profile) {
    this.#link = link;
    this.channel = channel;
    this.profile = profile;
  }

  /** Resolves when the WebSocket has closed, for whatever reason. */
  get ended(): Promise<void> {
    return this.#link.ended;
  }

  /** Whether what is written still goes out. */
  get writable(): boolean {
    return this.#link.writable;
  }

  /** How many bytes have been written that the network has not taken yet. */
  get buffered(): number {
    return this.#link.buffered;
  }

  /** Every message from now until the connection ends. */
  messages(): AsyncGenerator<Buffer, void, void> {
    return this.#link.messages();
  }

  /** Sends one frame: text when `binary` is false. */
  write(data: string | Uint8Array, binary: boolean): void {
    this.#link.write(data, binary);
  }

  /** Sends a protocol ping; false when nothing was heard since the last one, so the peer counts as dead. */
  ping(): boolean {
    return this.#link.ping();
  }

  /** Ends it with a close frame. */
  close(code: number, reason: string): void {
    this.#link.close(code, reason);
  }

  /** Ends it by dropping TCP; the client sees 1006. */
  drop(): void {
    this.#link.drop();
  }

  toJSON(): ConnectionInfo {
    return {
      id: this.id,
      profile: this.profile,
      svc: this.svc,
      channels: [...this.channels],
      started: this.#started.toISOString(),
      stats: this.stats.toJSON(),
    };
  }
}
