/** What stands in place of a secret. */
export const masked = "(secret)";
/** What stands in place of the param of a message that may be a login. */
export const leftOut = "(left out: sent before the connection was open)";

/** How deep a param is copied. */
const maxDepth = 64;
/** How many names of fields are known to be secrets or not. */
const maxNames = 2_000;
const secretName =
  /pass(word|phrase|code)?$|secret|token|credential|cookie|auth(entication|orization)?$|session_?(id|key)|api[-_]?key|private[-_]?key|jwt|^otp$|^pin$/i;

/**
 * Copies params, so that later changes of the original do not reach what was recorded, and leaves out secrets: the values of
 * fields with names such as `password` or `token`, and JSON Web Tokens.
 */
export class Capture {
  readonly #max: number;
  readonly #keepsSecrets: boolean;
  readonly #names = new Map<string, boolean>();
  #left = 0;

  /**
   * @param max how many characters or bytes a param may have to be kept
   */
  constructor(max: number, keepsSecrets: boolean) {
    this.#max = max;
    this.#keepsSecrets = keepsSecrets;
  }

  /**
   * A copy of a param; a few words in its place if it is too large.
   *
   * @param size how large it was on the wire, if that is known
   */
  copy(param: unknown, size = 0): unknown {
    if (size > this.#max) return tooLarge(size);
    this.#left = this.#max;
    const copy = this.#copy(param, 0);
    return this.#left < 0 ? tooLarge(size) : copy;
  }

  #copy(value: unknown, depth: number): unknown {
    if (typeof value === "string") {
      this.#left -= value.length;
      return !this.#keepsSecrets && value.startsWith("eyJ") && value.length > 40 ? masked : value;
    }
    this.#left -= 8;
    if (typeof value !== "object" || value === null) return typeof value === "function" || typeof value === "symbol" ? undefined : value;
    if (this.#left < 0) return undefined;
    if (depth === maxDepth) return "(left out: too deep)";
    if (Array.isArray(value)) return value.map((item) => this.#copy(item, depth + 1));
    if (ArrayBuffer.isView(value)) return this.#bytes(value.buffer, value.byteOffset, value.byteLength);
    if (Object.prototype.toString.call(value) === "[object ArrayBuffer]")
      return this.#bytes(value as ArrayBuffer, 0, (value as ArrayBuffer).byteLength);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.#copy(value.toJSON(), depth + 1);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      this.#left -= key.length;
      if (key === "__proto__") continue;
      copy[key] = !this.#keepsSecrets && this.#isSecret(key) ? masked : this.#copy((value as Record<string, unknown>)[key], depth + 1);
    }
    return copy;
  }

  #bytes(buffer: ArrayBufferLike, offset: number, length: number): unknown {
    this.#left -= length;
    return this.#left < 0 ? undefined : new Uint8Array(buffer, offset, length).slice();
  }

  #isSecret(name: string): boolean {
    let isSecret = this.#names.get(name);
    if (isSecret === undefined) {
      isSecret = secretName.test(name);
      if (this.#names.size < maxNames) this.#names.set(name, isSecret);
    }
    return isSecret;
  }
}

function tooLarge(size: number): string {
  return size ? `(left out: ${size} characters or bytes)` : "(left out: too large)";
}

/** For `JSON.stringify`: says what JSON cannot hold. */
export function plain(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return typeof value === "bigint" ? String(value) : value;
}
