import { SocketError } from "../errors";
import type { Codec, IncomingData, Message, OutgoingData } from "./message";
import { type Protocol, rulesOf } from "./protocol";
import { validate } from "./schema";

/** Which messages are checked by their schemas. */
export type Validate = "always" | "inbound" | "outbound" | "never";

/** What both sides have agreed on: how messages are written, which there are, and how much of that is checked. */
export interface Contract {
  readonly codec: Codec;
  readonly protocol?: Protocol | undefined;
  readonly validate: Validate;
  readonly maxMessageBytes: number;
}

/** A message of ours as it leaves. */
export interface Outgoing {
  readonly data: OutgoingData;
  /** What that says: the param is what its schema made of it. */
  readonly sent: Message;
}

/**
 * Checks and encodes a message of ours.
 *
 * @param named whether the protocol must name its command
 * @throws SocketError `validation` when it does not fit the protocol; `codec` when it cannot be encoded.
 */
export function outgoing(message: Message, { codec, protocol, validate: checked }: Contract, named: boolean): Outgoing {
  const { channel, cmd } = message;
  const rules = rulesOf(protocol?.outbound, cmd);
  if (protocol && named && !rules) {
    const text = "The protocol does not name it; add it to outbound.";
    throw new SocketError("validation", { message: text, channel, cmd });
  }
  // Always or outbound.
  const param = rules && /al|out/.test(checked) ? validate(rules.param["~standard"], message) : message.param;
  try {
    const sent = wellFormed({ channel, cmd, param });
    return { sent, data: codec.encode(sent) };
  } catch (cause) {
    throw new SocketError("codec", { cause, channel, cmd });
  }
}

/**
 * Decodes a message of the server's; `undefined` for one that the codec ignores.
 *
 * @throws SocketError `size` when it is too large; `codec` when it cannot be decoded.
 */
export function incoming(data: IncomingData, { codec, maxMessageBytes }: Contract): Message | undefined {
  if (exceeds(data, maxMessageBytes)) throw new SocketError("size");
  try {
    const message = codec.decode(data);
    return message && wellFormed(message);
  } catch (cause) {
    throw new SocketError("codec", { cause });
  }
}

function wellFormed(message: Message): Message {
  if (typeof message.channel === "string" && typeof message.cmd === "string") return message;
  throw new TypeError("channel and cmd must be strings");
}

/** Whether data is larger than so many bytes; a character of text has up to three, and most texts are far from the limit. */
function exceeds(data: IncomingData, bytes: number): boolean {
  if (typeof data !== "string") return data.byteLength > bytes;
  return data.length * 3 > bytes && (data.length > bytes || new TextEncoder().encode(data).length > bytes);
}
