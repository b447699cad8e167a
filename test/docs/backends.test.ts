import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readPage, readPages } from "../../playground/docs/tools/pages";
import { Program } from "../harness/program";
import { startForge } from "../server/forge";
import { gofr } from "../server/gofr";
import { goyave } from "../server/goyave";
import { startHost } from "../server/host";

// The pages of the three Go frameworks: their handlers are those that `npm run test:conformance` compiles and runs, their clients
// compile, and what the pages do with a client works.

/** A back end: its page, the files of its handler and of its client, and what the handler's package and import path are for the real one. */
interface BackEnd {
  readonly name: string;
  readonly link: string;
  readonly handler: string;
  readonly recipe: string;
  readonly packaged: string;
  readonly ours: string;
  readonly theirs: string;
}
const backEnds: readonly BackEnd[] = [
  {
    name: "Project Forge",
    link: "/servers/project-forge",
    handler: "projectforge/example.go",
    recipe: "projectforge",
    packaged: "cexample",
    ours: "wireline.test/peers/projectforge",
    theirs: "projectforge.dev/projectforge",
  },
  {
    name: "Goyave",
    link: "/servers/goyave",
    handler: "goyave5/echo.go",
    recipe: "goyave",
    packaged: "echo",
    ours: "wireline.test/peers/goyave5",
    theirs: "goyave.dev/goyave/v5",
  },
  {
    name: "GoFr",
    link: "/servers/gofr",
    handler: "gofr/chat.go",
    recipe: "gofr",
    packaged: "main",
    ours: "wireline.test/peers/gofr",
    theirs: "gofr.dev/pkg/gofr",
  },
];
const folder = resolve("node_modules/.cache/docs/backends");

/** The blocks of a back end's page, in one language. */
function blocksOf(link: string, language: string): string[] {
  return readPage(link)
    .blocks.filter((block) => block.language === language)
    .map(({ code }) => code);
}
const uses = backEnds.map(({ link, recipe }) => ({ file: `${folder}/${recipe}.ts`, program: blocksOf(link, "typescript").join("\n") }));

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const { file, program } of uses) writeFileSync(file, program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(backEnds)("the page of $name shows what the conformance suite runs", ({ link, handler, recipe, packaged, ours, theirs }) => {
  const go = readFileSync(`test/peers/handlers/${handler}`, "utf8");
  expect(blocksOf(link, "go")).toEqual([go.replace(/^package .*/, `package ${packaged}`).replaceAll(`"${ours}`, `"${theirs}`)]);
  expect(blocksOf(link, "typescript")[0]).toBe(readFileSync(`test/conformance/recipes/${recipe}.ts`, "utf8"));
});

test("no other page has Go code, which would not be compiled", () => {
  const others = readPages().filter(({ link }) => !backEnds.some((backEnd) => backEnd.link === link));
  expect(others.filter(({ blocks }) => blocks.some(({ language }) => language === "go")).map(({ link }) => link)).toEqual([]);
});

test.each(backEnds)("the page of $name says how to start a Node server that behaves like it", async ({ link }) => {
  const [, program = "", name = ""] = /^node (--import tsx \S+) PARITY=(\w+) PORT=8080$/m.exec(readPage(link).text) ?? [];
  const server = new Program(process.execPath, [...program.split(" "), `PARITY=${name}`, "PORT=0"]);
  onTestFinished(() => server.end());
  const [, url = ""] = await server.says(new RegExp(`(http://\\S+) as ${name}`));
  expect((await fetch(url)).status).toBe(404);
});

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
  const paths = { wireline: [resolve("dist/index.d.mts")] };
  const program = ts.createProgram(
    uses.map(({ file }) => file),
    { ...options, noUnusedLocals: false, paths },
  );
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start!).line + 1 : 0;
    return `${file?.fileName.replace(folder, "")}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(problems).toEqual([]);
});

describe("what a page does with its client works", () => {
  /** Runs it, and gives what waits for lines of its output, in any order. */
  async function use(recipe: string, url: string): Promise<(...lines: RegExp[]) => Promise<void>> {
    const outfile = `${folder}/${recipe}.mjs`;
    await build({
      entryPoints: [`${folder}/${recipe}.ts`],
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      alias: { wireline: resolve("dist/index.mjs") },
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
    const printed = await use("projectforge", forge.url);
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

  test.each([
    ["Goyave", "goyave", goyave({ version: 5 }), [/^hi$/, /^3 bytes$/]],
    ["GoFr", "gofr", gofr(), [/^ann: hi \(2 bytes\)$/]],
  ] as const)("%s", async (_, recipe, serve, lines) => {
    const host = await startHost(0, serve);
    onTestFinished(() => host.close());
    const printed = await use(recipe, `http://127.0.0.1:${host.port}`);
    await printed(...lines);
  });
});
