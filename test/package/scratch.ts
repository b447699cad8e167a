import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { buildLibrary } from "../tools/library";
import { runProgram } from "./program";

/** A project of a user's: nothing in it leads back to this repository. */
export interface Scratch {
  readonly folder: string;
  /** The packed package that is installed there. */
  readonly tarball: string;
  remove(): void;
}

const root = resolve(import.meta.dirname, "../..");
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

/** Packs the package as it would be published, and installs it beside the tools of package.json into a new folder. */
export async function makeScratch(): Promise<Scratch> {
  buildLibrary();
  // By its real name, which is what compilers print.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wireline-packages-")));
  const remove = () => {
    // With those that checks have made beside it.
    const own = readdirSync(dirname(folder)).filter((name) => name.startsWith(basename(folder)));
    for (const name of own) rmSync(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    console.log("Packing the package");
    const { stdout } = await runProgram("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder, ...quiet], root);
    const packed: { filename: string }[] | Record<string, { filename: string }> = JSON.parse(stdout);
    const tarball = join(folder, Object.values(packed)[0]!.filename);
    console.log("Installing it into a folder of its own, with compilers and bundlers");
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(import.meta.dirname, file), join(folder, file));
    cpSync(join(import.meta.dirname, "fixtures"), folder, { recursive: true });
    await runProgram("npm", ["ci", "--ignore-scripts", "--prefer-offline", ...quiet], folder);
    await runProgram("npm", ["install", "--no-save", "--ignore-scripts", "--prefer-offline", ...quiet, tarball], folder);
    return { folder, tarball, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
