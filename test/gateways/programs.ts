import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The nginx to test behind: `NGINX`, or an installed one; `undefined` where there is none. */
export const findNginx = (): string | undefined => find("nginx");

/** The HAProxy to test behind: `HAPROXY`, or an installed one; `undefined` where there is none. */
export const findHaproxy = (): string | undefined => find("haproxy");

/** The Redis to test with: `REDIS`, or an installed one; `undefined` where there is none. */
export const findRedis = (): string | undefined => find("redis-server", "REDIS");

function find(name: string, variable = name.toUpperCase()): string | undefined {
  // Debian has them where the PATH of an ordinary user does not lead.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return [process.env[variable], ...folders.map((folder) => join(folder, name))].find((place) => place && existsSync(place));
}
