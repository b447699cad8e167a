import type { SocketError } from "../errors";
import { printable } from "../text";
import type { SocketClose } from "./close";

/**
 * - `idle`: `connect()` was not called yet.
 * - `connecting`: it tries for the first time, or waits to try again.
 * - `open`: messages pass.
 * - `reconnecting`: the connection was lost; it tries, or waits to try again.
 * - `closed`: it is over until `connect()` is called.
 */
export type Status = "idle" | "connecting" | "open" | "reconnecting" | "closed";

/** A socket at one moment. Frozen; a new one replaces it on every change. */
export interface SocketState {
  /** Where it stands. */
  readonly status: Status;
  /** When the status began, in milliseconds of `Date.now()`. */
  readonly since: number;
  /** Which attempt in a row this is or will be, from 1; 0 while `idle` or `closed`. See `minUptime`. */
  readonly attempt: number;
  /** When the next attempt is due, in milliseconds of `Date.now()`; `null` unless one is waited for. */
  readonly retryAt: number | null;
  /** How the last connection or attempt ended. */
  readonly lastClose: SocketClose | null;
  /** What the last connection or attempt failed with; `null` once it is open, or closed by `close()`. */
  readonly lastError: SocketError | null;
  /** How long the server took to answer the last heartbeat, in milliseconds; `null` before the first answer of a connection. */
  readonly latency: number | null;
  /** How many messages wait for the connection, or are kept until they are confirmed. */
  readonly queued: number;
  /** How many messages came whose command the protocol does not name. */
  readonly unknown: number;
  /** How many replies came after their request was given up. */
  readonly late: number;
}

/** What the connection contributes to the state of a socket. */
export type ConnectionState = Omit<SocketState, "latency" | "queued" | "unknown" | "late">;

/** The state before anything happened. */
export function initialState(): ConnectionState {
  return { status: "idle", since: Date.now(), attempt: 0, retryAt: null, lastClose: null, lastError: null };
}

/**
 * The state in one line for people, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`.
 *
 * @param slowedBy what makes retries rare
 */
export function explain({ status, attempt, retryAt, latency, lastClose, lastError, queued }: SocketState, slowedBy?: string): string {
  let line: string = status;
  if (attempt) line += `: attempt ${attempt}`;
  if (retryAt) line += ` in ${(Math.max(0, retryAt - Date.now()) / 1000).toFixed(1)} s`;
  if (retryAt && slowedBy) line += ` (${slowedBy})`;
  if (latency !== null) line += `; latency ${latency.toFixed()} ms`;
  if (lastClose) line += `; last close ${lastClose.code} ${printable(lastClose.reason)}`.trimEnd();
  if (queued) line += `; ${queued} queued`;
  return lastError ? `${line}; ${lastError.message}` : line;
}
