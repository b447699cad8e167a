import { createRequire } from "node:module";
import { join } from "node:path";
import type { Check } from "./check";
import { runProgram } from "./program";

/** What finds the package by rules of its own: React Native's Metro, and Jest, whose jsdom lacks globals. */
export function resolverChecks(folder: string): Check[] {
  return [
    {
      name: "Metro 0.81 · every entry, without exports",
      async run() {
        const { all } = await runProgram(process.execPath, [join(folder, "bundlers/metro.cjs")], folder);
        const [main = ""] = all.split("\n");
        if (main !== `. ${join("node_modules/wireline/dist/index.js")} function`) throw new Error(`It found: ${all.trim()}`);
        return `${all.trim().split("\n").length} found`;
      },
    },
    {
      name: "Jest · jsdom, without TextEncoder",
      async run() {
        const { startPeer } = createRequire(join(folder, "index.js"))("./node/peer.cjs") as {
          startPeer(): Promise<{ url: string; close(): void }>;
        };
        const peer = await startPeer();
        try {
          const jest = join(folder, "node_modules/jest/bin/jest.js");
          const globals = JSON.stringify({ peer: peer.url });
          const { all } = await runProgram(
            process.execPath,
            [jest, "--rootDir", join(folder, "jest"), "--ci", "--globals", globals],
            folder,
          );
          return /(\d+) passed/.exec(all)?.[0];
        } finally {
          peer.close();
        }
      },
    },
  ];
}
