import { badInput } from "./errors";
import { decodeJson, type Wire } from "./wire";

/**
 * The wire of a running Project Forge: pretty JSON, fan-out in no order, TCP dropped on whatever
 * it refuses, no pings and no limits. Where its documents are silent this does as Go does: a null field is an empty one.
 *
 * @param byProfile whether presence carries the profile's id, as with the module `user`
 */
export function projectForgeWire(byProfile = false): Wire {
  return {
    decode(data) {
      const { from, channel, cmd, param } = decodeJson(data, parseStrictly);
      if (from !== undefined && from !== null && !isUuid(from)) throw badInput("The from is no UUID: leave it out.");
      return { channel: stringOf(channel), cmd: stringOf(cmd), param };
    },
    encode: ({ from, channel, cmd, param }) => JSON.stringify({ from, channel: channel || undefined, cmd, param: param ?? null }, null, 2),
    deliver: inRandomOrder(),
    // The running code puts the connection's id where the documents speak of the user's.
    userID: (connection) => (byProfile ? connection.profile.id : connection.id),
    guarded: false,
    onFault: "drop",
    repeatsPresence: true,
    signsPresence: true,
  };
}

/** Stands in for one goroutine per recipient and message: each turn of the event loop runs any one that waits. */
function inRandomOrder(): (delivery: () => void) => void {
  const waiting: (() => void)[] = [];
  return (delivery) => {
    waiting.push(delivery);
    setImmediate(() => waiting.splice(Math.floor(Math.random() * waiting.length), 1)[0]?.());
  };
}

function stringOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw badInput("The channel or cmd is no string: send strings.");
  return value;
}

/** Accepts the four spellings that google/uuid parses. */
function isUuid(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const hex = value.replace(/^urn:uuid:/i, "").replace(/^\{(.*)\}$/, "$1");
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(hex) || /^[0-9a-f]{32}$/i.test(value);
}

/** Parses JSON and refuses, at any depth, duplicate members and lone surrogates, which `JSON.parse` lets pass. */
function parseStrictly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const objects: Set<string>[] = [];
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "{") objects.push(new Set());
    if (text[index] === "}") objects.pop();
    if (text[index] !== '"') continue;

    const end = endOfString(text, index);
    const string = JSON.parse(text.slice(index, end)) as string;
    if (/\p{Surrogate}/u.test(string)) throw badInput("The message has a lone surrogate: send well-formed strings.");
    // In valid JSON a colon follows nothing but a member's name.
    if (nextSign(text, end) === ":") {
      const members = objects.at(-1);
      if (members?.has(string)) throw badInput("The message has a member twice: send each once.");
      members?.add(string);
    }
    index = end - 1;
  }
  return value;
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

function nextSign(text: string, start: number): string | undefined {
  let index = start;
  while (/\s/.test(text[index] ?? "")) index += 1;
  return text[index];
}
