import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PluginOption, Rolldown } from "vite";
import { entries, fileOf } from "../../test/tools/entries";
import { type Framework, type Page, root, withFiles } from "./page";

/** How an app is built. */
export interface AppOptions {
  /** `production` is minified; in `development` the frameworks look for mistakes, and React mounts everything twice. */
  mode: "development" | "production";
  /** The code of a module that renders the app in Node, to be built in place of the page's own main. @default none */
  server?: string;
}

/** The wireline that apps import, by the name in the import: the built one, as those have who install it. */
export const library: Readonly<Record<string, string>> = {
  wireline: "dist/index",
  ...Object.fromEntries(entries.map(({ name }) => [`wireline/${name}`, `dist/${fileOf(name)}`])),
};

/** Each framework's plugin, loaded only where it is needed. */
const plugins: Record<Framework, (dev: boolean, ssr: boolean) => Promise<PluginOption>> = {
  // Vite knows TSX, and React needs no more.
  react: async () => [],
  plain: async () => [],
  vue: async (dev) => (await import("@vitejs/plugin-vue")).default({ isProduction: !dev }),
  svelte: async (dev) => (await import("@sveltejs/vite-plugin-svelte")).svelte({ configFile: false, compilerOptions: { dev } }),
  solid: async (_, ssr) => (await import("vite-plugin-solid")).default({ ssr }),
};

/**
 * Builds the app of a page: one script, by Vite and the framework's own plugin.
 *
 * @throws Error with a remedy when the library is not built; what Vite throws when the page's code does not build.
 */
export async function buildApp(page: Page, { mode, server }: AppOptions): Promise<Rolldown.OutputChunk> {
  const alias = Object.entries(library).map(([name, path]) => {
    const replacement = join(root, `${path}.mjs`);
    if (!existsSync(replacement)) throw new Error(`${path}.mjs is missing: run npm run build.`);
    return { find: new RegExp(`^${name}$`), replacement };
  });
  // Late: Vite is large, and most who start the playground look at no framework.
  const { build } = await import("vite");
  const dev = mode === "development";
  const ssr = server !== undefined;
  const entry = ssr ? "server.tsx" : entryOf(page);
  const work = async (folder: string) => {
    const result = await build({
      configFile: false,
      envDir: false,
      publicDir: false,
      logLevel: "silent",
      root: folder,
      mode,
      plugins: [await plugins[page.framework](dev, ssr)],
      // Not what the process that builds happens to be: a test's NODE_ENV is neither.
      define: { "process.env.NODE_ENV": JSON.stringify(mode) },
      resolve: { alias, conditions: [mode, "module", ...(ssr ? ["node"] : ["browser"])] },
      ssr: { noExternal: true, resolve: { conditions: [mode, "module", "node"] } },
      oxc: page.framework === "react" ? { jsx: { runtime: "automatic", development: dev } } : {},
      build: {
        write: false,
        ssr,
        minify: !dev,
        target: "es2022",
        modulePreload: { polyfill: false },
        rolldownOptions: { input: join(folder, entry), output: { codeSplitting: false } },
      },
    });
    const { output } = (Array.isArray(result) ? result[0]! : result) as Rolldown.RolldownOutput;
    return output[0];
  };
  return withFiles(page, work, ssr ? { [entry]: server } : {});
}

/** The file that a page's app begins with. */
function entryOf({ framework, files }: Page): string {
  const entry = ["main.ts", "main.tsx"].find((name) => files.has(name));
  if (entry) return entry;
  throw new Error(`The page of ${framework} has no main: name a block of code main.ts or main.tsx.`);
}
