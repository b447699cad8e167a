import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { bundle } from "./bundle";

/** A server of bare pages, which hold the library and the recorder of news. */
export interface Pages {
  /** Its address, without a slash at the end; also the origin of its pages. */
  readonly url: string;
  /** The headers to send with a path; every path is the same bare page, but those of `files`. */
  readonly headers: Map<string, OutgoingHttpHeaders>;
  /** What else is served, by path: a script where that ends in `js`, otherwise a page. */
  readonly files: Map<string, string>;
  close(): Promise<void>;
}

const library = `${import.meta.dirname}/../../dist/wireline.umd.js`;
const html = `<!doctype html><meta charset="utf-8"><title>Wireline</title><link rel="icon" href="data:,">
<script src="/wireline.umd.js"></script><script src="/news.js"></script>`;

/**
 * Starts a server of bare pages on 127.0.0.1.
 *
 * @throws Error with a remedy when the library is not built.
 */
export async function startPages(): Promise<Pages> {
  if (!existsSync(library)) throw new Error("dist/wireline.umd.js is missing: run npm run build.");
  const files: Pages["files"] = new Map([
    ["/wireline.umd.js", readFileSync(library, "utf8")],
    ["/news.js", await bundle(`import "./test/harness/news.ts"`, "iife")],
  ]);
  const headers: Pages["headers"] = new Map();
  const server = createServer(({ url = "/" }, response) => {
    const path = url.replace(/\?.*/, "");
    const type = files.has(path) && path.endsWith("js") ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers.get(path) }).end(files.get(path) ?? html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers,
    files,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
