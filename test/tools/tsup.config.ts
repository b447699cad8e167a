import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";
import { entries, fileOf, parts } from "./entries";

/**
 * reconnecting-websocket draws a random number when it is loaded, for a default that we override. Some edge runtimes
 * forbid that, so this one expression of this one module becomes a constant.
 */
const withoutRandomDefault: Plugin = {
  name: "without-random-default",
  setup(build) {
    build.onLoad({ filter: /reconnecting-websocket\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const parts = source.split("Math.random()");
      if (parts.length !== 2) throw new Error(`Expected one Math.random() in ${path}; look at it anew.`);
      return { contents: parts.join("0.5"), loader: "ts" };
    });
  },
};

/** How an entry imports `wireline`, or another entry. */
const surface = /^\.\.\/(\w+\/)?index$/;

const root = resolve(import.meta.dirname, "../..");
/** Where each surface has its source, and the name of its file in dist. */
const surfaces = new Map([
  ["src/index.ts", "index"],
  ...[...entries, ...parts].map(({ name, source }) => [`src/${source}`, fileOf(name)] as const),
]);

/** An entry imports what it uses of `wireline` and of other entries, so that a page has one copy of each. */
const surfacesOutside: Plugin = {
  name: "surfaces-outside",
  setup(build) {
    const extension = build.initialOptions.format === "esm" ? "mjs" : "js";
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const surface = surfaces.get(relative(root, resolve(resolveDir, `${path}.ts`)).replaceAll("\\", "/"));
      return surface === undefined ? undefined : { path: `./${surface}.${extension}`, external: true };
    });
  },
};

const shared: Options = {
  target: "es2022",
  sourcemap: true,
  noExternal: ["reconnecting-websocket", "mitt"],
  esbuildPlugins: [withoutRandomDefault, surfacesOutside],
  esbuildOptions(options) {
    // The TypeScript source of the same package: compiled once, to classes, it is 0.7 kB smaller than its ES5 build.
    options.alias = { "reconnecting-websocket": "reconnecting-websocket/reconnecting-websocket.ts" };
    // The notices of both bundled libraries stand in LICENSE, which is published with the files.
    options.legalComments = "none";
  },
};

const sourcesOf = (files: readonly { readonly name: string; readonly source: string }[]) =>
  Object.fromEntries(files.map(({ name, source }) => [fileOf(name), `src/${source}`]));

const modules: Options = {
  ...shared,
  entry: { index: "src/index.ts", ...sourcesOf([...entries, ...parts]) },
  platform: "neutral",
};

const declarations: Options["dts"] = {
  only: true,
  banner: `/// <reference lib="esnext.disposable" />`,
  compilerOptions: { stripInternal: true },
};

export default defineConfig([
  { ...modules, format: "esm", splitting: false },
  { ...modules, format: "cjs" },
  // The types of modules are made of these by finish.ts.
  { ...modules, entry: { index: "src/index.ts" }, format: "cjs", dts: declarations },
  // One declaration of each class: what an entry uses of another is imported, as in the code.
  { ...modules, entry: sourcesOf(entries), format: "cjs", dts: declarations, external: [surface] },
  // The command line tool, which loads protocols, and so is a module.
  {
    ...shared,
    entry: { cli: "src/contract/cli.ts" },
    format: "esm",
    platform: "node",
    banner: { js: "#!/usr/bin/env node" },
    splitting: false,
  },
  {
    ...shared,
    entry: { wireline: "src/index.ts" },
    format: "iife",
    globalName: "Wireline",
    platform: "browser",
    minify: true,
    outExtension: () => ({ js: ".umd.js" }),
    // tsup knows no UMD: its IIFE, wrapped for AMD, CommonJS and script tags.
    banner: {
      js: `(function(root,factory){if(typeof define==="function"&&define.amd)define([],factory);else if(typeof module==="object"&&module.exports)module.exports=factory();else root.Wireline=factory()})(typeof self!=="undefined"?self:this,function(){`,
    },
    footer: { js: "return Wireline});" },
  },
]);
