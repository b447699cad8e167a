import { asks } from "./close";

/** How long to wait before a retry, in milliseconds. */
export interface Backoff {
  /** The widest wait before the first retry. @default 500 */
  min: number;
  /** The widest wait of all. @default 30000 */
  max: number;
  /** What the widest wait is multiplied by from one retry to the next. @default 2 */
  factor: number;
}

/** The waits unless told otherwise. */
export const defaultBackoff: Backoff = { min: 500, max: 30_000, factor: 2 };

/** The longest time a timer takes; more would fire at once (ERRATA R16). */
export const longest = 2_147_483_647;

/** A time in milliseconds as `setTimeout` takes it: nothing negative, nothing over {@link longest}, no NaN. */
export function clamp(time: number): number {
  return time > 0 ? Math.min(time, longest) : 0;
}

/**
 * The wait before a retry, with full jitter: anything between nothing and a width that grows with each retry.
 *
 * @param retry which retry in a row, from 1
 * @param code the close code: 4200–4299 comes back within a second at first, 1012 spreads over at least five because
 * everybody lost the server at once, 1013 waits five first
 */
export function backoffDelay({ min, max, factor }: Backoff, retry: number, code: number): number {
  let width = Math.min(max, min * factor ** (retry - 1));
  if (asks(code, "restart")) width = Math.max(width, 5000);
  if (asks(code, "soon") && retry === 1) width = 1000;
  return draw(width) + (asks(code, "later") ? 5000 : 0);
}

/** The wait before a retry that hardly anybody looks at: 15 to 30 seconds. */
export function slowDelay(): number {
  return 15_000 + draw(15_000);
}

const draw = (width: number) => globalThis.Math.random() * width;
