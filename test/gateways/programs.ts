import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The nginx to test behind: `NGINX`, or an installed one; `undefined` where there is none. */
export const findNginx = (): string | undefined => find("nginx");

/** The HAProxy to test behind: `HAPROXY`, or an installed one; `undefined` where there is none. */
export const findHaproxy = (): string | undefined => find("haproxy");

function find(name: string): string | undefined {
  // Debian has them where the PATH of an ordinary user does not lead.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return [process.env[name.toUpperCase()], ...folders.map((folder) => join(folder, name))].find((place) => place && existsSync(place));
}
