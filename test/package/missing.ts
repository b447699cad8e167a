import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { type Stage, startStage } from "../behaviour/stage";
import { behaviours, type Outcome } from "../behaviour/suite";
import { type Check, lazily } from "./check";
import { finish } from "./program";

interface Missing {
  readonly what: string;
  /** Hides it from the library alone: what stands before its code. */
  readonly hide: string;
  /** Whether to hide it from the suite as well, which uses it with what the library makes. */
  readonly everywhere?: true;
  /** The behaviours that must differ without it. */
  readonly differs?: readonly string[];
}

/** What some engines do not have. */
const missing: readonly Missing[] = [
  { what: "Without TextEncoder (Jest's jsdom, Hermes)", hide: "const TextEncoder = undefined;" },
  { what: "Without TextDecoder (Jest's jsdom, Hermes)", hide: "const TextDecoder = undefined;" },
  {
    what: "Without Symbol.dispose (Safari)",
    hide: "const Symbol = Object.create(globalThis.Symbol, { dispose: { value: undefined } });",
    everywhere: true,
  },
  {
    what: "Without signal.reason (React Native to 0.86)",
    hide: "delete AbortSignal.prototype.reason;",
    differs: ["an aborted signal closes, and pending promises reject with its reason"],
  },
  {
    what: "Without Object.hasOwn (Chrome to 92)",
    hide: "const Object = globalThis.Object.create(globalThis.Object, { hasOwn: { value: undefined } });",
  },
  { what: "Without structuredClone (Hermes, Chrome to 97)", hide: "const structuredClone = undefined;" },
  { what: "With the URL class of React Native", hide: `const URL = require("../../../react-native-url.cjs");` },
];

/** The behaviour suite in this Node with `ws`, each time without something that not every engine has. */
export function missingChecks(folder: string, stage: () => Promise<Stage>): Check[] {
  const home = join(folder, "missing");
  const program = lazily(async () => {
    const outfile = join(home, "process.mjs");
    const entryPoints = [join(import.meta.dirname, "../runtimes/process.ts")];
    await build({ entryPoints, bundle: true, format: "esm", target: "es2022", outfile });
    return outfile;
  });
  return missing.map(({ what, hide, everywhere, differs = [] }, index) => ({
    name: what,
    async run() {
      const place = join(home, String(index));
      const library = join(place, "node_modules/wireline");
      mkdirSync(library, { recursive: true });
      const code = readFileSync(join(folder, "node_modules/wireline/dist/index.js"), "utf8");
      writeFileSync(join(library, "index.js"), `"use strict"; ${hide}\n${code}`);
      writeFileSync(join(library, "package.json"), `{"name": "wireline", "main": "index.js"}`);
      writeFileSync(join(place, "process.mjs"), `${everywhere ? hide : ""}\n${readFileSync(await program(), "utf8")}`);
      const { url } = await stage();
      const { all, code: ended } = await finish(process.execPath, [join(place, "process.mjs"), url, "ws"], place);
      const outcomes = all
        .split("\n")
        .flatMap((line) => (line.startsWith(`{"outcome"`) ? [(JSON.parse(line) as { outcome: Outcome }).outcome] : []));
      const failed = outcomes.filter(({ name, error }) => (error !== undefined) !== differs.includes(name));
      if (failed.length)
        throw new Error(failed.map(({ name, error }) => `${name}: ${error?.split("\n")[0] ?? "it does not differ"}`).join("\n"));
      if (ended !== 0 || outcomes.length !== behaviours.length)
        throw new Error(`It ended with ${ended} after ${outcomes.length} behaviours: ${all.slice(-500)}`);
      return `${outcomes.filter(({ skipped }) => skipped === undefined).length} behaviours`;
    },
  }));
}

/** A stage for all of them. */
export function lazyStage(): { stage: () => Promise<Stage>; close: () => Promise<void> } {
  let started: Promise<Stage> | undefined;
  return {
    stage: () => (started ??= startStage()),
    close: async () => (await started)?.close(),
  };
}
