import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ExampleHandler } from "../test/server/example";
import { type Server, type SocketContext, type SocketRoute, startServer } from "../test/server/http";
import type { Logger } from "../test/server/logger";
import { Site, type SiteFile } from "./docs/tools/site";
import { type AppFile, Apps } from "./frameworks/apps";
import { Chat } from "./handler";
import { tokenAddress } from "./protocol";

/** How a playground is set up. */
export interface PlaygroundOptions {
  /** The port on 127.0.0.1; 0 takes a free one. @default 0 */
  port?: number;
  /** @default a silent one */
  logger?: Logger;
}

/** A playground that runs. */
export interface Playground {
  /** Its address, without a slash at the end. */
  readonly url: string;
  /** The test server below it, with its service. */
  readonly server: Server;
  /** Builds the documentation now, where that is needed, so that the first reader does not wait. */
  prepareDocs(): Promise<void>;
  /** Ends it; nothing is left that keeps the process alive. */
  close(): Promise<void>;
}

interface File {
  type: string;
  body: Uint8Array;
  /** @default 200 */
  status?: number;
}

const types = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml",
} as const;

/** The whole library as a script tag gets it: a path from the root of the project. */
export const umd = "dist/wireline.umd.js";

const root = new URL("../", import.meta.url);

/** Every address that is served from a file as it lies there. */
const files: Record<string, string> = {
  "/": "playground/chat.html",
  "/umd.html": "playground/umd.html",
  "/admin/websocket": "playground/admin.html",
  "/base.css": "playground/base.css",
  "/chat.css": "playground/chat.css",
  "/umd.css": "playground/umd.css",
  "/admin.css": "playground/admin.css",
  "/app.css": "playground/frameworks/app.css",
  "/umd.js": "playground/umd.js",
  "/umd-form.js": "playground/umd-form.js",
  "/icon.svg": "playground/icon.svg",
  "/wireline.umd.js": umd,
};

/**
 * Starts the playground: its pages, the sockets of the example and its own, and the admin page, in this process.
 *
 * @throws Error with a remedy when the library is not built, or the port is taken.
 */
export async function startPlayground({ port = 0, logger }: PlaygroundOptions = {}): Promise<Playground> {
  const pages = await readPages();
  const chat = new Chat();
  const apps = new Apps();
  const site = new Site();
  let headers: Record<string, string> = {};
  try {
    const server = await startServer({
      port,
      logger,
      sockets: { "/example/socket": example, "/connect": example, "/chat/socket": chat.route },
      pages: async (request, response) => {
        const address = addressOf(request);
        const app = await apps.find(address);
        if (app) return answer(app, policyOf(app, headers), request, response);
        const documentation = await site.find(address);
        if (documentation) return answer(documentation, documentedPolicy(documentation, headers), request, response);
        if (address !== tokenAddress) return answer(pages.get(address), headers, request, response);
        await chat.tokens.answer(request, response, headers);
        return true;
      },
    });
    headers = headersFor(server.port);
    return {
      url: server.url,
      server,
      prepareDocs: () => site.prepare(),
      close: () => {
        site.close();
        return server.close();
      },
    };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    throw new Error(`Port ${port} is taken: set PORT to another, or leave it out for a free one.`, { cause });
  }
}

const example = ({ channel, profile }: SocketContext): SocketRoute => ({ channel, profile, handler: new ExampleHandler() });

/** Reads and bundles everything that is served, once: what a request names is only ever looked up in this map. */
async function readPages(): Promise<ReadonlyMap<string, File>> {
  if (!existsSync(new URL(umd, root))) throw new Error(`${umd} is missing: run npm run build.`);
  const pages = new Map<string, File>();
  const add = (address: string, name: string, body: Uint8Array): void => {
    const type = types[name.slice(name.lastIndexOf(".") + 1) as keyof typeof types];
    pages.set(address, { type, body });
  };
  const scripts = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ["playground/chat.ts", "playground/admin.ts"],
    outdir: "playground/dist",
    bundle: true,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    write: false,
    logLevel: "silent",
  });
  for (const { path, contents } of scripts.outputFiles) {
    const name = path.replace(/^.*[\\/]/, "");
    add(`/${name}`, name, contents);
  }
  await Promise.all(Object.entries(files).map(async ([address, path]) => add(address, path, await readFile(new URL(path, root)))));
  const map = `${umd}.map`;
  if (existsSync(new URL(map, root))) add("/wireline.umd.js.map", map, await readFile(new URL(map, root)));
  return pages;
}

function headersFor(port: number): Record<string, string> {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    // 'self' takes in ws: in today's engines, and in Safari from 15.4 on.
    "connect-src": `'self' ws://127.0.0.1:${port} ws://localhost:${port}`,
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
  };
  return {
    "Content-Security-Policy": Object.entries(policy)
      .map((directive) => directive.join(" "))
      .join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
  };
}

/** An app's headers: Solid makes its templates by innerHTML, and knows no trusted types. */
function policyOf({ framework }: AppFile, headers: Record<string, string>): Record<string, string> {
  if (framework !== "solid") return headers;
  const name = "Content-Security-Policy";
  return { ...headers, [name]: headers[name]!.replace(/; require-trusted-types-for [^;]*/, "") };
}

/** The headers of a page of the documentation, which is made by a generator and needs more than the playground's own pages. */
function documentedPolicy({ policy }: SiteFile, headers: Record<string, string>): Record<string, string> {
  const name = "Content-Security-Policy";
  const directives = new Map(headers[name]!.split("; ").map((directive) => [directive.split(" ", 1)[0]!, directive]));
  for (const [directive, value] of Object.entries(policy)) {
    if (value === "") directives.delete(directive);
    else directives.set(directive, `${directive} ${value}`);
  }
  return { ...headers, [name]: [...directives.values()].join("; ") };
}

function addressOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0]!;
}

function answer(page: File | undefined, headers: Record<string, string>, { method }: IncomingMessage, response: ServerResponse): boolean {
  if (!page) return false;
  if (method !== "GET" && method !== "HEAD") {
    response.writeHead(405, { ...headers, Allow: "GET, HEAD", "Content-Type": "text/plain; charset=utf-8" });
    response.end("This page is only read: use GET.");
    return true;
  }
  response.writeHead(page.status ?? 200, { ...headers, "Content-Type": page.type, "Content-Length": page.body.length });
  response.end(method === "HEAD" ? undefined : page.body);
  return true;
}
