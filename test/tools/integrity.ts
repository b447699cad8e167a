import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What the `integrity` of a script tag must be for a file (https://www.w3.org/TR/sri-2/). */
export function integrityOf(file: string): string {
  return `sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`;
}
