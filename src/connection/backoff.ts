import type { CloseMeaning } from "./close";

/** How long to wait before a retry, in milliseconds. */
export interface Backoff {
  /** How wide retries are spread at least, and so the longest wait before the first. @default 2200 */
  min: number;
  /** The longest wait of all. @default 30000 */
  max: number;
  /** What the longest wait is multiplied by from one retry to the next. @default 1.16 */
  factor: number;
}

/** The waits unless the options say otherwise; `npm run bench:herd` shows what they do to a server that restarts. */
export const defaultBackoff: Backoff = { min: 2_200, max: 30_000, factor: 1.16 };

/**
 * The wait before a retry: at random within a window that moves on with each retry, and is never narrower than `min` or
 * half its end. The first is the whole of `min`, because everybody may have lost the server in the same moment. The later
 * ones leave zero behind, and so find a server that is back sooner than full jitter does.
 *
 * @param retry which retry in a row, from 1
 * @param meaning of the close code: `restart` spreads over at least five seconds, `later` waits five first, `soon` retries
 * within a second at first
 * @param onlyUs whether probably only this client is affected: it retries within a second at first, too
 */
export function backoffDelay({ min, max, factor }: Backoff, retry: number, meaning: CloseMeaning, onlyUs: boolean): number {
  if (meaning === "restart") min = Math.max(min, 5_000);
  if ((onlyUs || meaning === "soon") && retry === 1) min = Math.min(min, 1_000);
  const end = Math.min(max, min * factor ** (retry - 1));
  const start = Math.max(0, Math.min(end / 2, end - min));
  return randomBetween(start, end) + (meaning === "later" ? 5_000 : 0);
}

/** The shortest wait before a retry in the background, where hardly anybody looks at it, in milliseconds. */
export const backgroundDelay = 15_000;

/** The wait before a retry in the background: 15 to 30 seconds. */
export function randomBackgroundDelay(): number {
  return randomBetween(backgroundDelay, backgroundDelay * 2);
}

function randomBetween(start: number, end: number): number {
  return start + (end - start) * Math.random();
}
