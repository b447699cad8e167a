import { posix } from "node:path";
import { accept, findFault, isUpgrade } from "./gorilla";
import { answer, pathOf, type Serve } from "./host";
import type { GorillaMessage, GorillaSocket } from "./socket";
import { talk } from "./talk";

/** A handler as GoFr knows it: it is given one message, and what it returns is the answer. */
type Handler = (message: GorillaMessage) => unknown;

/** A GoFr, named by the first version that answers as it does: 1.10 to 1.16, 1.17 to 1.34, and 1.56. */
export type GofrVersion = "1.10" | "1.17" | "1.56";

/** How a server is set up that does as GoFr does. */
export interface GofrOptions {
  /** Whose answers it gives. @default "1.56" */
  version?: GofrVersion;
}

/** Serves the routes of test/peers as GoFr does: it upgrades every path, and answers every message, if only with `null`. */
export function gofr({ version = "1.56" }: GofrOptions = {}): Serve {
  return (request, response, take) => {
    const path = cleaned(pathOf(request));
    const handler = (version === "1.10" && path === "/chat" && chatInText) || routes.get(path);
    if (!isUpgrade(request)) {
      // The route's handler takes a connection for granted, and panics.
      const [status, message] = handler ? ([500, "Internal Server Error"] as const) : ([404, "route not registered"] as const);
      const body = `${JSON.stringify({ error: { message } })}\n`;
      return answer(response, status, "application/json", body, { "Content-Type": "application/json" });
    }
    const refusal = findFault(request, {});
    if (refusal) {
      const text = `${STATUS_TEXTS[refusal.status]}\nCould not open WebSocket connection\n`;
      return answer(response, refusal.status, "text/plain", text, { "Sec-Websocket-Version": "13" });
    }
    const network = take();
    const socket = accept(request, network, {});
    if (handler) return void run(socket, handler, version);
    // Nothing is answered on a path that is not there, not even a ping. GoFr never learns that the client has gone; here that would fill
    // the memory.
    network.resume().once("end", () => network.destroy());
  };
}

/** A path as GoFr looks for it: without further slashes and dots. */
function cleaned(path: string): string {
  const clean = posix.normalize(`/${path}`).replace(/\/$/, "");
  return clean === "" ? "/" : clean;
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

async function run(socket: GorillaSocket, handler: Handler, version: GofrVersion): Promise<void> {
  const textOf = version === "1.10" ? sprint : frame;
  try {
    for (;;) {
      const data = textOf(answerOf(handler, await socket.read()));
      if (data !== undefined) socket.write({ binary: false, data });
      else if (version === "1.56") socket.write({ binary: false, data: "" });
    }
  } catch {
    // A close, a lost connection or a panic; what the handler returns as an error has been answered.
    socket.end();
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

/** A value whose JSON does not tell what fmt.Sprint makes of it. */
class GoValue {
  readonly json: unknown;
  readonly sprint: string;

  constructor(json: unknown, sprint: string) {
    this.json = json;
    this.sprint = sprint;
  }
}

/** Strings and bytes as they are, the rest as JSON; nothing for what JSON cannot hold. */
function frame(value: unknown): string | Buffer | undefined {
  if (typeof value === "string" || Buffer.isBuffer(value)) return value;
  // Go escapes what could end a script in a page.
  const toEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value instanceof GoValue ? value.json : value)?.replace(/[<>&\u2028\u2029]/g, toEscape);
}

/** What fmt.Sprint makes of a value, which the oldest versions answer with. */
function sprint(value: unknown): string {
  if (value === null) return "<nil>";
  if (value instanceof GoValue) return value.sprint;
  if (Buffer.isBuffer(value)) return `[${value.join(" ")}]`;
  if (Array.isArray(value)) return `[${value.map(sprint).join(" ")}]`;
  return String(value);
}

/** Reads JSON; what is none is an error, beside which a handler may have a value. */
function parse({ data }: GorillaMessage, otherwise?: unknown): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    throw new HandlerError(otherwise);
  }
}

/** Reads JSON into a struct, by Go's rules: `null` changes nothing, and neither case nor members that are not known count. */
function bind(message: GorillaMessage): { content: string; user: string } {
  const read = parse(message) ?? {};
  if (typeof read !== "object" || Array.isArray(read)) throw new HandlerError();
  const struct = { content: "", user: "" };
  for (const [name, value] of Object.entries(read)) {
    const field = name.toLowerCase();
    if ((field !== "content" && field !== "user") || value === null) continue;
    if (typeof value !== "string") throw new HandlerError();
    // Go reads half of a surrogate pair as U+FFFD.
    struct[field] = Buffer.from(value).toString();
  }
  return struct;
}

/** Reads JSON into bytes, which it holds as base64. */
function bindBytes(message: GorillaMessage): Buffer {
  const nothing = Buffer.alloc(0);
  const read = parse(message, nothing);
  if (typeof read !== "string") throw new HandlerError(nothing);
  return Buffer.from(read, "base64");
}

/** What a handler may return, by a name; a slice or a pointer that is nil is `null`, too. */
const values = new Map<string, unknown>([
  ["number", 42],
  ["fraction", 1.5],
  ["boolean", true],
  ["slice", [1, "two"]],
  ["nil slice", new GoValue(null, "[]")],
  ["map", new GoValue({ a: 1, b: 2 }, "map[a:1 b:2]")],
  ["nil pointer", null],
  ["null", "null"],
  ["markup", ["<b>&\u2028"]],
]);

/** Answers a heartbeat, which leaves all empty, and what has a content. */
const chat = (message: GorillaMessage): GoValue => {
  const { content, user } = bind(message);
  if (content === "" && user !== "") throw new HandlerError();
  const length = Buffer.byteLength(content);
  return new GoValue({ content, user, length }, `{{${content} ${user}} ${length}}`);
};

/** The same as JSON in a string, which every version answers with as it is. */
const chatInText: Handler = (message) => frame(chat(message));

/** The recipe's handler of generated code: whatever is wrong is an error. */
function room({ data }: GorillaMessage): unknown {
  try {
    return talk(data.toString()) ?? fail();
  } catch {
    return fail();
  }
}

function fail(): never {
  throw new HandlerError();
}

const routes = new Map<string, Handler>([
  ["/chat", chat],
  ["/struct", chat],
  ["/room", room],
  [
    "/nothing",
    (message) => {
      bind(message);
      return null;
    },
  ],
  ["/echo", ({ data }) => data],
  ["/bytes", bindBytes],
  ["/value", ({ data }) => values.get(data.toString()) ?? null],
  [
    "/error",
    () => {
      throw new HandlerError();
    },
  ],
  [
    "/error-value",
    () => {
      throw new HandlerError("value");
    },
  ],
  ["/unmarshalable", () => new GoValue(undefined, "0xc000012345")],
  [
    "/panic",
    () => {
      throw new Error("a panic");
    },
  ],
]);
