import { usage } from "../usage";

/**
 * The subprotocols to offer, as a list.
 *
 * @throws SocketError `usage` for one that no WebSocket takes (RFC 6455 §4.1). It does not repeat it, because it may hold a token.
 */
export function toSubprotocols(protocols: string | readonly string[] | undefined): string[] {
  const list = typeof protocols === "string" ? [protocols] : [...(protocols ?? [])];
  const allowed = list.every((protocol) => typeof protocol === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(protocol));
  if (!allowed)
    throw usage("`protocols` has a name that no WebSocket takes; use letters, digits and !#$%&'*+-.^_`|~ only.");
  if (new Set(list).size < list.length) throw usage("`protocols` has a name twice; remove one.");
  return list;
}
