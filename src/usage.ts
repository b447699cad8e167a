import { SocketError } from "./errors";
import { printable } from "./text";

/** What each property of an object may be: types by the names of `typeof`, further names below, or values in quotes. */
export type Kinds = Readonly<Record<string, string>>;

/** The error for a call that is wrong. */
export function usage(message: string): SocketError {
  return new SocketError("usage", { message });
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
export function checkKinds(given: object, kinds: Kinds, within?: string): void {
  if (!isPlain(given)) throw usage(`Pass ${within ? `the option ${within}` : "the options"} as a plain object; what a class has on its prototype would be lost.`);
  const prefix = within ? `${within}.` : "";
  for (const [name, value] of Object.entries(given)) {
    const allowed = Object.prototype.hasOwnProperty.call(kinds, name) ? kinds[name]!.split(" ") : undefined;
    if (!allowed) {
      const names = Object.keys(kinds);
      const meant = closest(name, names);
      throw usage(`There is no option ${prefix}${printable(name, 40)}; ${meant ? `did you mean ${prefix}${meant}?` : `there are ${names.join(", ")}.`}`);
    }
    if (value === undefined || allowed.some((kind) => isOfKind(value, kind))) continue;
    throw usage(`The option ${prefix}${name} must be ${allowed.map((kind) => kindNames[kind] ?? kind).join(" or ")}.`);
  }
}

const kindNames: Readonly<Record<string, string>> = {
  any: "anything",
  boolean: "true or false",
  class: "a class",
  function: "a function",
  list: "an array",
  number: "a number of 0 or more",
  object: "an object",
  string: "a string",
  URL: "a URL",
};

function isOfKind(value: unknown, kind: string): boolean {
  if (kind === "any") return true;
  if (kind === "false") return value === false;
  if (kind === "list") return Array.isArray(value);
  if (kind === "URL") return Object.prototype.toString.call(value) === "[object URL]";
  if (kind === "number") return typeof value === "number" && value >= 0;
  if (kind === "object") return typeof value === "object" && value !== null;
  // An arrow function cannot be called with `new`.
  if (kind === "class") return isFunction(value) && "prototype" in value;
  return kind === typeof value || kind === JSON.stringify(value);
}

/** Whether a value is an object without a class: one whose prototype is the last of its chain, in whatever frame. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The name that was probably meant: the same but for case, or with at most two letters wrong, missing or too many. */
function closest(name: string, names: string[]): string | undefined {
  const wanted = name.toLowerCase();
  return names
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= 2)
    .sort((one, other) => one.distance - other.distance)[0]?.candidate;
}

/** How many letters must be changed, added or removed to make one word of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
