import { usage } from "../usage";

/**
 * The subprotocols to offer, as a list.
 *
 * @throws SocketError `usage` for one that no WebSocket takes (RFC 6455 §4.1). It does not repeat it, because it may hold a token.
 */
export function toSubprotocols(protocols: string | readonly string[] | undefined): string[] {
  const list = typeof protocols === "string" ? [protocols] : [...(protocols ?? [])];
  const allowed = list.every(
    (protocol, index) => typeof protocol === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(protocol) && list.indexOf(protocol) === index,
  );
  if (!allowed) {
    throw usage(
      "`protocols` has a name twice, or one that no WebSocket takes; use each once, and letters, digits and !#$%&'*+-.^_`|~ only.",
    );
  }
  return list;
}
