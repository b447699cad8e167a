import { SocketError } from "../errors";
import { type Protocol, type ProtocolRules, type Rules, rulesOf } from "../protocol";
import { utf8Length } from "../text";
import type { Codec, IncomingData, Message, OutgoingData } from "./message";
import { type Validator, validate } from "./schema";

/** Which messages are checked. */
export type Validate = "always" | "inbound" | "outbound" | "never";

/** What a contract is made of; `SocketOptions` says what each means. */
export interface ContractOptions {
  readonly codec: Codec;
  readonly protocol?: Protocol | undefined;
  readonly validate: Validate;
  readonly maxMessageBytes: number;
}

/** A message of ours, ready to leave. */
export interface Outgoing {
  /** What the WebSocket gets. */
  readonly data: OutgoingData;
  /** The message that it holds; the param is what its schema made of it. */
  readonly sent: Message;
}

/** What both sides have agreed on: which messages there are, how they are written, and which of them are checked. */
export class Contract {
  readonly #options: ContractOptions;
  readonly #checksInbound: boolean;
  readonly #checksOutbound: boolean;
  readonly #commands: ProtocolRules | undefined;

  /** @throws SocketError `usage` for a protocol with a definition that is none. */
  constructor(options: ContractOptions) {
    const { validate, protocol } = options;
    this.#options = options;
    this.#checksInbound = validate === "always" || validate === "inbound";
    this.#checksOutbound = validate === "always" || validate === "outbound";
    this.#commands = protocol && rulesOf(protocol);
  }

  /** Whether there is a protocol, which then names all commands. */
  get named(): boolean {
    return this.#commands !== undefined;
  }

  /** The rules of a command of ours; `undefined` where the protocol does not name it. */
  rules(cmd: string): Rules | undefined {
    return this.#commands?.outbound.get(cmd);
  }

  /** What checks the params of a command of the server; `undefined` where the protocol does not name it. */
  validator(cmd: string): Validator | undefined {
    return this.#commands?.inbound.get(cmd)?.param["~standard"];
  }

  /**
   * Checks and encodes a message of ours.
   *
   * @param strict whether the protocol must name its command
   * @throws SocketError `validation` if it does not fit the protocol; `codec` if it cannot be encoded.
   */
  encode(message: Message, strict: boolean): Outgoing {
    const { channel, cmd } = message;
    const rules = this.rules(cmd);
    if (strict && this.named && !rules) {
      throw new SocketError("validation", { message: "The protocol has no such outbound command; add it to `outbound`.", channel, cmd });
    }
    const param = rules && this.#checksOutbound ? validate(rules.param["~standard"], message) : message.param;
    try {
      const sent = requireNames(param === message.param ? message : { channel, cmd, param });
      return { sent, data: this.#options.codec.encode(sent) };
    } catch (cause) {
      throw new SocketError("codec", { message: "The message cannot be encoded; see `cause`.", cause, channel, cmd });
    }
  }

  /**
   * Decodes a message of the server's; `undefined` for one that the codec ignores.
   *
   * @throws SocketError `size` if it is too large; `codec` if it cannot be decoded.
   */
  decode(data: IncomingData): Message | undefined {
    const { codec, maxMessageBytes } = this.#options;
    if (isLargerThan(data, maxMessageBytes)) throw new SocketError("size");
    try {
      const message = codec.decode(data);
      return message && requireNames(message);
    } catch (cause) {
      throw new SocketError("codec", { message: "A message of the server cannot be decoded; see `cause`.", cause });
    }
  }

  /**
   * The message with what its schema makes of its param.
   *
   * @throws SocketError `validation` if it does not fit; `usage` for an asynchronous schema.
   */
  check(message: Message, validator: Validator): Message {
    if (!this.#checksInbound) return message;
    try {
      return { ...message, param: validate(validator, message) };
    } catch (error) {
      if (message.param !== null) throw error;
      try {
        // JSON has no undefined, so null may stand for it.
        return { ...message, param: validate(validator, { ...message, param: undefined }) };
      } catch {
        throw error;
      }
    }
  }
}

function requireNames(message: Message): Message {
  if (typeof message.channel === "string" && typeof message.cmd === "string") return message;
  throw new TypeError("channel and cmd must be strings");
}

function isLargerThan(data: IncomingData, bytes: number): boolean {
  if (typeof data !== "string") return data.byteLength > bytes;
  // A character takes one to three bytes. Most texts are far from the limit, so counting is rare.
  if (data.length > bytes) return true;
  return data.length * 3 > bytes && utf8Length(data) > bytes;
}
