import type { Connection } from "./connection";
import { badInput } from "./errors";

/** A message as a client sends it. */
export interface Incoming {
  channel: string;
  cmd: string;
  /** `undefined` where it was left out and that differs from null. */
  param: unknown;
}

/** A message as the server sends it; an empty or missing channel and a missing `from` are left out. */
export interface Outgoing {
  from?: string;
  channel?: string;
  cmd: string;
  param: unknown;
}

/** How a server behaves on the wire: ours below, and one more for each server whose behaviour is reproduced. */
export interface Wire {
  /** Reads one frame, or throws a `bad-input` error. */
  decode(data: Buffer): Incoming;
  encode(message: Outgoing): string;
  /** Runs one delivery of a fan-out, now or later. */
  deliver(delivery: () => void): void;
  /** The `userID` that `online-update` carries. */
  userID(connection: Connection): string;
  /** Whether pings, limits and checks protect the server; otherwise it reads and answers as gorilla does. */
  guarded: boolean;
  /** What bad input and a failing handler do: leave words, or drop TCP without any. */
  onFault: "tell" | "drop";
  /** Whether a second join of the same channel is announced again. */
  repeatsPresence: boolean;
  /** Whether `online-update` names whom it is about as its `from`, too. */
  signsPresence: boolean;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes bytes that must be UTF-8 and JSON, by the given parser. */
export function decodeJson(data: Buffer, parse: (text: string) => unknown = JSON.parse): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(utf8.decode(data));
  } catch {
    // The parser's own error quotes the input, which is not logged.
    throw badInput("The message is no JSON: send one JSON object in a frame.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badInput("The message is no object: send {channel, cmd, param}.");
  }
  return value as Record<string, unknown>;
}

/** Our own wire: compact JSON, in order, forgiving, and guarded. */
export const ownWire: Wire = {
  decode(data) {
    const { channel = "", cmd, param = null } = decodeJson(data);
    if (typeof channel !== "string") throw badInput("The channel is no string: send a string, or leave it out.");
    if (typeof cmd !== "string") throw badInput("The cmd is no string: send the command's name.");
    return { channel, cmd, param };
  },
  encode: ({ from, channel, cmd, param }) => JSON.stringify({ from, channel: channel || undefined, cmd, param: param ?? null }),
  deliver: (delivery) => delivery(),
  userID: (connection) => connection.profile.id,
  guarded: true,
  onFault: "tell",
  repeatsPresence: false,
  signsPresence: false,
};
