import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { closing, frame } from "../faults/frames";

/** A frame of a server's, as it stands on the wire: 1 is text, 2 binary, 8 close, 9 ping, 10 pong. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Headers beside those of an upgrade request, or in their place; one that is `undefined` is left out. */
export type Headers = Record<string, string | undefined>;

/** What a server has answered to an upgrade request. */
export interface Answer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of what is no 101. */
  readonly body: string;
}

/** One TCP connection to a server and what comes over it, byte for byte: where a client library would already have judged. */
export class Line {
  readonly answer: Answer;
  readonly #socket: Socket;
  readonly #next: AsyncIterator<Buffer, undefined>;
  #read = Buffer.alloc(0);

  /**
   * Sends an upgrade request and waits for its answer, whatever that is.
   *
   * @param method another than GET, with which nobody is let in
   * @param target a request target to send exactly as given, where a URL would normalize it
   */
  static async open(url: string, headers: Headers = {}, method = "GET", target?: string): Promise<Line> {
    const { host, hostname, port, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    // What has come before an error is what counts; the error itself is an end.
    socket.on("error", () => {});
    const all = {
      Host: host,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      ...headers,
    };
    const lines = Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}`);
    socket.write(`${method} ${target ?? pathname + search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    const line = new Line(socket);
    await line.#answered();
    return line;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#next = chunksOf(socket);
    this.answer = { status: 0, headers: new Map(), body: "" };
  }

  /** Sends a text. */
  say(text: string | Uint8Array): void {
    this.#socket.write(masked(1, text));
  }

  /** Sends bytes in a binary frame. */
  give(bytes: Uint8Array): void {
    this.#socket.write(masked(2, bytes));
  }

  ping(text: string): void {
    this.#socket.write(masked(9, text));
  }

  /** Sends a close frame: without a code an empty one, and any code that is asked for. */
  bye(code?: number, reason = ""): void {
    this.#socket.write(masked(8, code === undefined ? "" : closing(code, reason)));
  }

  /** Sends anything, right or wrong. */
  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next frame; `"end"` when the server has ended TCP, with or without a word. */
  async frame(): Promise<ServerFrame | "end"> {
    const head = await this.#take(2);
    if (!head) return "end";
    const short = head[1]! & 127;
    const sized = short < 126 ? undefined : await this.#take(short === 126 ? 2 : 8);
    const length = sized ? Number(`0x${sized.toString("hex")}`) : short;
    const payload = await this.#take(length);
    return payload ? { opcode: head[0]! & 15, payload } : "end";
  }

  /** The next frame as one short string: `text hi`, `binary 00ff`, `close 1000 why`, `close` (without a code), `pong x`, `end`. */
  async hears(): Promise<string> {
    const frame = await this.frame();
    if (frame === "end") return "end";
    const { opcode, payload } = frame;
    if (opcode === 8) return payload.length < 2 ? "close" : `close ${payload.readUInt16BE()} ${payload.subarray(2)}`.trimEnd();
    if (opcode === 2) return `binary ${payload.toString("hex")}`;
    return `${{ 1: "text", 9: "ping", 10: "pong" }[opcode] ?? opcode} ${payload}`;
  }

  /** Ends TCP without a word. */
  cut(): void {
    this.#socket.destroy();
  }

  async #answered(): Promise<void> {
    let end = this.#read.indexOf("\r\n\r\n");
    while (end < 0) {
      if (!(await this.#more())) throw new Error("The server has hung up on the request.");
      end = this.#read.indexOf("\r\n\r\n");
    }
    const [first = "", ...lines] = this.#read.subarray(0, end).toString().split("\r\n");
    this.#read = this.#read.subarray(end + 4);
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const status = Number(first.split(" ")[1]);
    const body = status === 101 ? "" : ((await this.#take(Number(headers.get("content-length") ?? 0))) ?? "").toString();
    Object.assign(this.answer, { status, headers, body });
  }

  async #take(count: number): Promise<Buffer | undefined> {
    while (this.#read.length < count) if (!(await this.#more())) return undefined;
    const taken = this.#read.subarray(0, count);
    this.#read = this.#read.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { value } = await this.#next.next();
    if (value) this.#read = Buffer.concat([this.#read, value]);
    return value !== undefined;
  }
}

/** What comes over a connection; a reset is an end like another. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer, undefined> {
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch {
    // The connection was reset.
  }
  return undefined;
}

/** A client's frame, of any length. */
function masked(opcode: number, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as string);
  if (body.length < 65_536) return frame({ opcode, payload: body, masked: true });
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(body.length));
  return Buffer.concat([Buffer.from([128 | opcode, 255]), length, Buffer.alloc(4), body]);
}
