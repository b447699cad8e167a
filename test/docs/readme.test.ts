import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { createElement, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { behaviours } from "../behaviour/suite";
import { Program } from "../harness/program";
import { startForge } from "../server/forge";
import { gofr } from "../server/gofr";
import { goyave } from "../server/goyave";
import { startHost } from "../server/host";
import { type Server, startServer } from "../server/http";
import { integrityOf } from "../tools/integrity";
import { sizeOf } from "../tools/size";

// Every TypeScript block of the README compiles, and runs in Node against the test server as it would in a page. Each
// stands after the first one, whose names it uses.

const readme = readFileSync("README.md", "utf8");
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!);
const headings = blocks.map(
  (block) =>
    readme
      .slice(0, readme.indexOf(block))
      .match(/^#+ .*$/gm)!
      .at(-1)!,
);
const [first = "", ...others] = blocks;
const programs = [first, ...others.map((block) => `${first}\n${block}`)];
const folder = resolve("node_modules/.cache/readme");
const source = (name: string) => resolve(`src/${name}.ts`);
const fileOf = (index: number) => `${folder}/block-${index}.ts`;

/** A handler's file, and what its package and import path are for the real framework. */
interface Handler {
  readonly file: string;
  readonly packaged: string;
  readonly ours: string;
  readonly theirs: string;
}

/** A back end: the files of its handlers, in the order of the README, and of its client. */
interface BackEnd {
  readonly name: string;
  readonly recipe: string;
  readonly handlers: readonly Handler[];
}

const forge = (folder: string, file: string): Handler => ({
  file: `${folder}/${file}`,
  packaged: "cexample",
  ours: `wireline.test/peers/${folder}`,
  theirs: "projectforge.dev/projectforge",
});
const gofrs = (folder: string): Handler => ({
  file: `${folder}/chat.go`,
  packaged: "main",
  ours: "wireline.test/peers/gofr",
  theirs: "gofr.dev/pkg/gofr",
});
const backEnds: readonly BackEnd[] = [
  {
    name: "Project Forge",
    recipe: "projectforge",
    handlers: [forge("projectforge", "example.go"), forge("projectforgeuser", "socket.go"), forge("projectforgeoauth", "socket.go")],
  },
  {
    name: "Goyave",
    recipe: "goyave",
    handlers: [{ file: "goyave5/echo.go", packaged: "echo", ours: "wireline.test/peers/goyave5", theirs: "goyave.dev/goyave/v5" }],
  },
  { name: "GoFr", recipe: "gofr", handlers: [gofrs("gofr"), gofrs("gofr110")] },
];
/** The blocks of a back end's section, in one language. */
function blocksOf(name: string, language: string): string[] {
  const [section = ""] = new RegExp(`^### ${name}\\n[\\s\\S]*?^##`, "m").exec(readme) ?? [];
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}
const uses = backEnds.map(({ name, recipe }) => ({ file: `${folder}/${recipe}.ts`, program: blocksOf(name, "typescript").join("\n") }));

let server: Server;

beforeAll(async () => {
  server = await startServer();
  mkdirSync(folder, { recursive: true });
  for (const [index, program] of programs.entries()) writeFileSync(fileOf(index), `${program}\nexport {};\n`);
  for (const { file, program } of uses) writeFileSync(file, program);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the README shows code before line 20", () => {
  expect(readme.split("\n").indexOf("```ts")).toBeLessThan(20);
  expect(blocks.length).toBeGreaterThan(8);
});

test("the README states the size that npm run size prints", async () => {
  const { gzip } = await sizeOf("Socket");
  const all = await sizeOf("Socket", `export {} from "./dist/deliveries.mjs"`);
  const told = [/costs ([\d.]+) kB/, /([\d.]+) kB more/].map((pattern) => pattern.exec(readme)?.[1]);
  expect(told).toEqual([gzip, all.gzip - gzip].map((bytes) => (bytes / 1000).toFixed(1)));
});

test("the README states what npm run test:runtimes prints", () => {
  const { optionalDependencies: wanted } = JSON.parse(readFileSync("test/runtimes/package.json", "utf8"));
  const rows = [...readme.matchAll(/^\| (\w[\w ]*) \| ([\d.-]+) \| (?:yes|no) \| (?:yes|no) \| (\d+) \| 0 \| (\d+|–) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(["Node 20 with ws", "Node 22", "Node 24", "Node 26", "Bun", "Deno", "workerd"]);
  for (const [, name = "", version = "", passed, skipped] of rows) {
    // One more where there is a process, which has to end.
    expect(Number(passed) + (Number(skipped) || 0), name).toBe(behaviours.length + (name === "workerd" ? 0 : 1));
    const [, node] = /^Node (\d+)/.exec(name) ?? [];
    const pinned: string = wanted[node ? `node${node}-linux-x64` : name.toLowerCase()];
    expect(pinned, name).toContain(version.replaceAll("-", ""));
  }
});

test.each(backEnds)("the README shows for $name what the conformance suite runs", ({ name, recipe, handlers }) => {
  const shown = handlers.map(({ file, packaged, ours, theirs }) => {
    const go = readFileSync(`test/peers/handlers/${file}`, "utf8");
    return go.replace(/^package .*/, `package ${packaged}`).replaceAll(`"${ours}`, `"${theirs}`);
  });
  expect(blocksOf(name, "go")).toEqual(shown);
  expect(blocksOf(name, "typescript")[0]).toBe(readFileSync(`test/conformance/recipes/${recipe}.ts`, "utf8"));
});

test.each(["projectforge", "goyave3", "goyave5", "gofr"])("the README says how to start a server as %s", async (name) => {
  const [, ...shown] = /`node (--import tsx \S+) PARITY=gofr PORT=8080`[\s\S]*?`projectforge`, `goyave3` and `goyave5`/.exec(readme) ?? [];
  const server = new Program(process.execPath, [...shown.flatMap((words) => words.split(" ")), `PARITY=${name}`, "PORT=0"]);
  onTestFinished(() => server.end());
  const [, url = ""] = await server.says(new RegExp(`(http://\\S+) as ${name}`));
  expect((await fetch(url)).status).toBe(404);
});

test("the README says how to copy bytes into an ArrayBuffer of their own", () => {
  const bytes = Buffer.from("hi");
  const part = new Uint8Array([1, 2, 3]).subarray(1);
  for (const shared of [bytes, bytes.slice(), part]) expect(shared.buffer.byteLength).toBeGreaterThan(shared.byteLength);
  for (const said of [bytes, part]) expect(new Uint8Array(new Uint8Array(said).buffer)).toEqual(Uint8Array.from(said));
  expect(readme).toContain("`new Uint8Array(bytes).buffer`");
});

test("the README states the integrity that the build prints", () => {
  expect(/integrity="([^"]+)"/.exec(readme)?.[1]).toBe(integrityOf("dist/wireline.umd.js"));
});

test("every TypeScript block of the README compiles", () => {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram([...programs.map((_, index) => fileOf(index)), ...uses.map(({ file }) => file)], {
    ...options,
    noUnusedLocals: false,
    paths: { wireline: [source("index")], "wireline/deliveries": [source("deliveries")] },
  });
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start!).line + 1 : 0;
    return `${file?.fileName.replace(folder, "")}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(problems).toEqual([]);
});

test("the React block of the README compiles, and renders on a server", async () => {
  const [, block = ""] = /^```tsx\n(.*?)^```/ms.exec(readme) ?? [];
  const file = `${folder}/react.tsx`;
  writeFileSync(file, block);
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, jsx: "react-jsx" }, ".");
  const program = ts.createProgram([file], { ...options, paths: { wireline: [source("index")] } });
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  const outfile = `${folder}/react.cjs`;
  const alias = { wireline: resolve("dist/index.mjs") };
  await build({ entryPoints: [file], bundle: true, platform: "node", alias, external: ["react"], jsx: "automatic", outfile });
  const { Status } = createRequire(import.meta.url)(outfile) as { Status: () => ReactElement };
  expect(renderToString(createElement(Status))).toBe("<p>idle</p>");
});

/** Starts a program in its own Node process, which has the address of a page. */
async function start(file: string, url: string, footer = ""): Promise<ChildProcessWithoutNullStreams> {
  const outfile = file.replace(".ts", ".mjs");
  await build({
    entryPoints: [file],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    alias: { "wireline/deliveries": resolve("dist/deliveries.mjs"), wireline: resolve("dist/index.mjs") },
    banner: { js: `import { WebSocket as ws } from "ws"; globalThis.WebSocket = ws; globalThis.location = new URL("${url}/");` },
    footer: { js: footer },
  });
  return spawn(process.execPath, [outfile]);
}

/** Runs a block, which must end by itself. */
async function run(index: number): Promise<{ code: number; output: string }> {
  const footer = `await socket.ready(); await new Promise((done) => { socket.onClose(done); socket.close(); });`;
  const child = await start(fileOf(index), server.url, footer);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const [code] = await once(child, "close");
  return { code, output };
}

describe("every TypeScript block of the README runs, and its process exits", () => {
  test.each(blocks.map((_, index) => [headings[index], index] as const))("%s (%i)", async (_, index) => {
    const { code, output } = await run(index);
    expect(output).not.toMatch(/^\w*Error: |^wireline: /m);
    expect(code).toBe(0);
  });
});

test("the first block receives the message that it sends", async () => {
  // It is closed once it is open; here it also waits for the echo.
  writeFileSync(fileOf(0), `${first}\nawait socket.once("chat");\nexport {};\n`);
  const { output } = await run(0);
  expect(output).toMatch(/^guest-\w+: hi$/m);
});

describe("the README's recipe for a back end's client works", () => {
  /** Runs it, and gives what waits for lines of its output, in any order. */
  async function use(recipe: string, url: string): Promise<(...lines: RegExp[]) => Promise<void>> {
    const child = await start(`${folder}/${recipe}.ts`, url);
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
