import { once } from "node:events";
import type { Duplex } from "node:stream";
import { promisify } from "node:util";
import { constants, deflateRawSync, inflateRaw } from "node:zlib";

// A connection as gorilla/websocket behaves, which the servers in Go are made of: it is read by whoever asks for the next
// message, so that a server above it can be written as in Go.

/** Goyave 3 asks for 1.4.2, the others for 1.5.3; they tell of a breach of the protocol in other words. */
export type GorillaVersion = "1.4.2" | "1.5.3";

/** One message as it came. */
export interface GorillaMessage {
  binary: boolean;
  data: Buffer;
}

/** What reading throws when the client has closed with a close frame; `code` is 1005 when that held none. */
export class CloseError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    const name = CODE_NAMES.get(code);
    super(`websocket: close ${code}${name ? ` (${name})` : ""}${text ? `: ${text}` : ""}`);
    this.name = "CloseError";
    this.code = code;
  }
}

/** The server's end of a WebSocket. Nothing is read, and no ping answered, while nobody waits in `read`. */
export class GorillaSocket {
  /** What is done with a close frame before `read` throws it. @default answered with its code */
  onClose: (code: number) => void = (code) => this.close(code);
  readonly #socket: Duplex;
  readonly #limit: number;
  readonly #compressed: boolean;
  readonly #version: GorillaVersion;
  /** What has come and was not taken yet. */
  #chunks: Buffer[] = [];
  #length = 0;
  #failure: unknown;
  #begun: { binary: boolean; deflated: boolean; parts: Buffer[]; length: number } | undefined;
  #closeSent = false;

  constructor(socket: Duplex, limit: number, compressed: boolean, version: GorillaVersion = "1.5.3") {
    this.#socket = socket;
    this.#version = version;
    this.#limit = limit;
    this.#compressed = compressed;
    socket.on("error", () => socket.destroy());
  }

  /** Whether a close frame has been sent; what is written afterwards does not go out. */
  get closeSent(): boolean {
    return this.#closeSent;
  }

  /** The next message. Once it has thrown it always does: a CloseError, or another for whatever ended the connection. */
  async read(): Promise<GorillaMessage> {
    // gorilla's writes block until the network takes them, and whoever writes does not read meanwhile.
    while (this.#socket.writableNeedDrain && !this.#socket.destroyed) await this.#happens("drain", "close");
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        const message = await this.#frame();
        if (message) return message;
      } catch (error) {
        this.#failure = error;
      }
    }
  }

  /** Sends one message. */
  write({ binary, data }: { binary: boolean; data: string | Uint8Array }): void {
    if (this.#closeSent) throw new Error("websocket: close sent");
    if (this.#socket.destroyed) throw new Error("write: broken pipe");
    const bytes = Buffer.from(data as string);
    if (!this.#compressed) {
      this.#send(binary ? 2 : 1, bytes);
      return;
    }
    // Without the four bytes that end each message alike (RFC 7692 §7.2.1); 64 is the bit that says so, and 1 is gorilla's level.
    this.#send((binary ? 2 : 1) | 64, deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, level: 1 }).subarray(0, -4));
  }

  /** Sends a close frame, with a code unless that is 1005; once. The reason is cut to what fits. */
  close(code: number, reason = ""): void {
    if (this.#closeSent) return;
    const said = Buffer.from(reason);
    let end = Math.min(said.length, 123);
    // Not in the middle of a character.
    while (end < said.length && (said[end]! & 0xc0) === 0x80) end--;
    const payload = code === 1005 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([code >> 8, code & 255]), said.subarray(0, end)]);
    this.#send(8, payload);
    this.#closeSent = true;
  }

  /** Ends TCP after all that was written. */
  end(): void {
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Reads one frame; gives a message when that is its last. */
  async #frame(): Promise<GorillaMessage | undefined> {
    const [first = 0, second = 0] = await this.#take(2);
    const [opcode, final, control] = [first & 15, first > 127, (first & 8) > 0];
    const fault = this.#version === "1.5.3" ? this.#faultsOf(first, second).join(", ") : this.#firstFaultOf(first, second);
    if (fault) this.#violated(fault);
    const short = second & 127;
    const sized = short < 126 ? undefined : await this.#take(short === 126 ? 2 : 8);
    const length = sized ? Number(`0x${sized.toString("hex")}`) : short;
    // 1.4.2 looks at the mask only after the length.
    if (second < 128) this.#violated("incorrect mask flag");
    const mask = await this.#take(4);
    if (!control && this.#limit > 0 && (this.#begun?.length ?? 0) + length > this.#limit) {
      this.close(1009);
      throw new Error("websocket: read limit exceeded");
    }
    const data = unmasked(await this.#take(length), mask);
    if (control) return this.#control(opcode, data);
    const begun = this.#begun ?? { binary: opcode === 2, deflated: (first & 64) > 0, parts: [], length: 0 };
    begun.parts.push(data);
    begun.length += length;
    this.#begun = final ? undefined : begun;
    if (!final) return undefined;
    const whole = Buffer.concat(begun.parts);
    return { binary: begun.binary, data: begun.deflated ? await inflated(whole) : whole };
  }

  #faultsOf(first: number, second: number): string[] {
    const opcode = first & 15;
    const faults: string[] = [];
    if (first & 64 && !this.#compressed) faults.push("RSV1 set");
    if (first & 32) faults.push("RSV2 set");
    if (first & 16) faults.push("RSV3 set");
    if (opcode >= 8 && opcode <= 10) {
      if ((second & 127) > 125) faults.push("len > 125 for control");
      if (first < 128) faults.push("FIN not set on control");
    } else if (opcode === 1 || opcode === 2) {
      if (this.#begun) faults.push("data before FIN");
    } else if (opcode === 0) {
      if (!this.#begun) faults.push("continuation after FIN");
    } else faults.push(`bad opcode ${opcode}`);
    if (second < 128) faults.push("bad MASK");
    return faults;
  }

  /** The fault that gorilla 1.4.2 tells of, without the mask. */
  #firstFaultOf(first: number, second: number): string | undefined {
    const opcode = first & 15;
    const reserved = first & (this.#compressed ? 0x30 : 0x70);
    if (reserved) return `unexpected reserved bits 0x${reserved.toString(16)}`;
    if (opcode >= 8 && opcode <= 10) {
      if ((second & 127) > 125) return "control frame length > 125";
      return first < 128 ? "control frame not final" : undefined;
    }
    if (opcode === 0) return this.#begun ? undefined : "continuation after final message frame";
    if (opcode > 2) return `unknown opcode ${opcode}`;
    return this.#begun ? "message start before final message frame" : undefined;
  }

  #control(opcode: number, data: Buffer): undefined {
    if (opcode === 9 && !this.#closeSent) this.#send(10, data);
    if (opcode !== 8) return;
    const code = data.length < 2 ? 1005 : data.readUInt16BE();
    if (data.length >= 2 && !takesCode(code)) {
      this.#violated(this.#version === "1.5.3" ? `bad close code ${code}` : "invalid close code");
    }
    const text = data.subarray(2);
    if (!isUtf8(text)) this.#violated("invalid utf8 payload in close frame");
    this.onClose(code);
    throw new CloseError(code, text.toString());
  }

  #violated(what: string): never {
    this.close(1002, what);
    throw new Error(`websocket: ${what}`);
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#length < count) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk) {
        this.#chunks.push(chunk);
        this.#length += chunk.length;
      } else if (this.#socket.readableEnded || this.#socket.destroyed) throw new Error("unexpected EOF");
      else await this.#happens("readable", "end", "close");
    }
    // Joined once, however many pieces there are.
    const [first = Buffer.alloc(0)] = this.#chunks;
    const whole = first.length >= count ? first : Buffer.concat(this.#chunks);
    this.#chunks = whole === first ? this.#chunks.slice(1) : [];
    if (whole.length > count) this.#chunks.unshift(whole.subarray(count));
    this.#length -= count;
    return whole.subarray(0, count);
  }

  /** Resolves at the first of some events, or at an error, which the next look at the stream shows. */
  async #happens(...events: string[]): Promise<void> {
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race(events.map((event) => once(this.#socket, event, { signal }))).catch(() => {});
    waiting.abort();
  }

  #send(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const sized = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : [127, ...lengthOf(length)];
    this.#socket.write(Buffer.concat([Buffer.from([128 | opcode, ...sized]), payload]));
  }
}

const CODE_NAMES = new Map([
  [1000, "normal"],
  [1001, "going away"],
  [1002, "protocol error"],
  [1003, "unsupported data"],
  [1005, "no status"],
  [1007, "invalid payload data"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1010, "mandatory extension missing"],
  [1011, "internal server error"],
]);

/** Whether gorilla takes a client's close code; to others it answers with 1002. */
function takesCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) || (code >= 3000 && code <= 4999);
}

/** Applies a mask; the bytes are changed where they are, for nobody else has them. */
function unmasked(data: Buffer, mask: Buffer): Buffer {
  for (let index = 0; index < data.length; index += 1) data[index]! ^= mask[index & 3]!;
  return data;
}

const inflate = promisify(inflateRaw);

/** Bytes that a compressed message may become. gorilla has no limit; a few kB would fill the memory. */
const MOST_INFLATED = 2 ** 24;

/** Puts back what ends each message alike, and an empty block that ends the stream. Inflating does not hold up other connections. */
function inflated(data: Buffer): Promise<Buffer> {
  const whole = Buffer.concat([data, Buffer.from([0, 0, 255, 255, 1, 0, 0, 255, 255])]);
  return inflate(whole, { maxOutputLength: MOST_INFLATED });
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString()).equals(bytes);
}
