import { join } from "node:path";
import { npm } from "./npm";

/**
 * Builds dist, for a command that uses it.
 *
 * @throws Error with a remedy when that fails.
 */
export function buildLibrary(): void {
  console.log("Building dist");
  const built = npm(["run", "--silent", "build", "--", "--silent"], join(import.meta.dirname, "../.."));
  if (!built) throw new Error("The library could not be built: run npm run build to see why.");
}
