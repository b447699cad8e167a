import type { SocketClose } from "./close";

/** The attempt to connect that a `url`, `protocols` or `authenticate` function is called for. */
export interface Attempt {
  /** Aborted when the attempt has succeeded or failed. */
  readonly signal: AbortSignal;
  /** The number of the attempt in a row, from 1. */
  readonly attempt: number;
  /** How the last connection or attempt ended. A code of 4100–4199 asks for new credentials. */
  readonly reason: SocketClose | null;
  /** The identity of the user. */
  readonly identity: string | undefined;
}

/** A value, or a function that returns it for each attempt. */
export type PerAttempt<T> = T | ((attempt: Attempt) => T | Promise<T>);

/** The value of an option for an attempt. */
export async function ask<T>(option: PerAttempt<T>, attempt: Attempt): Promise<T> {
  return typeof option === "function" ? (option as (attempt: Attempt) => T | Promise<T>)(attempt) : option;
}
