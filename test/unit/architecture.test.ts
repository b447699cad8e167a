import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { entries } from "../tools/entries";

// The structure of src/: which file may import which. Imports of types count like others.

const root = resolve(import.meta.dirname, "../..");
const src = join(root, "src");

interface File {
  /** Its path below src. */
  readonly name: string;
  readonly text: string;
  readonly source: ts.SourceFile;
  /** What it imports: paths below src, or names of packages. */
  readonly imports: readonly string[];
}

function read(name: string): File {
  const text = readFileSync(join(src, name), "utf8");
  // Static, dynamic, type and re-exporting imports, and require.
  const imports = ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? relative(src, resolve(src, dirname(name), `${fileName}.ts`)) : fileName,
    );
  return { name, text, source: ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true), imports };
}

const allFiles = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map(read);

const rooms = ["connection", "messages", "subscriptions"];

/** The entries beside `wireline`: the folders that are no rooms. */
const entryFiles = allFiles.filter(({ name }) => name.includes("/") && !rooms.includes(name.split("/")[0]!));
/** The library itself. */
const files = allFiles.filter((file) => !entryFiles.includes(file));
const names = files.map(({ name }) => name);
const allNames = allFiles.map(({ name }) => name);
const isOurs = (name: string) => names.includes(name);

/** The floors of the house, from the roof down. The rooms stand side by side on one of them. */
const floors = ["index", "socket", "channel", "commands", "client", "options", "printer", "tap", "rooms", "protocol", "foundation"];
/** What everything stands on: it knows nothing of sockets. */
const foundation = ["errors.ts", "signal.ts", "text.ts", "timer.ts", "usage.ts"];

/** The room of a file. The protocol, which users meet first, is the ground of the messages. */
function room(name: string): string | undefined {
  if (name === "protocol.ts") return "messages";
  return rooms.includes(dirname(name)) ? dirname(name) : undefined;
}

/** The number of a file's floor, from the roof down. */
function floor(name: string): number {
  if (rooms.includes(dirname(name))) return floors.indexOf("rooms");
  if (foundation.includes(name)) return floors.indexOf("foundation");
  const number = floors.indexOf(name.replace(".ts", ""));
  return number < 0 ? NaN : number;
}

const inFoundation = (...names: string[]) => names.every((name) => foundation.includes(name));

/** Everything under a node, itself included. */
function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

/** How many declarations a function of a file has. */
const signatures = (source: ts.SourceFile, name: string | undefined) =>
  source.statements.filter((node) => ts.isFunctionDeclaration(node) && node.name?.text === name).length;

const arrows = files.flatMap(({ name, imports }) => imports.map((to) => [name, to] as const));
const show = ([from, to]: readonly [string, string]) => `${from} → ${to}`;
const importersOf = (library: RegExp) => [...new Set(arrows.filter(([, to]) => library.test(to)).map(([from]) => from))];

describe("the imports", () => {
  test("are found by this test", () => {
    expect(files.length).toBeGreaterThan(15);
    expect(arrows.map(show)).toEqual(
      expect.arrayContaining(["index.ts → socket.ts", "client.ts → messages/message.ts", "subscriptions/events.ts → mitt"]),
    );
  });

  test("lead to our own files, or to the two libraries", () => {
    expect(arrows.filter(([, to]) => !isOurs(to) && !["mitt", "reconnecting-websocket"].includes(to)).map(show)).toEqual([]);
  });

  test("start and end on a known floor", () => {
    expect(names.filter((name) => Number.isNaN(floor(name)))).toEqual([]);
  });

  test("lead down, or to a file of the same room", () => {
    const sameRoom = (from: string, to: string) => room(from) !== undefined && room(from) === room(to);
    const wrong = arrows
      .filter(([, to]) => isOurs(to))
      .filter(([from, to]) => floor(from) >= floor(to) && !sameRoom(from, to) && !inFoundation(from, to));
    expect(wrong.map(show)).toEqual([]);
  });

  test("do not lead from one room to another", () => {
    const crossing = arrows.filter(([from, to]) => room(from) && room(to) && room(from) !== room(to));
    expect(crossing.map(show)).toEqual([]);
  });

  test("have no cycle", () => {
    const reachable = (name: string, seen = new Set<string>()): Set<string> => {
      for (const [from, to] of arrows) {
        if (from !== name || seen.has(to)) continue;
        seen.add(to);
        reachable(to, seen);
      }
      return seen;
    };
    expect(names.filter((name) => reachable(name).has(name))).toEqual([]);
  });
});

describe("the boundaries", () => {
  test("only connection/transport.ts imports reconnecting-websocket", () => {
    expect(importersOf(/^reconnecting-websocket/)).toEqual(["connection/transport.ts"]);
  });

  test("only subscriptions/events.ts imports mitt", () => {
    expect(importersOf(/^mitt/)).toEqual(["subscriptions/events.ts"]);
  });

  test("[Z1] no file imports zod, not even its types", () => {
    expect(importersOf(/^zod/)).toEqual([]);
  });

  test("only connection/environment.ts uses window, document and navigator", () => {
    const known = files.filter(({ source }) =>
      [...nodes(source)].some(
        (node) => (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && /^(window|document|navigator)$/.test(node.text),
      ),
    );
    expect(known.map(({ name }) => name).filter((name) => name !== "connection/environment.ts")).toEqual([]);
  });
});

describe("the entries", () => {
  const folderOf = (name: string) => name.split("/")[0]!;

  test("import public surfaces, their own folder, or a package", () => {
    const wrong = entryFiles.flatMap(({ name, imports }) =>
      imports
        .filter((to) => allFiles.some((file) => file.name === to))
        .filter((to) => basename(to) !== "index.ts" && folderOf(to) !== folderOf(name))
        .map((to) => show([name, to])),
    );
    expect(wrong).toEqual([]);
  });

  test("have a folder each, which the list of entries names", () => {
    const folders = new Set(entryFiles.map(({ name }) => folderOf(name)));
    expect([...new Set(entries.map(({ source }) => folderOf(source)))].sort()).toEqual([...folders].sort());
  });
});

describe("each file", () => {
  test("has a noun as its name, and none collects unrelated things", () => {
    expect(allNames.filter((name) => !/^[a-z]+\.ts$/.test(basename(name)))).toEqual([]);
    expect(allNames.filter((name) => /^(utils?|types?|helpers?|common|misc|shared)\.ts$/.test(basename(name)))).toEqual([]);
    const surfaces = ["index.ts", ...entries.map(({ source }) => source)];
    expect(allNames.filter((name) => basename(name) === "index.ts" && !surfaces.includes(name))).toEqual([]);
  });

  test("has at most 350 lines of code, without its documentation; the client, where the rooms meet, 450", () => {
    const lines = ({ text }: File) => text.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line)).length;
    const limit = ({ name }: File) => (name === "client.ts" ? 450 : 350);
    expect(allFiles.filter((file) => lines(file) > limit(file)).map((file) => [file.name, lines(file)])).toEqual([]);
  });

  test("exports by name, never by default", () => {
    const isDefault = (node: ts.Node) =>
      ts.isExportAssignment(node) ||
      (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) ||
      (ts.isExportSpecifier(node) && node.name.text === "default");
    expect(allFiles.filter(({ source }) => [...nodes(source)].some(isDefault)).map(({ name }) => name)).toEqual([]);
  });

  test("has no any, no enum and no ignored error", () => {
    const ugly = allFiles.filter(
      ({ source, text }) =>
        /@ts-(ignore|nocheck|expect-error)/.test(text) ||
        [...nodes(source)].some(({ kind }) => kind === ts.SyntaxKind.AnyKeyword || kind === ts.SyntaxKind.EnumDeclaration),
    );
    expect(ugly.map(({ name }) => name)).toEqual([]);
  });

  test("documents each of its exports, in JSDoc unless it is internal", () => {
    const silent = allFiles.flatMap(({ name, source }) =>
      source.statements
        .filter((node) => ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
        .filter((node) => ts.getJSDocCommentsAndTags(node).length === 0 && !ts.getLeadingCommentRanges(source.text, node.pos))
        // The documentation of a function with several signatures stands at the first.
        .filter((node) => !(ts.isFunctionDeclaration(node) && node.body && signatures(source, node.name?.text) > 1))
        .map((node) => `${name}: ${node.getText().split("\n")[0]}`),
    );
    expect(silent).toEqual([]);
  });
});

describe("the bundle", () => {
  let code: string;
  let inputs: string[];

  beforeAll(async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [join(src, "index.ts")],
      bundle: true,
      write: false,
      metafile: true,
      format: "cjs",
      platform: "neutral",
      mainFields: ["module", "main"],
      absWorkingDir: root,
    });
    inputs = Object.keys(metafile.inputs);
    code = outputFiles[0]!.text;
  });

  /** Runs it where there is nothing but the language, and what else is given. */
  function run(globals: object) {
    const module: { exports: Partial<typeof import("../../src/index")> } = { exports: {} };
    const context = createContext(Object.defineProperty(globals, "module", { value: module, enumerable: true }));
    runInContext(`"use strict"; ((exports) => { ${code}\n})(module.exports)`, context);
    return { ...module.exports, context };
  }

  test("[Z1] contains the two libraries, and neither zod nor any other", () => {
    const libraries = inputs.map((name) => /node_modules\/([^/]+)/.exec(name)?.[1]).filter(Boolean);
    expect([...new Set(libraries)].sort()).toEqual(["mitt", "reconnecting-websocket"]);
  });

  test("[M6] contains mitt, works as CommonJS, and our public types do not mention mitt", () => {
    const { Socket } = run({ URL, performance, queueMicrotask });
    const socket = new Socket!({ autoConnect: false });
    expect(socket.on("chat", () => {})).toBeTypeOf("function");
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, Record<string, string> | undefined>;
    for (const field of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      expect(Object.keys(manifest[field] ?? {})).not.toContain("mitt");
    }
    expect(declarations()).not.toMatch(/from "(mitt|reconnecting-websocket|zod)"|import\("(mitt|reconnecting-websocket|zod)"\)/);
  });

  test("can be imported where only the language exists, and leaves no global behind", () => {
    expect(Reflect.ownKeys(run({}).context)).toEqual(["module"]);
  });

  test("does nothing on import: no timer, no listener, no request, no access to the page", () => {
    const touched: string[] = [];
    const globals = [
      "setTimeout",
      "setInterval",
      "setImmediate",
      "queueMicrotask",
      "requestAnimationFrame",
      "addEventListener",
      "fetch",
      "WebSocket",
      "Worker",
      "window",
      "document",
      "navigator",
      "location",
      "localStorage",
      "process",
      "console",
      "performance",
      "crypto",
      "Event",
      "AbortController",
      "TextEncoder",
    ];
    const traps = Object.fromEntries(
      globals.map((name) => [name, { get: () => void touched.push(name), enumerable: true, configurable: true }]),
    );
    run(Object.defineProperties({}, traps));
    expect(touched).toEqual([]);
  });
});

/** The types that our users see: the declarations of every file, without their comments. */
function declarations(): string {
  let text = "";
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    removeComments: true,
    skipLibCheck: true,
  };
  ts.createProgram([join(src, "index.ts")], options).emit(undefined, (_, written) => (text += written));
  expect(text).toContain("class Socket");
  return text;
}
