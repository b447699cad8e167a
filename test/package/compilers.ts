import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, lazily } from "./check";
import { brief, finish } from "./program";

/** The oldest that the README names, and those in use. */
const versions = ["5.4", "5.9", "6", "7"];

interface Project {
  /** The folder to compile in. */
  readonly name: string;
  /** What to compile, from fixtures/types; the name there, and the name here. */
  readonly files: readonly (readonly [source: string, name: string])[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Where zod is installed. @default zod */
  readonly zod?: string;
}

const page = { lib: ["ES2022", "DOM"], types: [] };
const server = { lib: ["ES2022"], types: ["node"] };
const bundler = { ...page, module: "esnext", moduleResolution: "bundler", verbatimModuleSyntax: true, isolatedModules: true };
const node = (resolution: string) => ({ module: resolution, moduleResolution: resolution });
const modules = [
  ["program.ts", "program.mts"],
  ["mini.ts", "mini.mts"],
] as const;
const scripts = [
  ["program.ts", "program.cts"],
  ["mini.ts", "mini.cts"],
  ["required.cts", "required.cts"],
] as const;

/** What TypeScript's users do: their programs compile, with our declarations read as their own. */
export function compilerChecks(folder: string): Check[] {
  return versions.flatMap((version): Check[] => {
    const check = (what: string, compiled: () => Promise<string[]>): Check => ({
      name: `TypeScript ${version} · ${what}`,
      run: async () => report(await compiled()),
    });
    const inOne = (project: Project) => lazily(() => compile(folder, version, project, true));
    const inBoth = (project: Project) =>
      lazily(async () => [...new Set((await Promise.all([true, false].map((exact) => compile(folder, version, project, exact)))).flat())]);
    return [
      check(
        "bundler · import",
        inBoth({
          name: "bundler",
          files: [
            ["program.ts", "program.ts"],
            ["mini.ts", "mini.ts"],
            ["testing.ts", "testing.ts"],
          ],
          options: bundler,
        }),
      ),
      ...["node16", "nodenext"].flatMap((resolution) => {
        const compiled = inBoth({ name: resolution, files: [...modules, ...scripts], options: { ...page, ...node(resolution) } });
        // Of both programs in one go: the compiler names the file of each fault.
        return [
          check(`${resolution} · import`, async () => (await compiled()).filter((line) => !/\.(cts|d\.ts)\(/.test(line))),
          check(`${resolution} · require`, async () => (await compiled()).filter((line) => !/\.mts\(/.test(line))),
        ];
      }),
      check(
        "nodenext · a server without the DOM",
        inOne({
          name: "server",
          files: [
            ["server.ts", "server.mts"],
            ["server.ts", "server.cts"],
            ["testing.ts", "testing.mts"],
            ["testing.ts", "testing.cts"],
          ],
          options: { ...server, ...node("nodenext") },
        }),
      ),
      check(
        "bundler · the script's global",
        inOne({
          name: "script",
          files: [["script.ts", "script.ts"]],
          options: { ...page, module: "esnext", moduleResolution: "bundler", types: ["wireline/dist/wireline.umd.js"] },
        }),
      ),
      check("bundler · wrong uses, named in the first line", async () =>
        unnamed(folder, await compile(folder, version, { name: "wrong", files: [["wrong.ts", "wrong.ts"]], options: bundler }, true)),
      ),
      // What Vitest itself declares needs a new compiler.
      ...(version === "5.9"
        ? [
            check(
              "bundler · the matchers of Vitest and Jest",
              inOne({
                name: "matchers",
                files: [
                  ["vitest.ts", "vitest.ts"],
                  ["jest.ts", "jest.ts"],
                ],
                options: { ...bundler, types: ["node"], skipLibCheck: true },
              }),
            ),
          ]
        : []),
      // The oldest of each: what zod itself declares differs, and the oldest compiler is the hardest to please.
      ...(version === versions[0]
        ? ([
            ["3.25.4", "zod3.25"],
            ["4.0.0", "zod4.0"],
          ] as const)
        : []
      ).map(([number, zod]) =>
        check(
          `node16 · zod ${number}`,
          inOne({
            name: zod,
            files: [
              ["program.ts", "program.mts"],
              ["program.ts", "program.cts"],
            ],
            options: { ...page, ...node("node16") },
            zod,
          }),
        ),
      ),
    ];
  });
}

async function compile(folder: string, version: string, { name, files, options, zod = "zod" }: Project, exact: boolean): Promise<string[]> {
  const place = join(folder, "compiled", version, `${name}${exact ? "-exact" : ""}`);
  mkdirSync(place, { recursive: true });
  for (const [source, file] of files) copyFileSync(join(folder, "types", source), join(place, file));
  if (zod !== "zod") {
    mkdirSync(join(place, "node_modules"));
    symlinkSync(join(folder, "node_modules", zod), join(place, "node_modules/zod"), "junction");
  }
  // Declarations are written, since a library of a user's must be able to name what it exports.
  const compilerOptions = {
    target: "ES2022",
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: exact,
    skipLibCheck: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: "out",
    listFiles: true,
    ...options,
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: files.map(([, file]) => file) }));
  const tsc = join(folder, "node_modules", `typescript${version}`, "bin/tsc");
  const { found, read } = sort((await finish(process.execPath, [tsc, "-p", place, "--pretty", "false"], place)).all);
  if (found.length) return found.map((line) => line.replace(/^(\.\.\/)+/, ""));
  return [
    ...strangers(folder, read, zod),
    ...leaks(
      place,
      files.map(([, file]) => file),
    ),
  ];
}

/** The wrong uses of a fixture that the compiler's first line about them does not name, from all that it has found. */
function unnamed(folder: string, found: string[]): string[] {
  const lines = readFileSync(join(folder, "types/wrong.ts"), "utf8").split("\n");
  const uses = lines.flatMap((line, index) =>
    line.startsWith("// says ") ? [{ number: index + 2, words: line.slice("// says ".length).split(" ") }] : [],
  );
  const messages = found.filter((line) => /^\S*wrong\.ts\(/.test(line));
  return uses.flatMap(({ number, words }) => {
    const [first = "nothing", ...others] = messages.filter((message) => message.includes(`wrong.ts(${number},`));
    return others.length || words.some((word) => !first.includes(word))
      ? [`Line ${number} should be said to be wrong by ${words.join(" ")}: ${first}`]
      : [];
  });
}

/** Tells what the compiler has found from the names of the files that it has read. */
function sort(output: string): { found: string[]; read: string[] } {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const isFile = (line: string) => /\.[cm]?tsx?$/.test(line) && !line.includes(": ");
  return { found: lines.filter((line) => !isFile(line)), read: lines.filter(isFile).map((line) => line.replaceAll("\\", "/")) };
}

/** Says where the compiler has looked for us or for zod, if not in what is installed: it would have compiled something else. */
function strangers(folder: string, read: string[], zod: string): string[] {
  const home = folder.replaceAll("\\", "/");
  const ours = read.filter((file) => file.startsWith(`${home}/node_modules/wireline/dist/`));
  const others = read.filter((file) => file.startsWith(`${home}/node_modules/zod`) && !file.startsWith(`${home}/node_modules/${zod}/`));
  return [
    ...(ours.length ? [] : ["It has read no declarations of the installed package."]),
    ...others.slice(0, 1).map((file) => `It has read ${file.replace(`${home}/`, "")} in place of ${zod}.`),
    ...read
      .filter((file) => !file.startsWith(home))
      .slice(0, 1)
      .map((file) => `It has read ${file}, which is not in the user's project.`),
  ];
}

/** The declarations of a user's library may not name files that users cannot import. */
function leaks(place: string, files: string[]): string[] {
  const written = files.filter((file) => !file.startsWith("script")).map((file) => file.replace(/\.([cm]?)ts$/, ".d.$1ts"));
  return written.flatMap((file) => {
    const [name] = /["']wireline\/dist\/[^"']*|["'][^"']*node_modules[^"']*/.exec(readFileSync(join(place, "out", file), "utf8")) ?? [];
    return name ? [`${file} names ${name.slice(1)}, which cannot be imported: export that type.`] : [];
  });
}

function report(found: string[]): void {
  if (found.length) throw new Error(brief(found.join("\n")));
}
