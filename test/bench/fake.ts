import type { Chat, Dialect, Said } from "./libraries/library";

type Listener = (event: { data?: unknown; type: string }) => void;

/** A WebSocket without a network, in which a library's server stands: as little as there can be between a message and its listener. */
export class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  /** The format of the next ones. */
  static dialect: () => Dialect;
  /** The newest one. */
  static last: FakeSocket;

  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly bufferedAmount = 0;
  readonly extensions = "";
  readonly protocol: string;
  readonly url: string;
  binaryType = "blob";
  readyState = 0;
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onerror: Listener | null = null;
  onclose: Listener | null = null;
  readonly #dialect = FakeSocket.dialect();
  // Created when needed, and separately, so that the fake itself weighs and costs little.
  #hearing: Listener[] | undefined;
  #others: [type: string, listener: Listener][] | undefined;

  constructor(url: string, protocols: string | string[] = []) {
    this.url = url;
    this.protocol = [protocols].flat()[0] ?? "";
    FakeSocket.last = this;
    setImmediate(() => {
      if (this.readyState) return;
      this.readyState = 1;
      this.#emit("open", {});
      for (const text of this.#dialect.greet()) this.deliver(text);
    });
  }

  addEventListener(type: string, listener: Listener): void {
    if (type === "message") this.#hearing = [...(this.#hearing ?? []), listener];
    else this.#others = [...(this.#others ?? []), [type, listener]];
  }

  removeEventListener(type: string, listener: Listener): void {
    if (type === "message") this.#hearing = this.#hearing?.filter((one) => one !== listener);
    else this.#others = this.#others?.filter(([kind, one]) => kind !== type || one !== listener);
  }

  send(said: Said | ArrayBuffer): void {
    const whole = said instanceof ArrayBuffer ? new Uint8Array(said) : said;
    setImmediate(() => {
      for (const text of this.#dialect.answer(whole)) this.deliver(text);
    });
  }

  close(code = 1000, reason = ""): void {
    if (this.readyState > 1) return;
    this.readyState = 2;
    setImmediate(() => {
      this.readyState = 3;
      this.#emit("close", { code, reason, wasClean: true });
    });
  }

  /** The connection is lost, at once. */
  lose(): void {
    this.readyState = 3;
    this.#emit("close", { code: 1006, reason: "", wasClean: false });
  }

  /** A chat as the server writes it. */
  write(chat: Chat): string {
    return this.#dialect.write(chat);
  }

  /** Hands over what has come. */
  deliver(data: string): void {
    const event = { type: "message", data, target: this };
    this.onmessage?.(event);
    if (this.#hearing) for (const listener of this.#hearing) listener(event);
  }

  #emit(type: "open" | "close", rest: object): void {
    const event = { type, target: this, ...rest };
    this[`on${type}`]?.(event);
    for (const [kind, listener] of this.#others ?? []) if (kind === type) listener(event);
  }
}
