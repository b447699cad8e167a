import { STATUS_CODES } from "node:http";
import { accept, findFault, type Refusal, type UpgradeRules } from "./gorilla";
import { answer, pathOf, type Serve } from "./host";
import { CloseError, type GorillaSocket } from "./socket";
import { talk } from "./talk";

/** How a server is set up that does as Goyave does. */
export interface GoyaveOptions {
  /** Of 3.11 or 5.12, which tell of a fault in other words. */
  version: 3 | 5;
  /** Whether it tells clients what went wrong. @default false */
  debug?: boolean;
  /** How long a client's close frame is waited for, in milliseconds. @default 10_000 */
  closeTimeout?: number;
}

/** A handler as Goyave knows it: when it returns the connection is closed well, when it throws with 1011. */
type Handler = (connection: GoyaveConnection) => Promise<void>;

interface Route extends UpgradeRules {
  handler: Handler;
  /** Answers a request that is refused. @default `{"error": …}` with the status */
  onRefusal?: (refusal: Refusal) => { status: number; body: unknown };
}

const NORMAL = "Server closed connection";

/** Serves the routes of test/peers as Goyave does, down to its faults. */
export function goyave({ version, debug = false, closeTimeout = 10_000 }: GoyaveOptions): Serve {
  return (request, response, take) => {
    const tell = (status: number, body: unknown, headers?: Record<string, string>) =>
      answer(response, status, "application/json", `${JSON.stringify(body)}\n`, headers);
    const found = routes.get(pathOf(request));
    if (!found) return tell(404, { error: STATUS_CODES[404] });
    // The router's answer, before there is an upgrade to fail, and so the same in debug mode.
    if (request.method !== "GET" && request.method !== "HEAD") return tell(405, { error: STATUS_CODES[405] });
    // Each version has a gorilla of its own.
    const route: Route = { ...found, version: version === 3 ? "1.4.2" : "1.5.3" };
    const refusal = findFault(request, route);
    if (!refusal) return void new GoyaveConnection(accept(request, take(), route), { version, debug, closeTimeout }).run(route.handler);
    const error = debug ? refusal.reason : STATUS_CODES[refusal.status];
    const { status, body } = route.onRefusal?.(refusal) ?? { status: refusal.status, body: { error } };
    tell(status, body, { "Sec-Websocket-Version": "13" });
  };
}

/** A connection with Goyave's close handshake: the handler's end decides on the code, and the client's close frame is waited for. */
class GoyaveConnection {
  readonly #socket: GorillaSocket;
  readonly #options: Required<GoyaveOptions>;
  readonly #left: Promise<void>;

  constructor(socket: GorillaSocket, options: Required<GoyaveOptions>) {
    this.#socket = socket;
    this.#options = options;
    this.#left = new Promise((resolve) => {
      // It is the handler, by what it makes of it, that answers.
      socket.onClose = () => resolve();
    });
  }

  read: GorillaSocket["read"] = () => this.#socket.read();
  write: GorillaSocket["write"] = (message) => this.#socket.write(message);

  /** Ends it with a code of the handler's own. */
  async close(code: number, reason: string): Promise<void> {
    this.#socket.close(code, reason);
    void this.#drain();
    const late = new Promise<void>((resolve) => setTimeout(resolve, this.#options.closeTimeout).unref());
    await Promise.race([this.#left, late]);
    this.#socket.end();
  }

  /** Runs a handler, and closes as it ended. */
  async run(handler: Handler): Promise<void> {
    try {
      await handler(this);
    } catch (error) {
      const expected = error instanceof CloseError && [1000, 1001, 1005].includes(error.code);
      if (!expected) return this.close(1011, this.#reasonOf(error));
    }
    await this.close(1000, NORMAL);
  }

  #reasonOf(error: unknown): string {
    if (this.#options.version === 5) return "Internal Server Error";
    if (!this.#options.debug) return "Internal server error";
    return error instanceof Error ? error.message : String(error);
  }

  async #drain(): Promise<void> {
    try {
      for (;;) await this.#socket.read();
    } catch {
      // The close frame has come, or the connection has ended.
    }
  }
}

/** Runs what follows on the first message. */
const afterOne =
  (then: (text: string, connection: GoyaveConnection) => Promise<void> | void): Handler =>
  async (connection) =>
    then((await connection.read()).data.toString(), connection);

const fail = (text: string): never => {
  throw new Error(text);
};

/** Panics with a number, with an error, or with the text itself. */
const panic = (text: string): never => {
  if (/^-?\d+$/.test(text)) throw Number(text);
  if (text.startsWith("error ")) fail(text.slice(6));
  throw text;
};

const refused: NonNullable<Route["onRefusal"]> = ({ status }) => ({ status, body: { refused: STATUS_CODES[status] } });

const echo: Handler = async (connection) => {
  for (;;) connection.write(await connection.read());
};

const chat: Handler = async (connection) => {
  for (;;) {
    const { data, binary } = await connection.read();
    const answer = talk(data.toString());
    if (answer) connection.write({ data: Buffer.from(JSON.stringify(answer)), binary });
  }
};

const routes = new Map<string, Route>([
  ["/websocket", { handler: echo }],
  ["/chat", { handler: chat }],
  ["/nil", { handler: afterOne(() => {}) }],
  ["/error", { handler: afterOne(fail) }],
  ["/panic", { handler: afterOne(panic) }],
  ["/close", { handler: afterOne((_text, connection) => connection.close(4001, "moved")) }],
  ["/origin", { handler: echo, checkOrigin: ({ headersDistinct }) => headersDistinct["origin"]?.[0] === "http://allowed.example" }],
  ["/headers", { handler: echo, headers: { "X-Custom-Header": "value" } }],
  ["/refuse", { handler: echo, checkOrigin: () => false, onRefusal: refused }],
  ["/subprotocols", { handler: echo, subprotocols: ["v2.chat", "v1.chat"] }],
  ["/compressed", { handler: echo, compression: true }],
  ["/limited", { handler: echo, readLimit: 1024 }],
]);
