import { Timer } from "./timer";

/** When to ask a server whether it is there. Times are milliseconds. */
export interface LivenessOptions {
  /** How long after an answer to ask again. */
  readonly interval: number;
  /** How long an answer may take. */
  readonly timeout: number;
  /** How long it may take when there is reason to doubt; `false` asks at no other times than the regular ones. */
  readonly probe: number | false;
}

/** What a check of liveness does to its connection. */
export interface LivenessEvents {
  /** Sends the question; whether that went well. */
  ask(): boolean;
  /** Nothing was heard in time. */
  died(): void;
}

/**
 * Asks one open connection for signs of life: regularly (heartbeat), and when there is reason to doubt it (probe).
 *
 * Whatever comes after a question answers it, and starts the wait for the next one: a timer that a message has set is
 * not held back in a hidden page, as one is that another timer has set (EDGES 32).
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #events: LivenessEvents;
  readonly #timer = new Timer();
  #waiting = false;
  /** The last question was asked on suspicion. */
  #doubtful: boolean | undefined;
  /** When the question was asked that a reply is owed for, by the monotonic clock. */
  #askedAt: number | undefined;
  /** How long the last reply took, in milliseconds; `null` before the first. */
  latency: number | null = null;
  /** Whether any question was ever answered. */
  answered = false;

  constructor(options: LivenessOptions, events: LivenessEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** Asks for the first time. */
  start(): void {
    this.#ask(false);
  }

  /** Asks now, unless told not to doubt. Doubts that come while one is open do not put its end off. */
  probe(): void {
    if (this.#options.probe !== false && !(this.#waiting && this.#doubtful)) this.#ask(true);
  }

  /** Something came. */
  heard(): void {
    if (!this.#waiting) return;
    this.answered = true;
    this.#rest();
  }

  /** What came is the reply. */
  replied(): void {
    if (this.#askedAt === undefined) return;
    this.latency = performance.now() - this.#askedAt;
    this.#askedAt = undefined;
  }

  /** Stops asking. */
  stop(): void {
    this.#waiting = false;
    this.#timer.clear();
  }

  /** Waits for the time of the next question. */
  #rest(): void {
    this.#waiting = false;
    this.#timer.set(this.#options.interval, (late) => this.#ask(late));
  }

  #ask(doubtful: boolean, again = false): void {
    const { timeout, probe } = this.#options;
    const waited = this.#waiting;
    const owed = this.#askedAt;
    this.#waiting = true;
    // An answer that has not come by the time of the next question is not measured, nor is the time asleep.
    if (!waited || again) this.#askedAt = performance.now();
    const asked = this.#events.ask();
    // It was answered, or we were stopped, before we had done.
    if (!this.#waiting) return;
    // What was not asked is owed no answer; what was asked before still is.
    if (!asked && !again) {
      this.#askedAt = owed;
      if (!waited) this.#rest();
      return;
    }
    this.#doubtful = doubtful;
    this.#timer.set(doubtful && probe !== false ? probe : timeout, (late) => {
      // After sleep, overdue timers run before what has come meanwhile: a late one asks, it does not condemn. But once,
      // for in a hidden page every one is late.
      if (late && !again) this.#ask(true, true);
      else this.#events.died();
    });
  }
}
