import { connect, type Socket } from "node:net";
import { Pipe } from "./pipe";
import { reset } from "./reset";

/** From the client to the server, from the server to the client, or both. */
export type Direction = "up" | "down" | "both";

/** What can go wrong with one link, or with every one. Times are milliseconds. */
export interface Faults {
  /** Stops reading and forwarding; TCP stays open and acknowledges, so that neither side learns anything (half-open). */
  stall(direction?: Direction): void;
  /** Goes on after `stall`, with all that was held back. */
  flow(direction?: Direction): void;
  /** Hangs up on both sides (FIN), without a close frame. */
  cut(): void;
  /** Resets TCP on both sides (RST). */
  reset(): void;
  /** Lets each chunk arrive so much later, in order; 0 is off. */
  delay(time: number, direction?: Direction): void;
  /** Lets so many bytes pass at once, and the next ones after `every`; `Infinity` and 0 are off. */
  drip(bytes: number, every: number, direction?: Direction): void;
  /** Cuts what has been quiet in both directions for so long, as proxies do; 0 is off. */
  idle(time: number): void;
  /** Puts bytes of our own into the stream, once the handshake has passed. */
  inject(direction: Exclude<Direction, "both">, bytes: Uint8Array): void;
}

/** One connection through the proxy: a client's TCP socket, the server's, and a pipe each way. */
export class Link implements Faults {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pipes: { readonly up: Pipe; readonly down: Pipe };
  /** Resolves with the head of the client's request, once the server has been sent it. */
  readonly request: Promise<string>;
  /** Resolves with the head of the server's answer, once the client has been sent it: then the handshake has passed. */
  readonly opened: Promise<string>;
  /** Resolves when both TCP sockets are gone. */
  readonly closed: Promise<void>;

  constructor(client: Socket, target: number) {
    const server = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#client = client;
    this.#server = server;
    this.#pipes = { up: new Pipe(client, server), down: new Pipe(server, client) };
    this.request = this.#pipes.up.head;
    this.opened = this.#pipes.down.head;
    const gone = (socket: Socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.closed = Promise.all([gone(client), gone(server)]).then(() => {});
    client.on("timeout", () => this.cut());
  }

  stall(direction: Direction = "both"): void {
    for (const pipe of this.#along(direction)) pipe.stall(true);
  }

  flow(direction: Direction = "both"): void {
    for (const pipe of this.#along(direction)) pipe.stall(false);
  }

  cut(): void {
    for (const socket of [this.#client, this.#server]) socket.end();
    for (const pipe of this.#along("both")) pipe.end();
  }

  reset(): void {
    for (const socket of [this.#client, this.#server]) reset(socket);
  }

  delay(time: number, direction: Direction = "both"): void {
    for (const pipe of this.#along(direction)) pipe.delay(time);
  }

  drip(bytes: number, every: number, direction: Direction = "both"): void {
    for (const pipe of this.#along(direction)) pipe.drip(bytes, every);
  }

  idle(time: number): void {
    this.#client.setTimeout(time);
  }

  inject(direction: "up" | "down", bytes: Uint8Array): void {
    void this.opened.then(() => this.#pipes[direction].push(Buffer.from(bytes)));
  }

  #along(direction: Direction): Pipe[] {
    return direction === "both" ? [this.#pipes.up, this.#pipes.down] : [this.#pipes[direction]];
  }
}
