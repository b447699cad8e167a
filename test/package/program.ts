import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

/** What a program has said, and how it has ended. */
export interface Output {
  /** What it ended with; `null` where it did not by itself. */
  readonly code: number | null;
  readonly stdout: string;
  /** What it printed in all, in the order in which it came. */
  readonly all: string;
}

/** After this long a program hangs, however busy the machine is. */
const patience = 180_000;

let free = Math.max(2, availableParallelism());
const waiting: (() => void)[] = [];

/** Runs a program to its end, as soon as a processor is free for it. */
export async function finish(command: string, args: readonly string[], cwd: string): Promise<Output> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await start(command, args, cwd);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/**
 * The same, for a program that succeeds.
 *
 * @throws Error with what it printed, where it does not end by itself, or not with 0.
 */
export async function runProgram(command: string, args: readonly string[], cwd: string): Promise<Output> {
  const output = await finish(command, args, cwd);
  const { code, all } = output;
  if (code === null) throw new Error(`It did not end by itself within ${patience / 60_000} minutes, and had said:\n${brief(all)}`);
  if (code !== 0) throw new Error(brief(all) || `It ended with ${code}, and said nothing.`);
  return output;
}

async function start(command: string, args: readonly string[], cwd: string): Promise<Output> {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === "win32" && command !== process.execPath;
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(command, args, { cwd, shell, env, stdio: ["ignore", "pipe", "pipe"], timeout: patience });
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (all += text));
  const [code]: (number | null)[] = await once(child, "close");
  return { code: code ?? null, stdout, all };
}

/** The first lines, which say what went wrong. */
export function brief(text: string): string {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.slice(0, 240));
  return lines.length > 8 ? [...lines.slice(0, 8), `… and ${lines.length - 8} lines more`].join("\n") : lines.join("\n");
}
