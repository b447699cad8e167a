import type { SocketClose } from "./close";
import type { Liveness } from "./liveness";

/** What a `url`, `protocols` or `authenticate` function gets: the attempt that it serves. */
export interface Attempt {
  /** Aborted when the attempt is over, also because the connection is open. */
  readonly signal: AbortSignal;
  /** Which attempt in a row this is, from 1. */
  readonly attempt: number;
  /** How the last one ended. A code of 4100–4199 asks for new credentials. */
  readonly reason: SocketClose | null;
  /** Whose connection it will be; see `identify`. */
  readonly identity: string | undefined;
}

/** A value, or a function that makes it for each attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>);

/** The value of an option for an attempt. */
export async function valueFor<T>(option: PerAttempt<T>, attempt: Attempt): Promise<T> {
  return typeof option === "function" ? (option as (attempt: Attempt) => T | Promise<T>)(attempt) : option;
}

/**
 * Where an attempt stands.
 *
 * - `preparing`: its address is asked for.
 * - `connecting`: the WebSocket does its handshake.
 * - `authenticating`: the WebSocket is open, and `authenticate` runs.
 * - `open`: it is the connection.
 */
export type AttemptPhase = "preparing" | "connecting" | "authenticating" | "open";

/** The attempt under way, which becomes the connection once it is open. Whoever waited for anything compares it with the current one. */
export class CurrentAttempt {
  phase: AttemptPhase = "preparing";
  /** When it opened, in milliseconds of the monotonic clock. */
  openedAt = 0;
  liveness: Liveness | undefined;
  /** What its functions get; nobody needs it any more once it is open. */
  context: Attempt | undefined;
  #controller: AbortController | undefined = new AbortController();

  constructor(context: Omit<Attempt, "signal">) {
    this.context = { ...context, signal: this.#controller!.signal };
  }

  /** Tells its functions that it is over. Not at once: who listens to the signal may call anything. */
  abort(): void {
    const controller = this.#controller;
    if (controller) queueMicrotask(() => controller.abort());
    this.#controller = undefined;
    this.context = undefined;
  }
}
