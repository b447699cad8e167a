/** How many microtasks pass between two events of the network: browsers run all of them, so promises that wait for each other get their turn. */
const microtasksOfATurn = 12;

/** What @sinonjs/fake-timers, which Vitest and Jest use, puts at the functions that it replaces. */
export interface RunnersClock {
  /** Moves the time, and lets promises run between two timers. */
  tickAsync(ms: number): Promise<unknown>;
  /** Moves the time as sleep does: each timer fires once, and late. */
  jump?(ms: number): unknown;
  /** Runs the microtasks that it holds back. */
  runMicrotasks?(): void;
}

/** The fake clock of Vitest or Jest, if it runs now. */
export function runnersClock(): RunnersClock | undefined {
  return (globalThis.setTimeout as { clock?: RunnersClock }).clock;
}

/**
 * One turn of the event loop as far as promises go. It needs no timer, so it also passes where timers are faked. Jest fakes
 * `queueMicrotask`, too; what it holds back runs here.
 */
export async function turn(): Promise<void> {
  for (let count = 0; count < microtasksOfATurn; count++) await undefined;
  runnersClock()?.runMicrotasks?.();
}
