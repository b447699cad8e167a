import { createReadStream, statSync } from "node:fs";
import { extname, join } from "node:path";
import { chromium } from "playwright";
import { type Server, startServer } from "../server/http";
import { chromiumArgs, findChromium } from "../tools/browsers";

/** Visits pages of the scratch folder, on the server that they talk to. */
export interface Visitor {
  /**
   * Opens a page, and gives the first line that it prints.
   *
   * @param path of an HTML file, or of a module for an empty page
   * @throws Error where the page fails, warns or says nothing.
   */
  hear(path: string): Promise<string>;
  close(): Promise<void>;
}

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".cjs": "text/javascript",
};
/** What an empty page is asked by. */
const empty = "/page?";

/** Starts a server and a Chromium; `undefined` where there is none. */
export async function startVisitor(folder: string): Promise<Visitor | undefined> {
  const executablePath = findChromium();
  if (!executablePath) return undefined;
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  const server = await serve(folder);
  const visit = async (path: string): Promise<string> => {
    const page = await browser.newPage();
    try {
      const failed = new Promise<never>((_, reject) => {
        page.on("pageerror", reject);
        page.on("crash", () => reject(new Error("The page crashed.")));
        page.on("requestfailed", (request) => reject(new Error(`The page could not load ${request.url()}.`)));
      });
      const line = page.waitForEvent("console");
      await Promise.race([page.goto(server.url + (path.endsWith(".html") ? path : `${empty}${path}`)), failed, line]);
      const message = await Promise.race([line, failed]);
      if (message.type() !== "log") throw new Error(`The page printed a ${message.type()}: ${message.text()}`);
      return message.text();
    } finally {
      await page.close();
    }
  };
  // One after the other: they all send in one room, and each waits for its own message.
  let last: Promise<unknown> = Promise.resolve();
  return {
    hear(path) {
      const heard = last.then(() => visit(path));
      last = heard.catch(() => {});
      return heard;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The documented server, with the files of a folder. */
function serve(folder: string): Promise<Server> {
  return startServer({
    pages({ url = "/" }, response) {
      if (url.startsWith(empty)) {
        const module = url.slice(empty.length);
        response.writeHead(200, { "content-type": "text/html" });
        response.end(`<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="${module}"></script>`);
        return true;
      }
      const file = join(folder, join("/", url));
      const type = types[extname(file)];
      if (!type || !statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
      createReadStream(file).pipe(response);
      return true;
    },
  });
}
