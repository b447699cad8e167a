import type { SocketError } from "./errors";
import type { DropReason } from "./messages/deliveries";

/** Errors of attempts, which fail in a row: the first of them is printed. */
const attemptErrors: readonly string[] = ["address", "authentication", "timeout", "transport"];

/** Where an attempt connected, and what follows it. */
export interface Outlook {
  readonly attempt: number;
  readonly retryAt: number | null;
  readonly address: string | undefined;
}

/** Prints what nobody listens to, so that it is not lost. */
export class Printer {
  /** How many errors of a code were printed or left out. */
  #printed: Map<string, number> | undefined;
  #warnedOfDrops = false;

  error(error: SocketError, outlook: Outlook): void {
    const isOfAttempt = attemptErrors.includes(error.code) && error.channel === undefined;
    if (isOfAttempt && outlook.attempt > 2) return;
    this.#printed ??= new Map();
    const count = (this.#printed.get(error.code) ?? 0) + 1;
    this.#printed.set(error.code, count);
    // A flood of one kind is counted: 1 to 10, then each power of ten.
    if (count > 10 && !Number.isInteger(Math.log10(count))) return;
    const notes = [...(isOfAttempt ? [attemptNote(outlook)] : []), ...(count >= 10 ? [countNote(count)] : [])];
    // Consoles show an error with its cause and its other properties, such as the issues of a schema.
    console.error("wireline:", error, notes.join("; "));
  }

  drop(reason: DropReason): void {
    // A delivery of `drop` asks for it.
    if (this.#warnedOfDrops || reason === "disconnected") return;
    this.#warnedOfDrops = true;
    console.warn(`wireline: a message was dropped (${reason}), and this is only said once; listen to onDrop to know of each.`);
  }
}

function attemptNote({ retryAt, address }: Outlook): string {
  const next = retryAt === null ? "there is no further attempt" : `next attempt in ${((retryAt - Date.now()) / 1000).toFixed(1)} s`;
  return `${address ?? "no address"}; ${next}`;
}

/** Says of an error how many of its code there were, and when the next of them is printed. */
function countNote(count: number): string {
  return `${count} errors of this code so far; the next is printed at ${count * 10}`;
}
