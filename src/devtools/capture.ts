import type { RecordedEvent } from "./event";

/** What stands in place of a secret. */
const masked = "(secret)";
/** What stands in place of the param of a message that may be a login. */
export const leftOut = "(left out: sent before the connection was open)";

/** How deep a param is copied. */
const maxDepth = 64;

/**
 * Copies a param, so that later changes of the original do not reach what was recorded. It runs for each message that arrives, so it
 * does as little as possible.
 */
export function clone(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === maxDepth) return "(left out: too deep)";
  if (Array.isArray(value)) return value.map((item) => clone(item, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return cloneOther(value, depth);
  // Engines copy an object of a known shape faster as a whole than key by key.
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) if (typeof copy[key] === "object") copy[key] = clone(copy[key], depth + 1);
  return copy;
}

function cloneOther(value: object, depth: number): unknown {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  // By name, because an ArrayBuffer of another frame is no instance of this one's.
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") return new Uint8Array(value as ArrayBuffer).slice();
  if ("toJSON" in value && typeof value.toJSON === "function") return clone(value.toJSON(), depth + 1);
  return value;
}

/**
 * Copies a param; a few words stand in its place if it is too large.
 *
 * @param max how many characters or bytes it may have
 * @param size how many it had on the wire, if that is known
 */
export function capture(value: unknown, max: number, size?: number): unknown {
  if (size === undefined ? weigh(value, max, 0) > max : size > max) return `(left out: more than ${max} characters or bytes)`;
  return clone(value);
}

/** How large a value is, about; it stops counting above a limit. */
function weigh(value: unknown, max: number, depth: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || depth === maxDepth) return 8;
  if ("byteLength" in value) return Number(value.byteLength);
  if ("size" in value && typeof Blob === "function" && value instanceof Blob) return value.size;
  let sum = 8;
  for (const key in value) {
    sum += key.length + weigh((value as Record<string, unknown>)[key], max - sum, depth + 1);
    if (sum > max) break;
  }
  return sum;
}

const secretName =
  /pass(word|phrase|code)?$|secret|token|credential|cookie|auth(entication|orization)?$|session_?(id|key)|api[-_]?key|private[-_]?key|jwt|^otp$|^pin$/i;

/** An event without the values of fields with names such as `password` or `token`, and without JSON Web Tokens. */
export function withoutSecrets(event: RecordedEvent): RecordedEvent {
  if (event.type === "settled") return { ...event, reply: mask(event.reply) };
  if (!("message" in event)) return event;
  return { ...event, message: { ...event.message, param: mask(event.message.param) } } as RecordedEvent;
}

function mask(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("eyJ") && value.length > 40 ? masked : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(mask);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, secretName.test(name) ? masked : mask(child)]));
}

/** For `JSON.stringify`: says what JSON cannot hold. */
export function plain(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return typeof value === "bigint" ? String(value) : value;
}
