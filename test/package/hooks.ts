import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Check, lazily } from "./check";
import { brief, finish, runProgram } from "./program";
import type { Visitor } from "./visitor";

// The entries of the frameworks, each in a project that has no other framework.

const frameworks = { react: ["react", "@types/react"], vue: ["vue"], svelte: ["svelte"], solid: ["solid-js"] } as const;
const versions = ["5.4", "5.9", "6", "7"];
const project = resolve(import.meta.dirname, "../..");
/** The components of tests and of the documentation, which are to please ESLint. */
const components = ["test/engines/hooks/react", "playground/docs/examples/todos/react"];

/** What users of the hooks do: they compile, bundle and lint them, and render them on a server. */
export function hookChecks(folder: string, visitor: Visitor | undefined): Check[] {
  return [
    ...Object.entries(frameworks).flatMap(([framework, packages]): Check[] => {
      const home = lazily(async () => alone(folder, framework, packages));
      return [
        ...versions.map((version) => ({
          name: `wireline/${framework} · TypeScript ${version}`,
          run: async () => compile(folder, await home(), framework, version),
        })),
        ...["vite", "webpack"].map((bundler) => ({
          name: `wireline/${framework} · ${bundler}`,
          run: async () => bundle(folder, await home(), framework, bundler, visitor),
        })),
        {
          name: `wireline/${framework} · Node`,
          run: async () => {
            const { all } = await runProgram(process.execPath, [join(await home(), `${framework}.mjs`)], folder);
            says(all);
          },
        },
      ];
    }),
    { name: "wireline/react · Next.js", run: () => buildNext(folder) },
    {
      name: "wireline/react · ESLint's hooks rules",
      async run() {
        const files = components.flatMap((source) => readdirSync(join(project, source)).map((name) => join(project, source, name)));
        const { all } = await runProgram(process.execPath, [join(folder, "hooks/eslint.mjs"), ...files], folder);
        if (all.trim()) throw new Error(brief(all));
        return `${files.length} files`;
      },
    },
  ];
}

const said = "hooks: 11";

function says(output: string): void {
  if (!output.includes(said)) throw new Error(`It said ${brief(output)} in place of ${said}.`);
}

/** A project outside of the folder's own modules, with the package, one framework, and all that this needs. */
function alone(folder: string, framework: string, packages: readonly string[]): string {
  // Beside it, for whoever looks for a package looks in every folder above.
  const home = `${folder}-${framework}`;
  const modules = join(home, "node_modules");
  mkdirSync(modules, { recursive: true });
  const installed = new Set<string>();
  const install = (name: string): void => {
    if (installed.has(name)) return;
    installed.add(name);
    const from = join(folder, "node_modules", name);
    cpSync(from, join(modules, name), { recursive: true });
    const { dependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as { dependencies?: Record<string, string> };
    for (const dependency of Object.keys(dependencies)) install(dependency);
  };
  for (const name of ["wireline", ...packages]) install(name);
  for (const end of ["mjs", "ts", "cts"]) cpSync(join(folder, "hooks", `${framework}.${end}`), join(home, `${framework}.${end}`));
  cpSync(join(folder, "hooks", `${framework}.ts`), join(home, `${framework}-module.mts`));
  writeFileSync(join(home, "package.json"), `{"private": true}`);
  return home;
}

async function compile(folder: string, home: string, framework: string, version: string): Promise<void> {
  const shared = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    types: [],
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
  };
  const setups = {
    bundler: { options: { module: "esnext", moduleResolution: "bundler" }, files: [`${framework}.ts`] },
    nodenext: { options: { module: "nodenext", moduleResolution: "nodenext" }, files: [`${framework}-module.mts`, `${framework}.cts`] },
  };
  for (const [name, { options, files }] of Object.entries(setups)) {
    const config = join(home, `tsconfig.${version}.${name}.json`);
    // The declarations of the frameworks themselves do not all please the oldest compiler.
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...shared, ...options, skipLibCheck: true }, files }));
    const tsc = join(folder, "node_modules", `typescript${version}`, "bin/tsc");
    const { all, code } = await finish(process.execPath, [tsc, "-p", config, "--pretty", "false"], home);
    if (code !== 0) throw new Error(brief(`${name}: ${all}`));
  }
}

async function bundle(folder: string, home: string, framework: string, bundler: string, visitor: Visitor | undefined): Promise<void> {
  const page = `${framework}.mjs`;
  const { all } = await runProgram(process.execPath, [join(folder, "hooks/bundle.mjs"), bundler, home, page], folder);
  if (all.trim()) throw new Error(`It warns: ${brief(all)}`);
  const heard = await visitor?.hear(`/out/hooks/${bundler}/${page}`);
  if (heard !== undefined) says(heard);
}

/** Builds an application, which renders its page once: on the server the status is idle. */
async function buildNext(folder: string): Promise<void> {
  const app = join(folder, "hooks/next");
  writeFileSync(join(app, "package.json"), `{"private": true}`);
  await runProgram(process.execPath, [join(folder, "node_modules/next/dist/bin/next"), "build", "--webpack"], app);
  const html = readFileSync(join(app, ".next/server/app/index.html"), "utf8");
  if (!html.includes(`<p id="status">idle</p>`)) throw new Error("The page that it rendered does not show that the status is idle.");
}
