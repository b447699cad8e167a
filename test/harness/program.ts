import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Another program, with all that it starts: they form a process group of their own, and end together. */
export class Program {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly #kill = () => {
    try {
      process.kill(-this.#child.pid!, "SIGKILL");
    } catch {
      // The group has already ended.
    }
  };
  #said = "";

  constructor(command: string, args: string[]) {
    this.#child = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#gone = once(this.#child, "exit").catch(() => {});
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
        this.#child.emit("said");
      });
    }
    // A run of tests that dies takes it along.
    process.once("exit", this.#kill);
  }

  /** The id of its process, and of the group. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when it has printed what matches; rejects, with what it did print, when it ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#said);
      if (match) return match;
      const ended = await Promise.race([once(this.#child, "said").then(() => false), this.#gone.then(() => true)]);
      if (ended) throw new Error(`${this.#child.spawnfile} ended without ${pattern}; it said: ${this.#said.slice(-500)}`);
    }
  }

  /** Ends it and all that it started. */
  async end(): Promise<void> {
    process.off("exit", this.#kill);
    this.#kill();
    await this.#gone;
  }
}
