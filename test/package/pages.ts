import { budget } from "../tools/size";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Check, lazily } from "./check";
import { runProgram } from "./program";
import type { Visitor } from "./visitor";

/** Bundlers with a script in fixtures/bundlers; `common` where CommonJS is bundled without a plugin, `env` where `import.meta.env` is known. */
const bundlers: { name: string; title: string; common?: true; env?: true }[] = [
  { name: "vite", title: "Vite", env: true },
  { name: "webpack", title: "webpack", common: true, env: true },
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
    ...bundlers.flatMap(({ name, title, common, env }) => {
      const pages = [
        "app.mjs",
        "socket.mjs",
        "protocol.mjs",
        ...(common ? ["common.cjs"] : []),
        ...(env ? ["devtools.mjs", "inspected.mjs"] : []),
      ];
      const built = lazily(async () => {
        const { all } = await runProgram(process.execPath, [join(folder, "bundlers", `${name}.mjs`), ...pages], folder);
        if (all.trim()) throw new Error(`It warns: ${all.trim()}`);
        const out = join(folder, "out", name);
        const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((file) => /js$/.test(file));
        return new Map(files.map((file) => [file, readFileSync(join(out, file), "utf8")]));
      });
      const check = (
        what: string,
        page: string,
        says: string,
        look: (code: string, bundles: ReadonlyMap<string, string>) => string,
      ): Check => ({
        name: `${title} · ${what}`,
        async run() {
          const bundles = await built();
          const note = look(bundles.get(page)!, bundles);
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
        check("defineProtocol alone: no socket", "protocol.mjs", "inbound and outbound", (code, bundles) => {
          const words = ["readyState", "bufferedAmount", "addEventListener"];
          if (!words.every((word) => bundles.get("app.mjs")!.includes(word)))
            throw new Error("A bundle with a socket has no such words: the check sees nothing.");
          refuse(code, words);
          return size(code);
        }),
        ...(env
          ? [
              check("an inspector for development leaves nothing behind", "devtools.mjs", "ada: hi", (code, bundles) => {
                const words = ["wireline-devtools", "Wireline inspector"];
                const others = [...bundles].filter(([file]) => file !== "devtools.mjs").map(([, code]) => code);
                if (!words.every((word) => others.some((code) => code.includes(word))))
                  throw new Error("A bundle with the inspector has no such words: the check sees nothing.");
                refuse(code, words);
                return size(code);
              }),
              check("an inspector whose panel is loaded when it is opened", "inspected.mjs", "ada: hi", (code, bundles) => {
                refuse(code, [panelWords]);
                const [, panel] = [...bundles].find(([, code]) => code.includes(panelWords)) ?? [];
                if (!panel) throw new Error("No file has the panel in it.");
                return `${size(code)}, and ${size(panel)} later`;
              }),
            ]
          : []),
        ...(common ? [check("CommonJS", "common.cjs", "ada: hi (answered)", size)] : []),
      ];
    }),
  ];
}

/** What the panel says, and nothing else does. */
const panelWords = "No messages yet";

const gzip = (code: string) => gzipSync(code, { level: 9 }).length;

function size(code: string): string {
  return `${(gzip(code) / 1000).toFixed(1)} kB gzipped`;
}

function refuse(code: string, words: readonly string[]): void {
  const found = words.filter((word) => code.includes(word));
  if (found.length) throw new Error(`The bundle has ${found.join(", ")} in it.`);
}
