import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Runs npm in a folder, where it says what is wrong and nothing else; tells whether it succeeded. */
export function npm(args: readonly string[], cwd: string): boolean {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === "win32";
  return spawnSync("npm", args, { cwd, stdio: "inherit", shell, env: { ...process.env, npm_config_loglevel: "error" } }).status === 0;
}

/** Installs the packages of a folder with its own lock file, unless they are there; returns whether they are. */
export function installPackages(folder: string, what: string): boolean {
  const wanted = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(folder, "node_modules/lock.json");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return true;
  console.log(`Installing ${what} …`);
  // No script of theirs need run.
  if (!npm(["ci", "--ignore-scripts"], folder)) return false;
  writeFileSync(mark, wanted);
  return true;
}
