import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { type Server, startServer } from "../server/http";
import { bundle } from "./bundle";

/** A server of pages and scripts of a test's own, and of sockets at `/connect`, for pages of whatever origin. */
export interface Site {
  readonly server: Server;
  /** Its address, without a slash at the end; also the origin of its pages. */
  readonly url: string;
  /** What is at a path: a script where the path says so, otherwise a page. */
  readonly files: Map<string, string>;
  /** The headers to send with a path. */
  readonly headers: Map<string, OutgoingHttpHeaders>;
  /** Whose pages may connect, beside its own: where something stands between, the server does not know its own address. */
  readonly origins: string[];
  close(): Promise<void>;
}

const dist = `${import.meta.dirname}/../../dist`;

/** A page that is nothing but its scripts. */
export const pageOf = (...scripts: string[]): string =>
  `<!doctype html><meta charset="utf-8"><title>Wireline</title><link rel="icon" href="data:,">\n${scripts.join("\n")}`;

/** A script of a page, by its path. */
export const scriptOf = (path: string, attributes = ""): string => `<script src="${path}" ${attributes}></script>`;

/**
 * Starts a site on 127.0.0.1. It has the library as a script (`/wireline.umd.js`) and as modules (`/dist/…`), and the recorder
 * of news (`/news.js`).
 *
 * @throws Error with a remedy when the library is not built.
 */
export async function startSite(): Promise<Site> {
  if (!existsSync(`${dist}/wireline.umd.js`)) throw new Error("dist/wireline.umd.js is missing: run npm run build.");
  const files: Site["files"] = new Map([
    ["/wireline.umd.js", readFileSync(`${dist}/wireline.umd.js`, "utf8")],
    ["/news.js", await bundle(`import "./test/harness/news.ts"`, "iife")],
  ]);
  for (const name of readdirSync(dist)) if (name.endsWith(".mjs")) files.set(`/dist/${name}`, readFileSync(`${dist}/${name}`, "utf8"));
  const headers: Site["headers"] = new Map();
  const origins: string[] = [];
  const server = await startServer({
    allowedOrigins: origins,
    pages: ({ url = "/" }, response) => {
      const path = url.replace(/\?.*/, "");
      const body = files.get(path);
      if (body === undefined) return false;
      const type = /\.m?js$/.test(path) ? "text/javascript" : "text/html";
      response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers.get(path) }).end(body);
      return true;
    },
  });
  origins.push(server.url);
  return { server, url: server.url, files, headers, origins, close: () => server.close() };
}
