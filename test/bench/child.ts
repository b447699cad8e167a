import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A program that runs in plain Node, in its own process, receives `Order`s and sends `News`. */
export class Child<Order extends object, News> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #news: News[] = [];
  #wake: () => void = () => {};

  constructor(file: string, ...values: (string | number)[]) {
    this.#name = values.join(" ");
    // Without what this process itself was started with, which may be a compiler.
    this.#process = fork(file, values.map(String), { execArgv: [] });
    this.#process.on("message", (news) => {
      this.#news.push(news as News);
      this.#wake();
    });
    this.#process.on("exit", () => this.#wake());
  }

  /** Tells it something. */
  tell(order: Order): void {
    // An ended program cannot receive orders; `next` reports that.
    this.#process.send(order, () => {});
  }

  /** The next news. Rejects when there is none within some milliseconds, or when the process ends. */
  async next(patience = 60_000): Promise<News> {
    const deadline = Date.now() + patience;
    while (!this.#news.length) {
      const left = deadline - Date.now();
      if (this.#ended) throw new Error(`"${this.#name}" ended early; see what it printed.`);
      if (left <= 0) {
        throw new Error(`"${this.#name}" told nothing for ${patience / 1000} s; see whether its library and its dialect still agree.`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#news.shift()!;
  }

  /** Tells and waits for the news. */
  ask(order: Order, patience?: number): Promise<News> {
    this.tell(order);
    return this.next(patience);
  }

  /** Ends it at once, and resolves when it has. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  get #ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
