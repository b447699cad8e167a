import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { publint } from "publint";
import { describe, expect, test } from "vitest";
import { sizeOf } from "./tools/size";

// What is published: the files of `npm pack`, as others load them. `npm test` builds dist first.

const read = (file: string) => readFileSync(file, "utf8");
const names = ["Socket", "SocketError", "defineProtocol", "jsonCodec", "rawCodec"];

test("import { Socket } for a browser is at most 9 kB, minified and gzipped", async () => {
  expect((await sizeOf("Socket")).gzip).toBeLessThanOrEqual(9_000);
});

test("import { defineProtocol } alone brings no socket", async () => {
  // What is left is the table of reconnecting-websocket's defaults, which draws a number when it is loaded (ERRATA R14).
  const { minified } = await sizeOf("defineProtocol");
  expect(minified).toBeLessThan(300);
});

describe("the packed files", () => {
  const packed = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }));
  const files: string[] = (Array.isArray(packed) ? packed[0] : Object.values(packed)[0]).files.map(({ path }: { path: string }) => path);

  test("are what they must be, and nothing else", () => {
    expect(files.sort()).toEqual(
      [
        "LICENSE",
        "README.md",
        "dist/index.d.mts",
        "dist/index.d.ts",
        "dist/index.js",
        "dist/index.js.map",
        "dist/index.mjs",
        "dist/index.mjs.map",
        "dist/wireline.umd.js",
        "dist/wireline.umd.js.map",
        "package.json",
      ].sort(),
    );
  });

  test("include every file that package.json names", () => {
    const { main, module, types, unpkg, jsdelivr, exports } = JSON.parse(read("package.json"));
    const named = [main, module, types, unpkg, jsdelivr, ...Object.values(exports["."].import), ...Object.values(exports["."].require)];
    for (const file of named as string[]) expect(files).toContain(file.replace("./", ""));
  });

  test("satisfy publint", async () => {
    const { messages } = await publint({ pkgDir: ".", strict: true });
    expect(messages).toEqual([]);
  });

  test("satisfy are-the-types-wrong, for every way of resolving", () => {
    const out = execFileSync("npx", ["--no-install", "attw", "--pack", ".", "--format", "json"], { encoding: "utf8" });
    expect(JSON.parse(out).problems ?? {}).toEqual({});
  });

  test("R31: hold nothing of reconnecting-websocket or mitt to be installed, and no type of theirs", () => {
    for (const file of files.filter((file) => /\.(m?js|d\.m?ts)$/.test(file))) {
      expect(read(file), file).not.toMatch(/(from|require\()\s*["'](reconnecting-websocket|mitt|zod)/);
    }
    expect(read("dist/index.d.ts")).not.toMatch(/reconnecting-websocket|mitt\b|from ['"]zod/i);
    expect(JSON.parse(read("package.json")).dependencies).toBeUndefined();
  });

  test("carry the notices of what is bundled", () => {
    expect(read("LICENSE")).toMatch(/reconnecting-websocket[\s\S]*Pedro Ladaria[\s\S]*mitt[\s\S]*Jason Miller/);
  });

  test("have maps that hold the sources", () => {
    for (const file of ["dist/index.mjs", "dist/index.js", "dist/wireline.umd.js"]) {
      const { sources, sourcesContent } = JSON.parse(read(`${file}.map`));
      expect(sources.some((source: string) => source.endsWith("src/socket.ts"))).toBe(true);
      expect(sourcesContent).toHaveLength(sources.length);
    }
  });
});

describe("the files load", () => {
  test("as a module and by require", async () => {
    const path = `${process.cwd()}/dist/index.mjs`;
    expect(Object.keys((await import(/* @vite-ignore */ path)) as object).sort()).toEqual(names);
    expect(Object.keys(createRequire(import.meta.url)(`${process.cwd()}/dist/index.js`)).sort()).toEqual(names);
  });

  const umd = existsSync("dist/wireline.umd.js") ? read("dist/wireline.umd.js") : "";

  test("as a script, which sets the global Wireline and nothing else", () => {
    const page: Record<string, unknown> = {};
    page.self = page;
    runInNewContext(umd, page);
    expect(Object.keys(page).sort()).toEqual(["Wireline", "self"]);
    expect(Object.keys(page.Wireline as object).sort()).toEqual(names);
  });

  test("R14: and draw no random number by it, but one for each wait", () => {
    expect(() => runInNewContext(`Math.random = () => { throw new Error("drawn when loaded") }; self = {}; ${umd}`, {})).not.toThrow();
    for (const file of ["dist/index.mjs", "dist/index.js", "dist/wireline.umd.js"]) {
      expect(read(file).match(/Math\.random\(\)/g), file).toEqual(["Math.random()"]);
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
