/** What is said over the wire: one command with its param, in a channel. */
export interface Message<Cmd extends string = string, Param = unknown> {
  /** The channel; `""` when the server left it out. */
  readonly channel: string;
  /** The command. */
  readonly cmd: Cmd;
  /** Any JSON value. */
  readonly param: Param;
  /** The sender's id, where the server tells it. Never sent. */
  readonly from?: string;
}

/** What a WebSocket takes. */
export type OutgoingData = string | ArrayBuffer | ArrayBufferView | Blob;

/** What a WebSocket gives: text, or binary as an `ArrayBuffer`. */
export type IncomingData = string | ArrayBuffer;

/** How messages become what a WebSocket carries, and back. */
export interface Codec {
  /** Turns a message into what is sent; what it throws is thrown at the caller of `send`. */
  encode(message: Message): OutgoingData;
  /** Turns what came into a message; `undefined` ignores it, and what it throws is reported to `onError`. */
  decode(data: IncomingData): Message | undefined;
}

/**
 * The default codec: one JSON object `{channel, cmd, param}` in one text frame; binary frames are read as UTF-8.
 * An undefined param is sent as `null`, and lone surrogates as U+FFFD: Project Forge answers both otherwise by
 * dropping the connection.
 */
export const jsonCodec: Codec = {
  encode({ channel, cmd, param }) {
    const json = JSON.stringify(param ?? null);
    if (json === undefined) throw new TypeError(`a ${typeof param} is no JSON value`);
    const text = `{"channel":${JSON.stringify(channel)},"cmd":${JSON.stringify(cmd)},"param":${json}}`;
    if (!text.includes("\\ud")) return text;
    // JSON.stringify writes a lone surrogate, and nothing else, as \ud800 to \udfff; an escaped backslash is skipped.
    const whole = text.replace(/\\\\|\\ud.../g, (it) => (it === "\\\\" ? it : "\ufffd"));
    if (JSON.stringify(JSON.parse(whole)) !== whole) throw new TypeError("two keys became one");
    return whole;
  },
  decode(data) {
    const { channel = "", cmd, param, from } = JSON.parse(
      typeof data === "string" ? data : new TextDecoder("utf-8", { fatal: true }).decode(data),
    );
    return { channel, cmd, param, from: typeof from === "string" ? from : undefined };
  },
};

/**
 * A codec for servers with no message format of their own (GoFr, Goyave): what comes is the param of one command, and
 * the param of whatever is sent goes out as it is, text or binary.
 *
 * @param cmd the command that incoming data gets. @default "message"
 */
export function rawCodec(cmd = "message"): Codec {
  return {
    encode: ({ param }) => {
      // By name, because an ArrayBuffer of another frame is no instance of this one's.
      const kind = Object.prototype.toString.call(param).slice(8, -1);
      if (!["String", "ArrayBuffer", "Blob", "File"].includes(kind) && !ArrayBuffer.isView(param)) {
        throw new TypeError("a raw param must be a string, an ArrayBuffer, a view of one or a Blob");
      }
      return param as OutgoingData;
    },
    decode: (data) => ({ channel: "", cmd, param: data }),
  };
}
