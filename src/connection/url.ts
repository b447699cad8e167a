import { SocketError } from "../errors";

/**
 * Makes an address absolute and fit for a WebSocket: relative to the page, http(s) becomes ws(s), the fragment goes.
 * `URL` only parses here, because that of React Native cannot be changed and lacks parts.
 *
 * @param base what a relative address is relative to; `undefined` outside of pages and workers
 * @throws SocketError `address` for what is no address. Its cause does not repeat the address, which may hold a token.
 */
export function toWebSocketUrl(address: string | URL, base: string | undefined): string {
  const text = String(address ?? "").trim();
  if (text === "") throw invalid("it is empty");
  const scheme = schemeOf(text);
  const absolute = scheme === undefined ? resolve(text, base) : text;
  const [, rest] = splitScheme(absolute);
  const target = webSocketScheme(schemeOf(absolute));
  if (target === undefined || !rest.startsWith("//")) throw invalid("its scheme is none of ws:, wss:, http: and https:; write it before the host");
  const withoutFragment = `${target}:${rest.split("#")[0]}`;
  // What cannot be parsed would make the WebSocket throw.
  parse(withoutFragment, undefined);
  return withoutFragment;
}

/** An address without what may be secret: user, password, query and fragment. */
export function redact(address: string): string {
  const [withoutQuery = ""] = address.split(/[?#]/);
  const [scheme, rest] = splitScheme(withoutQuery);
  const [host = "", ...path] = rest.slice(2).split("/");
  const withoutUser = host.slice(host.lastIndexOf("@") + 1);
  return `${scheme}://${[withoutUser, ...path].join("/")}`;
}

function resolve(relative: string, base: string | undefined): string {
  if (base === undefined) throw invalid("it is relative, and there is no page that it could be relative to");
  return parse(relative, base);
}

function parse(address: string, base: string | undefined): string {
  try {
    return new URL(address, base).href;
  } catch {
    // The error of some runtimes holds the whole address.
    throw invalid("it cannot be parsed");
  }
}

/** The scheme of an address in lower case; `undefined` for a relative one. */
function schemeOf(address: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*(?=:)/i.exec(address)?.[0].toLowerCase();
}

function splitScheme(address: string): [scheme: string, rest: string] {
  const colon = address.indexOf(":");
  return [address.slice(0, colon), address.slice(colon + 1)];
}

function webSocketScheme(scheme: string | undefined): "ws" | "wss" | undefined {
  if (scheme === "ws" || scheme === "http") return "ws";
  return scheme === "wss" || scheme === "https" ? "wss" : undefined;
}

function invalid(reason: string): SocketError {
  return new SocketError("address", { cause: new TypeError(`the address is not usable: ${reason}`) });
}
