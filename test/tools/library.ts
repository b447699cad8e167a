import { spawnSync } from "node:child_process";
import { join } from "node:path";

/**
 * Builds dist, for a command that uses it.
 *
 * @throws Error with a remedy when that fails.
 */
export function buildLibrary(): void {
  console.log("Building dist");
  const { status } = spawnSync("npm", ["run", "--silent", "build", "--", "--silent"], {
    cwd: join(import.meta.dirname, "../.."),
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, npm_config_loglevel: "error" },
  });
  if (status !== 0) throw new Error("The library could not be built: run npm run build to see why.");
}
