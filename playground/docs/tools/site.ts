import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { folder } from "./pages";

/** What is served at an address of the documentation. */
export interface SiteFile {
  readonly status: 200 | 404 | 500;
  readonly type: string;
  readonly body: Buffer;
  /** The directives in which the page's Content-Security-Policy differs from that of the playground. */
  readonly policy: Readonly<Record<string, string>>;
}

/** The root of the project. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const built = join(folder, ".vitepress/dist");

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** The documentation below `/docs/`: it is built when it is first requested, and again when a page has changed. */
export class Site {
  #building: Promise<void> | undefined;
  #child: ChildProcess | undefined;

  /** What an address such as `/docs/guides/connection` stands for; `undefined` where it is not one of the documentation. */
  async find(address: string): Promise<SiteFile | undefined> {
    if (address !== "/docs" && !address.startsWith("/docs/")) return undefined;
    try {
      await this.prepare();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { status: 500, type: types[".txt"]!, body: Buffer.from(`The documentation could not be built.\n\n${why}\n`), policy: {} };
    }
    const path = decoded(address.slice("/docs/".length));
    const file = path === undefined ? undefined : fileAt(path);
    if (!file) return page(join(built, "404.html"), 404);
    return page(file, 200);
  }

  /**
   * Builds the site where it is missing, or older than its sources; everybody who asks meanwhile waits for the same build.
   *
   * @throws Error with what the build printed.
   */
  prepare(): Promise<void> {
    this.#building ??= this.#buildIfStale().finally(() => {
      this.#building = undefined;
    });
    return this.#building;
  }

  /** Ends a build that is running. */
  close(): void {
    this.#child?.kill();
  }

  async #buildIfStale(): Promise<void> {
    const index = join(built, "index.html");
    const since = existsSync(index) ? statSync(index).mtimeMs : 0;
    if (![...sources(folder), ...sources(join(root, "src"))].some((file) => statSync(file).mtimeMs > since)) return;
    await this.#run("node_modules/typedoc/bin/typedoc", "--options", "test/tools/typedoc.json");
    await this.#run("node_modules/vitepress/bin/vitepress.js", "build", "playground/docs");
  }

  /** Runs a program of the build in a process of its own. */
  async #run(...args: string[]): Promise<void> {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_ENV: "production" };
    const child = spawn(process.execPath, args, { cwd: root, env });
    this.#child = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        output += data;
      });
    }
    const [code] = await once(child, "close");
    this.#child = undefined;
    if (code !== 0) throw new Error(output || "The build was ended.");
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The built file for a path: never one outside of the built site. */
function fileAt(path: string): string | undefined {
  const file = normalize(join(built, path || "index.html"));
  if (!file.startsWith(built + sep)) return undefined;
  const candidates = [file, `${file}.html`, join(file, "index.html")];
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
}

function page(file: string, status: 200 | 404): SiteFile {
  const body = readFileSync(file);
  const type = types[extname(file)] ?? "application/octet-stream";
  return { status, type, body, policy: extname(file) === ".html" ? policyOf(body.toString()) : {} };
}

/** VitePress writes small scripts and styles into its pages, and its search and highlighting set inline styles. */
function policyOf(html: string): Record<string, string> {
  const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code!);
  const hashes = scripts.map((code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`);
  return {
    "script-src": ["'self'", ...hashes].join(" "),
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    // VitePress renders its search by innerHTML.
    "require-trusted-types-for": "",
  };
}

/** The files that the site is made from. */
function* sources(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (["dist", "cache", "api"].includes(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else yield path;
  }
}
