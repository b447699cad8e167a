import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";
import { libraries } from "../libraries";
import type { Chat, Dialect, Said } from "../libraries/library";
import { withZod } from "../libraries/wireline";

// Every library's server in one process, on 127.0.0.1: a library's stands at the path of its name. It answers a chat with the same
// chat, but `push 1000` with a thousand of them, and `count 1000` by silence until it has heard a thousand more: then it says `counted`.

/** The order: to listen, at a port or a free one (0), and whether each client receives a chat once it has joined. */
export interface ServerOrder {
  readonly port: number;
  readonly welcomes: boolean;
}

/** What it tells: where it listens, and since when, by the clock of `Date.now`. */
export interface ServerNews {
  readonly port: number;
  readonly since: number;
}

const pushed: Chat = { user: "the server", text: "One of the many chats that it pushes.", time: 1.7e12 };
/** So many chats are pushed before it is asked whether the client keeps pace. */
const chunk = 500;

/** One connection of a client's. */
class Connection {
  readonly #socket: WebSocket;
  readonly #wire: Socket;
  readonly #dialect: Dialect;
  #welcomes: boolean;
  #uncounted = 0;

  constructor(socket: WebSocket, wire: Socket, dialect: Dialect, welcomes: boolean) {
    this.#socket = socket;
    this.#wire = wire;
    this.#dialect = dialect;
    this.#welcomes = welcomes;
    for (const text of dialect.greet()) socket.send(text);
    this.#welcome();
    socket.on("message", (data: Buffer, binary: boolean) => this.#hear(binary ? data : data.toString()));
  }

  #hear(said: Said): void {
    for (const text of this.#dialect.answer(said)) this.#socket.send(text);
    this.#welcome();
    const chat = this.#dialect.read(said);
    if (!chat) return;
    if (this.#uncounted) {
      this.#uncounted -= 1;
      if (!this.#uncounted) this.#say({ ...chat, text: "counted" });
      return;
    }
    const [order, count] = chat.text.split(" ");
    if (order === "push") void this.#push(Number(count));
    else if (order === "count") this.#uncounted = Number(count);
    else this.#say(chat);
  }

  #welcome(): void {
    if (!this.#welcomes || !this.#dialect.joined) return;
    this.#welcomes = false;
    this.#say({ ...pushed, text: "welcome" });
  }

  #say(chat: Chat): void {
    this.#socket.send(this.#dialect.write(chat));
  }

  /** As fast as the client reads. */
  async #push(count: number): Promise<void> {
    const text = this.#dialect.write(pushed);
    for (let left = count; left > 0 && this.#socket.readyState === this.#socket.OPEN; left -= chunk) {
      for (let index = Math.min(left, chunk); index > 0; index -= 1) this.#socket.send(text);
      await (this.#wire.writableNeedDrain ? once(this.#wire, "drain") : turn());
    }
  }
}

function listen({ port, welcomes }: ServerOrder): void {
  const dialects = new Map([...libraries, withZod].map(({ name, dialect }) => [name, dialect]));
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on("upgrade", (request, wire: Socket, head) => {
    const dialect = dialects.get(decodeURIComponent(request.url!.split(/[/?]/)[1]!));
    if (!dialect) return wire.destroy();
    wire.setNoDelay(true);
    sockets.handleUpgrade(request, wire, head, (socket) => new Connection(socket, wire, dialect(), welcomes));
  });
  http.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
    process.send!({ port: (http.address() as AddressInfo).port, since: Date.now() } satisfies ServerNews);
  });
}

process.on("message", listen);
process.on("disconnect", () => process.exit());
