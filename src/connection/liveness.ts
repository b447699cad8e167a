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

/** How fast a link must be at least for what was sent before a question, in bytes per millisecond. */
const slowestLink = 100;

/** How many bytes may be on their way though the WebSocket does not hold them any more: systems buffer up to 4 MB. */
const systemBuffer = 4_000_000;

/** What leaves within this time needs no extra time, in milliseconds. */
const negligible = 1_000;

/**
 * Asks one open connection for signs of life: regularly (heartbeat), and when there is reason to doubt it (probe).
 *
 * Any inbound message is a sign of life, and so is a WebSocket that holds less of what the question waits behind: a slow upload
 * is not a dead link, and a question behind it has not left yet. Once it has left, only an answer counts, because the system
 * takes small messages from a dead link, too. Not all of an upload can be seen, so a question behind much data has
 * more time. What arrives also starts the wait for the next question, because
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
  /** How many bytes the WebSocket held when it was last looked at, and how many of them the question waits behind. */
  #buffered = 0;
  #ahead = 0;
  /** Whether any of those have left since the last limit was set. */
  #progressed = false;
  /** When all that was sent has left on the slowest link, by the monotonic clock; and that time when the last question was asked. */
  #leftAt = 0;
  #leftAtQuestion = 0;
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
    const now = performance.now();
    this.latency = now - this.#askedAt;
    this.#askedAt = undefined;
    // All that was sent before the question has arrived.
    this.#leftAt = now + Math.max(0, this.#leftAt - this.#leftAtQuestion);
    this.#leftAtQuestion = now;
  }

  /** Bytes were handed to the WebSocket. A question after them arrives after them. */
  sent(bytes: number): void {
    this.#leftAt = Math.max(this.#leftAt, performance.now()) + bytes / slowestLink;
  }

  /** Something was handed to the WebSocket, or is about to be: what it got rid of until now would not be seen later. */
  sampleBuffered(): void {
    if (!this.#waiting) return;
    const { buffered } = this.#parent;
    const left = this.#buffered - buffered;
    if (left > 0 && this.#ahead > 0) {
      this.#progressed = true;
      this.#ahead -= left;
    }
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
    this.#leftAtQuestion = Math.max(this.#leftAt, performance.now());
    const ahead = this.#parent.buffered;
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
    this.#ahead = ahead;
    this.#buffered = this.#parent.buffered;
    this.#limit(again);
  }

  /** How long what was sent before may keep the question from leaving: Node shows no progress within a message, and no system within its buffers. */
  get #queueingTime(): number {
    const time = Math.min(this.#leftAt - performance.now(), (this.#parent.buffered + systemBuffer) / slowestLink);
    return time > negligible ? time : 0;
  }

  /** Gives the question its time, again after each sign that the link works. */
  #limit(again: boolean): void {
    this.#progressed = false;
    const time = this.#doubtful && this.#probe !== false ? this.#probe : this.#options.timeout;
    this.#timer.set(time + this.#queueingTime, (late) => {
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
