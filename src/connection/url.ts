import { SocketError } from "../errors";

/**
 * Makes an address absolute and fit for a WebSocket: relative to the page, http(s) becomes ws(s), the fragment goes.
 * An absolute address is kept as it is, because the `URL` of React Native changes what it parses.
 *
 * @param base what a relative address is relative to; `undefined` outside of pages and workers
 * @throws SocketError `address` for what is no address. Its cause does not repeat the address, which may hold a token.
 */
export function toWebSocketUrl(address: string | URL, base: string | undefined): string {
  const text = String(address ?? "");
  // An address that was forgotten is none, rather than that of the page.
  if (text === "") throw unusable("it is empty");
  const absolute = hasScheme(text) ? text : parse(text, base);
  // The same text where nothing changes, so that sockets of one address share it.
  const url = absolute.replace(/#.*/s, "").replace(/^https?:/i, (scheme) => scheme.toLowerCase().replace("http", "ws"));
  // Browsers skip further slashes, but what shows an address without its secrets does not.
  if (!/^wss?:\/\/[^/\\\s]/i.test(url)) throw unusable("write ws:// or wss:// before the host");
  // What cannot be parsed would make the WebSocket throw.
  parse(url, undefined);
  return url;
}

/** An address without what may be secret: user, password, query and fragment. */
export function redact(address: string): string {
  return address.replace(/[?#].*/s, "").replace(/^(.*?:\/\/)[^/]*@/, "$1");
}

function hasScheme(address: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(address);
}

function parse(address: string, base: string | undefined): string {
  try {
    return new URL(address, base).href;
  } catch {
    // The error of some runtimes holds the whole address.
    throw unusable(base === undefined && !hasScheme(address) ? "it is relative, and there is no page" : "it cannot be parsed");
  }
}

function unusable(reason: string): SocketError {
  return new SocketError("address", { cause: new TypeError(`The address is not usable: ${reason}.`) });
}
