import type { WebSocketClass } from "wireline";
import type { Library } from "../libraries/library";

// Runs in a page, and in Node: what is loaded and done there until a client exists. It is the same few lines for every library.

declare global {
  /** Resolves once the library has created a WebSocket. */
  var made: Promise<void>;
}

/** How long that may take, in milliseconds. */
const patience = 20_000;

let told: () => void;
globalThis.made = new Promise((resolve, reject) => {
  told = resolve;
  setTimeout(() => reject(new Error("The library made no WebSocket; see `open` of its adapter.")), patience);
});

/** A WebSocket that never opens. */
class Silent {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly readyState = 0;
  readonly bufferedAmount = 0;
  binaryType = "blob";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  constructor() {
    told();
  }
  addEventListener(): void {}
  removeEventListener(): void {}
  send(): void {}
  close(): void {}
}

/** Makes a client. */
export function start(library: Library): void {
  void library.open({ url: "ws://127.0.0.1/socket", WebSocket: Silent as WebSocketClass, listen() {} });
}
