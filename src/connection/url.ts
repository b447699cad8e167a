import { SocketError } from "../errors";

/**
 * Makes an address absolute and fit for a WebSocket: relative to the page, http(s) becomes ws(s), the fragment goes.
 *
 * @throws SocketError `address` for what is no address, or is relative where there is no page. It does not repeat the
 * address, which may hold a token.
 */
export function absolute(address: string | URL, page: string | undefined = globalThis.location?.href): string {
  try {
    // An address that was forgotten is no address, rather than the page's own.
    const url = new URL(address || "//", page);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    if (!/^wss?:/.test(url.protocol)) throw new TypeError(`${url.protocol} is no ws:`);
    return url.href;
  } catch (cause) {
    throw new SocketError("address", { cause });
  }
}

/** An address without what may be secret: user, password, query. */
export function redact(address: string): string {
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}
