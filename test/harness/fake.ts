import type { WebSocketClass } from "../../src/index";

/**
 * A WebSocket without a network, for faults that neither a real one nor the mock server of src/testing makes, and for moments
 * within one tick. It does nothing by itself: a test opens it, lets it say something, or ends it. To add a fault, override a method.
 */
export class FakeWebSocket {
  /** Every instance, in order; emptied by {@link FakeWebSocket.reset}. */
  static made: FakeWebSocket[] = [];
  static get last(): FakeWebSocket {
    const last = FakeWebSocket.made.at(-1);
    if (!last) throw new Error("no WebSocket was made");
    return last;
  }
  static reset(): void {
    FakeWebSocket.made = [];
  }
  static #waiting: ((made: FakeWebSocket) => void)[] = [];
  /** Resolves with the next instance. */
  static next(): Promise<FakeWebSocket> {
    return new Promise((resolve) => FakeWebSocket.#waiting.push(resolve));
  }

  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: unknown[] = [];
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly closes: [code?: number, reason?: string][] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";

  constructor(url: string, protocols: readonly string[] = []) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
    for (const resolve of FakeWebSocket.#waiting.splice(0)) resolve(this);
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }
  removeEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.get(type)?.delete(listener);
  }
  /** How many listen to an event. */
  listeners(type: string): number {
    return this.#listeners.get(type)?.size ?? 0;
  }
  /** Calls the listeners of an event. */
  emit(type: string, event: object = {}): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event as never);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    if (this.readyState < 2) this.readyState = 2;
  }

  /** The server accepts. */
  open(): this {
    this.readyState = 1;
    this.emit("open");
    return this;
  }
  /** The server says something. */
  says(data: unknown): void {
    this.emit("message", { data: typeof data === "string" || data instanceof ArrayBuffer ? data : JSON.stringify(data) });
  }
  /** The link ends. */
  ends(code = 1006, reason = "", wasClean = false): void {
    this.readyState = 3;
    this.emit("close", { code, reason, wasClean });
  }
  /** The link fails: an error, and no close after it. */
  fails(): void {
    this.readyState = 3;
    this.emit("error");
  }
}

/** {@link FakeWebSocket} as the WebSocket option. */
export const fake: WebSocketClass = FakeWebSocket;
