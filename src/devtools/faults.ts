import type { Environment, EnvironmentEvent, WebSocketClass, WebSocketLike } from "../index";

/** What {@link faults} is made with. */
export interface FaultOptions {
  /** The WebSocket class behind the faults. @default the global one */
  WebSocket?: WebSocketClass | undefined;
  /** What reports sleep, wake, offline and online, as in the options of a socket. @default that of the page or worker */
  environment?: Environment | undefined;
}

/**
 * Faults of the network, at the press of a button: `new Socket({ ...link.options })`. It stands between a socket and its
 * WebSocket, so the server is not touched, and other sockets are not affected. Made by {@link faults}.
 */
export class Faults {
  /** The options that put it between a socket and the network. */
  readonly options: { readonly WebSocket: WebSocketClass; readonly environment: Environment };
  readonly #sockets = new Set<FaultySocket>();
  readonly #environment: FaultyEnvironment;
  #isStalled = false;
  #refusals = 0;

  /** @internal */
  constructor({ WebSocket, environment }: FaultOptions) {
    const faults = this;
    this.#environment = new FaultyEnvironment(environment ?? pageEnvironment());
    const Faulty = class extends FaultySocket {
      constructor(url: string, protocols?: string[]) {
        const isRefused = faults.isOffline || faults.#refusals > 0;
        if (faults.#refusals > 0) faults.#refusals--;
        super(() => new (WebSocket ?? (globalThis.WebSocket as unknown as WebSocketClass))(url, protocols), isRefused, faults.#isStalled);
        faults.#sockets.add(this);
        this.addEventListener("close", () => faults.#sockets.delete(this));
      }
    };
    this.options = { WebSocket: Faulty, environment: this.#environment };
  }

  /** Whether nothing passes in either direction. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** Whether the network seems to be gone. */
  get isOffline(): boolean {
    return this.#environment.isOffline;
  }

  /** Ends the connection without a close frame, as a lost network does. */
  cut(): void {
    for (const socket of [...this.#sockets]) socket.cut();
  }

  /** Lets nothing pass in either direction, while the connection seems to be open. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.stall();
  }

  /** Lets everything pass that was held by {@link stall}. */
  flow(): void {
    this.#isStalled = false;
    for (const socket of [...this.#sockets]) socket.flow();
  }

  /** Cuts the connection, refuses each attempt, and reports `offline`. */
  offline(): void {
    if (this.isOffline) return;
    this.#environment.setOffline(true);
    this.cut();
  }

  /** Ends {@link offline}. */
  online(): void {
    if (this.isOffline) this.#environment.setOffline(false);
  }

  /** Lets the next attempt fail. */
  refuseNext(): void {
    this.#refusals++;
  }
}

/** Makes {@link Faults} for one socket or several: `new Socket({ ...faults().options })`. */
export function faults(options: FaultOptions = {}): Faults {
  return new Faults(options);
}

type Listener = (event: never) => void;

const types = ["open", "message", "error", "close"] as const;

/** A WebSocket whose events and frames can be held or lost. */
class FaultySocket implements WebSocketLike {
  /** What a socket of Wireline asks for. */
  binaryType = "arraybuffer";
  readonly #connect: () => WebSocketLike;
  readonly #listeners = new Map<string, Set<Listener>>();
  #inner: WebSocketLike | undefined;
  /** The frames and events that wait for the end of a stall, in order; `undefined` while everything passes. */
  #held: (() => void)[] | undefined;
  #heldBytes = 0;
  /** Nothing of the inner socket counts any more. */
  #isOver = false;
  #isOpen = false;

  constructor(connect: () => WebSocketLike, isRefused: boolean, isStalled: boolean) {
    this.#connect = connect;
    if (isStalled) this.#held = [];
    if (isRefused) setTimeout(() => this.#fail());
    else this.#pass(() => this.#start());
  }

  get readyState(): number {
    if (this.#isOver) return 3;
    if (this.#held && !this.#isOpen) return 0;
    return this.#inner?.readyState ?? 0;
  }

  get bufferedAmount(): number {
    return (this.#inner?.bufferedAmount ?? 0) + this.#heldBytes;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  send(data: string | ArrayBuffer): void {
    if (this.#isOver) return;
    const bytes = this.#held ? sizeOf(data) : 0;
    this.#heldBytes += bytes;
    this.#pass(() => {
      this.#heldBytes -= bytes;
      this.#inner?.send(data);
    });
  }

  close(code?: number, reason?: string): void {
    // Its answer is held, if there is a stall, like everything else.
    this.#inner?.close(code, reason);
    if (!this.#inner) this.#fail();
  }

  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const inner = this.#inner as (WebSocketLike & { terminate?(): void }) | undefined;
    if (inner?.terminate) inner.terminate();
    else inner?.close();
    this.#emit("close", { type: "close", code: 1006, reason: "", wasClean: false });
  }

  stall(): void {
    this.#held ??= [];
  }

  flow(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const act of held) if (!this.#isOver) act();
  }

  #start(): void {
    if (this.#isOver) return;
    const inner = this.#connect();
    this.#inner = inner;
    inner.binaryType = "arraybuffer";
    const listen = inner.addEventListener.bind(inner) as (type: string, listener: (event: object) => void) => void;
    for (const type of types) listen(type, (event) => this.#pass(() => this.#forward(type, event)));
  }

  #forward(type: string, event: object): void {
    if (this.#isOver) return;
    if (type === "open") this.#isOpen = true;
    if (type === "close") this.#isOver = true;
    this.#emit(type, event);
  }

  #fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#emit("error", { type: "error" });
    this.#emit("close", { type: "close", code: 1006, reason: "", wasClean: false });
  }

  #pass(act: () => void): void {
    if (this.#held) this.#held.push(act);
    else act();
  }

  #emit(type: string, event: object): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event as never);
  }
}

function sizeOf(data: string | ArrayBuffer | ArrayBufferView | Blob): number {
  if (typeof data === "string") return data.length;
  return "size" in data ? data.size : data.byteLength;
}

/** An environment that can pretend to be offline. */
class FaultyEnvironment implements Environment {
  readonly #inner: Environment | undefined;
  readonly #listeners = new Set<(event: EnvironmentEvent) => void>();
  isOffline = false;

  constructor(inner: Environment | undefined) {
    this.#inner = inner;
  }

  get online(): boolean {
    return !this.isOffline && this.#inner?.online !== false;
  }

  get visible(): boolean {
    return this.#inner?.visible !== false;
  }

  listen(listener: (event: EnvironmentEvent) => void): () => void {
    // One function each, because the same listener may be added twice.
    const own = (event: EnvironmentEvent) => listener(event);
    this.#listeners.add(own);
    const unlisten = this.#inner?.listen(listener);
    return () => {
      this.#listeners.delete(own);
      unlisten?.();
    };
  }

  setOffline(isOffline: boolean): void {
    this.isOffline = isOffline;
    for (const listener of [...this.#listeners]) listener(isOffline ? "offline" : "online");
  }
}

/** The environment of a page or a worker, as a socket has it by default; none in Node. */
export function pageEnvironment(): Environment | undefined {
  const { document, navigator } = globalThis;
  if (typeof globalThis.addEventListener !== "function") return undefined;
  const isVisible = () => document?.visibilityState !== "hidden";
  return {
    get online() {
      return navigator?.onLine !== false;
    },
    get visible() {
      return isVisible();
    },
    listen(listener) {
      const forward = ({ type }: Event) => {
        listener((type === "visibilitychange" ? (isVisible() ? "visible" : "hidden") : type) as EnvironmentEvent);
      };
      const targets: [EventTarget | undefined, string[]][] = [
        [globalThis, ["online", "offline", "pagehide", "pageshow"]],
        [document, ["visibilitychange", "freeze", "resume"]],
      ];
      const each = (method: "addEventListener" | "removeEventListener") => {
        for (const [target, types] of targets) for (const type of types) target?.[method](type, forward);
      };
      each("addEventListener");
      return () => each("removeEventListener");
    },
  };
}
