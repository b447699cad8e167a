import { SocketError } from "../errors";

/** How a connection or an attempt ended. */
export interface SocketClose {
  /** The close code (RFC 6455 §7.4); 1006 if the server sent none. */
  readonly code: number;
  /** The reason, often empty. */
  readonly reason: string;
  /** Whether there was a closing handshake. */
  readonly wasClean: boolean;
}

/** The end of a link without a word. */
export const abnormal: SocketClose = /* @__PURE__ */ Object.freeze({ code: 1006, reason: "", wasClean: false });

/**
 * What a close code asks of the client. `final`: what was refused would be refused again (1002, 1003, 1007, 1009, 1010),
 * or the application says so (4000–4099, 4400–4499). `credentials`: 4100–4199. `soon`: 4200–4299. `restart` and
 * `later` are 1012 and 1013 of the IANA registry. All else is retried, 1000 included: proxies and frameworks send it.
 */
const policies = {
  final: /^(100[2379]|1010|4[04]..)$/,
  credentials: /^41..$/,
  soon: /^42..$/,
  restart: /^1012$/,
  later: /^1013$/,
};

/** Whether a close code asks for something. */
export function asks(code: number, policy: keyof typeof policies): boolean {
  return policies[policy].test(String(code));
}

/**
 * Checks the arguments of a close before anything is touched (ERRATA R28).
 *
 * @throws SocketError `usage` for a code other than 1000 and 3000–4999, or a reason of more than 123 UTF-8 bytes.
 */
export function checkClose(code: number, reason: string): void {
  if (/^(1000|[34]\d{3})$/.test(String(code)) && new TextEncoder().encode(reason).length <= 123) return;
  throw new SocketError("usage", { message: "Close with 1000 or 3000 to 4999, at most 123 bytes." });
}
