/** Counters as they go out in JSON. */
export interface StatsInfo {
  messagesSent: number;
  messagesReceived: number;
  /** Messages received that were not understood, and so not handled; left out in parity, for Project Forge does not count them. */
  messagesIgnored?: number;
  bytesSent: number;
  bytesReceived: number;
  /** When counting began, in ISO 8601. */
  started: string;
}

/** Counts what goes through a connection, or through the service as a whole. */
export class Stats {
  readonly #started = new Date();
  #messagesSent = 0;
  #messagesReceived = 0;
  #messagesIgnored: number | undefined = 0;
  #bytesSent = 0;
  #bytesReceived = 0;

  sent(bytes: number): void {
    this.#messagesSent += 1;
    this.#bytesSent += bytes;
  }

  received(bytes: number): void {
    this.#messagesReceived += 1;
    this.#bytesReceived += bytes;
  }

  ignored(): void {
    if (this.#messagesIgnored !== undefined) this.#messagesIgnored += 1;
  }

  /** Counts no more what was ignored, nor tells of it. */
  withoutIgnored(): this {
    this.#messagesIgnored = undefined;
    return this;
  }

  toJSON(): StatsInfo {
    return {
      messagesSent: this.#messagesSent,
      messagesReceived: this.#messagesReceived,
      ...(this.#messagesIgnored !== undefined && { messagesIgnored: this.#messagesIgnored }),
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      started: this.#started.toISOString(),
    };
  }
}
