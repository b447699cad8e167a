import type { SocketClose } from "./close";

/** What a `url`, `protocols` or `authenticate` function is told of the attempt it serves. */
export interface Attempt {
  /** Aborted when the attempt is over, be it that the connection is open. */
  readonly signal: AbortSignal;
  /** Which attempt in a row this is, from 1. */
  readonly attempt: number;
  /** Why there is another one: how the last connection or attempt ended. A code of 4100–4199 asks for other credentials. */
  readonly reason: SocketClose | null;
  /** Who is to speak, where that was said. */
  readonly identity: string | undefined;
}

/** A value, or a function that gives it anew for each attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>);

/** The value of an option for an attempt. */
export async function ask<T>(option: PerAttempt<T>, attempt: Attempt): Promise<T> {
  return typeof option === "function" ? (option as (attempt: Attempt) => T | Promise<T>)(attempt) : option;
}
