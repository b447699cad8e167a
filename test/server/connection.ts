import { randomUUID } from "node:crypto";
import { on } from "node:events";
import type { WebSocket } from "ws";
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
  /** Resolves when the WebSocket has closed, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  readonly #started = new Date();
  #heard = true;

  constructor(socket: WebSocket, channel: string, profile: Profile) {
    this.#socket = socket;
    this.channel = channel;
    this.profile = profile;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    const heard = (): void => {
      this.#heard = true;
    };
    socket.on("pong", heard);
    socket.on("message", heard);
    // Until someone reads, messages stay in the network instead of being emitted to nobody.
    socket.pause();
  }

  /** Whether what is written still goes out. */
  get writable(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Every message from now until the connection ends. */
  async *messages(): AsyncGenerator<Buffer, void, void> {
    // A handler that lags holds up the sender, not the server's memory.
    const incoming = on(this.#socket, "message", { close: ["close"], highWaterMark: 64, lowWaterMark: 1 });
    this.#socket.resume();
    try {
      for await (const [data] of incoming) yield data as Buffer;
    } catch {
      // A broken frame or network ends the messages; the service's own listener has logged it.
    } finally {
      // Paused for its lag, it would not see the peer's close frame.
      this.#socket.resume();
    }
  }

  /** Sends one frame: text when `binary` is false. */
  write(data: string | Uint8Array, binary: boolean): void {
    this.#socket.send(data, { binary });
  }

  /** Sends a protocol ping; false when nothing was heard since the last one, which makes the peer a dead one. */
  ping(): boolean {
    // One that we do not read, because its handler lags, cannot be heard.
    if (!this.#heard && !this.#socket.isPaused) return false;
    this.#heard = false;
    if (this.writable) this.#socket.ping();
    return true;
  }

  /** Ends it with a close frame. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends it by dropping TCP; the client sees 1006. */
  drop(): void {
    this.#socket.terminate();
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
