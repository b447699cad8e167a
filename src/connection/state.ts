import type { SocketError } from "../errors";
import type { SocketClose } from "./close";

/**
 * - `idle`: `connect()` was not called yet.
 * - `connecting`: tries for the first time, or waits to try again.
 * - `open`: messages pass.
 * - `reconnecting`: the connection was lost; tries, or waits to try again.
 * - `closed`: over, until `connect()` is called.
 */
export type Status = "idle" | "connecting" | "open" | "reconnecting" | "closed";

/** The state of a socket. It is frozen, and replaced on every change. */
export interface SocketState {
  /** The status. */
  readonly status: Status;
  /** When the status began, in milliseconds of `Date.now()`. */
  readonly since: number;
  /** The number of the current or next attempt in a row, from 1; 0 while `idle` or `closed`. A connection that lasts `minUptime` resets it. */
  readonly attempt: number;
  /** When the next attempt is due, in milliseconds of `Date.now()`; `null` if none is planned. */
  readonly retryAt: number | null;
  /** How the last connection or attempt ended. */
  readonly lastClose: SocketClose | null;
  /** The last error of the connection; `null` once it is open or closed by `close()`. */
  readonly lastError: SocketError | null;
  /** How long the last heartbeat took, in milliseconds; `null` before the first answer on a connection. */
  readonly latency: number | null;
  /** How many messages wait for the connection, or are kept until they are confirmed. */
  readonly queued: number;
  /** How many messages came with a command that the protocol does not name. */
  readonly unknown: number;
  /** How many replies came after their request had ended. */
  readonly late: number;
}

/** The state before anything happened. */
export const initialState = (): SocketState => ({
  status: "idle",
  since: Date.now(),
  attempt: 0,
  retryAt: null,
  lastClose: null,
  lastError: null,
  latency: null,
  queued: 0,
  unknown: 0,
  late: 0,
});

/**
 * The state in one line for people, such as `reconnecting: attempt 3 in 2.1 s; last close 1006; 2 queued`.
 *
 * @param slowed what makes retries rare
 */
export function explain({ status, attempt, retryAt, latency, lastClose, lastError, queued }: SocketState, slowed?: string): string {
  let line: string = status;
  if (attempt) line += `: attempt ${attempt}`;
  if (retryAt) line += ` in ${(Math.max(0, retryAt - Date.now()) / 1000).toFixed(1)} s`;
  if (retryAt && slowed) line += ` (${slowed})`;
  if (latency !== null) line += `; latency ${latency.toFixed()} ms`;
  if (lastClose) line += `; last close ${lastClose.code} ${lastClose.reason}`.trimEnd();
  if (queued) line += `; ${queued} queued`;
  return lastError ? `${line}; ${lastError.message}` : line;
}
