import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";

// The house of DESIGN.md §5: who may know whom. Imports of types count like others.

const root = resolve(import.meta.dirname, "..");
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
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) =>
    fileName.startsWith(".") ? relative(src, resolve(src, dirname(name), `${fileName}.ts`)) : fileName,
  );
  return { name, text, source: ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true), imports };
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map(read);
const names = files.map(({ name }) => name);
const isOurs = (name: string) => names.includes(name);

const rooms = ["connection", "messages", "subscriptions"];

/** The floor of a file, from the roof down. */
function floor(name: string): number {
  if (rooms.includes(dirname(name))) return 3;
  return { "global.ts": -1, "index.ts": 0, "socket.ts": 1, "deliveries.ts": 1, "inbox.ts": 1.5, "channel.ts": 2, "options.ts": 2, "errors.ts": 4 }[name] ?? NaN;
}

/** Everything under a node, itself included. */
function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

const arrows = files.flatMap(({ name, imports }) => imports.map((to) => [name, to] as const));
const show = ([from, to]: readonly [string, string]) => `${from} → ${to}`;
const importersOf = (library: RegExp) => [...new Set(arrows.filter(([, to]) => library.test(to)).map(([from]) => from))];

describe("the arrows", () => {
  test("are seen by this test at all", () => {
    expect(files.length).toBeGreaterThan(15);
    expect(arrows.map(show)).toEqual(
      expect.arrayContaining(["index.ts → socket.ts", "channel.ts → messages/message.ts", "subscriptions/emitter.ts → mitt"]),
    );
  });

  test("lead to files of ours, or to the two libraries", () => {
    expect(arrows.filter(([, to]) => !isOurs(to) && !["mitt", "reconnecting-websocket"].includes(to)).map(show)).toEqual([]);
  });

  test("begin and end on a floor of the house", () => {
    expect(names.filter((name) => Number.isNaN(floor(name)))).toEqual([]);
  });

  test("lead down, or to a file of the same room", () => {
    const wrong = arrows
      .filter(([, to]) => isOurs(to))
      .filter(([from, to]) => floor(from) >= floor(to) && !(rooms.includes(dirname(from)) && dirname(from) === dirname(to)));
    expect(wrong.map(show)).toEqual([]);
  });

  test("do not lead from one room to another", () => {
    const inRooms = arrows.filter(([from, to]) => rooms.includes(dirname(from)) && rooms.includes(dirname(to)));
    expect(inRooms.filter(([from, to]) => dirname(from) !== dirname(to)).map(show)).toEqual([]);
  });

  test("make no circle", () => {
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

describe("the doors", () => {
  test("reconnecting-websocket is known to connection/transport.ts alone", () => {
    expect(importersOf(/^reconnecting-websocket/)).toEqual(["connection/transport.ts"]);
  });

  test("mitt is known to subscriptions/emitter.ts alone", () => {
    expect(importersOf(/^mitt/)).toEqual(["subscriptions/emitter.ts"]);
  });

  test("Z1: zod is known to no file, not even by its types", () => {
    expect(importersOf(/^zod/)).toEqual([]);
  });

  test("window, document and navigator are known to connection/environment.ts alone", () => {
    const known = files.filter(({ source }) =>
      [...nodes(source)].some((node) => (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && /^(window|document|navigator)$/.test(node.text)),
    );
    expect(known.map(({ name }) => name).filter((name) => name !== "connection/environment.ts")).toEqual([]);
  });
});

describe("each file", () => {
  test("has a noun for a name, and none is a drawer", () => {
    expect(names.filter((name) => !/^[a-z]+\.ts$/.test(basename(name)))).toEqual([]);
    expect(names.filter((name) => /^(utils?|types?|helpers?|common|misc|shared)\.ts$/.test(basename(name)))).toEqual([]);
    expect(names.filter((name) => basename(name) === "index.ts")).toEqual(["index.ts"]);
  });

  test("has at most 300 lines of code, its documentation aside", () => {
    const lines = ({ text }: File) => text.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line)).length;
    expect(files.filter((file) => lines(file) > 300).map((file) => [file.name, lines(file)])).toEqual([]);
  });

  test("exports by name, never by default", () => {
    const isDefault = (node: ts.Node) =>
      ts.isExportAssignment(node) ||
      node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent) ||
      (ts.isExportSpecifier(node) && node.name.text === "default");
    expect(files.filter(({ source }) => [...nodes(source)].some(isDefault)).map(({ name }) => name)).toEqual([]);
  });

  test("has neither any, nor an enum, nor an ignored error", () => {
    const ugly = files.filter(
      ({ source, text }) =>
        /@ts-(ignore|nocheck|expect-error)/.test(text) ||
        [...nodes(source)].some(({ kind }) => kind === ts.SyntaxKind.AnyKeyword || kind === ts.SyntaxKind.EnumDeclaration),
    );
    expect(ugly.map(({ name }) => name)).toEqual([]);
  });

  // JSDoc where the reference has it, which `reference.test.ts` holds; a plain comment keeps the declarations small.
  test("says in a comment what each of its exports is", () => {
    const silent = files.flatMap(({ name, source }) =>
      source.statements
        .filter((node) => ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
        .filter((node) => !ts.getLeadingCommentRanges(source.text, node.getFullStart())?.length)
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
    const module: { exports: Partial<typeof import("../src/index")> } = { exports: {} };
    const context = createContext(Object.defineProperty(globals, "module", { value: module, enumerable: true }));
    runInContext(`"use strict"; ((exports) => { ${code}\n})(module.exports)`, context);
    return { ...module.exports, context };
  }

  test("Z1: holds the two libraries, and nothing of zod or of any other", () => {
    const libraries = inputs.map((name) => /node_modules\/([^/]+)/.exec(name)?.[1]).filter(Boolean);
    expect([...new Set(libraries)].sort()).toEqual(["mitt", "reconnecting-websocket"]);
  });

  test("M6: mitt is bundled, works as CommonJS, and is in none of our public types", () => {
    const { Socket } = run({ URL, performance, queueMicrotask });
    const socket = new Socket!({ autoConnect: false });
    expect(socket.on("chat", () => {})).toBeTypeOf("function");
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, Record<string, string> | undefined>;
    for (const field of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      expect(Object.keys(manifest[field] ?? {})).not.toContain("mitt");
    }
    expect(declarations()).not.toMatch(/from "(mitt|reconnecting-websocket|zod)"|import\("(mitt|reconnecting-websocket|zod)"\)/);
  });

  test("imports where there is nothing but the language, and leaves no global behind", () => {
    expect(Reflect.ownKeys(run({}).context)).toEqual(["module"]);
  });

  test("does nothing when it is imported: no timer, no listener, no request, not even a look at the page", () => {
    const touched: string[] = [];
    const globals = [
      "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame", "addEventListener", "fetch", "WebSocket", "Worker",
      "window", "document", "navigator", "location", "localStorage", "process", "console", "performance", "crypto", "Event", "AbortController", "TextEncoder",
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
