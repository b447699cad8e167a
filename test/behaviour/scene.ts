import type { Socket, SocketOptions, WebSocketClass } from "../../src/index";
import { News } from "../harness/news";
import type { Effects } from "./effects";
import type { Orders } from "./orders";

/** Whose WebSocket it is: a browser's, a runtime's own, or that of the package `ws`. */
export type Maker = "chromium" | "firefox" | "webkit" | "ws" | "node" | "bun" | "deno" | "workerd" | "mock";

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
  /** Where the other side of the network takes orders: an address, or what starts one in the same process. */
  readonly stage: string | (() => OtherSide);
  /** The class to pass where there is no global one. */
  readonly WebSocket?: WebSocketClass;
}

/** The other side of the network in the same process. */
export interface OtherSide {
  /** Where sockets connect. */
  readonly url: string;
  readonly orders: {
    readonly [K in keyof Orders]: (...args: Parameters<Orders[K]>) => ReturnType<Orders[K]> | Promise<ReturnType<Orders[K]>>;
  };
  end(): void;
}

/** What one test has: its own servers, and the sockets that it creates. */
export class Scene {
  readonly place: Place;
  /** Where sockets connect: to the server, through the proxy. */
  readonly url: string;
  readonly #obey: (order: string, args: unknown[]) => Promise<unknown>;
  readonly #sockets: { close(): void }[] = [];
  /** What each socket has reported, in order, as lines. */
  readonly events: string[][] = [];

  private constructor(place: Place, url: string, obey: (order: string, args: unknown[]) => Promise<unknown>) {
    this.place = place;
    this.url = url;
    this.#obey = obey;
  }

  /** Starts fresh servers. */
  static async start(place: Place): Promise<Scene> {
    const { stage } = place;
    if (typeof stage === "string") {
      const { id, url } = await post<{ id: string; url: string }>(`${stage}/`, []);
      return new Scene(place, url, (order, args) => post(`${stage}/${id}/${order}`, args));
    }
    const { url, orders, end } = stage();
    const obey = async (order: string, args: unknown[]) => {
      if (order === "end") return end();
      const answer = await (orders[order as keyof Orders] as (...args: unknown[]) => unknown)(...args);
      // As it comes over HTTP.
      return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
    };
    return new Scene(place, url, obey);
  }

  /** Has something done on the other side, and returns what that answers when it is done. */
  order<K extends keyof Orders>(order: K, ...args: Parameters<Orders[K]>): Promise<ReturnType<Orders[K]>> {
    return this.#obey(order, args) as Promise<ReturnType<Orders[K]>>;
  }

  /** A socket with short waits, whose events are recorded. */
  make(options: SocketOptions = {}): News {
    const { wireline, WebSocket } = this.place;
    const socket = new wireline.Socket({ url: this.url, WebSocket, backoff: () => 10, ...options });
    this.events.push(linesOf(socket));
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
    await this.#obey("end", []);
  }
}

/** Writes down what a socket reports: one list, in the order of the reports. */
function linesOf(socket: Socket): string[] {
  const lines: string[] = [];
  socket.onStatus(({ status }) => lines.push(status));
  socket.onClose(({ code, reason, wasClean }) => lines.push(`close ${code} ${reason}${wasClean ? " clean" : ""}`));
  socket.onError(({ code }) => lines.push(`error ${code}`));
  socket.onMessage(({ cmd }) => lines.push(`message ${cmd}`));
  socket.onDrop(({ cmd }, reason) => lines.push(`drop ${cmd} ${reason}`));
  return lines;
}

async function post<T>(url: string, args: unknown[]): Promise<T> {
  // As text, so that a browser sends no preflight request.
  const response = await fetch(url, { method: "POST", body: JSON.stringify(args) });
  const answer = (await response.json()) as T;
  if (response.ok) return answer;
  throw new Error(`The stage fails: ${answer}`);
}
