import { Lane, type Traffic } from "./lane";
import { turn } from "./turns";

/** A direction of a connection: `up` from the client to the server, `down` from the server to the client. */
export type Direction = "up" | "down" | "both";

/** What a frame holds: text, or bytes. */
export type FrameData = string | ArrayBuffer;

/** The client's end of a link. */
export interface ClientEnd {
  /** The handshake is done. */
  opened(protocol: string): void;
  /** A frame has arrived. */
  received(data: FrameData): void;
  /** The closing handshake is done. */
  closed(code: number, reason: string): void;
  /** The link has ended without a closing handshake; `refusal` says why the handshake failed, where it did. */
  lost(refusal?: string): void;
}

/** What the client does at its end of a link. */
export interface Uplink {
  /** How many bytes have not left. */
  readonly buffered: number;
  /** Sends a frame. */
  send(data: FrameData | Blob): void;
  /** Begins the closing handshake; 1005 stands for no code. */
  close(code: number, reason: string): void;
  /** Ends the link without a closing handshake. */
  cut(refusal?: string): void;
}

/** The server's end of a link. */
export interface ServerEnd {
  /** A frame has arrived. */
  received(data: FrameData): void;
  /** The link has ended, in whatever way; code 1006 is an end without a closing handshake. */
  ended(code: number, reason: string): void;
}

/** How many bytes the operating system takes at once. They do not count as buffered. */
const systemBuffer = 65_536;

/** A connection between a client and the server. Both directions keep their order; a fault concerns one of them or both. */
export class Link implements Uplink {
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #client: ClientEnd;
  readonly #server: ServerEnd;
  readonly #traffic: Traffic;
  #hasServer = true;
  #hasClient = true;

  constructor(client: ClientEnd, server: ServerEnd, traffic: Traffic) {
    this.#client = client;
    this.#server = server;
    this.#traffic = traffic;
    this.#up = new Lane(traffic);
    this.#down = new Lane(traffic);
  }

  /** Whether the server has no connection any more. */
  get isOver(): boolean {
    return !this.#hasServer;
  }

  /** How many bytes of the client have not left. */
  get buffered(): number {
    return Math.max(0, this.#up.bytes - systemBuffer);
  }

  /** The server accepts. */
  open(protocol: string): void {
    this.#down.push(() => this.#client.opened(protocol));
  }

  send(data: FrameData | Blob): void {
    if (typeof data === "string") {
      this.#up.push(() => this.#server.received(data), data.length);
      return;
    }
    if (!("arrayBuffer" in data)) {
      const bytes = data.slice(0);
      this.#up.push(() => this.#server.received(bytes), bytes.byteLength);
      return;
    }
    // The bytes of a Blob come later.
    let bytes: FrameData = "";
    const ready = data.arrayBuffer().then((buffer) => {
      bytes = buffer;
    });
    this.#up.push(() => this.#server.received(bytes), data.size, ready);
  }

  /** The server sends a frame. */
  sendDown(data: FrameData): void {
    this.#down.push(() => this.#client.received(data));
  }

  // The server answers with the same code.
  close(code: number, reason: string): void {
    this.#up.push(() => this.closeDown(code, reason));
  }

  /** The server begins or ends the closing handshake, and has no connection any more. The client learns of it behind what was sent before. */
  closeDown(code: number, reason: string): void {
    if (!this.#hasServer) return;
    this.#up.close();
    this.#endServer(code, reason);
    this.#down.push(() => this.#endClient(() => this.#client.closed(code, reason)));
  }

  /** The link ends without a closing handshake, and what is on its way is lost. The client learns of it a turn later. */
  cut(refusal?: string): void {
    this.#up.close();
    this.#down.close();
    this.#endServer(1006, "");
    this.#traffic.moving++;
    void turn().then(() => {
      this.#traffic.moving--;
      this.#traffic.moves++;
      this.#endClient(() => this.#client.lost(refusal));
    });
  }

  /** Lets nothing through. Neither side learns of it. */
  stall(direction: Direction): void {
    this.#change(direction, (lane) => lane.stall(true));
  }

  /** Lets through what was held back. */
  resume(): void {
    this.#change("both", (lane) => lane.stall(false));
  }

  /** Delays each event by so many milliseconds. */
  slow(ms: number): void {
    this.#change("both", (lane) => {
      lane.delay = ms;
    });
  }

  #endServer(code: number, reason: string): void {
    if (!this.#hasServer) return;
    this.#hasServer = false;
    this.#server.ended(code, reason);
  }

  #endClient(report: () => void): void {
    if (!this.#hasClient) return;
    this.#hasClient = false;
    this.#down.close();
    report();
  }

  #change(direction: Direction, change: (lane: Lane) => void): void {
    if (direction !== "down") change(this.#up);
    if (direction !== "up") change(this.#down);
  }
}
