import { budget } from "../tools/size";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Check, lazily } from "./check";
import { runProgram } from "./program";
import type { Visitor } from "./visitor";

/** Bundlers with a script in fixtures/bundlers; `common` where CommonJS is bundled without a plugin. */
const bundlers: { name: string; title: string; common?: true }[] = [
  { name: "vite", title: "Vite" },
  { name: "webpack", title: "webpack", common: true },
  { name: "rollup", title: "Rollup" },
  { name: "esbuild", title: "esbuild", common: true },
  { name: "rolldown", title: "Rolldown" },
  { name: "rspack", title: "Rspack", common: true },
  { name: "parcel", title: "Parcel", common: true },
];

/** The most that `import { Socket }` may cost in any bundler, with the page's own lines and the bundler's, gzipped. */
const limit = budget + 1_000;

/** What makers of pages do: with bundlers, with a script tag and with RequireJS, in a real browser. */
export function pageChecks(folder: string, visitor: Visitor | undefined): Check[] {
  const hear = async (path: string, says: string): Promise<void> => {
    if (!visitor) return;
    const said = await visitor.hear(path);
    if (said !== says) throw new Error(`The page said ${JSON.stringify(said)} in place of ${JSON.stringify(says)}.`);
  };
  const scripts = visitor
    ? [
        ["a script tag", "script"],
        ["RequireJS", "amd"],
      ]
    : [];
  return [
    ...scripts.map(([what, file]) => ({ name: `Chromium · ${what}`, run: () => hear(`/pages/${file}.html`, "ada: hi (answered)") })),
    ...bundlers.flatMap(({ name, title, common }) => {
      const pages = ["app.mjs", "socket.mjs", "protocol.mjs", ...(common ? ["common.cjs"] : [])];
      const built = lazily(async () => {
        const { all } = await runProgram(process.execPath, [join(folder, "bundlers", `${name}.mjs`), ...pages], folder);
        if (all.trim()) throw new Error(`It warns: ${all.trim()}`);
        return new Map(pages.map((page) => [page, readFileSync(join(folder, "out", name, page), "utf8")]));
      });
      const check = (what: string, page: string, says: string, look: (code: string, app: string) => string): Check => ({
        name: `${title} · ${what}`,
        async run() {
          const bundles = await built();
          const note = look(bundles.get(page)!, bundles.get("app.mjs")!);
          await hear(`/out/${name}/${page}`, says);
          return note;
        },
      });
      return [
        check("Socket and zod", "app.mjs", "ada: hi (answered)", (code) => `${size(code)}, zod included`),
        check("Socket alone", "socket.mjs", "ada: hi", (code) => {
          if (gzip(code) > limit) throw new Error(`It is ${gzip(code)} bytes gzipped, more than ${limit}.`);
          return size(code);
        }),
        check("defineProtocol alone: no socket", "protocol.mjs", "inbound and outbound", (code, app) => {
          const words = ["readyState", "bufferedAmount", "addEventListener"];
          if (!words.every((word) => app.includes(word)))
            throw new Error("A bundle with a socket has no such words: the check sees nothing.");
          refuse(code, words);
          return size(code);
        }),
        ...(common ? [check("CommonJS", "common.cjs", "ada: hi (answered)", size)] : []),
      ];
    }),
  ];
}

const gzip = (code: string) => gzipSync(code, { level: 9 }).length;

function size(code: string): string {
  return `${(gzip(code) / 1000).toFixed(1)} kB gzipped`;
}

function refuse(code: string, words: readonly string[]): void {
  const found = words.filter((word) => code.includes(word));
  if (found.length) throw new Error(`The bundle has ${found.join(", ")} in it.`);
}
