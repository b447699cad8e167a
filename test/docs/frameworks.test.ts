import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildApp, library } from "../../playground/frameworks/app";
import { Apps } from "../../playground/frameworks/apps";
import { type Framework, frameworks, readPage, root, withFiles } from "../../playground/frameworks/page";
import { hookFrameworks } from "../harness/dev";

// What Chromium does not see of the frameworks' pages: the types of their code, and what it does on a server.

/** Runs a program in Node until it ends by itself. */
async function run(folder: string, program: string, ...args: string[]): Promise<{ code: number; output: string }> {
  // Colours would stand between a file and its line.
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const [code] = await once(child, "close");
  return { code, output };
}

const packages = join(root, "node_modules");
const compiler = ["--noEmit", "--pretty", "false", "-p", "."] as const;
const checkers: Record<Framework, readonly [program: string, ...args: string[]]> = {
  react: ["typescript/bin/tsc", ...compiler],
  solid: ["typescript/bin/tsc", ...compiler],
  plain: ["typescript/bin/tsc", ...compiler],
  vue: ["vue-tsc/bin/vue-tsc.js", ...compiler],
  svelte: ["svelte-check/bin/svelte-check", "--tsconfig", "tsconfig.json", "--fail-on-warnings", "--output", "machine"],
};
const jsx: Partial<Record<Framework, object>> = { react: { jsx: "react-jsx" }, solid: { jsx: "preserve", jsxImportSource: "solid-js" } };
/** The file of each that sends. */
const senders: Record<Framework, string> = {
  react: "chat.tsx",
  vue: "Room.vue",
  svelte: "Room.svelte",
  solid: "chat.tsx",
  plain: "chat.ts",
};

/** As strict as the project itself, with the types that a user of the library gets. */
const configOf = (framework: Framework) => ({
  extends: join(root, "tsconfig.json"),
  compilerOptions: {
    ...jsx[framework],
    types: ["vite/client"],
    verbatimModuleSyntax: true,
    paths: Object.fromEntries(Object.entries(library).map(([name, path]) => [name, [join(root, `${path}.d.mts`)]])),
  },
  include: ["*"],
});

describe.each(frameworks)("the page for %s", (framework) => {
  test("has code without errors for the framework's own checker, which would find one", { timeout: 120_000 }, async () => {
    const page = await readPage(framework);
    const sender = senders[framework];
    const wrong = `Wrong${sender.slice(sender.indexOf("."))}`;
    const others = {
      "package.json": `{"type": "module"}`,
      "tsconfig.json": JSON.stringify(configOf(framework)),
      // It would pass by itself if the checker took the protocol for `any`.
      [wrong]: page.files.get(sender)!.replace(/send\("chat", \{ text(: )?/, (_, value) => `send("chat", { words: ${value ? "" : "text"}`),
    };
    const [program, ...args] = checkers[framework];
    const { output } = await withFiles(page, (folder) => run(folder, join(packages, program), ...args), others);
    const findings = output.split("\n").filter((line) => /error|warning/i.test(line) && !/COMPLETED/.test(line));
    expect(findings.filter((line) => !line.includes(wrong))).toEqual([]);
    expect(findings).toEqual([expect.stringContaining("'words' does not exist in type")]);
  });

  test("creates its socket like the other pages, and uses every file", async () => {
    const { files } = await readPage(framework);
    const plain = await readPage("plain");
    expect(files.get("socket.ts")).toBe(plain.files.get("socket.ts"));
    const code = [...files.values()].join("\n");
    const unused = [...files.keys()].filter(
      (name) => !/^main\.|\.html$/.test(name) && !code.includes(`"./${name.replace(/\.tsx?$/, "")}"`),
    );
    expect(unused).toEqual([]);
  });
});

describe.each(hookFrameworks)("the components for %s", (framework) => {
  test.each(["playground/docs/examples/todos", "test/engines/hooks"])(
    "of %s have no errors for the framework's own checker",
    async (source) => {
      const read = (folder: string) =>
        readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] =>
          entry.isFile() && !entry.name.endsWith(".mjs") ? [[entry.name, readFileSync(join(folder, entry.name), "utf8")]] : [],
        );
      const page = { framework, text: "", title: "", files: new Map([...read(source), ...read(join(source, framework))]) };
      const others = { "package.json": `{"type": "module"}`, "tsconfig.json": JSON.stringify(configOf(framework)) };
      const [program, ...args] = checkers[framework];
      const { output } = await withFiles(page, (folder) => run(folder, join(packages, program), ...args), others);
      expect(output.split("\n").filter((line) => /error|warning/i.test(line) && !/COMPLETED/.test(line))).toEqual([]);
    },
    120_000,
  );
});

/** What renders each app in Node. */
const renderers: Partial<Record<Framework, string>> = {
  react: `
    import { renderToString } from "react-dom/server";
    import { Chat } from "./chat";
    const render = () => renderToString(<Chat />);`,
  vue: `
    import { createSSRApp } from "vue";
    import { renderToString } from "vue/server-renderer";
    import Chat from "./Chat.vue";
    const render = () => renderToString(createSSRApp(Chat));`,
  svelte: `
    import { render as renderComponent } from "svelte/server";
    import Chat from "./Chat.svelte";
    const render = () => renderComponent(Chat).body;`,
  solid: `
    import { renderToString } from "solid-js/web";
    import { Chat } from "./chat";
    const render = () => renderToString(() => <Chat />);`,
};

test.each(Object.entries(renderers))(
  "on a server %s renders the chat as idle, without connecting, joining or listening",
  async (framework, renderer) => {
    const page = await readPage(framework as Framework);
    // What is asked of the socket and of its room while it renders; the process must end by itself.
    const server = `${renderer}
    import { socket } from "./socket";
    const asked = [];
    for (const target of [socket, socket.channel("lobby")]) {
      for (const name of ["connect", "hold", "join", "on", "onStatus", "onPresence", "tap"]) {
        const method = target[name]?.bind(target);
        if (method) target[name] = (...args) => (asked.push(name), method(...args));
      }
    }
    const html = await render();
    console.log(JSON.stringify({ html, asked, status: socket.state.status }));`;
    const { code: built } = await buildApp(page, { mode: "production", server });
    const { code, output } = await withFiles(page, async (folder) => {
      await writeFile(join(folder, "server.mjs"), built);
      return run(folder, "server.mjs");
    });
    expect([code, output]).toEqual([0, expect.stringMatching(/^\{.*\}\n$/)]);
    const { html, asked, status } = JSON.parse(output);
    expect({ asked, status }).toEqual({ asked: [], status: "idle" });
    expect(html).toMatch(/data-status="idle"[^>]*>idle</);
    expect(html).toContain("kitchen");
  },
);

describe("the playground's apps", () => {
  test("are served only at the addresses of frameworks", async () => {
    const apps = new Apps();
    const found = await Promise.all(["/", "/react", "/angular/", "/react/other.js", "/constructor/"].map((address) => apps.find(address)));
    expect(found).toEqual([undefined, undefined, undefined, undefined, undefined]);
    const page = await apps.find("/plain/");
    expect([page?.status, page?.type]).toEqual([200, "text/html; charset=utf-8"]);
    expect(String(page?.body)).toContain("&#60;form id=&#34;form&#34;&#62;");
    const script = await apps.find("/plain/app.js");
    expect([script?.status, script?.type]).toEqual([200, "text/javascript; charset=utf-8"]);
  });

  test("say why a build failed, and build again once their page is corrected", async () => {
    const page = await readPage("plain");
    const broken = { ...page, text: "broken", files: new Map([...page.files, ["chat.ts", "export const chat = ;"]]) };
    const pages = [broken, page];
    const apps = new Apps(async () => pages.shift() ?? page);
    const failed = await apps.find("/plain/");
    expect(failed?.status).toBe(500);
    expect(String(failed?.body)).toMatch(/plain\.md could not be built: correct it.*chat\.ts/s);
    expect((await apps.find("/plain/"))?.status).toBe(200);
  });
});
