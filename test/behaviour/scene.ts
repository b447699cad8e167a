import type { Socket, SocketOptions, WebSocketClass } from "../../src/index";
import { News } from "../harness/news";
import type { Effects } from "./effects";
import type { Orders } from "./orders";

/** Whose WebSocket it is: a browser's, a runtime's own, or that of the package `ws`. */
export type Maker = "chromium" | "firefox" | "webkit" | "ws" | "node" | "bun" | "deno" | "workerd";

/** Where the suite runs, and what it gets from outside. */
export interface Place {
  /** The library, however it was loaded. */
  readonly wireline: typeof import("../../src/index");
  /** What its import did. */
  readonly effects: Effects;
  /** The globals that its import adds. */
  readonly globals: readonly string[];
  readonly maker: Maker;
  /** A page, a worker of a page, or what has no page. */
  readonly kind: "page" | "worker" | "process";
  /** Where the other side of the network takes orders. */
  readonly stage: string;
  /** The class to pass where there is no global one. */
  readonly WebSocket?: WebSocketClass;
}

/** What one test has: its own servers, and the sockets that it creates. */
export class Scene {
  readonly place: Place;
  /** Where sockets connect: to the server, through the proxy. */
  readonly url: string;
  readonly #id: string;
  readonly #sockets: { close(): void }[] = [];

  private constructor(place: Place, id: string, url: string) {
    this.place = place;
    this.#id = id;
    this.url = url;
  }

  /** Starts fresh servers. */
  static async start(place: Place): Promise<Scene> {
    const { id, url } = await post<{ id: string; url: string }>(`${place.stage}/`, []);
    return new Scene(place, id, url);
  }

  /** Has something done on the other side, and returns what that answers when it is done. */
  order<K extends keyof Orders>(order: K, ...args: Parameters<Orders[K]>): Promise<ReturnType<Orders[K]>> {
    return post(`${this.place.stage}/${this.#id}/${order}`, args);
  }

  /** A socket with short waits, whose events are recorded. */
  make(options: SocketOptions = {}): News {
    const { wireline, WebSocket } = this.place;
    const socket = new wireline.Socket({ url: this.url, WebSocket, backoff: () => 10, ...options });
    return new News(this.keep(socket));
  }

  /** The same, when it is open. */
  async open(options?: SocketOptions): Promise<News> {
    const news = this.make(options);
    await news.socket.ready();
    return news;
  }

  /** Closes a socket at the end. */
  keep(socket: Socket): Socket {
    this.#sockets.push(socket);
    return socket;
  }

  /** Closes its sockets and ends its servers. */
  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await post(`${this.place.stage}/${this.#id}/end`, []);
  }
}

async function post<T>(url: string, args: unknown[]): Promise<T> {
  // As text, so that a browser sends no preflight request.
  const response = await fetch(url, { method: "POST", body: JSON.stringify(args) });
  const answer = (await response.json()) as T;
  if (response.ok) return answer;
  throw new Error(`The stage fails: ${answer}`);
}
