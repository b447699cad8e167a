import type { ClientEnd, FrameData, Uplink } from "./link";

/** An event of a {@link MockWebSocket}: a plain object, so that it needs no DOM. */
export interface MockEvent {
  /** `open`, `message`, `error` or `close`. */
  readonly type: string;
  /** The WebSocket. */
  readonly target: MockWebSocket;
  /** The same. */
  readonly currentTarget: MockWebSocket;
  /** Of a message: text, or bytes as `binaryType` says. */
  readonly data?: unknown;
  /** Of a close: its code. */
  readonly code?: number;
  /** Of a close: its reason. */
  readonly reason?: string;
  /** Of a close: whether the closing handshake was done. */
  readonly wasClean?: boolean;
  /** Of an error: what the handshake failed with. Browsers hide it; the package `ws` has it, too. */
  readonly error?: Error;
}

/** A listener of events: a function, or an object with `handleEvent`. */
export type MockListener = ((event: MockEvent) => void) | { handleEvent(event: MockEvent): void };

/** Makes the link of a WebSocket, on which the server answers. */
export type Dial = (end: ClientEnd, url: URL, protocols: readonly string[]) => Uplink;

const types = ["open", "message", "error", "close"];

/** The client's end of a connection to a mock server, with the interface of a browser's WebSocket. `MockServer.WebSocket` makes them. */
export class MockWebSocket {
  /** The handshake is not done. */
  static readonly CONNECTING = 0;
  /** Frames pass. */
  static readonly OPEN = 1;
  /** The closing handshake has begun. */
  static readonly CLOSING = 2;
  /** It is over. */
  static readonly CLOSED = 3;
  /** The same as of the class. */
  readonly CONNECTING = 0;
  /** The same as of the class. */
  readonly OPEN = 1;
  /** The same as of the class. */
  readonly CLOSING = 2;
  /** The same as of the class. */
  readonly CLOSED = 3;

  /** The address, with `ws:` or `wss:`. */
  readonly url: string;
  /** The subprotocol that the server has picked. */
  protocol = "";
  /** Always empty: there is no compression. */
  readonly extensions = "";
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readyState: number = MockWebSocket.CONNECTING;
  /** What `data` of a binary message is. */
  binaryType: "blob" | "arraybuffer" = "blob";
  /** A listener of `open`. */
  onopen: ((event: MockEvent) => void) | null = null;
  /** A listener of `message`. */
  onmessage: ((event: MockEvent) => void) | null = null;
  /** A listener of `error`. */
  onerror: ((event: MockEvent) => void) | null = null;
  /** A listener of `close`. */
  onclose: ((event: MockEvent) => void) | null = null;
  readonly #listeners = new Map<string, Map<MockListener, { readonly once: boolean }>>();
  readonly #link: Uplink;
  /** What was handed to `send` after the end, and thus never left. */
  #unsent = 0;

  /** @internal */
  constructor(url: string | URL, protocols: string | readonly string[] = [], dial?: Dial) {
    if (!dial) throw new TypeError("A MockWebSocket needs a server: take `WebSocket` of mockServer().");
    const address = toAddress(String(url));
    const offered = typeof protocols === "string" ? [protocols] : [...protocols];
    if (new Set(offered.map((name) => name.toLowerCase())).size !== offered.length || offered.includes("")) {
      throw new DOMException("A subprotocol is empty or offered twice.", "SyntaxError");
    }
    this.url = address.href;
    this.#link = dial(this.#end(), address, offered);
  }

  /** How many bytes have not left yet. */
  get bufferedAmount(): number {
    return this.#link.buffered + this.#unsent;
  }

  /** Adds a listener. */
  addEventListener(type: string, listener: MockListener | null, options?: boolean | { once?: boolean; signal?: AbortSignal }): void {
    if (!listener) return;
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted) return;
    const listeners = this.#listeners.get(type) ?? new Map<MockListener, { readonly once: boolean }>();
    if (!listeners.has(listener)) listeners.set(listener, { once });
    this.#listeners.set(type, listeners);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener));
  }

  /** Removes it. */
  removeEventListener(type: string, listener: MockListener | null): void {
    if (listener) this.#listeners.get(type)?.delete(listener);
  }

  /** Calls the listeners of an event. */
  dispatchEvent(event: { readonly type: string }): boolean {
    const whole: MockEvent = { ...event, type: event.type, target: this, currentTarget: this };
    const property = types.includes(event.type) ? this[`on${event.type}` as "onopen"] : null;
    if (property) call(property.bind(this), whole);
    for (const [listener, { once }] of [...(this.#listeners.get(event.type) ?? [])]) {
      if (once) this.removeEventListener(event.type, listener);
      call(typeof listener === "function" ? listener.bind(this) : listener.handleEvent.bind(listener), whole);
    }
    return true;
  }

  /** Sends a frame. */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void {
    if (this.readyState === MockWebSocket.CONNECTING) throw new DOMException("The WebSocket is still connecting.", "InvalidStateError");
    const frame = toFrame(data);
    if (this.readyState === MockWebSocket.OPEN) this.#link.send(frame);
    else this.#unsent += sizeOf(frame);
  }

  /** Begins the closing handshake. */
  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException("The close code is neither 1000 nor from 3000 to 4999.", "InvalidAccessError");
    }
    if (utf8Length(reason) > 123) throw new DOMException("The close reason has more than 123 bytes.", "SyntaxError");
    if (this.readyState >= MockWebSocket.CLOSING) return;
    const wasConnecting = this.readyState === MockWebSocket.CONNECTING;
    this.readyState = MockWebSocket.CLOSING;
    if (wasConnecting) this.#link.cut("The WebSocket was closed before the handshake was done.");
    else this.#link.close(code ?? 1005, reason);
  }

  #end(): ClientEnd {
    return {
      opened: (protocol) => {
        if (this.readyState !== MockWebSocket.CONNECTING) return;
        this.protocol = protocol;
        this.readyState = MockWebSocket.OPEN;
        this.#emit("open");
      },
      received: (data) => {
        if (this.readyState !== MockWebSocket.OPEN) return;
        this.#emit("message", { data: typeof data === "string" || this.binaryType === "arraybuffer" ? data : new Blob([data]) });
      },
      closed: (code, reason) => {
        this.readyState = MockWebSocket.CLOSED;
        this.#emit("close", { code, reason, wasClean: true });
      },
      lost: (refusal) => {
        this.readyState = MockWebSocket.CLOSED;
        if (refusal !== undefined) this.#emit("error", { error: new Error(refusal) });
        this.#emit("close", { code: 1006, reason: "", wasClean: false });
      },
    };
  }

  #emit(type: string, details: object = {}): void {
    this.dispatchEvent({ ...details, type });
  }
}

/** Calls a listener. What it throws is an uncaught error, as in a browser, and does not stop the others. */
function call(listener: (event: MockEvent) => void, event: MockEvent): void {
  try {
    listener(event);
  } catch (error) {
    void Promise.reject(error);
  }
}

function toAddress(url: string): URL {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  let address: URL;
  try {
    address = new URL(url, base === "about:blank" ? undefined : base);
  } catch {
    throw new DOMException("The address is no URL.", "SyntaxError");
  }
  address.protocol = address.protocol.replace("http", "ws");
  if (!["ws:", "wss:"].includes(address.protocol) || address.hash) {
    throw new DOMException("The address is not ws: or wss:, or has a fragment.", "SyntaxError");
  }
  return address;
}

function toFrame(data: string | ArrayBuffer | ArrayBufferView | Blob): FrameData | Blob {
  if (!ArrayBuffer.isView(data)) return data;
  const { buffer, byteOffset, byteLength } = data;
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}

function sizeOf(frame: FrameData | Blob): number {
  if (typeof frame === "string") return utf8Length(frame);
  return "size" in frame ? frame.size : frame.byteLength;
}

/** How many bytes a text has in UTF-8; without TextEncoder, which Jest's jsdom lacks. */
function utf8Length(text: string): number {
  return encodeURIComponent(text).replace(/%../g, ".").length;
}
