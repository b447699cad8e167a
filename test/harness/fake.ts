import type { WebSocketClass } from "../../src/index";

/**
 * A WebSocket without a network, for faults that no real one makes on demand. It does nothing by itself: a test opens it,
 * lets it say something, or ends it. To add a fault, override a method in the test.
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
  readonly listeners: ((event: { readonly data: unknown }) => void)[] = [];
  readonly closes: [code?: number, reason?: string][] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  onopen: ((event: object) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;

  constructor(url: string, protocols: readonly string[] = []) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
    for (const resolve of FakeWebSocket.#waiting.splice(0)) resolve(this);
  }
  addEventListener(_type: "message", listener: (typeof this.listeners)[number]): void {
    this.listeners.push(listener);
  }
  removeEventListener(_type: "message", listener: (typeof this.listeners)[number]): void {
    const place = this.listeners.indexOf(listener);
    if (place >= 0) this.listeners.splice(place, 1);
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
    this.onopen?.({});
    return this;
  }
  /** The server says something. */
  says(data: unknown): void {
    const event = { data: typeof data === "string" || data instanceof ArrayBuffer ? data : JSON.stringify(data) };
    for (const listener of [...this.listeners]) listener(event);
  }
  /** The link ends. */
  ends(code = 1006, reason = "", wasClean = false): void {
    this.readyState = 3;
    this.onclose?.({ code, reason, wasClean });
  }
  /** The link fails: an error, and no close after it. */
  fails(): void {
    this.readyState = 3;
    this.onerror?.({});
  }
}

/** {@link FakeWebSocket} as the WebSocket option. */
export const fake: WebSocketClass = FakeWebSocket;
