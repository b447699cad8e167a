import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { build } from "esbuild";
import { createElement, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { behaviours } from "./behaviour/suite";
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
const fileOf = (index: number) => `${folder}/block-${index}.ts`;

let server: Server;

beforeAll(async () => {
  server = await startServer();
  mkdirSync(folder, { recursive: true });
  for (const [index, program] of programs.entries()) writeFileSync(fileOf(index), `${program}\nexport {};\n`);
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

test.each([
  ["Project Forge", "projectforge/example.go", "projectforge"],
  ["Goyave", "goyave5/echo.go", "goyave"],
  ["GoFr", "gofr/chat.go", "gofr"],
])("the README shows for %s the handler and the client that the conformance suite runs", (name, handler, recipe) => {
  const [section = ""] = new RegExp(`^### ${name}\\n[^]*?^##`, "m").exec(readme) ?? [];
  const blockOf = (language: string) => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(section)?.[1];
  expect(readFileSync(`test/peers/handlers/${handler}`, "utf8").endsWith(`\n\n${blockOf("go")}`)).toBe(true);
  expect(readFileSync(`test/conformance/recipes/${recipe}.ts`, "utf8")).toBe(blockOf("typescript"));
});

test("the README tells the integrity that the build prints", () => {
  expect(/integrity="([^"]+)"/.exec(readme)?.[1]).toBe(integrityOf("dist/wireline.umd.js"));
});

test("every TypeScript block of the README compiles", () => {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram(
    programs.map((_, index) => fileOf(index)),
    { ...options, noUnusedLocals: false, paths: { wireline: [resolve("src/index.ts")], "wireline/deliveries": [resolve("src/deliveries.ts")] } },
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
  const program = ts.createProgram([file], { ...options, paths: { wireline: [resolve("src/index.ts")] } });
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  const outfile = `${folder}/react.cjs`;
  await build({ entryPoints: [file], bundle: true, platform: "node", alias: { wireline: resolve("dist/index.mjs") }, external: ["react"], jsx: "automatic", outfile });
  const { Status } = createRequire(import.meta.url)(outfile) as { Status: () => ReactElement };
  expect(renderToString(createElement(Status))).toBe("<p>idle</p>");
});

/** Runs a block in a Node process of its own, in which there is a page's address; it must end by itself. */
async function run(index: number): Promise<{ code: number; output: string }> {
  const outfile = fileOf(index).replace(".ts", ".mjs");
  await build({
    entryPoints: [fileOf(index)],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    alias: { "wireline/deliveries": resolve("dist/deliveries.mjs"), wireline: resolve("dist/index.mjs") },
    banner: {
      js: `import { WebSocket as ws } from "ws"; globalThis.WebSocket = ws; globalThis.location = new URL("${server.url}/");`,
    },
    footer: { js: `await socket.ready(); await new Promise((done) => { socket.onClose(done); socket.close(); });` },
  });
  const child = spawn(process.execPath, [outfile]);
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
