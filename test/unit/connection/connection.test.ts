import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type Authentication,
  type EnvironmentEvent,
  type Heartbeat,
  type OpenEvent,
  Socket,
  type SocketState,
  type Status,
} from "../../../src/index";
import { MockEnvironment } from "../../../src/testing/index";
import { FakeWebSocket } from "../../harness/fake";

// The state machine under random sequences of what the world and the user can do, with a fake clock. What must always hold
// is asserted after every step. What must follow is asserted at the end.

/** What a url function does in an attempt. */
type Address = "gives" | "gives later" | "rejects" | "throws" | "hangs" | "gives rubbish";

/** What an authenticate function does on a link. */
type Proof = "passes" | "passes later" | "rejects" | "hangs";

type Step =
  | { do: "connect" | "close" | "retryNow" | "abort" | "open" | "fail" | "say" | "late" | "leave" | "go silent" | "fill" | "drain" }
  | { do: "identify"; as: string | undefined }
  | { do: "proof"; proof: Proof }
  | { do: "around"; event: EnvironmentEvent }
  | { do: "jump"; time: number }
  | { do: "send"; cmd: string }
  | { do: "end"; code: number }
  | { do: "wait"; time: number }
  | { do: "address"; address: Address }
  | { do: "construct"; throws: boolean }
  | { do: "listen"; on: keyof typeof subscriptions; act: Act };

/** What the user's own code may do there. */
type Act = "connect" | "close" | "retryNow" | "send" | "throw" | "freeze" | "resume" | "identify";

/** Where a user's own code runs: the listeners, and the functions of the options. */
const subscriptions = {
  status: (socket: Socket, listener: () => void) => void socket.onStatus(listener),
  open: (socket: Socket, listener: () => void) => void socket.onOpen(listener),
  close: (socket: Socket, listener: () => void) => void socket.onClose(listener),
  error: (socket: Socket, listener: () => void) => void socket.onError(listener),
  drop: (socket: Socket, listener: () => void) => void socket.onDrop(listener),
  message: (socket: Socket, listener: () => void) => void socket.onMessage(listener),
  shouldReconnect: null,
  backoff: null,
  debug: null,
  construct: null,
  address: null,
  authenticate: null,
  abort: null,
  heartbeat: null,
};

/** How the server is asked whether it lives. */
type Asking = "by command" | "by message" | "by function" | "never";

const allowed: Record<Status, Status[]> = {
  idle: ["idle", "connecting", "closed"],
  connecting: ["connecting", "open", "closed"],
  open: ["open", "reconnecting", "closed"],
  reconnecting: ["reconnecting", "open", "closed"],
  closed: ["closed", "connecting"],
};

const codes = [1000, 1001, 1002, 1005, 1006, 1009, 1011, 1012, 1013, 4000, 4100, 4200, 4321];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("open" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(0, 1, 10, 300, 501, 5_000, 10_000, 40_000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), code: fc.constantFrom(...codes) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("send" as const), cmd: fc.constantFrom("a", "b") }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("connect", "close", "retryNow", "fail", "say", "late", "leave", "go silent", "fill", "drain" as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("around" as const),
      event: fc.constantFrom<EnvironmentEvent>("online", "offline", "visible", "hidden", "freeze", "resume", "pagehide", "pageshow"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jump" as const), time: fc.constantFrom(-7_200_000, -3_000, 3_000, 7_200_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("connect" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("address" as const),
      address: fc.constantFrom<Address>("gives", "gives later", "rejects", "throws", "hangs", "gives rubbish"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("identify" as const), as: fc.constantFrom("ada", "bob", undefined) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("proof" as const),
      proof: fc.constantFrom<Proof>("passes", "passes later", "rejects", "hangs"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("construct" as const), throws: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("listen" as const),
      on: fc.constantFrom(...(Object.keys(subscriptions) as (keyof typeof subscriptions)[])),
      act: fc.constantFrom<Act>("connect", "close", "retryNow", "send", "throw", "freeze", "resume", "identify"),
    }),
  },
);

/** A server's end of a link. It answers each ping until it goes silent. */
class Answering extends FakeWebSocket {
  silent = false;
  override send(data: unknown): void {
    super.send(data);
    if (data === ping) queueMicrotask(() => this.says(`{"cmd":"pong"}`));
  }
  override says(data: unknown): void {
    if (this.readyState === 1 && !this.silent) super.says(data);
  }
}

const ping = `{"channel":"","cmd":"ping","param":{}}`;

/** A socket, the world around it, and what both have done. */
class World {
  readonly socket: Socket;
  readonly abort = new AbortController();
  address: Address = "gives";
  proof: Proof = "passes";
  constructorThrows = false;
  /** Every fake socket of this world. */
  readonly made: Answering[] = [];
  readonly environment = new MockEnvironment();
  /** What the socket did that it must not. */
  readonly broken: string[] = [];
  sends = 0;
  drops = 0;
  /** How often it opened in this session. */
  #openings = 0;
  /** Attempts that were begun. */
  attempts = 0;
  /** Times that it was closed while no attempt was under way. */
  closedAtRest = 0;
  /** Ends that the socket has reported. */
  ends = 0;
  /** How often the listeners of a sequence may still act; without a bound they would call each other for ever. */
  #turns = 6;
  readonly #acts = new Map<string, () => void>();

  constructor(
    readonly asking: Asking,
    probe: number | false,
    authenticates: boolean,
  ) {
    const made = this.made;
    const construct = () => {
      this.#run("construct");
      if (this.constructorThrows) throw new Error("not today");
    };
    class Recorded extends Answering {
      constructor(url: string, protocols?: string[]) {
        construct();
        super(url, protocols);
        made.push(this);
      }
    }
    this.socket = new Socket({
      url: ({ signal, identity }) => this.#give(signal, `ws://peer.test/?as=${identity}`),
      ...(authenticates && { authenticate: (authentication: Authentication) => this.#prove(authentication) }),
      WebSocket: Recorded,
      signal: this.abort.signal,
      autoConnect: false,
      queue: { max: 3 },
      heartbeat: this.#heartbeat(),
      probe,
      environment: this.environment,
      shouldReconnect: () => void this.#run("shouldReconnect"),
      backoff: (retry) => {
        this.#run("backoff");
        return Math.random() * Math.min(30_000, 500 * 2 ** (retry - 1));
      },
      debug: () => this.#run("debug"),
      onError: () => {},
      onStatus: (state, previous) => this.#check(state, previous),
      onClose: () => {
        this.ends++;
        // An end is reported before anything that follows it: nothing opens in the same turn.
        if (this.socket.state.status === "open") this.broken.push("an end is reported after the next opening");
      },
      onOpen: (event) => this.#checkOpening(event),
      onDrop: () => void this.drops++,
    });
  }

  get last(): Answering | undefined {
    return this.made.at(-1);
  }

  #heartbeat(): Heartbeat | false {
    const times = { reply: "pong", interval: 5_000, timeout: 1_000 };
    const message = { channel: "", cmd: "ping", param: {} };
    switch (this.asking) {
      case "never":
        return false;
      case "by command":
        return { ...times, cmd: "ping" };
      case "by message":
        return {
          ...times,
          cmd: () => {
            this.#run("heartbeat");
            return message;
          },
        };
      case "by function":
        return {
          ...times,
          cmd: () => {
            this.#run("heartbeat");
            // Another listener may have closed the socket meanwhile.
            if (this.socket.state.status === "open") this.socket.send(message);
          },
        };
    }
  }

  send(cmd: string): void {
    this.sends++;
    this.socket.send(cmd, String(this.socket.identity));
  }

  act(step: Step): void {
    const { socket, last } = this;
    const live = last && last.readyState < 2 && last.closes.length === 0;
    switch (step.do) {
      case "connect":
      case "close":
      case "retryNow":
        socket[step.do]();
        return;
      case "send":
        this.send(step.cmd);
        return;
      case "abort":
        this.abort.abort();
        return;
      case "open":
        if (live && last.readyState === 0) last.open();
        return;
      case "fail":
        if (live) last.fails();
        return;
      case "say":
        if (last?.readyState === 1) last.says(`{"cmd":"x","param":1}`);
        return;
      case "go silent":
        // Without a heartbeat nobody can know.
        if (last && this.asking !== "never") last.silent = true;
        return;
      case "fill":
        if (last) last.bufferedAmount += 1_000;
        return;
      case "drain":
        if (last) last.bufferedAmount = Math.floor(last.bufferedAmount / 2);
        return;
      case "around":
        this.environment.turn(step.event);
        return;
      case "jump":
        return void vi.setSystemTime(Date.now() + step.time);
      case "leave":
        if (last?.readyState === 1) last.says(`{"cmd":"close-connection","param":null}`);
        return;
      case "end":
        if (last && last.readyState !== 3) last.ends(step.code);
        return;
      case "late":
        // Every socket of the past reports all it can, again.
        for (const old of this.made.slice(0, -1)) {
          old.emit("open");
          old.says(`{"cmd":"late"}`);
          old.emit("error");
          old.emit("close", { code: 4000, reason: "", wasClean: true });
        }
        return;
      case "address":
        this.address = step.address;
        return;
      case "proof":
        this.proof = step.proof;
        return;
      case "identify":
        socket.identify(step.as);
        return;
      case "construct":
        this.constructorThrows = step.throws;
        return;
      case "listen":
        this.#listen(step.on, step.act);
        return;
      case "wait":
        return;
    }
  }

  #listen(on: keyof typeof subscriptions, act: Act): void {
    const listener = () => {
      if (this.#turns-- <= 0) return;
      if (act === "send") this.send("c");
      else if (act === "throw") throw new Error("mine");
      else if (act === "identify") this.socket.identify(this.socket.identity === "ada" ? "bob" : "ada");
      else if (act === "freeze" || act === "resume") this.environment.turn(act);
      else this.socket[act]();
    };
    const subscribe = subscriptions[on];
    if (subscribe) subscribe(this.socket, listener);
    else this.#acts.set(on, listener);
  }

  /** What a function of the options does beside its work. */
  #run(name: keyof typeof subscriptions): void {
    const act = this.#acts.get(name);
    if (!act) return;
    const before = this.socket.state;
    try {
      act();
    } finally {
      // They are called when an attempt has ended: a close then is one without an attempt, though the state does not show it yet.
      const asked = name === "shouldReconnect" || name === "backoff";
      if (asked && before.status !== "closed" && this.socket.state.status === "closed") this.closedAtRest++;
    }
  }

  silence(): void {
    this.#turns = 0;
  }

  /** Authenticates, which is the first that is sent on a link. */
  async #prove({ send, identity }: Authentication): Promise<void> {
    this.#run("authenticate");
    // Where the code above has closed the socket, this message is dropped and reported like any other.
    if (send("login", String(identity)) === "dropped") this.sends++;
    if (this.proof === "passes later") await new Promise((resolve) => setTimeout(resolve, 200));
    if (this.proof === "hangs") await new Promise(() => {});
    if (this.proof === "rejects") throw new Error("not you");
  }

  #give(signal: AbortSignal, url: string): string | Promise<string> {
    this.attempts++;
    signal.addEventListener("abort", () => {
      try {
        this.#run("abort");
      } catch {
        // What a listener of a signal throws is reported by the runtime, not by us.
      }
    });
    this.#run("address");
    switch (this.address) {
      case "gives":
        return url;
      case "gives later":
        return new Promise((resolve, reject) => {
          setTimeout(() => resolve(url), 200);
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        });
      case "rejects":
        return Promise.reject(new Error("no address"));
      case "throws":
        throw new Error("no address");
      case "hangs":
        return new Promise(() => {});
      case "gives rubbish":
        return 7 as unknown as string;
    }
  }

  #check(state: SocketState, previous: SocketState): void {
    // The socket would catch what is thrown here.
    if (!allowed[previous.status].includes(state.status)) this.broken.push(`${previous.status} → ${state.status}`);
    if (state.status === "connecting" && previous.status !== "connecting") this.#openings = 0;
    if (state.status === "open" && previous.status !== "open") this.#openings++;
    if (!Object.isFrozen(state)) this.broken.push("a state is not frozen");
    const atRest = previous.retryAt !== null || previous.status === "idle";
    if (state.status === "closed" && atRest) this.closedAtRest++;
  }

  #checkOpening({ reconnected, downFor, attempt }: OpenEvent): void {
    if (reconnected !== this.#openings > 1)
      this.broken.push(`opening ${this.#openings} of a session is reported with reconnected ${reconnected}`);
    if (!(downFor >= 0) || (!reconnected && downFor > 0))
      this.broken.push(`an opening is reported after ${downFor} ms (reconnected ${reconnected})`);
    if (attempt < 1) this.broken.push(`an opening is reported as attempt ${attempt}`);
  }

  /** What holds at every moment. */
  always(): void {
    const { state } = this.socket;
    expect(this.broken).toEqual([]);
    const living = this.made.filter(({ readyState, closes }) => readyState < 2 && closes.length === 0);
    expect(living.length, "live sockets").toBeLessThanOrEqual(1);
    if (state.status === "open") expect(living.length).toBe(1);
    if (state.status === "closed" || state.status === "idle" || state.retryAt) expect(living.length).toBe(0);
    expect(state.retryAt === null || state.status === "connecting" || state.status === "reconnecting").toBe(true);
    const said = this.made.flatMap(({ url, sent }) =>
      sent.filter((data) => data !== ping).map((data) => ({ as: new URL(url).searchParams.get("as"), ...JSON.parse(data as string) })),
    );
    for (const { as, param } of said) expect(param, "no message leaves under another name").toBe(as);
    const sent = said.filter(({ cmd }) => cmd !== "login").length;
    expect(sent + this.drops + state.queued, "messages accounted for").toBe(this.sends);
    if (state.status === "closed") expect(state.queued).toBe(0);
    if (state.status !== "open") expect(state.latency).toBe(null);
    const wanted = state.status !== "closed" && state.status !== "idle";
    expect(this.environment.listeners.size, "listeners of the environment").toBe(wanted ? 1 : 0);
  }
}

beforeEach(() => {
  // What an onError listener throws is printed.
  vi.spyOn(console, "error").mockReturnValue();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Long enough for any timeout, any wait of the defaults, and until a dead link is noticed. */
const bound = 10_000 + 10_000 + 10_000 + 30_000 + 5_000 + 1_000 + 1_000;

/** `npm test` makes forty times as many. */
const runs = Number(process.env.RUNS ?? 500);

const scene = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  asking: fc.constantFrom<Asking>("by command", "by message", "by function", "never"),
  probe: fc.constantFrom<number | false>(500, false),
  authenticates: fc.boolean(),
  /** Whether the page is visible and online when all works again. */
  attended: fc.boolean(),
});

test(`whatever happens, there is at most one connection, and it follows what the user wants (${runs} sequences)`, {
  timeout: 900_000,
}, async () => {
  const rejections: unknown[] = [];
  const rejected = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", rejected);
  await fc.assert(
    fc.asyncProperty(scene, async ({ steps, asking, probe, authenticates, attended }) => {
      // A sequence that fails must not fail the smaller ones that are tried after it.
      vi.clearAllTimers();
      rejections.length = 0;
      const world = new World(asking, probe, authenticates);
      const { socket } = world;
      socket.connect();
      for (const step of steps) {
        world.act(step);
        await vi.advanceTimersByTimeAsync(step.do === "wait" ? step.time : 0);
        world.always();
      }
      world.silence();
      world.address = "gives";
      world.proof = "passes";
      world.constructorThrows = false;
      if (attended) for (const event of ["online", "visible"] as const) world.act({ do: "around", event });
      // Everything works again: if a connection is wanted, there is one within the bound, and it is alive.
      const wanted = () => !["idle", "closed"].includes(socket.state.status);
      const alive = () => socket.state.status === "open" && !world.last!.silent;
      for (let time = 0; time < bound + 30_000 && wanted() && !alive(); time += 250) {
        await vi.advanceTimersByTimeAsync(250);
        world.act({ do: "open" });
        await vi.advanceTimersByTimeAsync(0);
        world.always();
      }
      if (wanted()) {
        expect(alive(), socket.explain()).toBe(true);
        expect(socket.state.queued).toBe(0);
      }
      // After the end nothing is left: no timer, no socket, no listener.
      socket.close();
      await vi.advanceTimersByTimeAsync(60_000);
      world.always();
      const ends = world.ends;
      expect(socket.state.status).toBe("closed");
      expect(ends, "each attempt ends once").toBe(world.attempts + world.closedAtRest);
      expect(vi.getTimerCount()).toBe(0);
      world.act({ do: "late" });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(world.ends).toBe(ends);
      expect(vi.getTimerCount()).toBe(0);
      expect(rejections).toEqual([]);
    }),
    { numRuns: runs, interruptAfterTimeLimit: 880_000, markInterruptAsFailure: true },
  );
  process.off("unhandledRejection", rejected);
});
