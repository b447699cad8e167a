import type { Message } from "../index";

interface Waiter<M> {
  readonly cmd: string | undefined;
  resolve(message: M): void;
  reject(error: unknown): void;
}

/** The messages that have come, and those who wait for the next. */
export class Inbox<M extends Message> {
  readonly messages: M[] = [];
  /** Those that `next` has not returned yet. */
  readonly #fresh: M[] = [];
  readonly #waiters = new Set<Waiter<M>>();

  /** The params that a command came with, in order. */
  params(cmd: string): unknown[] {
    return this.messages.filter((message) => message.cmd === cmd).map(({ param }) => param);
  }

  /** Adds a message. */
  add(message: M): void {
    this.messages.push(message);
    for (const waiter of this.#waiters) {
      if (waiter.cmd !== undefined && waiter.cmd !== message.cmd) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
      return;
    }
    this.#fresh.push(message);
  }

  /** Resolves with the next message of a command, or of any; each message is returned once. */
  next(cmd: string | undefined, signal: AbortSignal | undefined): Promise<M> {
    const index = this.#fresh.findIndex((message) => cmd === undefined || message.cmd === cmd);
    if (index >= 0) return Promise.resolve(this.#fresh.splice(index, 1)[0]!);
    return new Promise((resolve, reject) => {
      const waiter: Waiter<M> = { cmd, resolve, reject };
      this.#waiters.add(waiter);
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(signal!.reason);
      };
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
    });
  }

  /** Those who wait get an error. */
  fail(error: unknown): boolean {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const { reject } of waiters) reject(error);
    return waiters.length > 0;
  }

  /** Forgets all messages. */
  clear(): void {
    this.messages.length = 0;
    this.#fresh.length = 0;
  }
}
