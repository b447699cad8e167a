import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildApp } from "../../playground/frameworks/app";
import { readPage, withFiles } from "../../playground/frameworks/page";
import { type Server, startServer } from "../server/http";
import { chromiumArgs, findChromium } from "../tools/browsers";

// The app of each framework's page, rendered in Node and hydrated in Chromium, where its socket is open already.

const apps = {
  react: {
    server: `
      import { renderToString } from "react-dom/server";
      import { Chat } from "./chat";
      console.log(renderToString(<Chat />));`,
    main: "main.tsx",
    client: `
      import { hydrateRoot } from "react-dom/client";
      import { Chat } from "./chat";
      hydrateRoot(document.getElementById("app")!, <Chat />, { onRecoverableError: (error) => console.error(String(error)) });`,
  },
  vue: {
    server: `
      import { createSSRApp } from "vue";
      import { renderToString } from "vue/server-renderer";
      import Chat from "./Chat.vue";
      console.log(await renderToString(createSSRApp(Chat)));`,
    main: "main.ts",
    client: `
      import { createSSRApp } from "vue";
      import Chat from "./Chat.vue";
      createSSRApp(Chat).mount("#app");`,
  },
  svelte: {
    server: `
      import { render } from "svelte/server";
      import Chat from "./Chat.svelte";
      console.log(render(Chat).body);`,
    main: "main.ts",
    client: `
      import { hydrate } from "svelte";
      import Chat from "./Chat.svelte";
      hydrate(Chat, { target: document.getElementById("app")! });`,
  },
} as const;

let browser: Browser;
let server: Server;
const files = new Map<string, string>();
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  server = await startServer({
    pages: ({ url = "" }, response) => {
      const body = files.get(url);
      if (body === undefined) return false;
      response.writeHead(200, { "content-type": `${url.endsWith(".js") ? "text/javascript" : "text/html"}; charset=utf-8` }).end(body);
      return true;
    },
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test.skipIf(!findChromium()).each(Object.entries(apps))(
  "the app in %s hydrates without a mismatch, although its socket is open before",
  async (framework, { server: renderer, main, client }) => {
    const page = await readPage(framework as keyof typeof apps);
    const { code: rendering } = await buildApp(page, { mode: "production", server: renderer });
    const html = await withFiles(page, async (folder) => {
      writeFileSync(join(folder, "server.mjs"), rendering);
      return spawnSync(process.execPath, ["server.mjs"], { cwd: folder, encoding: "utf8" }).stdout.trim();
    });
    expect(html).toMatch(/data-status="idle"[^>]*>idle</);
    // Imports run in their order: the socket is open before a framework begins.
    const opened = `import { socket } from "./socket";\nsocket.connect();\nawait socket.ready();\nexport {};\n`;
    const hydrated = { ...page, files: new Map([...page.files, ["opened.ts", opened], [main, `import "./opened";\n${client}`]]) };
    const { code } = await buildApp(hydrated, { mode: "development" });
    const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${framework}</title><link rel="icon" href="data:,">`;
    files.set(`/${framework}/`, `${head}<div id="app">${html}</div><script type="module" src="/${framework}/app.js"></script></html>`);
    files.set(`/${framework}/app.js`, code);
    const complaints: string[] = [];
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => complaints.push(String(error)));
    tab.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    await tab.goto(`${server.url}/${framework}/`);
    await tab.locator(".status[data-status=open]", { hasText: "open" }).waitFor();
    await tab.getByRole("textbox", { name: "Message" }).fill("hello");
    await tab.getByRole("button", { name: "Send" }).click();
    await tab.getByRole("log").getByText("hello").waitFor();
    expect(complaints).toEqual([]);
    await tab.close();
  },
);
