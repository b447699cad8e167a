import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { WebSocket } from "ws";
import { tokenAddress } from "../../playground/protocol";
import { Random } from "../soak/random";
import { type Attack, attackOf, type Target } from "./attacks";
import type { News } from "./child";
import { type Mode, setups } from "./modes";

/** How long a server may be held up, in milliseconds. */
export const mostStall = 200;
/** How much more memory a server may use after an attack than before, in bytes, when all clients have gone. */
export const mostGrowth = 10_000_000;
/** How many clients attack at the same time. */
const together = 16;

/** What a run is about. */
export interface FuzzOptions {
  readonly mode: Mode;
  readonly seed: number;
  /** Decides after each batch, by the number of attacks until then, whether to go on. */
  goesOn(attacks: number): boolean;
}

/** What came of a run. */
export interface FuzzResult {
  readonly attacks: number;
  /** The longest stall, in milliseconds. */
  readonly stall: number;
  /** How much the memory grew, in bytes. */
  readonly growth: number;
  /** What was wrong, as sentences; none if all went well. */
  readonly faults: readonly string[];
}

/** Attacks a server in its own process, and measures what that did to it. */
export async function fuzz({ mode, seed, goesOn }: FuzzOptions): Promise<FuzzResult> {
  const server = await Fuzzed.start(mode);
  try {
    const random = new Random(seed);
    const target = await server.target();
    let attacks = 0;
    const batch = async () => {
      const all = Array.from({ length: together }, () => attackOf(random, target));
      attacks += all.length;
      await server.take(all);
    };
    // Until then code is compiled, and buffers and caches find their size.
    for (let count = 0; count < 10; count += 1) await batch();
    const before = await server.measure();
    do {
      await batch();
    } while (goesOn(attacks));
    let after = await server.measure();
    const { stall } = after;
    // What is still at work is no leak: that stays, however often it is measured.
    for (let again = 0; again < 20 && after.heap - before.heap > mostGrowth; again += 1) after = await server.measure();
    const growth = after.heap - before.heap;
    const faults = [
      ...(stall > mostStall ? [`The server was held up for ${Math.round(stall)} ms; ${mostStall} ms are allowed.`] : []),
      ...(growth > mostGrowth ? [`The server kept ${Math.round(growth / 1e6)} MB; ${mostGrowth / 1e6} MB are allowed.`] : []),
      ...(after.open > 0 ? [`${after.open} connections are open although all clients have gone.`] : []),
    ];
    return { attacks, stall, growth, faults };
  } catch (error) {
    return { attacks: 0, stall: 0, growth: 0, faults: [error instanceof Error ? error.message : String(error)] };
  } finally {
    await server.end();
  }
}

/** A server under attack. */
class Fuzzed {
  readonly #mode: Mode;
  readonly #child: ChildProcess;
  readonly #exit: Promise<never>;
  readonly #links = new Set<Socket>();
  #said = "";
  #port = 0;

  static async start(mode: Mode): Promise<Fuzzed> {
    const server = new Fuzzed(mode);
    const news = await server.#news();
    if ("port" in news) server.#port = news.port;
    return server;
  }

  private constructor(mode: Mode) {
    this.#mode = mode;
    this.#child = fork(`${import.meta.dirname}/child.ts`, [mode], { execArgv: ["--import", "tsx"], silent: true });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) stream.on("data", (text) => (this.#said += String(text)));
    this.#exit = once(this.#child, "exit").then(([code, signal]) => {
      throw new Error(`The server ended with ${code ?? signal}; it said: ${this.#said.slice(-1_000)}`);
    });
    // It is awaited only beside something else.
    this.#exit.catch(() => {});
  }

  /** What the attacks go by. */
  async target(): Promise<Target> {
    if (this.#mode !== "chat") return { mode: this.#mode, port: this.#port, token: "" };
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`http://127.0.0.1:${this.#port}${tokenAddress}`, { method: "POST", headers, body: '{"name":"Eve"}' });
    const { token } = (await response.json()) as { token: string };
    return { mode: this.#mode, port: this.#port, token };
  }

  /** Lets some clients attack at the same time. Then a well-behaved client must get an answer, and all others are cut off. */
  async take(attacks: readonly Attack[]): Promise<void> {
    await this.#orExit(Promise.all(attacks.map((attack) => this.#attack(attack))));
    // Twice, so that what came before has been read.
    for (let turns = 0; turns < 2; turns += 1) await this.#orExit(this.#isAnswered());
    for (const link of this.#links) link.resetAndDestroy();
    this.#links.clear();
  }

  measure(): Promise<Exclude<News, { port: number }>> {
    this.#child.send("measure", () => {});
    return this.#news() as Promise<Exclude<News, { port: number }>>;
  }

  async end(): Promise<void> {
    for (const link of this.#links) link.destroy();
    this.#child.kill("SIGKILL");
    await this.#exit.catch(() => {});
    // What the child has started, such as a compiler, may hold the other ends for longer.
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  async #attack({ first, then, reads, ends }: Attack): Promise<void> {
    const link = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#links.add(link);
    const over = new Promise<void>((resolve) => link.once("close", resolve));
    link.on("error", () => {});
    const answered = new Promise<void>((resolve) => link.once("data", () => resolve()));
    link.write(first);
    if (then.length > 0) {
      await Promise.race([answered, over]);
      if (!reads) link.pause();
      for (const bytes of then) {
        // A server that reads no further takes no more.
        if (!link.writable || link.writableNeedDrain) break;
        link.write(bytes);
        // So that the pieces come one by one.
        await turn();
      }
    }
    if (ends && link.writable) link.end();
  }

  /** Resolves when a new connection is open and its ping has been answered. */
  async #isAnswered(): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}${setups[this.#mode].sockets[0]}`);
    try {
      await once(socket, "open");
      socket.on("error", () => {});
      const ponged = once(socket, "pong");
      socket.ping();
      await ponged;
    } finally {
      socket.terminate();
    }
  }

  async #news(): Promise<News> {
    return this.#orExit(once(this.#child, "message").then(([news]) => news as News));
  }

  #orExit<T>(wanted: Promise<T>): Promise<T> {
    return Promise.race([wanted, this.#exit]);
  }
}
