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
import { budget, sizeOf } from "../tools/size";

// What is published: the files of `npm pack`, as others load them. `npm test` builds dist first.

const read = (file: string) => readFileSync(file, "utf8");
const manifest = JSON.parse(read("package.json"));
const names = ["Socket", "SocketError", "defineProtocol", "jsonCodec", "rawCodec"];
/** What the script has: all parts, for it takes none. */
const scriptNames = [...names, "deliveries"].sort();

/** The files of each format. */
const formats = { cjs: /(?<!\.umd)\.js$/, esm: /\.mjs$/, script: /\.umd\.js$/ };

/** The paths at the ends of `exports`, or of a part of it. */
const pathsOf = (exports: object | string): string[] => (typeof exports === "string" ? [exports] : Object.values(exports).flatMap(pathsOf));

test("import { Socket } for a browser is at most 9 kB, minified and gzipped", async () => {
  expect((await sizeOf("Socket")).gzip).toBeLessThanOrEqual(budget);
});

test("import { deliveries } contains no socket, and shares its code with the main entry", async () => {
  const more = `export { deliveries } from "./dist/deliveries.mjs"`;
  const [socket, alone, both] = await Promise.all([sizeOf("Socket"), sizeOf("", more), sizeOf("Socket", more)]);
  expect(alone.minified).toBeLessThan(socket.minified / 2);
  expect(both.minified).toBeLessThan(socket.minified + alone.minified - 3_000);
});

test("import { defineProtocol } alone contains no socket", async () => {
  // What is left is the table of reconnecting-websocket's defaults, which draws a number when it is loaded [R14].
  const { minified } = await sizeOf("defineProtocol");
  expect(minified).toBeLessThan(300);
});

describe("the packed files", () => {
  const packed = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }));
  const files: string[] = (Array.isArray(packed) ? packed[0] : Object.values(packed)[0]).files.map(({ path }: { path: string }) => path);

  /** What two entries share: the build names it with a hash. */
  const chunk = /^dist\/[a-z]+-[\w-]{8}\.(m?js|mjs\.map|d\.m?ts)$/;
  const chunks = files.filter((file) => chunk.test(file));

  test("are exactly the expected ones", () => {
    expect(files.filter((file) => !chunks.includes(file)).sort()).toEqual(
      [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "dist/deliveries.d.mts",
        "dist/deliveries.d.ts",
        "dist/deliveries.js",
        "dist/deliveries.mjs",
        "dist/deliveries.mjs.map",
        "dist/index.d.mts",
        "dist/index.d.ts",
        "dist/index.js",
        "dist/index.mjs",
        "dist/index.mjs.map",
        "dist/wireline.umd.d.ts",
        "dist/wireline.umd.js",
        "dist/wireline.umd.js.map",
        "llms.txt",
        "package.json",
      ].sort(),
    );
  });

  test("have shared chunks of each kind, and no others", () => {
    for (const [kind, extension] of [["code", ".js"], ["code", ".mjs"], ["types", ".d.ts"], ["types", ".d.mts"]] as const) {
      const entries = ["index", "deliveries"].map((entry) => `dist/${entry}${extension}`);
      // A chunk may bring another one. Types are imported by the name of the code that they stand for.
      const asked = new Set(entries);
      for (const file of asked) {
        for (const [, name] of read(file).matchAll(/["']\.\/([\w-]+)\.m?js["']/g)) asked.add(`dist/${name}${extension}`);
      }
      const ending = new RegExp(`-[\\w-]{8}${extension.replaceAll(".", "\\.")}$`);
      expect([...asked].filter((file) => !entries.includes(file)).sort(), kind).toEqual(chunks.filter((file) => ending.test(file)).sort());
      expect(asked.size, extension).toBeGreaterThan(entries.length);
    }
  });

  test("include every file that package.json names", () => {
    const { main, module, types, unpkg, jsdelivr, exports, typesVersions } = manifest;
    expect(Object.keys(exports)).toEqual([".", "./deliveries", "./dist/wireline.umd.js", "./package.json"]);
    const named = [main, module, types, unpkg, jsdelivr, ...pathsOf(exports), ...pathsOf(typesVersions)];
    expect(named.length).toBeGreaterThan(13);
    for (const file of named) expect(files).toContain(file.replace("./", ""));
  });

  test("contain every entry as a module and for require, each with its types", () => {
    for (const [entry, name] of [[".", "index"], ["./deliveries", "deliveries"]] as const) {
      // In this order: the first that fits is taken.
      expect(JSON.stringify(manifest.exports[entry])).toBe(JSON.stringify({
        import: { types: `./dist/${name}.d.mts`, default: `./dist/${name}.mjs` },
        require: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      }));
    }
  });

  test("have types that declare only values which the code exports", async () => {
    for (const [entry, name] of [["index", "Socket"], ["deliveries", "deliveries"]]) {
      const values = Object.keys(createRequire(import.meta.url)(resolve(`dist/${entry}.js`)));
      expect(values).toContain(name);
      for (const extension of ["d.ts", "d.mts"]) {
        const lists = [...read(`dist/${entry}.${extension}`).matchAll(/^export \{ (.*) \}/gm)].map(([, list]) => list!);
        const promised = lists.flatMap((list) => list.split(", ")).filter((name) => !name.startsWith("type "));
        expect(promised.map((name) => name.split(" ").at(-1)).sort(), extension).toEqual(values.sort());
      }
    }
  });

  test("satisfy publint", async () => {
    const { messages } = await publint({ pkgDir: ".", strict: true });
    expect(messages).toEqual([]);
  });

  test("satisfy are-the-types-wrong for every way of resolving", () => {
    // Packed by us: attw itself would build dist anew, under the eyes of other tests.
    const folder = mkdtempSync(join(tmpdir(), "wireline-"));
    execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder]);
    // It fails where it finds a problem, and says which where we can see it.
    const { stdout } = spawnSync("npx", ["--no-install", "attw", join(folder, readdirSync(folder)[0]!), "--format", "json"], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    const { problems, analysis } = JSON.parse(stdout);
    expect(problems ?? {}).toEqual({});
    for (const entry of [".", "./deliveries", "./dist/wireline.umd.js"]) {
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
      import { deliveries } from "wireline/deliveries";
      declare const schema: Schema<string, number>;
      const protocol = defineProtocol({
        inbound: { saved: schema },
        outbound: { save: { param: schema, delivery: "confirm", reply: "saved", match: (sent, reply) => sent === reply } },
      });
      const socket = new Socket({ protocol, deliveries });
      export const saved: Promise<number> = socket.request("save", "x");
      export const error: Error = new SocketError("lost");
      // @ts-expect-error: the param is a string
      socket.send("save", 1);
      // @ts-expect-error: it is no part of ours
      new Socket({ deliveries: class { async drained() {} } });
      declare global {
        // As a script has it, and modules may name it in types alone.
        var made: Wireline.Socket;
      }
    `;
    // Of the package itself, as Node and TypeScript find it by its own name.
    const options: ts.CompilerOptions = { module, moduleResolution, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, types: [] };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.getSourceFile = (name, version, ...rest) => (name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version, ...rest));
    host.fileExists = (name) => name === file || fileExists(name);
    const program = ts.createProgram([file], options, host);
    const found = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    expect(found).toEqual([]);
    expect(program.getSourceFiles().map(({ fileName }) => fileName)).toContain(resolve(`dist/deliveries.d.${extension === "cts" ? "ts" : "mts"}`));
  });

  test("[R31] require neither reconnecting-websocket nor mitt to be installed, and contain none of their types", () => {
    for (const file of files.filter((file) => /\.(m?js|d\.m?ts)$/.test(file))) {
      expect(read(file), file).not.toMatch(/(from|require\()\s*["'](reconnecting-websocket|mitt|zod)/);
    }
    for (const file of files.filter((file) => /\.d\.m?ts$/.test(file))) expect(read(file), file).not.toMatch(/reconnecting-websocket|mitt\b|from ['"]zod/i);
    expect(manifest.dependencies).toBeUndefined();
  });

  test("contain only the parts of reconnecting-websocket that are called", () => {
    for (const file of files.filter((file) => /^dist\/.*js$/.test(file))) {
      expect(read(file), file).not.toMatch(/RWS>|max retries reached|dispatchEvent|handleEvent/);
    }
  });

  test("contain the licences of what is bundled", () => {
    expect(read("LICENSE")).toMatch(/reconnecting-websocket[\s\S]*Pedro Ladaria[\s\S]*mitt[\s\S]*Jason Miller/);
  });

  test("have source maps that contain the sources, except for CommonJS, and name no missing map", () => {
    for (const file of files.filter((file) => /\.m?js$/.test(file))) {
      const [, map] = /^\/\/# sourceMappingURL=(.*)$/m.exec(read(file)) ?? [];
      expect(map, file).toBe(formats.cjs.test(file) ? undefined : `${basename(file)}.map`);
      if (!map) continue;
      const { sources, sourcesContent }: { sources: string[]; sourcesContent: unknown[] } = JSON.parse(read(`dist/${map}`));
      expect(sources.length, file).toBeGreaterThan(1);
      expect(sourcesContent, file).toHaveLength(sources.length);
      for (const content of sourcesContent) expect(content, file).toBeTypeOf("string");
    }
    for (const format of [formats.esm, formats.script]) {
      const sources: string[] = files.filter((file) => format.test(file)).flatMap((file) => JSON.parse(read(`${file}.map`)).sources);
      // Each once: what two entries need is in a chunk of both.
      for (const source of ["socket", "deliveries", "errors", "messages/queue"]) {
        expect(sources.filter((it) => it.endsWith(`src/${source}.ts`)), `${source} in ${format}`).toHaveLength(1);
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
  type Entries = [index: typeof import("../../src/index"), deliveries: typeof import("../../src/deliveries")];
  // From the root, because this folder is a package of its own.
  const require = createRequire(resolve("package.json"));
  /** By the name of the package, as `exports` leads there. */
  const ways: [string, () => Promise<Entries>][] = [
    ["as a module", async () => (await Promise.all(["wireline", "wireline/deliveries"].map((name) => import(/* @vite-ignore */ pathToFileURL(esm(name)).href)))) as Entries],
    ["by require", async () => [require("wireline"), require("wireline/deliveries")]],
  ];
  /** Where `import` finds a name. */
  function esm(name: string): string {
    return resolve(manifest.exports[name.replace("wireline", ".")].import.default);
  }

  test.each(ways)("%s", async (_, load) => {
    const [index, part] = await load();
    expect(Object.keys(index).sort()).toEqual(names);
    expect(Object.keys(part)).toContain("deliveries");
  });

  test.each(ways)("%s, and both entries share one class of errors", async (_, load) => {
    const [{ Socket, SocketError }, { deliveries }] = await load();
    const socket = new Socket({ autoConnect: false, deliveries });
    for (const request of [socket.request("x", 1, { reply: "y", signal: AbortSignal.abort() }), socket.request("x", 1, {} as never)]) {
      const error = await request.catch((error: unknown) => error);
      expect(error).toBeInstanceOf(SocketError);
    }
    // What that cannot be is said by the same class, too, where there is no part.
    expect(await new Socket({ autoConnect: false }).drained().catch((error: unknown) => error)).toBeInstanceOf(SocketError);
    socket.close();
  });

  test("by name in Node itself, where a module may also import from the file for require", () => {
    const code = `
      import { createRequire } from "node:module";
      import * as index from "wireline";
      import { deliveries } from "wireline/deliveries";
      import { Socket, SocketError } from "./dist/index.js";
      import { deliveries as required } from "./dist/deliveries.js";
      const socket = new Socket({ autoConnect: false, deliveries: required });
      const error = await socket.request("x").catch((error) => error);
      console.log(JSON.stringify([Object.keys(index).sort(), typeof deliveries, error instanceof SocketError, Socket === createRequire(process.cwd() + "/x.js")("wireline").Socket]));
    `;
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
    expect(JSON.parse(out)).toEqual([names, "function", true, true]);
  });

  test.each(ways)("%s, and a socket without the part says that it needs one", async (_, load) => {
    const [{ Socket }, { deliveries }] = await load();
    expect(new Socket({ autoConnect: false, deliveries }).send("x", 1, { delivery: "latest" })).toBe("queued");
    expect(() => new Socket({ autoConnect: false }).send("x", 1, { delivery: "latest" })).toThrowError("pass deliveries");
  });

  const umd = existsSync("dist/wireline.umd.js") ? read("dist/wireline.umd.js") : "";

  test("as a script, which sets only the global Wireline", () => {
    const page: Record<string, unknown> = {};
    page.self = page;
    runInNewContext(umd, page);
    expect(Object.keys(page).sort()).toEqual(["Wireline", "self"]);
    expect(Object.keys(page.Wireline as object).sort()).toEqual(scriptNames);
  });

  test("as a script, whose part fits its socket", async () => {
    const page: { self?: object; Wireline?: typeof import("../../src/global") } = {};
    page.self = page;
    runInNewContext(umd, Object.assign(page, { URL, performance, queueMicrotask, setTimeout, clearTimeout }));
    const { Socket, SocketError, deliveries } = page.Wireline!;
    const error = await new Socket({ autoConnect: false, deliveries }).request("x", 1, { reply: "y", signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SocketError);
  });

  test("[R14] and draw a random number only for a wait", () => {
    expect(() => runInNewContext(`Math.random = () => { throw new Error("drawn when loaded") }; self = {}; ${umd}`, {})).not.toThrow();
    for (const format of Object.values(formats)) {
      const code = readdirSync("dist").filter((file) => format.test(file)).map((file) => read(`dist/${file}`)).join("\n");
      expect(code.match(/Math\.random\(\)/g), String(format)).toEqual(["Math.random()"]);
    }
  });

  test("as the UMD file by require and by an AMD loader", () => {
    const module = { exports: {} };
    runInNewContext(umd, { module });
    expect(Object.keys(module.exports).sort()).toEqual(scriptNames);
    const defined: object[] = [];
    const define = Object.assign((dependencies: string[], factory: () => object) => defined.push(dependencies, factory()), { amd: {} });
    runInNewContext(umd, { define });
    expect(defined[0]).toEqual([]);
    expect(Object.keys(defined[1]!).sort()).toEqual(scriptNames);
  });
});
