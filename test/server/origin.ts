/**
 * Says whether a page of this origin may connect, by gorilla's default rule: no Origin header is allowed;
 * otherwise its host and port must equal the Host header, ASCII case ignored and the scheme not compared.
 */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  // Not `new URL`: it strips a default port and folds more than ASCII, and gorilla does neither.
  const authority = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(origin)?.[1];
  if (!authority || !host) return false;
  return lowerAscii(authority.slice(authority.lastIndexOf("@") + 1)) === lowerAscii(host);
}

/**
 * Says whether a Host header names this machine, whatever the port: `localhost`, 127.0.0.1, ::1 or one of the allowed names. A page of
 * any other name that resolves to 127.0.0.1 passes the rule above, for its origin equals its host.
 */
export function isLocalHost(host: string | undefined, allowed: readonly string[] = []): boolean {
  const name = lowerAscii(host ?? "").replace(/:\d*$/, "");
  return ["localhost", "127.0.0.1", "[::1]", ...allowed].includes(name);
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
