import { runnersClock, turn } from "./turns";

/** Fake timers of a runner that have only a `tick`, such as those of node:test. */
export interface TickingTimers {
  /** Moves the time by so many milliseconds. */
  tick(ms: number): void;
}

interface Task {
  readonly run: () => void;
  due: number;
  readonly every: number | undefined;
}

/** The globals that the clock replaces. */
const replaced = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;

/** How far ticking timers are moved at a time, in milliseconds, so that messages can pass between two timers. */
const step = 10;

/** Fake timers for runners without any: `setTimeout`, `setInterval`, `Date` and `performance.now()`. */
export class Clock {
  readonly #tasks = new Map<number, Task>();
  readonly #restore: () => void;
  readonly #start: number;
  #elapsed = 0;
  /** A timer fires: those that it sets are due later, as in Node, so that no chain of them stops the time. */
  #isFiring = false;
  // Far from the numbers of real timers, one of which would be cleared if our timer were cleared after the end.
  #lastId = 1_000_000_000;

  /** Replaces the globals. */
  constructor() {
    const scope = globalThis as unknown as Record<string, unknown>;
    const originals = replaced.map((name) => [name, Object.getOwnPropertyDescriptor(scope, name)] as const);
    const { Date: RealDate, performance: realPerformance } = globalThis;
    this.#start = RealDate.now();
    // Whole milliseconds, so that differences are exact.
    const monotonic = Math.ceil(realPerformance.now());
    const set = (name: string, value: unknown) =>
      Object.defineProperty(scope, name, { value, configurable: true, writable: true, enumerable: true });
    set("setTimeout", (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => this.#add(() => run(...args), ms));
    set("setInterval", (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      this.#add(() => run(...args), ms, Math.max(1, Number(ms) || 0)),
    );
    for (const name of ["clearTimeout", "clearInterval"]) set(name, (handle: unknown) => this.#tasks.delete(Number(handle)));
    const now = () => this.#start + this.#elapsed;
    set(
      "Date",
      new Proxy(RealDate, {
        construct: (target, args: []) => (args.length ? new target(...args) : new target(now())),
        apply: (target) => new target(now()).toString(),
        get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
      }),
    );
    set(
      "performance",
      new Proxy(realPerformance, {
        get: (target, key) => {
          if (key === "now") return () => monotonic + this.#elapsed;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    );
    this.#restore = () => {
      for (const [name, original] of originals) {
        if (original) Object.defineProperty(scope, name, original);
        else delete scope[name];
      }
    };
  }

  /** Moves the time. Each timer fires at its moment, and messages pass between two of them. */
  async advance(ms: number, pass: () => Promise<void>): Promise<void> {
    const until = this.#elapsed + ms;
    for (let task = this.#due(until); task; task = this.#due(until)) {
      this.#elapsed = Math.max(this.#elapsed, task[1].due);
      await this.#fire(...task, pass);
    }
    this.#elapsed = until;
  }

  /** Lets time pass in which no timer fires; those that were due fire at its end, late and once. */
  async jump(ms: number, pass: () => Promise<void>): Promise<void> {
    this.#elapsed += ms;
    const due = [...this.#tasks].filter(([, task]) => task.due <= this.#elapsed).sort(earlier);
    for (const [id, task] of due) {
      if (this.#tasks.has(id)) await this.#fire(id, task, pass);
    }
  }

  /** Puts the globals back. Timers that have not fired never do. */
  end(): void {
    this.#tasks.clear();
    this.#restore();
  }

  #add(run: () => void, ms: number, every?: number): object {
    const id = ++this.#lastId;
    this.#tasks.set(id, { run, due: this.#elapsed + Math.max(this.#isFiring ? 1 : 0, Number(ms) || 0), every });
    // With what Node's timers have.
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true, refresh: () => handle, [Symbol.toPrimitive]: () => id };
    return handle;
  }

  #due(until: number): [number, Task] | undefined {
    const [first] = [...this.#tasks].filter(([, { due }]) => due <= until).sort(earlier);
    return first;
  }

  async #fire(id: number, task: Task, pass: () => Promise<void>): Promise<void> {
    if (task.every === undefined) this.#tasks.delete(id);
    else task.due = this.#elapsed + task.every;
    this.#isFiring = true;
    try {
      task.run();
      await pass();
    } finally {
      this.#isFiring = false;
    }
  }
}

function earlier([id, { due }]: [number, Task], [otherId, { due: otherDue }]: [number, Task]): number {
  return due - otherDue || id - otherId;
}

/** The function as it was when this was imported; another one may be a fake that never calls back by itself. */
const knownSetTimeout = globalThis.setTimeout;

/** Moves whatever fake time runs. */
export class Time {
  readonly #clock: Clock | undefined;
  readonly #ticking: TickingTimers | undefined;

  /** @param timers `"mock"` starts a {@link Clock}; none means the fake timers of Vitest or Jest, if they run */
  constructor(timers: "mock" | TickingTimers | undefined) {
    if (timers === "mock") this.#clock = new Clock();
    else this.#ticking = timers;
  }

  /** Lets timers fire that have no delay, without moving the time. */
  async fireImmediate(pass: () => Promise<void>): Promise<void> {
    const clock = runnersClock();
    if (this.#clock) await this.#clock.advance(0, pass);
    else if (clock) await clock.tickAsync(0);
    else if (this.#ticking) this.#ticking.tick(0);
    else if (globalThis.setTimeout === knownSetTimeout) await new Promise<void>((resolve) => setTimeout(resolve));
  }

  /**
   * Moves the time by so many milliseconds.
   *
   * @param pass lets messages pass that are on their way
   * @returns whether there is a fake time
   */
  async advance(ms: number, pass: () => Promise<void>): Promise<boolean> {
    const clock = runnersClock();
    if (this.#clock) await this.#clock.advance(ms, pass);
    else if (clock) await clock.tickAsync(ms);
    else if (this.#ticking) {
      for (let rest = ms; rest > 0; rest -= step) {
        this.#ticking.tick(Math.min(step, rest));
        await pass();
      }
    } else return false;
    return true;
  }

  /** Lets so many milliseconds pass as sleep does: timers fire late. Returns whether the fake time can do that. */
  async jump(ms: number, pass: () => Promise<void>): Promise<boolean> {
    const clock = runnersClock();
    if (this.#clock) await this.#clock.jump(ms, pass);
    else if (clock?.jump) clock.jump(ms);
    else return false;
    await turn();
    return true;
  }

  /** Ends the clock, if it is ours. */
  end(): void {
    this.#clock?.end();
  }
}
