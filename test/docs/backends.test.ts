import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readPage, readPages } from "../../playground/docs/tools/pages";
import { Program } from "../harness/program";
import { pathsOfLibrary } from "./blocks";
import { startForge } from "../server/forge";
import { gofr } from "../server/gofr";
import { goyave } from "../server/goyave";
import { startHost } from "../server/host";

// The pages of the three Go frameworks: their handlers are those that `npm run test:conformance` compiles and runs, their clients
// compile, and what the pages do with a client works.

/** A handler's file, and what its package and import path are for the real framework. */
interface Handler {
  readonly file: string;
  readonly packaged: string;
  readonly ours: string;
  readonly theirs: string;
  /** Where the generated package is in a user's project. */
  readonly chat: string;
}

/** A back end: its page, the files of its handlers in the order of the page, its clients, and the names of Node servers. */
interface BackEnd {
  readonly name: string;
  readonly link: string;
  /** The recipes behind the page's files, by their names there. */
  readonly files: Readonly<Record<string, string>>;
  readonly handlers: readonly Handler[];
  readonly parities: readonly string[];
}

const forge = (folder: string, file: string): Handler => ({
  file: `${folder}/${file}`,
  packaged: "cexample",
  ours: `wireline.test/peers/${folder}`,
  theirs: "projectforge.dev/projectforge",
  chat: "projectforge.dev/projectforge/app/chat",
});
const goyaveOf = (file: string, packaged: string): Handler => ({
  file: `goyave5/${file}.go`,
  packaged,
  ours: "wireline.test/peers/goyave5",
  theirs: "goyave.dev/goyave/v5",
  chat: "example.com/app/chat",
});
const gofrOf = (file: string): Handler => ({
  file: `${file}.go`,
  packaged: "main",
  ours: "wireline.test/peers/gofr",
  theirs: "gofr.dev/pkg/gofr",
  chat: "example.com/app/chat",
});
const backEnds: readonly BackEnd[] = [
  {
    name: "Project Forge",
    link: "/servers/project-forge",
    files: { "protocol.ts": "protocol", "client.ts": "projectforge", "live.ts": "projectforge-live" },
    handlers: [
      forge("projectforge", "example.go"),
      forge("projectforgeuser", "socket.go"),
      forge("projectforgeoauth", "socket.go"),
      forge("projectforge", "history.go"),
      forge("projectforge", "live.go"),
    ],
    parities: ["projectforge", "projectforge-user", "projectforge-oauth"],
  },
  {
    name: "Goyave",
    link: "/servers/goyave",
    files: { "protocol.ts": "protocol", "client.ts": "chat", "echo.ts": "goyave" },
    handlers: [goyaveOf("chat", "talk"), goyaveOf("echo", "echo")],
    parities: ["goyave5", "goyave3"],
  },
  {
    name: "GoFr",
    link: "/servers/gofr",
    files: { "protocol.ts": "protocol", "client.ts": "chat", "struct.ts": "gofr" },
    handlers: [gofrOf("gofr/room"), gofrOf("gofr/chat"), gofrOf("gofr110/chat")],
    parities: ["gofr", "gofr1.17", "gofr1.10"],
  },
];
const folder = resolve("node_modules/.cache/docs/backends");
const guide = "/guides/contract";

/** The blocks of a back end's page, in one language. */
function blocksOf(link: string, language: string): string[] {
  return readPage(link)
    .blocks.filter((block) => block.language === language)
    .map(({ code }) => code);
}
/** The TypeScript of a page: the files that it names, and one program of the rest. */
function filesOf({ link, name }: BackEnd): { readonly file: string; readonly code: string }[] {
  const at = `${folder}/${name.toLowerCase().replace(" ", "")}`;
  const blocks = readPage(link).blocks.filter(({ language }) => language === "ts" || language === "typescript");
  const named = blocks.flatMap((block) => (block.name === undefined ? [] : [{ file: `${at}/${block.name}`, code: block.code }]));
  const rest = blocks.filter(({ name }) => name === undefined).map(({ code }) => code);
  return [...named, { file: `${at}/main.ts`, code: rest.join("\n") }];
}
const uses = backEnds.flatMap(filesOf);

beforeAll(() => {
  for (const { file, code } of uses) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A handler as its page shows it. */
function shown({ file, packaged, ours, theirs, chat }: Handler): string {
  const go = readFileSync(`test/peers/handlers/${file}`, "utf8");
  return (
    go
      .replace(/^package .*/, `package ${packaged}`)
      .replaceAll(`"${ours}`, `"${theirs}`)
      .replaceAll(`"wireline.test/peers/chat"`, `"${chat}"`)
      // In the order of gofmt.
      .replace(/(?:^\t".*"\n)+/gm, (imports) => `${imports.split("\n").slice(0, -1).sort().join("\n")}\n`)
  );
}

test.each(backEnds)("the page of $name shows what the conformance suite runs", ({ link, files, handlers }) => {
  expect(blocksOf(link, "go")).toEqual(handlers.map(shown));
  const named = readPage(link).blocks.filter(({ name }) => name !== undefined && !name.startsWith("use-"));
  expect(Object.fromEntries(named.map(({ name, code }) => [name, code]))).toEqual(
    Object.fromEntries(
      Object.entries(files).map(([name, recipe]) => [name, readFileSync(`test/conformance/recipes/${recipe}.ts`, "utf8")]),
    ),
  );
});

test("the guide shows the protocol and the handler of Project Forge, and a main program for schemas of Go structs", () => {
  expect(blocksOf(guide, "go")).toEqual([shown(backEnds[0]!.handlers[0]!), readFileSync("test/peers/cmd/schemas/main.go", "utf8")]);
  const [protocol] = readPage(guide).blocks.filter(({ name }) => name === "protocol.ts");
  expect(protocol?.code).toBe(readFileSync("test/conformance/recipes/protocol.ts", "utf8"));
});

test("no other page has Go code, which would not be compiled", () => {
  const others = readPages().filter(({ link }) => link !== guide && !backEnds.some((backEnd) => backEnd.link === link));
  expect(others.filter(({ blocks }) => blocks.some(({ language }) => language === "go")).map(({ link }) => link)).toEqual([]);
});

test.each(backEnds.flatMap(({ link, parities }) => parities.map((name) => [link, name] as const)))(
  "the page %s says how to start a Node server that behaves like %s",
  async (link, name) => {
    const { text } = readPage(link);
    const [, program = "", shown = ""] = /^node (--import tsx \S+) PARITY=(\S+) PORT=8080$/m.exec(text) ?? [];
    expect(shown === name || text.includes(`\`${name}\``)).toBe(true);
    const server = new Program(process.execPath, [...program.split(" "), `PARITY=${name}`, "PORT=0"]);
    onTestFinished(() => server.end());
    const [, url = ""] = await server.says(new RegExp(`(http://\\S+) as ${name}`));
    expect((await fetch(url)).status).toBe(404);
  },
);

test("the pages say how to copy bytes into an ArrayBuffer of their own", () => {
  const bytes = Buffer.from("hi");
  const part = new Uint8Array([1, 2, 3]).subarray(1);
  for (const shared of [bytes, bytes.slice(), part]) expect(shared.buffer.byteLength).toBeGreaterThan(shared.byteLength);
  for (const said of [bytes, part]) expect(new Uint8Array(new Uint8Array(said).buffer)).toEqual(Uint8Array.from(said));
  for (const link of ["/servers/goyave", "/recipes/binary"]) expect(readPage(link).text).toContain("`new Uint8Array(bytes).buffer`");
});

test("every client of the pages compiles", () => {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram(
    uses.map(({ file }) => file),
    { ...options, noUnusedLocals: false, paths: pathsOfLibrary },
  );
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start!).line + 1 : 0;
    return `${file?.fileName.replace(folder, "")}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(problems).toEqual([]);
});

describe("what a page does with its client works", () => {
  /**
   * Runs it, and gives what waits for lines of its output, in any order.
   *
   * @param paths other paths in place of those that it shows
   */
  async function use(recipe: string, url: string, paths: Record<string, string> = {}): Promise<(...lines: RegExp[]) => Promise<void>> {
    const outfile = `${folder}/${recipe}.mjs`;
    const source = `${folder}/${recipe}.ts`;
    for (const [shown, path] of Object.entries(paths)) writeFileSync(source, readFileSync(source, "utf8").replaceAll(shown, path));
    await build({
      entryPoints: [source],
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      alias: { "wireline/resume": resolve("dist/resume.mjs"), wireline: resolve("dist/index.mjs") },
      banner: { js: `import { WebSocket as ws } from "ws"; globalThis.WebSocket = ws; globalThis.location = new URL("${url}/");` },
    });
    const child = spawn(process.execPath, [outfile]);
    onTestFinished(() => void child.kill());
    const printed: string[] = [];
    const news = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        printed.push(line);
        for (const look of news) look();
      });
    }
    return (...lines) =>
      new Promise((done) => {
        const look = () => lines.every((line) => printed.some((one) => line.test(one))) && done();
        news.add(look);
        look();
      });
  }

  test("Project Forge: messages of both rooms arrive, those of the second one also after a reconnect", async () => {
    const forge = await startForge();
    onTestFinished(() => forge.close());
    const { service } = forge;
    const printed = await use("projectforge/main", forge.url);
    await printed(/^lobby: [\w-]+: hi$/, /^den: [\w-]+: hi$/);
    await service.dropAll();
    await new Promise<void>((done) => {
      const off = service.onChange(() => {
        if (service.connectionsByChannel("den").length === 0) return;
        off();
        done();
      });
    });
    service.writeChannel("chat", { user: "Ann", text: "again", time: 0 }, "den");
    await printed(/^den: Ann: again$/);
  });

  test("Project Forge with a history: chats and members arrive", async () => {
    const forge = await startForge();
    onTestFinished(() => forge.close());
    const printed = await use("projectforge/use-live", forge.url, { "/example/socket": "/live/socket" });
    await printed(/^1 members$/);
    const { service } = forge;
    service.writeChannel("chat", { user: "Ann", text: "hi", time: 0, seq: 1 }, "lobby");
    await printed(/^Ann: hi$/);
  });

  test.each([
    ["Goyave", "goyave", goyave({ version: 5 }), [/^It said hi$/, /^hi$/, /^3 bytes$/]],
    ["GoFr", "gofr", gofr(), [/^It said hi$/, /^ann: hi \(2 bytes\)$/]],
  ] as const)("%s", async (_, recipe, serve, lines) => {
    const host = await startHost(0, serve);
    onTestFinished(() => host.close());
    const printed = await use(`${recipe}/main`, `http://127.0.0.1:${host.port}`);
    await printed(...lines);
  });
});
