import type { Socket } from "node:net";
import { reset } from "./reset";

/** What stands in line to go out: bytes, or the end of them. */
type Item = Buffer | "fin" | "rst";

/** How many bytes may stand in line until no more are read: as a slow link, it pushes back. */
const capacity = 1_048_576;

/** What ends an HTTP head. */
const blank = "\r\n\r\n";

/** One direction of a link: what is read from one TCP socket is written to the other, in order, with what is wrong with it. */
export class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #line: { item: Item; due: number }[] = [];
  #waiting = 0;
  #stalled = false;
  #delay = 0;
  #drip = { bytes: Infinity, every: 0 };
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The beginning of the stream, until its HTTP head is whole. */
  #begun: Buffer | undefined = Buffer.alloc(0);
  #tell!: (head: string) => void;
  /** Resolves with the HTTP head, once it is written whole. */
  readonly head: Promise<string> = new Promise((resolve) => {
    this.#tell = resolve;
  });
  #ended = false;

  constructor(source: Socket, sink: Socket) {
    this.#source = source;
    this.#sink = sink;
    source.on("data", (chunk) => this.push(chunk));
    source.on("end", () => this.push("fin"));
    source.on("error", () => this.push("rst"));
    sink.on("drain", () => this.#pump());
    sink.on("close", () => this.end());
  }

  /** Puts something in line, as if the source had sent it. */
  push(item: Item): void {
    if (this.#ended) return;
    this.#line.push({ item, due: this.#delay && performance.now() + this.#delay });
    if (typeof item === "object") this.#waiting += item.length;
    this.#pump();
  }

  /** Stops reading and writing, or continues; TCP stays open, and no side notices. */
  stall(on: boolean): void {
    if (this.#ended) return;
    this.#stalled = on;
    this.#pump();
  }

  /** Holds each later item back for so many milliseconds. */
  delay(time: number): void {
    this.#delay = time;
  }

  /** Lets so many bytes out at once, and the next ones after so many milliseconds. */
  drip(bytes: number, every: number): void {
    this.#drip = { bytes, every };
    this.#next = 0;
    this.#pump();
  }

  /** Forwards nothing any more; what still comes is read and lost, so that the source's own end is seen. */
  end(): void {
    this.#ended = true;
    this.#stalled = false;
    this.#line.length = this.#waiting = 0;
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#line.length && !this.#stalled && !this.#sink.writableNeedDrain) {
      const first = this.#line[0]!;
      const due = Math.max(first.due, this.#next);
      const wait = due && due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait));
        break;
      }
      const { bytes, every } = this.#drip;
      if (typeof first.item === "object" && first.item.length > bytes) {
        this.#write(first.item.subarray(0, bytes));
        first.item = first.item.subarray(bytes);
      } else {
        this.#line.shift();
        if (first.item === "fin") this.#sink.end();
        else if (first.item === "rst") reset(this.#sink);
        else this.#write(first.item);
      }
      if (every) this.#next = performance.now() + every;
    }
    if (this.#stalled || this.#waiting > capacity || (this.#sink.writableNeedDrain && !this.#ended)) this.#source.pause();
    else this.#source.resume();
  }

  #write(bytes: Buffer): void {
    this.#waiting -= bytes.length;
    if (this.#sink.writable) this.#sink.write(bytes);
    if (!this.#begun) return;
    this.#begun = Buffer.concat([this.#begun, bytes]);
    const end = this.#begun.indexOf(blank);
    if (end < 0) return;
    this.#tell(this.#begun.toString("latin1", 0, end));
    this.#begun = undefined;
  }
}
