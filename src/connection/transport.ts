import ReconnectingWebSocket from "reconnecting-websocket";
import { SocketError } from "../errors";
import { longestDelay } from "../timer";
import { abnormalClose, type SocketClose } from "./close";
import { baseAddress } from "./environment";
import { usage } from "../usage";

// No more than what each implementation declares: that of the DOM, `ws`, undici and mock-socket, with and without the DOM's types.
/** What Wireline needs of a WebSocket. The global class has it, as have `ws`, undici and mock-socket. */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** How many bytes have not left yet. If it is missing, Wireline takes it for 0. */
  readonly bufferedAmount?: number | undefined;
  /** Set to "arraybuffer" before the first message. */
  binaryType: string;
  /** Adds a listener for `open`, `error`, `close` or `message`. */
  addEventListener(type: "message", listener: (event: unknown) => void): void;
  /** Removes it. */
  removeEventListener(type: "message", listener: (event: unknown) => void): void;
  /** Sends a frame. It also gets an ArrayBufferView or a Blob where the codec makes one. */
  send(data: string | ArrayBuffer): void;
  /** Begins the closing handshake. */
  close(code?: number, reason?: string): void;
}

/** What a WebSocket sends. */
export type Frame = string | ArrayBuffer | ArrayBufferView | Blob;

/** A class that makes WebSockets. */
export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

/** Where to connect, for one attempt. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
}

/** What a transport reports: each opening and each end once, and nothing of a socket that was given up. */
export interface TransportParent {
  /** The class of the moment, so that a global that was replaced after the import is used. */
  webSocketClass(): WebSocketClass;
  connected(): void;
  received(data: string | ArrayBuffer): void;
  ended(close: SocketClose, error?: SocketError): void;
}

type NativeSocket = WebSocketLike & {
  addEventListener(type: string, listener: (event: never) => void): void;
  /** Only that of the `ws` package: ends TCP without a closing handshake. */
  terminate?(): void;
};

const connectingState = 0;
const openState = 1;
const closingState = 2;
const closedState = 3;

/**
 * One session of attempts, from `connect()` to `close()`. reconnecting-websocket owns the real WebSocket and drives the
 * loop: it asks for an address, makes a socket, and asks again when that has ended.
 *
 * Its faults are cured here (test/catalogue lists them). As soon as a socket has ended, it asks for an address. The promise
 * that it gets stays pending until `dial`, so we choose when the next attempt starts. `reconnect(1000)` closes its socket and
 * makes it ask again; it does not connect yet. We make the sockets, and listen to errors first, so we know how each really
 * ended. An instance is never used again after its close.
 */
export class Transport {
  readonly #parent: TransportParent;
  readonly #loop: ReconnectingWebSocket;
  /** Where the next socket connects, until it is made. */
  #address: Address | undefined;
  /** Resolves the promise that reconnecting-websocket waits for. */
  #provide: ((source: SocketSource) => void) | undefined;
  /** The socket of the attempt or connection under way; what others report is ignored. */
  #socket: NativeSocket | undefined;
  /** Reports the end of a socket that is being closed. */
  #finishClose: ((close: SocketClose) => void) | undefined;

  constructor(parent: TransportParent) {
    this.#parent = parent;
    this.#loop = new ReconnectingWebSocket(() => this.#nextSource() as Promise<never>, undefined, loopOptions);
    this.#loop.binaryType = "arraybuffer";
    this.#loop.onopen = () => {
      if (this.#socket) this.#parent.connected();
    };
    this.#loop.onmessage = ({ data }: { readonly data: unknown }) => {
      if (this.#socket) this.#parent.received(data as string | ArrayBuffer);
    };
    this.#loop.onclose = (close: SocketClose) => this.#ended(toPlain(close));
  }

  /** Starts the next attempt. */
  dial(address: Address): void {
    this.#address = address;
    this.#hand();
  }

  /** Sends, if the socket is open; otherwise returns `false`. A socket that is closing would swallow it. */
  send(data: Frame): boolean {
    if (!this.#socket || this.#socket.readyState !== openState) return false;
    this.#loop.send(data as string);
    return true;
  }

  /** How many bytes the socket holds that have not left yet. */
  get buffered(): number {
    // NaN where the class has no such count.
    return this.#socket ? this.#loop.bufferedAmount || 0 : 0;
  }

  /**
   * Ends the attempt or connection at once and without an event; the socket may take its time to close.
   *
   * @param timeout how long an open one has for the closing handshake, in milliseconds; without it there is none
   */
  drop(timeout?: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#address = undefined;
    if (!socket) return;
    const polite = timeout !== undefined && socket.readyState === openState;
    // The event that this makes is ignored, for there is no socket any more.
    this.#loop.reconnect(1000);
    if (!polite) terminate(socket);
    else if (socket.terminate) {
      const timer = setTimeout(() => terminate(socket), timeout);
      socket.addEventListener("close", () => clearTimeout(timer));
    }
  }

  /** Ends the session where no attempt or connection is left. */
  stop(): void {
    this.#endLoop();
  }

  /**
   * Ends the session. An open socket has `timeout` milliseconds for the closing handshake.
   *
   * @param done called once, with how it ended
   */
  close(code: number, reason: string, timeout: number, done: (close: SocketClose) => void): void {
    const socket = this.#socket;
    this.#address = undefined;
    this.#loop.onopen = null;
    this.#loop.onmessage = null;
    // One that is still connecting has no closing handshake.
    if (!socket || socket.readyState === connectingState) {
      this.#socket = undefined;
      this.#endLoop(code, reason);
      done({ code, reason, wasClean: false });
      return;
    }
    const timer = setTimeout(() => {
      this.#ended(abnormalClose);
      terminate(socket);
    }, timeout);
    this.#finishClose = (close) => {
      clearTimeout(timer);
      done(close);
    };
    this.#endLoop(code, reason);
  }

  /** Stops reconnecting-websocket, and closes its last socket unless that has closed. */
  #endLoop(code?: number, reason?: string): void {
    try {
      this.#loop.close(code, reason);
    } catch {
      // The loop has ended before its socket threw.
    }
  }

  /**
   * What reconnecting-websocket makes its next socket of, when an attempt is dialled. It takes this for an address, and
   * hands it to its WebSocket class.
   */
  #nextSource(): Promise<SocketSource> {
    return new Promise((resolve) => {
      this.#provide = resolve;
      this.#hand();
    });
  }

  #hand(): void {
    if (!this.#provide || !this.#address) return;
    this.#provide(() => this.#open());
    this.#provide = undefined;
  }

  /** Makes the socket of an attempt; or one that has failed, if there is no attempt any more or none could be made. */
  #open(): NativeSocket | FailedSocket {
    const address = this.#address;
    if (!address) return new FailedSocket();
    let socket: NativeSocket | undefined;
    try {
      const WebSocketClass = this.#parent.webSocketClass();
      socket = new WebSocketClass(address.url, address.protocols) as NativeSocket;
      // First, so that we know of an error before reconnecting-websocket makes a clean close of it. It stays for good,
      // because an error without a listener ends a Node process.
      socket.addEventListener("error", ({ error: cause }: { readonly error?: unknown }) => {
        if (socket === this.#socket) this.#ended(abnormalClose, new SocketError("transport", { cause }));
      });
      // reconnecting-websocket does it, too, but would stop for good at what a class throws.
      socket.binaryType = "arraybuffer";
    } catch (cause) {
      if (socket) discard(socket);
      // A class of the user's may have ended the attempt.
      if (address === this.#address) {
        this.#address = undefined;
        this.#parent.ended(abnormalClose, constructionError(cause, address.url));
      }
      return new FailedSocket();
    }
    if (address !== this.#address) {
      discard(socket);
      return new FailedSocket();
    }
    this.#address = undefined;
    this.#socket = socket;
    return socket;
  }

  #ended(close: SocketClose, error?: SocketError): void {
    if (!this.#socket) return;
    this.#socket = undefined;
    if (this.#finishClose) {
      this.#finishClose(close);
      this.#finishClose = undefined;
    } else this.#parent.ended(close, error);
  }
}

/**
 * The error for a constructor that threw. Where code or page are wrong, no retry helps: a SyntaxError, or a ws: address on a
 * page loaded by https:. A Content-Security-Policy is a SecurityError of WebKit, but may allow the next address.
 */
function constructionError(cause: unknown, url: string): SocketError {
  const { name } = (cause ?? {}) as Partial<Error>;
  const insecure = url.startsWith("ws:") && baseAddress()?.startsWith("https:");
  // Their text may repeat an address or a subprotocol with a token.
  if (name === "SecurityError" && insecure) return usage("A page loaded by https: cannot open a ws: address; use wss:.");
  if (name === "SyntaxError") return usage("The WebSocket class refuses `url` or `protocols`; check both.");
  return new SocketError("transport", { cause });
}

/** What makes a socket. */
type SocketSource = () => NativeSocket | FailedSocket;

/** The WebSocket class of reconnecting-websocket: one for all transports, which gets a source in place of an address. */
class SourcedSocket {
  /** What reconnecting-websocket tells a WebSocket class by. */
  static readonly CLOSING = closingState;
  constructor(source: SocketSource) {
    // biome-ignore lint/correctness/noConstructorReturn: `new` gives the real socket, which another class makes.
    return source();
  }
}

const loopOptions = {
  WebSocket: SourcedSocket,
  // All waits pass before it gets an address, and all limits are kept elsewhere.
  maxReconnectionDelay: 0,
  minUptime: 0,
  connectionTimeout: longestDelay,
  // Its queue loses messages, so it gets none to queue.
  maxEnqueuedMessages: 0,
};

/** What reconnecting-websocket gets in place of a socket that could not be made: it has failed, and says so once. */
class FailedSocket {
  readonly readyState = closedState;
  binaryType = "arraybuffer";
  addEventListener(type: string, listener: (event: SocketClose) => void): void {
    if (type === "close") queueMicrotask(() => listener(abnormalClose));
  }
  removeEventListener(): void {}
  close(): void {}
}

/** Closes a socket that was made in vain. */
function discard(socket: NativeSocket): void {
  try {
    socket.close(1000);
  } catch {
    // What it says to that does not matter.
  }
}

/** Ends TCP, where the class can do that: a dead peer never answers a closing handshake. */
function terminate(socket: NativeSocket): void {
  try {
    socket.terminate?.();
  } catch {
    // It is given up in any case.
  }
}

function toPlain({ code, reason, wasClean }: SocketClose): SocketClose {
  return { code, reason, wasClean };
}
