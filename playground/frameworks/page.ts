import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What has a page of its own, in the order in which they are shown. */
export const frameworks = ["react", "vue", "svelte", "solid", "plain"] as const;

/** A framework that has a page. */
export type Framework = (typeof frameworks)[number];

/** The root of the project, with a slash at the end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A page of documentation, and the files that are in it. */
export interface Page {
  readonly framework: Framework;
  /** The page itself, in Markdown. */
  readonly text: string;
  /** Its heading. */
  readonly title: string;
  /** The text of each file, by its name, in the order of the page. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a framework's page: a block of code with a name, as in `ts socket.ts`, is a file. */
export async function readPage(framework: Framework): Promise<Page> {
  const text = await readFile(new URL(`../docs/recipes/${framework}.md`, import.meta.url), "utf8");
  const files = new Map([...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]));
  return { framework, text, title: /^# (.*)$/m.exec(text)?.[1] ?? framework, files };
}

/** Writes a page's files, and others, to where imports find the packages of the project, and takes them away when the work is done. */
export async function withFiles<T>(page: Page, work: (folder: string) => Promise<T>, others: Record<string, string> = {}): Promise<T> {
  // A folder for each, for tests and a playground may be at it at the same time; and not in node_modules, where svelte-check is blind.
  const folder = await mkdtemp(join(await realpath(tmpdir()), `wireline-${page.framework}-`));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    await Promise.all([...page.files, ...Object.entries(others)].map(([name, code]) => writeFile(join(folder, name), code)));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
