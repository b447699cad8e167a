import { accept, CloseError, findFault, type GorillaMessage, type GorillaSocket, isUpgrade } from "./gorilla";
import { answer, pathOf, type Serve } from "./host";

/** A handler as GoFr knows it: it is given one message, and what it returns is the answer. */
type Handler = (message: GorillaMessage) => unknown;

/** Serves the routes of test/peers as GoFr 1.56 does: it upgrades every path, and answers every message, if only with `null`. */
export function gofr(): Serve {
  return (request, response, take) => {
    if (!isUpgrade(request)) return answer(response, 404, "text/plain", "404 page not found\n");
    const refusal = findFault(request, {});
    if (refusal) {
      const text = `${STATUS_TEXTS[refusal.status]}\nCould not open WebSocket connection\n`;
      return answer(response, refusal.status, "text/plain", text, { "Sec-Websocket-Version": "13" });
    }
    const socket = accept(request, take(), {});
    const handler = routes.get(pathOf(request));
    // Nobody reads what is said on a path that is not there: not even a ping is answered.
    if (handler) void run(socket, handler);
  };
}

const STATUS_TEXTS = { 400: "Bad Request", 403: "Forbidden", 405: "Method Not Allowed" } as const;

/** What a handler throws that is only an error in Go; `value` is what it returned beside it. */
class HandlerError extends Error {
  readonly value: unknown;

  constructor(value: unknown = null) {
    super("the handler has returned an error");
    this.value = value;
  }
}

async function run(socket: GorillaSocket, handler: Handler): Promise<void> {
  try {
    for (;;) {
      const message = await socket.read();
      socket.write({ binary: false, data: textOf(answerOf(handler, message)) });
    }
  } catch (error) {
    // A close or a lost connection, and a panic, too; only what the handler returns as an error is answered.
    if (error instanceof CloseError || !(error instanceof HandlerError)) socket.end();
  }
}

function answerOf(handler: Handler, message: GorillaMessage): unknown {
  try {
    return handler(message);
  } catch (error) {
    if (error instanceof HandlerError) return error.value;
    throw error;
  }
}

/** Strings and bytes as they are, the rest as JSON; what JSON cannot hold is sent as nothing, in a frame of its own. */
function textOf(value: unknown): string | Buffer {
  if (typeof value === "string" || Buffer.isBuffer(value)) return value;
  return JSON.stringify(value) ?? "";
}

/** Reads JSON into a struct, by Go's rule for what is left out. */
function bind({ data }: GorillaMessage): { content: string; user: string } {
  let read: unknown;
  try {
    read = JSON.parse(data.toString());
  } catch {
    throw new HandlerError();
  }
  const { content = "", user = "" } = (read ?? {}) as Record<string, unknown>;
  if (typeof read !== "object" || typeof content !== "string" || typeof user !== "string") throw new HandlerError();
  return { content, user };
}

const routes = new Map<string, Handler>([
  ["/chat", (message) => {
    bind(message);
    return null;
  }],
  ["/echo", ({ data }) => data],
  ["/bytes", () => Buffer.from("raw bytes")],
  ["/struct", (message) => {
    const { content, user } = bind(message);
    return { content, user, length: Buffer.byteLength(content) };
  }],
  ["/error", () => {
    throw new HandlerError();
  }],
  ["/error-value", () => {
    throw new HandlerError("value");
  }],
  ["/unmarshalable", () => Symbol("a channel of Go's")],
  ["/panic", () => {
    throw new Error("a panic");
  }],
]);
