import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";

/** A frame as it arrived. */
export interface Frame {
  text: string;
  binary: boolean;
}

/** A message as it arrived; what is no JSON cannot be read this way. */
export interface Received {
  from?: string;
  channel?: string;
  cmd: string;
  param: unknown;
}

/** A bare WebSocket client for tests of the server, which keeps every frame until it is asked for. */
export class Peer {
  readonly socket: WebSocket;
  /** Resolves with what the close event says. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame) => void)[] = [];

  /** Resolves when it is open; rejects with the `ws` error when it is refused. */
  static async connect(url: string, options: ClientOptions = {}): Promise<Peer> {
    const peer = new Peer(new WebSocket(url.replace(/^http/, "ws"), options));
    await once(peer.socket, "open");
    return peer;
  }

  /** The HTTP status and body a refused upgrade is answered with. */
  static async refusal(url: string, options: ClientOptions = {}): Promise<{ status: number | undefined; body: string }> {
    const socket = new WebSocket(url.replace(/^http/, "ws"), options);
    const [, response] = await once(socket, "unexpected-response");
    let body = "";
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, body };
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })));
    socket.on("message", (data, binary) => {
      const frame = { text: String(data), binary };
      const waiting = this.#waiting.shift();
      if (waiting) waiting(frame);
      else this.#frames.push(frame);
    });
    // A broken connection is seen as its close.
    socket.on("error", () => {});
  }

  /** Sends a message as JSON, and a string as it stands. */
  send(message: string | object): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The oldest frame not yet asked for. */
  frame(): Promise<Frame> {
    const frame = this.#frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The oldest message not yet asked for. */
  async next(): Promise<Received> {
    return JSON.parse((await this.frame()).text) as Received;
  }

  /** All messages before the next one of this command, which shows that they are all. */
  async until(cmd: string): Promise<Received[]> {
    const before: Received[] = [];
    for (;;) {
      const message = await this.next();
      if (message.cmd === cmd) return before;
      before.push(message);
    }
  }

  /** The next message of this command; those before it are forgotten. */
  async find(cmd: string): Promise<Received> {
    for (;;) {
      const message = await this.next();
      if (message.cmd === cmd) return message;
    }
  }
}
