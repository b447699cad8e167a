import ReconnectingWebSocket from "reconnecting-websocket";
import { SocketError } from "../errors";
import { abnormal, type SocketClose } from "./close";

// No more than what each implementation declares: that of the DOM, `ws`, undici and mock-socket, with and without the DOM's types.
/** What Wireline needs of a WebSocket. */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** How many bytes have not left yet. @default 0 */
  readonly bufferedAmount?: number | undefined;
  /** Set to "arraybuffer". */
  binaryType: string;
  /** Set by Wireline. */
  onopen: unknown;
  /** Set by Wireline. */
  onerror: unknown;
  /** Set by Wireline; called with `{code, reason, wasClean}`. */
  onclose: unknown;
  /** Adds a listener, which gets `{data}`: a string or an ArrayBuffer. */
  addEventListener(type: "message", listener: (event: unknown) => void): void;
  /** Removes it. */
  removeEventListener(type: "message", listener: (event: unknown) => void): void;
  /** Sends a frame. It also gets the views and Blobs that a codec makes. */
  send(data: string | ArrayBuffer): void;
  /** Begins the closing handshake. */
  close(code?: number, reason?: string): void;
}

/** A WebSocket class. */
export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

/** What a WebSocket sends. */
export type Frame = string | ArrayBuffer | ArrayBufferView | Blob;

/** Where to connect, for one attempt. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
}

/** What a transport tells; each opening and each end once, and nothing of a socket that was given up. */
export interface TransportEvents {
  opened(): void;
  received(data: string | ArrayBuffer): void;
  ended(close: SocketClose, error?: SocketError): void;
}

type NativeSocket = WebSocketLike & {
  /** The `ws` package only: ends TCP without a closing handshake. */
  terminate?(): void;
};

const OPEN = 1;
const CLOSING = 2;

type Taken = (link: Link) => void;

/**
 * What reconnecting-websocket holds in place of a real socket. It hears of the end, and of nothing else: the events that
 * it would twist (ERRATA R8–R12), it never sees, and an opening would only shorten a wait that is none.
 */
class Link {
  static readonly CLOSING = CLOSING;
  readonly told: Record<string, (event: object) => void> = {};
  /** @param taken gets it, in place of an address: one class serves all transports so */
  constructor(taken: Taken) {
    taken(this);
  }
  addEventListener(type: string, listener: (event: object) => void): void {
    this.told[type] = listener;
  }
  removeEventListener(): void {}
  close(): void {}
}

/**
 * One session of attempts, from `connect()` to `close()`. reconnecting-websocket drives the loop: it asks for an
 * address, makes a socket, and asks again when that has ended. When an address is given, which socket is made and what
 * its events mean is ours. A session is never used again after its close (ERRATA R1, R19).
 */
export class Transport {
  readonly #events: TransportEvents;
  readonly #implementation: () => WebSocketClass;
  readonly #loop: ReconnectingWebSocket;
  #address: Address | undefined;
  #give!: (taken: Taken) => void;
  #given = this.#promise();
  #link: Link | undefined;
  #native: NativeSocket | undefined;
  readonly #hear = (event: unknown) => this.#events.received((event as { readonly data: string | ArrayBuffer }).data);

  constructor(events: TransportEvents, implementation: () => WebSocketClass) {
    this.#events = events;
    this.#implementation = implementation;
    this.#loop = new ReconnectingWebSocket(() => this.#given as Promise<never>, undefined, {
      WebSocket: Link,
      // Caps every delay of its own; ours passes before it is given the address (ERRATA R14). Its limit for an attempt is left
      // out by the build (shake.ts).
      maxReconnectionDelay: 0,
    });
  }

  /** Starts the next attempt. */
  dial(address: Address): void {
    this.#address = address;
    // Only now does the loop hear that the attempt before is over, so that it asks no sooner than it is answered.
    this.#link?.told.close!({});
    this.#link = undefined;
    this.#give((link) => this.#take(link));
  }

  /** Sends, if the socket is open; otherwise gives `false`. A socket that is closing would swallow it. */
  send(data: Frame): boolean {
    if (this.#native?.readyState !== OPEN) return false;
    this.#native.send(data as string);
    return true;
  }

  /** How many bytes the socket holds that have not left yet. */
  get buffered(): number {
    return this.#native?.bufferedAmount ?? 0;
  }

  /**
   * Ends the attempt or connection at once and without an event; the socket may take as long as it likes to close.
   *
   * @param timeout how long an open one has for the closing handshake, in milliseconds; without it there is none
   */
  drop(timeout?: number): void {
    try {
      const native = this.#release();
      if (native?.readyState === OPEN && timeout !== undefined) return part(native, 1000, "", timeout);
      native?.close(1000);
      // Nobody waits for the answer, and a Node process should not.
      native?.terminate?.();
    } catch {
      // What a socket says to that is no reason to stay with it.
    }
  }

  /** Ends the session where no attempt or connection is left. */
  stop(): void {
    this.#loop.close();
  }

  /**
   * Ends the session. An open socket has `timeout` milliseconds for the closing handshake.
   *
   * @param done told once, with how it ended
   */
  close(code: number, reason: string, timeout: number, done: (close: SocketClose) => void): void {
    const native = this.#release();
    this.stop();
    // One that is still connecting (0) has no closing handshake.
    if (native?.readyState) return part(native, code, reason, timeout, done);
    done({ code, reason, wasClean: false });
    native?.close(code, reason);
  }

  /** Called when reconnecting-websocket begins an attempt, and must hold its Link before anything can end it. */
  #take(link: Link): void {
    const address = this.#address;
    this.#link = link;
    this.#given = this.#promise();
    queueMicrotask(() => this.#open(address));
  }

  #open(address: Address | undefined): void {
    // Dropped before its socket was made: the loop rests until the next attempt.
    if (!address || address !== this.#address) return;
    try {
      const native: NativeSocket = (this.#native = new (this.#implementation())(address.url, address.protocols));
      if (address !== this.#address) return this.drop();
      native.binaryType = "arraybuffer";
      native.onopen = () => this.#events.opened();
      // Where every message counts: a handler costs more than a listener, in Chromium as much as parsing.
      native.addEventListener("message", this.#hear);
      native.onclose = (close: SocketClose) => this.#end(plain(close));
      // No close is waited for: a socket that a policy or a blocked port forbids never sends one.
      native.onerror = ({ error: cause }: { error?: unknown }) => {
        this.#end(abnormal, new SocketError("transport", { cause }));
        native.close(1000);
      };
    } catch (cause) {
      // A class of the user's may have closed us, too.
      if (address !== this.#address) return;
      this.drop();
      this.#events.ended(abnormal, new SocketError("transport", { cause }));
    }
  }

  #end(close: SocketClose, error?: SocketError): void {
    this.#release();
    this.#events.ended(close, error);
  }

  /** Gives the attempt up: listens to nothing but an error, which would otherwise end a Node process (ERRATA R20). */
  #release(): NativeSocket | undefined {
    const native = this.#native;
    this.#native = this.#address = undefined;
    if (native) {
      native.onopen = native.onclose = native.onerror = () => {};
      native.removeEventListener("message", this.#hear);
    }
    return native;
  }

  #promise(): Promise<Taken> {
    return new Promise((resolve) => {
      this.#give = resolve;
    });
  }
}

/** Says good-bye, and waits so long for the answer. */
function part(native: NativeSocket, code: number, reason: string, timeout: number, done?: (close: SocketClose) => void): void {
  const finish = (close: SocketClose) => {
    clearTimeout(timer);
    native.onclose = null;
    done?.(close);
  };
  const timer = setTimeout(() => {
    native.terminate?.();
    finish(abnormal);
  }, timeout);
  native.onclose = (close: SocketClose) => finish(plain(close));
  native.close(code, reason);
}

const plain = ({ code, reason, wasClean }: SocketClose): SocketClose => ({ code, reason, wasClean });
