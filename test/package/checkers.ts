import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { publint } from "publint";
import { budget, sizeOf } from "../tools/size";
import type { Check } from "./check";
import { finish } from "./program";

const root = resolve(import.meta.dirname, "../..");

/** What tools say of the packed file itself. */
export function checkerChecks(tarball: string): Check[] {
  return [
    {
      name: "publint · the packed file",
      async run() {
        const bytes = readFileSync(tarball);
        const { messages } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
        if (messages.length) throw new Error(messages.map(({ code, path }) => `${code} at ${path.join(".")}`).join("\n"));
      },
    },
    {
      name: "are-the-types-wrong · the packed file",
      async run() {
        // It ends with 1 where it finds a problem, and says which where we can see it.
        const { stdout } = await finish("npx", ["--no-install", "attw", tarball, "--format", "json"], root);
        const { problems, analysis } = JSON.parse(stdout);
        const kinds = Object.keys(problems ?? {});
        if (kinds.length) throw new Error(`It finds ${kinds.join(", ")}: run npx attw on the packed file.`);
        return `${Object.keys(analysis.entrypoints).length} entries`;
      },
    },
    {
      name: "The size of import { Socket, defineProtocol }",
      async run() {
        const { gzip } = await sizeOf("Socket, defineProtocol");
        if (gzip > budget) throw new Error(`It is ${gzip} bytes gzipped, more than ${budget}: npm run size shows of what.`);
        return `${gzip} of ${budget} bytes gzipped`;
      },
    },
  ];
}
