import { utf8Length } from "../text";
import { usage } from "../usage";

/** How a connection or an attempt ended. */
export interface SocketClose {
  /** The close code (RFC 6455 §7.4); 1006 if the server sent none. */
  readonly code: number;
  /** The reason, often empty. */
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
}

/** The end of a link without a close frame. */
export const abnormalClose: SocketClose = /* @__PURE__ */ Object.freeze({ code: 1006, reason: "", wasClean: false });

/**
 * What a close code asks of the client.
 *
 * - `final`: what was refused would be refused again: 1002, 1003, 1007 and 1010 of RFC 6455; 4000–4099 and 4400–4499 of the application.
 * - `credentials`: 4100–4199; one retry with new ones.
 * - `soon`: 4200–4299.
 * - `restart`: 1012 of the IANA registry; everybody gets it at once.
 * - `later`: 1013 of the IANA registry.
 * - `retry`: all else, 1000 included, which proxies and frameworks send.
 */
export type CloseMeaning = "final" | "credentials" | "soon" | "restart" | "later" | "retry";

/** The meaning of a close code. */
export function closeMeaning(code: number): CloseMeaning {
  const hundred = Math.floor(code / 100);
  if ([1002, 1003, 1007, 1010].includes(code) || hundred === 40 || hundred === 44) return "final";
  if (hundred === 41) return "credentials";
  if (hundred === 42) return "soon";
  if (code === 1012) return "restart";
  return code === 1013 ? "later" : "retry";
}

/**
 * Checks the arguments of a close before anything is touched.
 *
 * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason of more than 123 UTF-8 bytes.
 */
export function checkClose(code: number, reason: string): void {
  const allowed = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!allowed) throw usage("A client cannot close with this code; use 1000 or 3000 to 4999.");
  if (utf8Length(reason) > 123) throw usage("The close reason is too long; use at most 123 bytes.");
}
