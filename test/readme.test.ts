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
import type { WebSocketClass } from "wireline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { behaviours } from "./behaviour/suite";
import { openChat as openGofr } from "./conformance/recipes/gofr";
import { startForge } from "./server/forge";
import { gofr } from "./server/gofr";
import { goyave } from "./server/goyave";
import { startHost } from "./server/host";
import { type Server, startServer } from "./server/http";
import { integrityOf } from "./tools/integrity";
import { sizeOf } from "./tools/size";

// Every TypeScript block of the README compiles, and runs in Node against the test server as it would in a page. Each
// stands after the first one, whose names it uses.

const readme = readFileSync("README.md", "utf8");
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!);
const headings = blocks.map((block) => readme.slice(0, readme.indexOf(block)).match(/^#+ .*$/gm)!.at(-1)!);
const [first = "", ...others] = blocks;
const programs = [first, ...others.map((block) => `${first}\n${block}`)];
const folder = resolve("node_modules/.cache/readme");
const source = (name: string) => resolve(`src/${name}.ts`);
const fileOf = (index: number) => `${folder}/block-${index}.ts`;

/** Each back end: the file of its handler, what stands there for the real import path, and the file of its client. */
const backEnds: readonly (readonly [name: string, handler: string, ours: string, theirs: string, recipe: string])[] = [
  ["Project Forge", "projectforge/example.go", "wireline.test/peers/projectforge", "projectforge.dev/projectforge", "projectforge"],
  ["Goyave", "goyave5/echo.go", "wireline.test/peers/goyave5", "goyave.dev/goyave/v5", "goyave"],
  ["GoFr", "gofr/chat.go", "wireline.test/peers/gofr", "gofr.dev/pkg/gofr", "gofr"],
];
/** The blocks of a back end's section, in one language. */
function blocksOf(name: string, language: string): string[] {
  const [section = ""] = new RegExp(`^### ${name}\\n[^]*?^##`, "m").exec(readme) ?? [];
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}
const uses = backEnds.map(([name, , , , recipe]) => ({ file: `${folder}/${recipe}.ts`, program: blocksOf(name, "typescript").join("\n") }));

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

test("the README tells the size that npm run size prints", async () => {
  const { gzip } = await sizeOf("Socket");
  const all = await sizeOf("Socket", `export { deliveries } from "./dist/deliveries.mjs"`);
  const told = [/costs ([\d.]+) kB/, /([\d.]+) kB more/].map((pattern) => pattern.exec(readme)?.[1]);
  expect(told).toEqual([gzip, all.gzip - gzip].map((bytes) => (bytes / 1000).toFixed(1)));
});

test("the README tells of the runtimes what npm run test:runtimes prints", () => {
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

test.each(backEnds)("the README shows for %s what the conformance suite runs", (name, handler, ours, theirs, recipe) => {
  const [, go] = /^package .*\n\n([^]*)/.exec(readFileSync(`test/peers/handlers/${handler}`, "utf8")) ?? [];
  expect(blocksOf(name, "go")).toEqual([go?.replaceAll(`"${ours}`, `"${theirs}`)]);
  expect(blocksOf(name, "typescript")[0]).toBe(readFileSync(`test/conformance/recipes/${recipe}.ts`, "utf8"));
});

test("the README tells the integrity that the build prints", () => {
  expect(/integrity="([^"]+)"/.exec(readme)?.[1]).toBe(integrityOf("dist/wireline.umd.js"));
});

test("every TypeScript block of the README compiles", () => {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram(
    [...programs.map((_, index) => fileOf(index)), ...uses.map(({ file }) => file)],
    { ...options, noUnusedLocals: false, paths: { wireline: [source("index")], "wireline/deliveries": [source("deliveries")] } },
  );
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

/** Starts a program in a Node process of its own, in which there is a page's address. */
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

describe("every TypeScript block of the README runs, and its process ends", () => {
  test.each(blocks.map((_, index) => [headings[index], index] as const))("%s (%i)", async (_, index) => {
    const { code, output } = await run(index);
    expect(output).not.toMatch(/^\w*Error: |^wireline: /m);
    expect(code).toBe(0);
  });
});

test("the first block hears what it says", async () => {
  // It is closed once it is open; here it also waits for the echo.
  writeFileSync(fileOf(0), `${first}\nawait socket.once("chat");\nexport {};\n`);
  const { output } = await run(0);
  expect(output).toMatch(/^guest-\w+: hi$/m);
});

describe("what the README does with a back end's client works", () => {
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

  test("Project Forge: both rooms are heard, the second one also after a reconnect", async () => {
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

  test.each(["/chat", "/struct"])("GoFr: the heartbeat is answered on %s, and is no chat", async (path) => {
    const host = await startHost(0, gofr());
    onTestFinished(() => host.close());
    using socket = openGofr(`http://127.0.0.1:${host.port}${path}`, { WebSocket: WebSocket as unknown as WebSocketClass });
    const chats: string[] = [];
    socket.on("chat", ({ content }) => void chats.push(content));
    // It asks when it is open; what is said then is answered after that.
    await socket.ready();
    const answered = socket.once(path === "/chat" ? "done" : "chat");
    socket.send("chat", { content: "hi", user: "ann" });
    await answered;
    await socket.request("chat", { content: "", user: "" });
    expect(socket.state.latency).not.toBeNull();
    expect(chats).toEqual(path === "/chat" ? [] : ["hi"]);
  });
});
