/** One command with its param, in a channel. */
export interface Message<Cmd extends string = string, Param = unknown> {
  /** The channel; `""` when the server left it out. */
  readonly channel: string;
  /** The command. */
  readonly cmd: Cmd;
  /** Any JSON value. */
  readonly param: Param;
  /** The sender's id, where the server adds it. Never sent. */
  readonly from?: string | undefined;
}

/** What a WebSocket takes. */
export type OutgoingData = string | ArrayBuffer | ArrayBufferView | Blob;

/** What a WebSocket delivers: text, or binary as an `ArrayBuffer`. */
export type IncomingData = string | ArrayBuffer;

/** How messages are written to the WebSocket, and read from it. */
export interface Codec {
  /** Turns a message into a frame. What it throws is the `cause` of a `codec` error. */
  encode(message: Message): OutgoingData;
  /** Turns a frame into a message; `undefined` ignores it. */
  decode(data: IncomingData): Message | undefined;
}

/**
 * The default codec: one JSON object `{channel, cmd, param}` in one text frame. Binary frames are read as UTF-8. An undefined
 * param is sent as `null`, a lone surrogate as U+FFFD. It throws for what JSON would lose: a Map, a Set, bytes, NaN.
 */
export const jsonCodec: Codec = {
  encode({ channel, cmd, param }) {
    if (typeof param === "function" || typeof param === "symbol") throw new TypeError(`JSON has no ${typeof param}; send something else`);
    const text = JSON.stringify({ channel, cmd, param: param ?? null });
    refuseLosses(param, "param");
    // Left out where a `toJSON` returns nothing.
    if (!text.includes('"param":')) throw new TypeError("the toJSON of param returns nothing; let it return a JSON value");
    return text.includes("\\ud") ? replaceLoneSurrogates(text) : text;
  },
  decode(data) {
    const text = typeof data === "string" ? data : decodeUtf8(data);
    const { channel = "", cmd, param, from } = parseJson(text);
    return { channel, cmd, param, from: typeof from === "string" ? from : undefined };
  },
};

/** Parses JSON; what it throws holds nothing of the text, unlike the error of the engine. */
function parseJson(text: string): Message {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(`the ${text.length} characters are not JSON; check what the server sends`);
  }
}

/** Decodes UTF-8, and throws where it is wrong. Not every runtime has a TextDecoder. */
function decodeUtf8(data: ArrayBuffer): string {
  if (typeof TextDecoder === "function") return new TextDecoder("utf-8", { fatal: true }).decode(data);
  const bytes = Array.from(new Uint8Array(data), (byte) => `%${byte.toString(16).padStart(2, "0")}`);
  return decodeURIComponent(bytes.join(""));
}

/** Throws for what JSON would write as something else. */
function refuseLosses(value: unknown, name: string): void {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new TypeError(`${name} is ${value}, which JSON turns into null; send something else`);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) refuseLosses(item, name);
    return;
  }
  // It decides itself what JSON gets.
  if ("toJSON" in value) return;
  const plain = Object.getPrototypeOf(value) === Object.prototype;
  if (!plain && kindOf(value) !== "Object") throw new TypeError(`${name} is of type ${kindOf(value)}, which JSON loses; convert it first`);
  for (const key of Object.keys(value)) refuseLosses((value as Record<string, unknown>)[key], key);
}

/** Writes U+FFFD in place of each lone surrogate, which `JSON.stringify` writes as `\ud800` to `\udfff`. */
function replaceLoneSurrogates(text: string): string {
  // An escaped backslash is matched as well, so that what follows it is not taken for an escape.
  const replaced = text.replace(/\\\\|\\ud.../g, (it) => (it === "\\\\" ? it : "\ufffd"));
  if (JSON.stringify(JSON.parse(replaced)) !== replaced)
    throw new TypeError("two keys are the same once their lone surrogates are replaced");
  return replaced;
}

/**
 * A codec for servers without a message format (GoFr, Goyave): each frame is the param of one command, text or binary.
 *
 * @param cmd the command of incoming frames. @default "message"
 */
export function rawCodec(cmd = "message"): Codec {
  return {
    encode: ({ param }) => {
      const kind = kindOf(param);
      if (!["String", "ArrayBuffer", "Blob", "File"].includes(kind) && !ArrayBuffer.isView(param)) {
        throw new TypeError("a raw param must be a string, an ArrayBuffer, a view of one or a Blob");
      }
      return param as OutgoingData;
    },
    decode: (data) => ({ channel: "", cmd, param: data }),
  };
}

/** What a value is by name, because an ArrayBuffer of another frame is no instance of this one's. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A copy of bytes, arrays and plain objects, which later changes of the original do not reach. Anything else is kept as it is. */
export function snapshot<T>(value: T): T;
export function snapshot(value: unknown): unknown {
  if (kindOf(value) === "ArrayBuffer") return (value as ArrayBuffer).slice(0);
  if (kindOf(value) === "DataView")
    return new DataView(snapshot((value as DataView).buffer), (value as DataView).byteOffset, (value as DataView).byteLength);
  // Called like this, because the `slice` of a Node Buffer shares its memory.
  if (ArrayBuffer.isView(value)) return Uint8Array.prototype.slice.call(value);
  if (Array.isArray(value)) return value.map((item) => snapshot(item));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, snapshot(child)]));
}
