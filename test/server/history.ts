import { randomUUID } from "node:crypto";
import type { Connection } from "./connection";
import { ServiceError } from "./errors";
import type { Service } from "./service";
import type { Outgoing } from "./wire";

/** How much a history keeps. */
export interface HistoryOptions {
  /** Messages of each channel; the oldest goes first. @default 100 */
  messages?: number;
  /** Channels; the one that was used longest ago goes first. @default 1000 */
  channels?: number;
  /** The name of the numbering of a new channel. @default a random one */
  epoch?: () => string;
}

/** Where a client stands, as it says with its join. */
export interface Position {
  since?: unknown;
  epoch?: unknown;
}

/** What a client that joins has missed: the messages themselves if `recovered`. */
export interface Missed {
  epoch: string;
  /** The number of the newest message; 0 if there was none. */
  last: number;
  recovered: boolean;
  messages: readonly Outgoing[];
}

/** The last messages of one channel. */
interface Line {
  readonly epoch: string;
  last: number;
  readonly messages: Outgoing[];
}

/** Numbers the messages of each channel, keeps the last of them, and replays them to clients that come back. */
export class History {
  readonly #lines = new Map<string, Line>();
  readonly #options: Required<HistoryOptions>;

  constructor({ messages = 100, channels = 1000, epoch = randomUUID }: HistoryOptions = {}) {
    this.#options = { messages, channels, epoch };
  }

  /** Numbers a message, by `seq` in its param, and keeps it. */
  add(cmd: string, param: object, channel: string): Outgoing {
    const line = this.#line(channel);
    line.last += 1;
    const message = { channel, cmd, param: { ...param, seq: line.last } };
    line.messages.push(message);
    if (line.messages.length > this.#options.messages) line.messages.shift();
    return message;
  }

  /** What a client has missed since a position; a client without one has missed nothing. */
  missed(channel: string, { since, epoch }: Position): Missed {
    const line = this.#line(channel);
    const { last, messages } = line;
    const count = since === undefined ? 0 : last - Number(since);
    const recovered = since === undefined || (epoch === line.epoch && count >= 0 && count <= messages.length);
    return { epoch: line.epoch, last, recovered, messages: recovered && count > 0 ? messages.slice(-count) : [] };
  }

  /** Sends a message with its number to the members of a channel. */
  publish(service: Service, cmd: string, param: object, channel: string): void {
    const { param: numbered } = this.add(cmd, param, channel);
    service.writeChannel(cmd, numbered, channel);
  }

  /** Puts a connection into a channel, and sends it what it missed, then `joined`; or `join-refused`, with the reason. */
  join(service: Service, { id }: Connection, channel: string, position: Position): void {
    try {
      service.join(id, channel);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      service.writeConnection("join-refused", { reason: error.message }, id, channel);
      return;
    }
    const { messages, ...answer } = this.missed(channel, position);
    for (const message of messages) service.writeMessage(message, id);
    service.writeConnection("joined", answer, id, channel);
  }

  #line(channel: string): Line {
    const line = this.#lines.get(channel) ?? { epoch: this.#options.epoch(), last: 0, messages: [] };
    // A Map keeps the order of insertion, so the first is the one that was used longest ago.
    this.#lines.delete(channel);
    this.#lines.set(channel, line);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > this.#options.channels) this.#lines.delete(oldest!);
    return line;
  }
}
