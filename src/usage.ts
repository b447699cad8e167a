import { SocketError } from "./errors";
import { printable } from "./text";

/** What each option may be: the names of types, or values in quotes. */
export type Kinds = Readonly<Record<string, string>>;

/** The error for a call that is wrong. */
export function usage(message: string, context?: { readonly channel: string; readonly cmd: string }): SocketError {
  return new SocketError("usage", { message, ...context });
}

/** Whether a value can be called. */
export function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function";
}

/** @throws SocketError `usage` for what is no function, so that the mistake shows where it was made. */
export function requireListener(listener: unknown): void {
  if (!isFunction(listener)) throw usage("There is no listener; pass a function.");
}

/**
 * Checks names and values of options. Types hold them only where code is compiled.
 *
 * @param within the option that holds them; none for those of the socket
 * @throws SocketError `usage` for a name that is no option, and for a value that an option cannot have.
 */
export function checkKinds(given: object, kinds: Kinds, within = "options"): void {
  if (!isPlain(given)) throw usage(`${within} must be a plain object: what a class has on its prototype would be lost; pass { … }.`);
  for (const [name, value] of Object.entries(given)) {
    // Object.hasOwn is younger than some engines.
    const kind = Object.keys(kinds).includes(name) ? kinds[name]! : undefined;
    if (kind === undefined) throw usage(`${within} has no ${printable(name, 40)}; use one of ${Object.keys(kinds).join(", ")}.`);
    const allowed = kind.split(" ");
    if (value !== undefined && !allowed.some((one) => isOfKind(value, one))) {
      throw usage(`${within}.${name} is of the wrong type or out of range; pass ${allowed.join(" or ")}.`);
    }
  }
}

function isOfKind(value: unknown, kind: string): boolean {
  if (kind === "anything") return true;
  if (kind === "false") return value === false;
  if (typeof value === "string") return kind === "string" || kind === `"${value}"`;
  if (kind === "array") return Array.isArray(value);
  // An arrow function cannot be called with `new`.
  if (kind === "class") return isFunction(value) && "prototype" in value;
  // All of them are times, sizes or counts.
  if (typeof value === "number") return kind === "number" && value >= 0;
  return typeof value === kind && value !== null;
}

/** Whether a value is an object without a class: one whose prototype is the last of its chain, in whatever frame. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
