import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { writeTexts } from "../tools/llms";
import { type Entry, menu } from "./menu";

const api = fileURLToPath(new URL("../reference/api", import.meta.url));

/** The folders that typedoc writes, by the heading that stands over each. */
const kinds: Record<string, string> = { classes: "Classes", functions: "Functions", variables: "Values", interfaces: "Interfaces", "type-aliases": "Types" };

/** The generated reference of every exported symbol: a page each, by entry of the package and by kind. */
function symbols(folder = ""): Entry[] {
  const entries = existsSync(api + folder) ? readdirSync(api + folder, { withFileTypes: true }) : [];
  const pages = entries.filter(({ name }) => name.endsWith(".md") && name !== "index.md").map(({ name }) => name.slice(0, -".md".length));
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return [
    ...pages.sort().map((text) => ({ text, link: `/reference/api${folder}/${text}` })),
    ...Object.keys(kinds).concat(folders.filter((name) => !(name in kinds))).flatMap((name) => {
      const items = folders.includes(name) ? symbols(`${folder}/${name}`) : [];
      const isEntry = !(name in kinds);
      // A group that can be folded needs a link, because VitePress would otherwise nest one button in another.
      const link = isEntry ? `/reference/api${folder}/${name}/` : `/reference/api${folder}/#${name}`;
      return items.length ? [{ text: kinds[name] ?? name, link, items, collapsed: true }] : [];
    }),
  ];
}

const sidebar = menu.map((part) => {
  const items = [...(part.items ?? []), ...(part.text === "Reference" ? [{ text: "Every symbol", link: "/reference/api/", items: symbols(), collapsed: true }] : [])];
  return { ...part, items };
});

// VitePress takes a default export.
export default defineConfig({
  title: "Wireline",
  description: "A typed WebSocket client that reconnects, checks messages in both directions and loses nothing silently.",
  lang: "en",
  base: "/docs/",
  cleanUrls: true,
  // The playground's Content-Security-Policy allows no inline script except those whose hash it names.
  metaChunk: true,
  head: [["link", { rel: "icon", href: "/docs/icon.svg", type: "image/svg+xml" }]],
  srcExclude: ["examples/**", "parts/**"],
  markdown: {
    // Themes whose colours have enough contrast on both backgrounds; axe looks at every page.
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    languageAlias: { mjs: "js" },
    config(md) {
      const fence = md.renderer.rules.fence!;
      // A block that stands for a file, as in `ts socket.ts` or `ts [socket.ts]`, shows its name.
      md.renderer.rules.fence = (...args) => {
        const [tokens, index] = args;
        const [, name] = /^\w+ \[?([\w.+-]+\.\w+)\]?$/.exec(tokens[index]!.info) ?? [];
        return (name ? `<p class="file-name">${name}</p>\n` : "") + fence(...args);
      };
    },
  },
  themeConfig: {
    logo: "/icon.svg",
    search: { provider: "local" },
    nav: [
      { text: "Start", link: "/start/" },
      { text: "Guides", link: "/guides/connection" },
      { text: "Recipes", link: "/recipes/react" },
      { text: "Servers", link: "/servers/node" },
      { text: "Reference", link: "/reference/options" },
      { text: "Compare", link: "/compare/" },
    ],
    sidebar: sidebar as never,
    outline: { level: [2, 3], label: "On this page" },
    docFooter: { prev: "Before", next: "Next" },
  },
  buildEnd: ({ outDir }) => writeTexts(outDir),
});
