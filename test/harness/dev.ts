import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PluginOption } from "vite";

/** The frameworks that have hooks. */
export const hookFrameworks = ["react", "vue", "svelte", "solid"] as const;

/** A framework that has hooks. */
export type HookFramework = (typeof hookFrameworks)[number];

/** A real development server, with the replacement of modules that are edited. */
export interface Dev {
  /** Its address, without a slash at the end; also the origin of its page. */
  readonly url: string;
  /** Writes a file of the page as an editor does, with other text in place of some. */
  edit(file: string, change: (text: string) => string): void;
  close(): Promise<void>;
}

const root = resolve(import.meta.dirname, "../..");

const plugins: Record<HookFramework, (compiled: boolean) => Promise<PluginOption>> = {
  react: async (compiled) =>
    (await import("@vitejs/plugin-react")).default(
      compiled ? { babel: { plugins: [["babel-plugin-react-compiler", { panicThreshold: "all_errors" }]] } } : {},
    ),
  vue: async () => (await import("@vitejs/plugin-vue")).default(),
  svelte: async () => (await import("@sveltejs/vite-plugin-svelte")).svelte({ configFile: false }),
  solid: async () => (await import("vite-plugin-solid")).default(),
};

/** What is served, and how. */
interface DevOptions {
  /** The folder with a folder for each framework, and with the files that they share. */
  source: string;
  /** Whether React's compiler compiles the components, and fails where it cannot. @default false */
  compiled?: boolean;
  /** Changes each shared file. @default not at all */
  adapt?: (text: string) => string;
}

/**
 * Serves the page of a framework from a folder of its own, in which `wireline` is installed as this project is.
 *
 * @throws Error with a remedy when the library is not built.
 */
export async function startDev(framework: HookFramework, options: DevOptions): Promise<Dev> {
  const { compiled = false, adapt = (text) => text } = options;
  const source = join(root, options.source);
  if (!existsSync(join(root, `dist/${framework}.mjs`))) throw new Error(`dist/${framework}.mjs is missing: run npm run build.`);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `wireline-${framework}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  try {
    cpSync(join(source, framework), folder, { recursive: true });
    writeFileSync(join(folder, "socket.ts"), adapt(readFileSync(join(source, "socket.ts"), "utf8")));
    const main = readdirSync(folder).find((name) => name.startsWith("main."));
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${framework}</title><link rel="icon" href="data:,">`;
    writeFileSync(join(folder, "index.html"), `${html}<div id="app"></div><script type="module" src="/${main}"></script></html>`);
    writeFileSync(join(folder, "package.json"), `{"type": "module"}`);
    install(folder);
    const { createServer } = await import("vite");
    const server = await createServer({
      root: folder,
      configFile: false,
      envDir: false,
      cacheDir: join(folder, "node_modules/.vite"),
      logLevel: "error",
      clearScreen: false,
      plugins: [await plugins[framework](compiled)],
      server: { host: "127.0.0.1", port: 0, fs: { strict: false }, hmr: { overlay: false } },
    });
    await server.listen();
    return {
      url: server.resolvedUrls!.local[0]!.replace(/\/$/, ""),
      edit(file, change) {
        const path = join(folder, file);
        const text = readFileSync(path, "utf8");
        const changed = change(text);
        if (changed === text) throw new Error(`The edit of ${file} changes nothing.`);
        writeFileSync(path, changed);
      },
      async close() {
        await server.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Links every package of the project, and the project itself as `wireline`. */
function install(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  symlinkSync(root, join(modules, "wireline"), "junction");
}
