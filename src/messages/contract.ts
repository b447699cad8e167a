import { SocketError } from "../errors";
import type { Codec, IncomingData, Message, OutgoingData } from "./message";
import { type Protocol, schemaOf } from "./protocol";
import { validate } from "./schema";

/** What both sides have agreed on: how messages are written, and which there are. */
export interface Contract {
  readonly codec: Codec;
  readonly protocol?: Protocol | undefined;
}

/**
 * Checks and encodes a message of ours.
 *
 * @param named whether the protocol must name its command
 * @throws SocketError `validation` when it does not fit the protocol; `codec` when it cannot be encoded.
 */
export function outgoing(message: Message, { codec, protocol }: Contract, named: boolean): OutgoingData {
  const { channel, cmd } = message;
  const schema = protocol && schemaOf(protocol.outbound, cmd);
  if (protocol && named && !schema) {
    const text = "The protocol does not name it; add it to outbound.";
    throw new SocketError("validation", { message: text, channel, cmd });
  }
  const param = schema ? validate(schema, message) : message.param;
  try {
    return codec.encode(wellFormed({ channel, cmd, param }));
  } catch (cause) {
    throw new SocketError("codec", { cause, channel, cmd });
  }
}

/**
 * Decodes a message of the server's; `undefined` for one that the codec ignores.
 *
 * @throws SocketError `codec` when it cannot be decoded.
 */
export function incoming(data: IncomingData, { codec }: Contract): Message | undefined {
  try {
    const message = codec.decode(data);
    return message && wellFormed(message);
  } catch (cause) {
    throw new SocketError("codec", { cause });
  }
}

function wellFormed(message: Message): Message {
  if (typeof message.channel === "string" && typeof message.cmd === "string") return message;
  throw new TypeError("a message has strings as channel and cmd");
}
