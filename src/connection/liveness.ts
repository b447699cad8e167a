import { Timer } from "../timer";

/** When to ask a server whether it is there. Times are milliseconds. */
export interface LivenessOptions {
  /** How long after an answer to ask again. */
  readonly interval: number;
  /** How long an answer may take. */
  readonly timeout: number;
}

/** What a check of liveness needs of the connection it belongs to. */
export interface LivenessParent {
  /** Sends the question; whether that went well. */
  ask(): boolean;
  /** How many bytes the WebSocket holds that have not left. */
  readonly buffered: number;
  /** Nothing was heard in time. */
  died(): void;
}

/** How late a timer is, in milliseconds, when the machine has slept rather than the page been busy. */
const sleepThreshold = 2_000;

/**
 * Asks one open connection for signs of life: regularly (heartbeat), and when there is reason to doubt it (probe).
 *
 * Any inbound message is a sign of life, and so is a WebSocket that holds less than before: a slow upload is not a dead
 * link, and a question behind it has not left yet. What arrives also starts the wait for the next question, because
 * browsers do not hold back a timer that a message has set in a hidden page.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #probe: number | false;
  readonly #parent: LivenessParent;
  readonly #timer = new Timer();
  #waiting = false;
  #waitingSince = 0;
  /** The last question was asked because of a doubt. */
  #doubtful = false;
  /** How many bytes the WebSocket held when it was last looked at, and whether it has got rid of any since the last limit was set. */
  #buffered = 0;
  #progressed = false;
  /** When the question was asked that a reply is expected for, by the monotonic clock. */
  #askedAt: number | undefined;
  /** How long the last reply took, in milliseconds; `null` before the first. */
  latency: number | null = null;
  /** Whether there was ever a sign of life. */
  answered = false;

  /** @param probe how long an answer may take when there is reason to doubt; `false` asks at no other times than the regular ones */
  constructor(options: LivenessOptions, probe: number | false, parent: LivenessParent) {
    this.#options = options;
    this.#probe = probe;
    this.#parent = parent;
  }

  /** Milliseconds since the oldest unanswered heartbeat. */
  get silentFor(): number {
    return performance.now() - this.#waitingSince;
  }

  /** Asks for the first time. */
  start(): void {
    this.#ask(false);
  }

  /** Checks now, unless `probe` is `false`. A check that is running keeps its limit. */
  probe(): void {
    if (this.#probe !== false && !(this.#waiting && this.#doubtful)) this.#ask(true);
  }

  /** Something arrived. */
  received(): void {
    if (!this.#waiting) return;
    this.answered = true;
    this.#rest();
  }

  /** What arrived is the reply to the question. */
  replied(): void {
    if (this.#askedAt === undefined) return;
    this.latency = performance.now() - this.#askedAt;
    this.#askedAt = undefined;
  }

  /** Something was handed to the WebSocket, or is about to be: what it got rid of until now would not be seen later. */
  sampleBuffered(): void {
    if (!this.#waiting) return;
    const { buffered } = this.#parent;
    if (buffered < this.#buffered) this.#progressed = true;
    this.#buffered = buffered;
  }

  /** Stops asking. */
  stop(): void {
    this.#waiting = false;
    this.#timer.clear();
  }

  /** Waits for the time of the next question. */
  #rest(): void {
    this.#waiting = false;
    this.#timer.set(this.#options.interval, (late) => this.#ask(late > sleepThreshold));
  }

  #ask(doubtful: boolean, again = false): void {
    const waited = this.#waiting;
    const expectedSince = this.#askedAt;
    this.#waiting = true;
    if (!waited) this.#waitingSince = performance.now();
    // A question that is not answered by the time of the next one is not measured, nor is the time asleep.
    if (!waited || again) this.#askedAt = performance.now();
    const asked = this.#parent.ask();
    // It was answered, or we were stopped, before it had left.
    if (!this.#waiting) return;
    // A question that could not be asked gets no answer; the one before it still may.
    if (!asked && !again) {
      this.#askedAt = expectedSince;
      if (!waited) this.#rest();
      return;
    }
    this.#doubtful = doubtful;
    this.#buffered = this.#parent.buffered;
    this.#limit(again);
  }

  /** Gives the question its time, again after each sign that the link works. */
  #limit(again: boolean): void {
    this.#progressed = false;
    this.#timer.set(this.#doubtful && this.#probe !== false ? this.#probe : this.#options.timeout, (late) => {
      this.sampleBuffered();
      if (this.#progressed) {
        this.answered = true;
        this.#limit(again);
      }
      // A late timer may run before what has arrived meanwhile, so it asks instead of giving up. But once, because in a
      // hidden page every timer is late.
      else if (late && !again) this.#ask(this.#doubtful || late > sleepThreshold, true);
      else this.#parent.died();
    });
  }
}
