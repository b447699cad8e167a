import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Protocol } from "../index";
import { isSchema, usage } from "./reader";

type Exports = Readonly<Record<string, unknown>>;

/** What Node says where it cannot run a file as it is, as opposed to what the file itself throws. */
const unable = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
  "ERR_MODULE_NOT_FOUND",
  "ERR_UNSUPPORTED_DIR_IMPORT",
]);

/**
 * Loads the protocol that a file exports. Node 22.18 and later run TypeScript themselves. Otherwise it uses tsx, jiti or esbuild of
 * the project that the file belongs to.
 *
 * @param name the export that is the protocol; found by itself where there is only one
 * @throws SocketError `usage` for a file that cannot be loaded, and for one without a protocol.
 */
export async function loadProtocol(file: string, name?: string): Promise<Protocol> {
  const path = resolve(file);
  if (!existsSync(path)) throw usage(`There is no file ${file}; check the path.`);
  return pick(await load(path, file), file, name);
}

function pick(module: Exports, file: string, name: string | undefined): Protocol {
  // CommonJS has all of its exports in `default`.
  const exports: Exports = { ...(isSchema(module["default"]) ? module["default"] : {}), ...module };
  const found = Object.entries(exports).filter(([, value]) => isProtocol(value));
  if (name !== undefined) {
    const protocol = exports[name];
    if (isProtocol(protocol)) return protocol;
    throw usage(`${file} does not export a protocol as ${name}; it exports ${Object.keys(exports).join(", ") || "nothing"}.`);
  }
  const preferred = found.find(([key]) => key === "protocol") ?? found.find(([key]) => key === "default");
  const different = new Set(found.map(([, value]) => value));
  const [only] = different.size === 1 ? found : [];
  const chosen = preferred ?? only;
  if (chosen) return chosen[1] as Protocol;
  if (found.length === 0) throw usage(`${file} exports no protocol; export what defineProtocol returns.`);
  throw usage(`${file} exports several protocols; choose one with --export: ${found.map(([key]) => key).join(", ")}.`);
}

function isProtocol(value: unknown): value is Protocol {
  return isSchema(value) && isSchema(value["inbound"]) && isSchema(value["outbound"]);
}

async function load(path: string, file: string): Promise<Exports> {
  const isTypeScript = /\.[cm]?tsx?$/.test(path);
  let failure: unknown;
  if (!isTypeScript || "typescript" in process.features) {
    if (isTypeScript) readAsBundlersDo();
    try {
      return (await import(pathToFileURL(path).href)) as Exports;
    } catch (cause) {
      if (!isTypeScript || !unable.has((cause as { code?: string }).code ?? "")) throw failed(file, cause);
      failure = cause;
    }
  }
  for (const tool of [byTsx, byJiti, byEsbuild]) {
    const loading = tool(path);
    if (!loading) continue;
    try {
      return await loading;
    } catch (cause) {
      throw failed(file, cause);
    }
  }
  if (failure !== undefined) throw failed(file, failure);
  throw usage(
    `${file} is TypeScript, which Node ${process.versions.node} does not run; use Node 22.18 or later, or install tsx (npm install -D tsx).`,
  );
}

type Next<Context, Result> = (specifier: string, context: Context) => Result;

/** Node's hooks, as far as they are used here; from 22.15 on. */
interface Hooks {
  readonly registerHooks?: (hooks: {
    resolve: (specifier: string, context: object, next: Next<object, object>) => object;
    load: (url: string, context: { readonly format?: string | null }, next: Next<object, object>) => object;
  }) => void;
}

/**
 * Lets Node load TypeScript that was written for a bundler: modules in a package that is CommonJS by its package.json, as
 * `npm init` makes it, and imports without an extension.
 */
function readAsBundlersDo(): void {
  (nodeModule as Hooks).registerHooks?.({
    resolve: (specifier, context, next) => {
      const paths = /^\.{1,2}\//.test(specifier)
        ? [specifier, `${specifier}.ts`, `${specifier}/index.ts`, specifier.replace(/\.js$/, ".ts")]
        : [specifier];
      let first: unknown;
      for (const path of paths) {
        try {
          return next(path, context);
        } catch (error) {
          first ??= error;
        }
      }
      throw first;
    },
    load: (url, context, next) => next(url, isMislabelled(url, context.format) ? { ...context, format: "module-typescript" } : context),
  });
}

/** Whether a file that Node takes for CommonJS, or does not know, is written as a module. */
function isMislabelled(url: string, format: string | null | undefined): boolean {
  return (
    format === "commonjs-typescript" && url.startsWith("file:") && /^\s*(import|export)\b/m.test(readFileSync(fileURLToPath(url), "utf8"))
  );
}

function failed(file: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
  return usage(
    `${file} cannot be loaded (${reason.replace(/[.\s]*$/, "")}); repair it, or install tsx, which understands more imports.`,
    cause,
  );
}

/** Finds a package as the file itself would. */
function find(path: string, name: string): string | undefined {
  try {
    return nodeModule.createRequire(path).resolve(name);
  } catch {
    return undefined;
  }
}

function byTsx(path: string): Promise<Exports> | undefined {
  const api = find(path, "tsx/esm/api");
  return api === undefined ? undefined : importTsx(api, path);
}

async function importTsx(api: string, path: string): Promise<Exports> {
  // Found as CommonJS; the module beside it is the one that also works in Node 20.
  const module = api.replace(/\.cjs$/, ".mjs");
  const { tsImport } = (await import(pathToFileURL(existsSync(module) ? module : api).href)) as {
    tsImport: (file: string, from: string) => Promise<Exports>;
  };
  const url = pathToFileURL(path).href;
  return tsImport(url, url);
}

function byJiti(path: string): Promise<Exports> | undefined {
  const api = find(path, "jiti");
  return api === undefined ? undefined : importJiti(api, path);
}

async function importJiti(api: string, path: string): Promise<Exports> {
  const { createJiti } = (await import(pathToFileURL(api).href)) as {
    createJiti: (from: string) => { import: (file: string) => Promise<Exports> };
  };
  return createJiti(path).import(path);
}

function byEsbuild(path: string): Promise<Exports> | undefined {
  const api = find(path, "esbuild");
  return api === undefined ? undefined : importEsbuild(api, path);
}

interface Esbuild {
  readonly build: (options: object) => Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>;
}

async function importEsbuild(api: string, path: string): Promise<Exports> {
  const module = (await import(pathToFileURL(api).href)) as Esbuild & { readonly default?: Esbuild };
  const { build } = module.default ?? module;
  const options = {
    entryPoints: [path],
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "silent",
  };
  const { outputFiles } = await build(options);
  // Where its packages are found: below the folder that has them, or beside the file.
  const folder = mkdtempSync(join(cacheOf(path), "wireline-"));
  try {
    const copy = join(folder, `${basename(path, extname(path))}.mjs`);
    writeFileSync(copy, outputFiles[0]!.text);
    return (await import(pathToFileURL(copy).href)) as Exports;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cacheOf(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, "node_modules"))) continue;
    const cache = join(folder, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    return cache;
  }
  return dirname(path);
}
