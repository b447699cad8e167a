import type { Socket } from "../src/index";
import type { ChatProtocol } from "./protocol";

/** How long it takes the server to answer, asked every few seconds while the connection is open. */
export class Latency {
  readonly #socket: Socket<ChatProtocol>;
  #value: number | null = null;
  #askedAt: number | null = null;

  /** @param interval milliseconds from one question to the next */
  constructor(socket: Socket<ChatProtocol>, interval = 2_000) {
    this.#socket = socket;
    socket.on("pong", () => {
      if (this.#askedAt !== null) this.#value = performance.now() - this.#askedAt;
      this.#askedAt = null;
    });
    socket.onOpen(() => this.#ask());
    socket.onClose(() => {
      this.#value = this.#askedAt = null;
    });
    setInterval(() => this.#ask(), interval);
  }

  /** The last answer's time in milliseconds; `null` before the first on this connection. */
  get value(): number | null {
    return this.#value;
  }

  /** For how long the server has owed an answer, in milliseconds; 0 when it owes none. */
  get silence(): number {
    return this.#askedAt === null ? 0 : performance.now() - this.#askedAt;
  }

  #ask(): void {
    // One question at a time: an answer names none.
    if (this.#askedAt !== null || this.#socket.state.status !== "open") return;
    if (this.#socket.send("ping", {}) === "sent") this.#askedAt = performance.now();
  }
}
