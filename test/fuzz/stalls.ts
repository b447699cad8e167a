import { readFileSync } from "node:fs";

/** How often the event loop is looked at, in milliseconds. */
const interval = 10;

/**
 * How long the event loop was held up at most. A delay counts only as far as its thread was computing meanwhile: on a busy machine a timer
 * is also late because the thread did not get a core, and that is not the server's fault. What a server computes for too long shows in both.
 */
export class Stalls {
  #longest = 0;
  #wall = 0;
  #busy = 0;

  constructor() {
    setInterval(() => this.#look(), interval).unref();
    this.skip();
  }

  /** In milliseconds. */
  get longest(): number {
    return this.#longest;
  }

  /** Leaves out what has happened since the last look. */
  skip(): void {
    this.#wall = performance.now();
    this.#busy = computed();
  }

  #look(): void {
    const [wall, busy] = [performance.now(), computed()];
    this.#longest = Math.max(this.#longest, Math.min(wall - this.#wall - interval, busy - this.#busy));
    [this.#wall, this.#busy] = [wall, busy];
  }
}

/** How long the main thread has computed, in milliseconds; where the system does not tell, how long all threads have. */
function computed(): number {
  try {
    // Linux: the first number is of nanoseconds on a core, and the main thread has the id of its process.
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ", 1)) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
