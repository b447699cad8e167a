import { execFile } from "node:child_process";
import { basename } from "node:path";

/** How long a program may take, in milliseconds. */
const limit = 120_000;

/**
 * Runs a program in its own Node process to its end, and returns what it printed.
 *
 * @throws Error with a remedy where it fails, says nothing, or takes too long.
 */
export function printed(program: string, values: readonly (string | number)[] = [], flags: readonly string[] = []): Promise<string> {
  const what = `${basename(program)} ${values.map((value) => basename(String(value))).join(" ")}`.trim();
  return new Promise((resolve, reject) => {
    const options = { timeout: limit, killSignal: "SIGKILL", maxBuffer: 16_777_216 } as const;
    execFile(process.execPath, [...flags, program, ...values.map(String)], options, (cause, said) => {
      const why = cause?.killed ? `took over ${limit / 1000} s` : cause ? "failed" : said.trim() ? undefined : "said nothing";
      if (why) reject(new Error(`"${what}" ${why}: see whether its library and its dialect still agree.`, { cause }));
      else resolve(said);
    });
  });
}
