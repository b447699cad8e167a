import { on } from "node:events";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { GorillaSocket } from "./socket";

/** The server's end of one WebSocket, as a connection needs it. */
export interface Link {
  /** Resolves when the WebSocket has closed, for whatever reason. */
  readonly ended: Promise<void>;
  /** Whether what is written still goes out. */
  readonly writable: boolean;
  /** How many bytes have been written that the network has not taken yet. */
  readonly buffered: number;
  /** Every message from now until the WebSocket ends. Nothing is read before this is called. */
  messages(): AsyncGenerator<Buffer, void, void>;
  /** Sends one frame: text when `binary` is false. */
  write(data: string | Uint8Array, binary: boolean): void;
  /** Sends a protocol ping; false when nothing was heard since the last one, so the peer counts as dead. */
  ping(): boolean;
  /** Ends it with a close frame. */
  close(code: number, reason: string): void;
  /** Ends it by dropping TCP; the client sees 1006. */
  drop(): void;
}

/** A link over the package `ws`, which reads ahead, answers pings by itself and checks UTF-8. */
export class WsLink implements Link {
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  #heard = true;

  constructor(socket: WebSocket, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    const heard = (): void => {
      this.#heard = true;
    };
    socket.on("error", onError);
    socket.on("pong", heard);
    socket.on("message", heard);
    // Messages that arrive before someone reads must wait in the network: `ws` would emit them without a listener.
    socket.pause();
  }

  get writable(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  async *messages(): AsyncGenerator<Buffer, void, void> {
    // A slow handler slows the sender down and does not fill the server's memory.
    const incoming = on(this.#socket, "message", { close: ["close"], highWaterMark: 64, lowWaterMark: 1 });
    this.#socket.resume();
    try {
      for await (const [data] of incoming) yield data as Buffer;
    } catch {
      // A broken frame or a lost network ends the messages; the error listener has been called.
    } finally {
      // A socket that is still paused would never see the peer's close frame.
      this.#socket.resume();
    }
  }

  write(data: string | Uint8Array, binary: boolean): void {
    this.#socket.send(data, { binary });
  }

  ping(): boolean {
    // A peer that we do not read, because its handler is slow, cannot be heard.
    if (!this.#heard && !this.#socket.isPaused) return false;
    this.#heard = false;
    if (this.writable) this.#socket.ping();
    return true;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  drop(): void {
    this.#socket.terminate();
  }
}

/** A link as gorilla/websocket behaves: it reads, and answers pings and closes, only while someone asks for the next message. */
export class GorillaLink implements Link {
  readonly ended: Promise<void>;
  readonly #socket: GorillaSocket;
  readonly #network: Duplex;

  constructor(socket: GorillaSocket, network: Duplex, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#network = network;
    this.ended = new Promise((resolve) => network.once("close", () => resolve()));
    network.on("error", onError);
  }

  get writable(): boolean {
    return !this.#socket.closeSent && this.#network.writable;
  }

  get buffered(): number {
    return this.#network.writableLength;
  }

  async *messages(): AsyncGenerator<Buffer, void, void> {
    try {
      for (;;) yield (await this.#socket.read()).data;
    } catch {
      // A close, a breach of the protocol or a lost network: gorilla has answered what is to be answered.
    } finally {
      this.#socket.end();
    }
  }

  write(data: string | Uint8Array, binary: boolean): void {
    this.#socket.write({ binary, data });
  }

  /** gorilla never pings by itself. */
  ping(): boolean {
    return true;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#socket.end();
  }

  drop(): void {
    this.#network.destroy();
  }
}
