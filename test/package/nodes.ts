import { join } from "node:path";
import type { Check } from "./check";
import { runProgram } from "./program";

/** Programs in fixtures/node, and what each prints before it ends by itself. */
const programs: [what: string, file: string, says: string][] = [
  ["import", "import.mjs", "ada: hi (1)"],
  ["require", "require.cjs", "ada: hi (1)"],
  ["import() in CommonJS", "later.cjs", "ada: hi (1)"],
  ["import and require together: each error has its code", "both.mjs", "usage SocketError usage SocketError"],
  ["require of the script", "script.cjs", "ada: hi (1)"],
  ["import of the script, by names", "script.mjs", "ada: hi (1)"],
  ["RequireJS", "amd.cjs", "ada: hi (1)"],
];

/** What Node's users do, in the Node that runs this. */
export function nodeChecks(folder: string): Check[] {
  return programs.map(([what, file, says]) => ({
    name: `Node ${process.versions.node} · ${what}`,
    async run() {
      const { all } = await runProgram(process.execPath, [join(folder, "node", file)], folder);
      if (all.trim() !== says) throw new Error(`It said ${JSON.stringify(all.trim())} in place of ${JSON.stringify(says)}.`);
    },
  }));
}
