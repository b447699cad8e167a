import { Program } from "../harness/program";

/** The servers of the seeds. */
export type Family =
  | "goyave"
  | "goyave in debug mode"
  | "gofr"
  | "gofr 1.17"
  | "gofr 1.10"
  | "projectforge"
  | "projectforge with user"
  | "projectforge with oauth";

/** A server of a family. */
export type Name = "goyave3" | "goyave5" | "gofr" | "gofr1.17" | "gofr1.10" | "projectforge" | "projectforge-user" | "projectforge-oauth";

/** What a column of the table is of: the Go server, or the Node server that does as it does. */
export type Kind = "Go" | "Node";

/** How long the servers in debug mode wait for a client's close frame, in milliseconds: somebody has to wait for their giving up. */
const SHORT = 300;

/** A server that runs, as a program of its own, and can be killed and started anew where it was. */
export class Column {
  readonly family: Family;
  readonly name: Name;
  readonly kind: Kind;
  readonly #binary: string | undefined;
  #program: Program | undefined;
  #port = 0;

  /**
   * @param binary the Go servers' program, for a column of that kind
   */
  constructor(family: Family, name: Name, binary?: string) {
    this.family = family;
    this.name = name;
    this.kind = binary === undefined ? "Node" : "Go";
    this.#binary = binary;
  }

  /** Its address, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, where it was before if it was. */
  async start(): Promise<void> {
    const debug = this.family === "goyave in debug mode";
    const port = String(this.#port);
    const main = `${import.meta.dirname}/../server/main.ts`;
    const settings = [`PARITY=${this.name}`, `PORT=${port}`, ...(debug ? ["DEBUG=true", `CLOSE_TIMEOUT=${SHORT}`] : [])];
    const flags = ["-port", port, ...(debug ? ["-debug", "-close-timeout", `${SHORT}ms`] : [])];
    this.#program =
      this.#binary === undefined
        ? new Program(process.execPath, ["--import", "tsx", main, ...settings])
        : new Program(this.#binary, [...flags, this.name]);
    this.#port = Number((await this.#program.says(/127\.0\.0\.1:(\d+)/))[1]);
  }

  /** Kills it by SIGKILL. */
  async kill(): Promise<void> {
    await this.#program?.end();
  }
}
