import { asks } from "./close";

/** How long to wait before a retry, in milliseconds. */
export interface Backoff {
  /** The longest wait before the first retry, and the least spread of all. @default 2200 */
  min: number;
  /** The longest wait. @default 30000 */
  max: number;
  /** By how much the longest wait grows from one retry to the next. @default 1.16 */
  factor: number;
}

/** The waits unless told otherwise; `npm run bench:herd` shows what they do to a server that restarts. */
export const defaultBackoff: Backoff = { min: 2_200, max: 30_000, factor: 1.16 };

/** The longest time a timer takes; more would fire at once (ERRATA R16). */
export const longest = 2_147_483_647;

/** A time in milliseconds as `setTimeout` takes it: nothing negative, nothing over {@link longest}, no NaN. */
export function clamp(time: number): number {
  return time > 0 ? Math.min(time, longest) : 0;
}

/**
 * The wait before a retry: at random within a window that moves on with each retry, and is never narrower than `min` or
 * half its end. The first is the whole of `min`, because everybody may have lost the server in the same moment; the later
 * ones leave zero behind, and so find a server that is back sooner than full jitter does.
 *
 * @param retry which retry in a row, from 1
 * @param code the close code: 1012 spreads over at least five seconds because everybody is told it at once, 1013 waits
 * five first, 4200–4299 comes back within a second at first
 * @param alone whether nobody else is likely to have lost the server just now, which comes back as soon
 */
export function backoffDelay({ min, max, factor }: Backoff, retry: number, code: number, alone: boolean): number {
  if (asks(code, "restart")) min = Math.max(min, 5000);
  if ((alone || asks(code, "soon")) && retry === 1) min = Math.min(min, 1000);
  const end = Math.min(max, min * factor ** (retry - 1));
  const start = Math.max(0, Math.min(end / 2, end - min));
  return start + draw(end - start) + (asks(code, "later") ? 5000 : 0);
}

/** The shortest wait before a retry that hardly anybody looks at, in milliseconds. */
export const slow = 15_000;

/** The wait before a retry that hardly anybody looks at: 15 to 30 seconds. */
export function slowDelay(): number {
  return slow + draw(slow);
}

const draw = (width: number) => globalThis.Math.random() * width;
