import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { publint } from "publint";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { entries, exportsOf, fileOf, parts } from "../tools/entries";
import { budget, sizeOf, sizeOfEntry } from "../tools/size";

// What is published: the files of `npm pack`, as others load them. `npm test` builds dist first.

const read = (file: string) => readFileSync(file, "utf8");
const manifest = JSON.parse(read("package.json"));
const names = ["Socket", "SocketError", "defineProtocol", "jsonCodec", "rawCodec"];

/** The files of each format. */
const formats = { cjs: /(?<!\.umd)\.js$/, esm: /\.mjs$/, script: /\.umd\.js$/ };

/** The paths at the ends of `exports`, or of a part of it. */
const pathsOf = (exports: object | string): string[] => (typeof exports === "string" ? [exports] : Object.values(exports).flatMap(pathsOf));

test(`import { Socket, defineProtocol } for a browser is at most ${budget / 1000} kB, minified and gzipped, with everything`, async () => {
  expect((await sizeOf("Socket, defineProtocol")).gzip).toBeLessThanOrEqual(budget);
});

describe.each([...entries])("wireline/$name", ({ name, budget = Infinity, exports }) => {
  test(`is at most ${budget} bytes, minified and gzipped, beside wireline and its framework`, async () => {
    expect((await sizeOfEntry(name)).gzip).toBeLessThanOrEqual(budget);
  });

  test("loads as a module and by require, with the same names", async () => {
    const module = await import(/* @vite-ignore */ pathToFileURL(resolve(`dist/${fileOf(name)}.mjs`)).href);
    const required = createRequire(resolve("package.json"))(`wireline/${name}`);
    expect([Object.keys(module).sort(), Object.keys(required).sort()]).toEqual([[...exports].sort(), [...exports].sort()]);
  });

  test("imports wireline in place of a copy of it", () => {
    for (const extension of ["js", "mjs"]) {
      expect(read(`dist/${fileOf(name)}.${extension}`)).not.toContain("ReconnectingWebSocket");
    }
  });

  test("is found in a folder of its name by what reads no exports", () => {
    const folder = JSON.parse(read(`${name}/package.json`)) as Record<"main" | "module" | "types", string>;
    const paths = [folder.main, folder.module, folder.types].map((path) => resolve(name, path));
    expect(paths).toEqual(["js", "mjs", "d.ts"].map((end) => resolve(`dist/${fileOf(name)}.${end}`)));
  });

  test("adds to the types of other packages in both formats", () => {
    const [declared, module] = ["ts", "mts"].map((end) => read(`dist/${fileOf(name)}.d.${end}`).match(/declare module ".*"/g));
    expect(module).toEqual(declared);
  });

  test("has its row in package.json", () => {
    expect(JSON.stringify(manifest.exports[`./${name}`])).toBe(JSON.stringify(exportsOf(name)));
    expect(manifest.typesVersions["*"][name]).toEqual([`./dist/${fileOf(name)}.d.ts`]);
  });
});

test.each(parts)("$name, which is loaded when it is needed, is at most $budget bytes", async ({ name, budget, exports }) => {
  expect((await sizeOfEntry(name)).gzip).toBeLessThanOrEqual(budget!);
  const required = createRequire(resolve("package.json"))(resolve(`dist/${fileOf(name)}.js`));
  expect(Object.keys(required)).toEqual(exports);
});

test("import { defineProtocol } alone contains no socket", async () => {
  // It checks the rules of commands, and throws our class of errors.
  const { minified } = await sizeOf("defineProtocol");
  expect(minified).toBeLessThan((await sizeOf("Socket")).minified / 4);
});

describe("the packed files", () => {
  const packed = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }));
  const files: string[] = (Array.isArray(packed) ? packed[0] : Object.values(packed)[0]).files.map(({ path }: { path: string }) => path);

  test("are exactly the expected ones", () => {
    expect(files.sort()).toEqual(
      [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "dist/cli.mjs",
        "dist/cli.mjs.map",
        "dist/index.d.mts",
        "dist/index.d.ts",
        "dist/index.js",
        "dist/index.js.map",
        "dist/index.mjs",
        "dist/index.mjs.map",
        ...entries.flatMap(({ name }) => ["d.mts", "d.ts", "js", "js.map", "mjs", "mjs.map"].map((end) => `dist/${fileOf(name)}.${end}`)),
        ...parts.flatMap(({ name }) => ["js", "js.map", "mjs", "mjs.map"].map((end) => `dist/${fileOf(name)}.${end}`)),
        ...entries.map(({ name }) => `${name}/package.json`),
        "dist/wireline.umd.d.ts",
        "dist/wireline.umd.js",
        "dist/wireline.umd.js.map",
        "llms.txt",
        "package.json",
      ].sort(),
    );
  });

  test("include every file that package.json names", () => {
    const { main, module, types, unpkg, jsdelivr, exports } = manifest;
    expect(Object.keys(exports)).toEqual([".", ...entries.map(({ name }) => `./${name}`), "./dist/wireline.umd.js", "./package.json"]);
    const named = [main, module, types, unpkg, jsdelivr, ...pathsOf(exports)];
    expect(named.length).toBeGreaterThan(10);
    for (const file of named) expect(files).toContain(file.replace("./", ""));
  });

  test("contain the entry as a module and for require, each with its types", () => {
    // In this order: the first that fits is taken.
    expect(JSON.stringify(manifest.exports["."])).toBe(
      JSON.stringify({
        import: { types: "./dist/index.d.mts", default: "./dist/index.mjs" },
        require: { types: "./dist/index.d.ts", default: "./dist/index.js" },
      }),
    );
  });

  test("have types that declare only values which the code exports", () => {
    const values = Object.keys(createRequire(import.meta.url)(resolve("dist/index.js")));
    expect(values.sort()).toEqual(names);
    const lists = [...read("dist/index.d.ts").matchAll(/^export \{ (.*) \}/gm)].map(([, list]) => list!);
    const promised = lists.flatMap((list) => list.split(", ")).filter((name) => !name.startsWith("type "));
    expect(promised.map((name) => name.split(" ").at(-1)).sort()).toEqual(values);
  });

  test("declare one class for both formats, so that a socket of one fits where the other is expected", () => {
    expect(read("dist/index.d.mts").trim()).toBe(`export * from "./index.js";`);
  });

  test("have declarations of at most 45 kB", () => {
    expect(read("dist/index.d.ts").length).toBeLessThanOrEqual(45_000);
  });

  test("satisfy publint", async () => {
    const { messages } = await publint({ pkgDir: ".", strict: true });
    expect(messages).toEqual([]);
  });

  test("satisfy are-the-types-wrong for every way of resolving", () => {
    // We pack it, because attw itself would rebuild dist while other tests use it.
    const folder = mkdtempSync(join(tmpdir(), "wireline-"));
    execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]);
    // It fails where it finds a problem, and says which where we can see it.
    const { stdout } = spawnSync("npx", ["--no-install", "attw", join(folder, readdirSync(folder)[0]!), "--format", "json"], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    const { problems, analysis } = JSON.parse(stdout);
    expect(problems ?? {}).toEqual({});
    for (const entry of [".", ...entries.map(({ name }) => `./${name}`), "./dist/wireline.umd.js"]) {
      expect(Object.keys(analysis.entrypoints[entry].resolutions).sort()).toEqual(["bundler", "node10", "node16-cjs", "node16-esm"]);
    }
  });

  test.each([
    ["node16", "module", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16, "mts"],
    ["node16", "script", ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16, "cts"],
    ["bundler", "module", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler, "ts"],
  ])("have complete types that fit each other (%s, %s)", (_, __, module, moduleResolution, extension) => {
    const file = resolve(`user.${extension}`);
    const text = `
      /// <reference path="./dist/wireline.umd.d.ts" />
      import { defineProtocol, type Schema, Socket, SocketError } from "wireline";
      declare const schema: Schema<string, number>;
      const protocol = defineProtocol({
        inbound: { saved: schema },
        outbound: { save: { param: schema, delivery: "confirm", reply: "saved", match: (sent, reply) => sent === reply } },
      });
      const socket = new Socket({ protocol });
      export const saved: Promise<number> = socket.request("save", "x");
      export const error: Error = new SocketError("lost");
      // @ts-expect-error: the param is a string
      socket.send("save", 1);
      export const confirmed: Promise<number> = socket.confirm("save", "x");
      declare global {
        // As a script has it, and modules may name it in types alone.
        var made: Wireline.Socket;
      }
    `;
    // Of the package itself, as Node and TypeScript find it by its own name.
    const options: ts.CompilerOptions = { module, moduleResolution, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, types: [] };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.getSourceFile = (name, version, ...rest) =>
      name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version, ...rest);
    host.fileExists = (name) => name === file || fileExists(name);
    const program = ts.createProgram([file], options, host);
    const found = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    expect(found).toEqual([]);
    expect(program.getSourceFiles().map(({ fileName }) => fileName)).toContain(
      resolve(`dist/index.d.${extension === "cts" ? "ts" : "mts"}`),
    );
  });

  test("[R31] require neither reconnecting-websocket nor mitt to be installed, and contain none of their types", () => {
    for (const file of files.filter((file) => /\.(m?js|d\.m?ts)$/.test(file))) {
      expect(read(file), file).not.toMatch(/(from|require\()\s*["'](reconnecting-websocket|mitt|zod)/);
    }
    for (const file of files.filter((file) => /\.d\.m?ts$/.test(file)))
      expect(read(file), file).not.toMatch(/reconnecting-websocket|mitt\b|from ['"]zod/i);
    expect(manifest.dependencies).toBeUndefined();
  });

  test("contain the licences of what is bundled", () => {
    expect(read("LICENSE")).toMatch(/reconnecting-websocket[\s\S]*Pedro Ladaria[\s\S]*mitt[\s\S]*Jason Miller/);
  });

  test("have source maps that contain the sources, and name no missing map", () => {
    for (const file of files.filter((file) => /\.m?js$/.test(file))) {
      const [, map] = /^\/\/# sourceMappingURL=(.*)$/m.exec(read(file)) ?? [];
      expect(map, file).toBe(`${basename(file)}.map`);
      const { sources, sourcesContent }: { sources: string[]; sourcesContent: unknown[] } = JSON.parse(read(`dist/${map}`));
      expect(sources.length, file).toBeGreaterThan(0);
      expect(sourcesContent, file).toHaveLength(sources.length);
      for (const content of sourcesContent) expect(content, file).toBeTypeOf("string");
    }
    for (const format of [formats.esm, formats.script]) {
      const sources: string[] = files.filter((file) => format.test(file)).flatMap((file) => JSON.parse(read(`${file}.map`)).sources);
      for (const source of ["socket", "client", "errors", "messages/queue"]) {
        expect(
          sources.filter((it) => it.endsWith(`src/${source}.ts`)),
          `${source} in ${format}`,
        ).toHaveLength(1);
      }
    }
  });

  test("have source maps without a path of the machine that built them", () => {
    for (const file of files.filter((file) => file.endsWith(".map"))) {
      const { sources }: { sources: string[] } = JSON.parse(read(file));
      expect(sources.filter(isAbsolute), file).toEqual([]);
    }
  });
});

describe("the files load", () => {
  type Entry = typeof import("../../src/index");
  // From the root, because this folder is a package of its own.
  const require = createRequire(resolve("package.json"));
  /** By the name of the package, as `exports` leads there. */
  const ways: [string, () => Promise<Entry>][] = [
    ["as a module", async () => import(/* @vite-ignore */ pathToFileURL(resolve(manifest.exports["."].import.default)).href)],
    ["by require", async () => require("wireline")],
  ];

  test.each(ways)("%s", async (_, load) => {
    expect(Object.keys(await load()).sort()).toEqual(names);
  });

  test.each(ways)("%s, with requests, confirmations and drained(), which reject with the one class of errors", async (_, load) => {
    const { Socket, SocketError } = await load();
    const socket = new Socket({ autoConnect: false });
    const signal = AbortSignal.abort();
    const calls = [
      socket.request("x", 1, { reply: "y", signal }),
      socket.confirm("x", 1, { reply: "y", signal }),
      socket.request("x" as never, 1),
    ];
    for (const call of calls) expect(await call.catch((error: unknown) => error)).toBeInstanceOf(SocketError);
    expect(socket.send("x", 1, { delivery: "latest" })).toBe("queued");
    socket.onDrop(() => {});
    socket.close();
  });

  test("by name in Node itself, where a module may also import from the file for require", () => {
    const code = `
      import { createRequire } from "node:module";
      import * as index from "wireline";
      import { Socket, SocketError } from "./dist/index.js";
      const socket = new Socket({ autoConnect: false });
      const error = await socket.request("x").catch((error) => error);
      console.log(JSON.stringify([Object.keys(index).sort(), error instanceof SocketError, Socket === createRequire(process.cwd() + "/x.js")("wireline").Socket]));
    `;
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
    expect(JSON.parse(out)).toEqual([names, true, true]);
  });

  const umd = existsSync("dist/wireline.umd.js") ? read("dist/wireline.umd.js") : "";

  test("as a script, which sets only the global Wireline", () => {
    const page: Record<string, unknown> = {};
    page.self = page;
    runInNewContext(umd, page);
    expect(Object.keys(page).sort()).toEqual(["Wireline", "self"]);
    expect(Object.keys(page.Wireline as object).sort()).toEqual(names);
  });

  test("as a script, whose socket has requests", async () => {
    const page: { self?: object; Wireline?: typeof import("../../src/index") } = {};
    page.self = page;
    runInNewContext(umd, Object.assign(page, { URL, performance, queueMicrotask, setTimeout, clearTimeout }));
    const { Socket, SocketError } = page.Wireline!;
    const socket = new Socket({ autoConnect: false });
    const error = await socket.request("x", 1, { reply: "y", signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SocketError);
  });

  test("[R14] and draw a random number only for a wait", () => {
    expect(() => runInNewContext(`Math.random = () => { throw new Error("drawn when loaded") }; self = {}; ${umd}`, {})).not.toThrow();
    for (const format of Object.values(formats)) {
      for (const file of readdirSync("dist").filter((file) => format.test(file))) {
        const drawn = read(`dist/${file}`).match(/Math\.random\(\)/g)?.length ?? 0;
        // A live query waits before it fetches again.
        const waits = /^(index|wireline|resume)\./.test(file) ? 1 : 0;
        expect([file, drawn]).toEqual([file, waits]);
      }
    }
  });

  test("as the UMD file by require and by an AMD loader", () => {
    const module = { exports: {} };
    runInNewContext(umd, { module });
    expect(Object.keys(module.exports).sort()).toEqual(names);
    const defined: object[] = [];
    const define = Object.assign((dependencies: string[], factory: () => object) => defined.push(dependencies, factory()), { amd: {} });
    runInNewContext(umd, { define });
    expect(defined[0]).toEqual([]);
    expect(Object.keys(defined[1]!).sort()).toEqual(names);
  });
});
