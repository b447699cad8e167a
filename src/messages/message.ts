/** A message: one command with its param, in a channel. */
export interface Message<Cmd extends string = string, Param = unknown> {
  /** The channel; `""` if the server left it out. */
  readonly channel: string;
  /** The command. */
  readonly cmd: Cmd;
  /** Any JSON value. */
  readonly param: Param;
  /** The id of the sender, if the server reports it. Never sent. */
  readonly from?: string;
}

/** What a WebSocket sends. */
export type OutgoingData = string | ArrayBuffer | ArrayBufferView | Blob;

/** What a WebSocket receives: text, or binary as an `ArrayBuffer`. */
export type IncomingData = string | ArrayBuffer;

/** How messages are encoded and decoded. */
export interface Codec {
  /** Encodes a message. `send` throws what it throws. */
  encode(message: Message): OutgoingData;
  /** Decodes a message. `undefined` ignores it; what it throws is passed to `onError`. */
  decode(data: IncomingData): Message | undefined;
}

/**
 * The default codec: a JSON object `{channel, cmd, param}` in a text frame. Binary frames are read as UTF-8. An undefined
 * param is sent as `null` and a lone surrogate as U+FFFD, because Project Forge would close the connection.
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
 * A codec for servers without a message format (GoFr, Goyave). Data, text or binary, is the param of a message.
 *
 * @param cmd the command of inbound messages. @default "message"
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
