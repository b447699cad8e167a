import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Channel, type ChannelStatus, type Delivery, type DropReason, Socket, type SocketError } from "../../src/index";
import { FakeWebSocket } from "../harness/fake";

// Random sequences of what parts of a page, the server and the network can do to channels, by a fake clock. The server handles
// its messages in order, and as late as a step says. In the end it has exactly the members that are wanted.

type Name = "" | "a" | "b" | "__proto__";
type Param = undefined | 1 | 2 | "made";
type Identity = "ada" | "bob" | undefined;

/** What the server does with a join: agrees, refuses, agrees but its answer is lost, or never handles it. */
type Handling = "yes" | "no" | "lost" | "ignored";

type Step =
  | { do: "hold" | "join"; channel: Name; param: Param }
  | { do: "release"; which: number }
  | { do: "leave" | "watch" | "unwatch" | "request"; channel: Name }
  | { do: "send"; channel: Name; delivery: Delivery }
  | { do: "serve"; how: Handling; count: number; after: "nothing" | "a tick" }
  | { do: "tick" | "open" | "connect" | "close" | "jam" | "end inside" }
  | { do: "end"; code: number }
  | { do: "wait"; time: number }
  | { do: "identify"; identity: Identity }
  | { do: "plan"; at: Place; act: Step };

/** Where code of a user runs: in listeners, in the function that makes the param of a join, and in the one that makes the join. */
type Place = "status" | "open" | "close" | "drop" | "error" | "channel" | "param" | "command";

const names: Name[] = ["", "a", "b", "__proto__"];
const channel = fc.constantFrom<Name>(...names, "a", "a", "a", "a");
const param = fc.constantFrom<Param>(undefined, 1, 1, 2, 2, "made");

const call: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom("hold" as const, "join" as const), channel, param }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("leave" as const), channel }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("identify" as const), identity: fc.constantFrom<Identity>("ada", "bob", undefined) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("connect" as const, "connect" as const, "close" as const) }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: call },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("watch" as const, "unwatch" as const, "request" as const), channel }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      channel,
      delivery: fc.constantFrom<Delivery>("queue", "queue", "queue", "confirm", "latest", "drop"),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("serve" as const),
      how: fc.constantFrom<Handling>("yes", "yes", "yes", "yes", "yes", "no", "no", "no", "lost", "ignored"),
      count: fc.integer({ min: 1, max: 4 }),
      after: fc.constantFrom("nothing", "a tick", "a tick"),
    }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("open" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(1, 110, 110, 5_000, 10_100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("jam" as const, "end inside" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), code: fc.constantFrom(1006, 1006, 1006, 1000, 4400) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("plan" as const),
      at: fc.constantFrom<Place>("status", "open", "close", "drop", "error", "channel", "param", "param", "command", "command"),
      act: call,
    }),
  },
);

/** A join on the wire. */
interface Join {
  readonly id: number;
  readonly channel: Name;
  readonly param: unknown;
  readonly at: number;
  handled?: Handling;
  /** A later join or leave of its channel had been sent when the server answered it. */
  stale?: boolean;
  /** Another param was wanted then, and not sent yet. */
  isBehind?: boolean;
}

/** A promise that `join()` returned. */
interface Promised {
  readonly channel: Name;
  /** How often the channel had been given up, and the socket closed. */
  readonly givenUp: number;
  readonly closings: number;
  settled?: { reply: unknown } | { error: SocketError };
}

/** A message of ours. */
interface Tracked {
  readonly id: number;
  readonly channel: Name;
  readonly kind: Delivery | "request";
  readonly left: Link[];
  /** It is being sent at this moment, and its channel was joined before, or not wanted. */
  isFree: boolean;
  result?: string;
  reason?: DropReason;
  settled?: boolean;
}

/** What is wanted of a channel. */
interface Wish {
  byHand: boolean;
  holders: number;
  param: Param;
  givenUp: number;
}

interface Wire {
  channel: Name;
  cmd: string;
  param: unknown;
}

/** The server's side of a connection. */
class Link extends FakeWebSocket {
  readonly inbox: (Wire | { join: Join })[] = [];
  /** Who the server has let in, with the param of the last join. */
  readonly members = new Map<Name, unknown>();
  /** The last join or leave that was sent of each channel. */
  readonly words = new Map<Name, Join | "leave">();
  /** An answer is missing, so that the client must take the next one for it. */
  unsure = false;
  endsInside = false;

  constructor(
    readonly world: World,
    url: string,
  ) {
    super(url);
    world.links.push(this);
  }

  get isLive(): boolean {
    return this.readyState < 2 && this.closes.length === 0 && this === this.world.last;
  }

  override send(data: unknown): void {
    super.send(data);
    this.inbox.push(this.world.arrives(this, JSON.parse(data as string) as Wire));
    if (this.endsInside) this.ends();
  }
}

interface Scene {
  readonly steps: Step[];
  /** Whether the server answers joins, and by which command it refuses. */
  readonly answers: "none" | "two commands" | "one command";
  /** Whether joins and leaves name the room in a channel of their own. */
  readonly lobby: boolean;
  /** Whether who asks with another param, and is refused, stays in. */
  readonly lenient: boolean;
  /** Whether all of it concerns one channel, which then sees more. */
  readonly narrow: boolean;
  /** Whether the server keeps its connection until the end. */
  readonly stays: boolean;
}

class World {
  readonly socket: Socket;
  readonly links: Link[] = [];
  readonly joins: Join[] = [];
  readonly promises: Promised[] = [];
  readonly tracked: Tracked[] = [];
  /** The refusals that were reported. */
  readonly refusals: unknown[] = [];
  readonly wishes: Record<string, Wish>;
  readonly #scene: Scene;
  readonly #releases: { channel: Name; release: () => void }[] = [];
  readonly #watches = new Map<Name, () => void>();
  /** The status that was reported last. */
  readonly #reported = new Map<string, ChannelStatus>();
  /** What was seen, but must not happen. */
  readonly #broken: string[] = [];
  readonly #plans = new Map<Place, Step>();
  /** How often planned code may still run; without a bound it would call itself for ever. */
  #turns = 6;
  #made = 0;
  #closings = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    const wish = (): Wish => ({ byHand: false, holders: 0, param: undefined, givenUp: 0 });
    this.wishes = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, wish()])));
    const { answers, lobby } = scene;
    const command = (kind: string) => (room: string, param: unknown) => {
      if (kind === "join") this.#plan("command");
      return lobby ? { channel: "lobby", cmd: kind, param: { room, param } } : { channel: room, cmd: kind, param };
    };
    const refused = answers === "two commands" ? "refused" : ({ no }: { no?: number }) => no !== undefined;
    const links = (url: string) => new Link(this, url);
    this.socket = new Socket({
      url: ({ identity = "" }) => `ws://peer.test/${identity}`,
      WebSocket: class {
        constructor(url: string) {
          return links(url);
        }
      } as typeof FakeWebSocket,
      environment: false,
      backoff: () => 100,
      autoConnect: false,
      queue: { max: 1_000 },
      rejoin: { join: answers === "none" ? command("join") : { cmd: command("join"), reply: "joined", refused }, leave: command("leave") },
      onStatus: (state, before) => {
        if (state.status === "closed" && before.status !== "closed") this.#closings++;
        this.#plan("status");
      },
      onOpen: () => this.#plan("open"),
      onClose: () => this.#plan("close"),
      onError: (error) => {
        this.#noteError(error);
        this.#plan("error");
      },
      onDrop: ({ param }, reason) => {
        const tracked = this.tracked[(param as { id: number }).id]!;
        if (tracked.reason !== undefined) this.#broken.push(`message ${tracked.id} was dropped twice: ${tracked.reason}, ${reason}`);
        tracked.reason = reason;
        this.#plan("drop");
      },
    });
    this.socket.tap((event) => {
      if (event.type !== "channel") return;
      const last = this.#reported.get(event.channel) ?? "left";
      if (event.previous !== last) this.#broken.push(`${event.channel} was reported as ${last}, then as having been ${event.previous}`);
      if (event.status === event.previous) this.#broken.push(`${event.channel} was reported as ${event.status} twice`);
      this.#reported.set(event.channel, event.status);
    });
  }

  get last(): Link | undefined {
    return this.links.at(-1);
  }

  get answered(): boolean {
    return this.#scene.answers !== "none";
  }

  isWanted(name: Name): boolean {
    const { byHand, holders } = this.wishes[name]!;
    return byHand || holders > 0;
  }

  act(given: Step): void {
    const { socket, last } = this;
    const step: Step = this.#scene.narrow && "channel" in given ? { ...given, channel: "a" } : given;
    switch (step.do) {
      case "hold":
        this.#want(step.channel, step.param).holders++;
        this.#releases.push({ channel: step.channel, release: socket.channel(step.channel).hold(this.#param(step.param)) });
        return;
      case "release": {
        const [held] = this.#releases.splice(step.which, 1);
        if (!held) return;
        this.wishes[held.channel]!.holders--;
        this.#noteGivenUp(held.channel);
        held.release();
        held.release();
        return;
      }
      case "join":
        this.#join(step.channel, step.param);
        return;
      case "leave":
        this.wishes[step.channel]!.byHand = false;
        this.#noteGivenUp(step.channel);
        socket.channel(step.channel).leave();
        return;
      case "watch":
        this.#watch(step.channel);
        return;
      case "unwatch":
        this.#watches.get(step.channel)?.();
        this.#watches.delete(step.channel);
        return;
      case "send":
      case "request":
        this.#send(step.channel, step.do === "send" ? step.delivery : "request");
        return;
      case "serve":
        for (let left = step.count; left > 0; left--) this.serve(step.how);
        return;
      case "open":
        if (last?.isLive && last.readyState === 0) last.open();
        return;
      case "connect":
      case "close":
        socket[step.do]();
        return;
      case "end":
        if (last && last.readyState !== 3) last.ends(step.code);
        return;
      case "jam":
        // It has begun to close, and no event says so yet.
        if (last?.isLive && last.readyState === 1) last.readyState = 2;
        return;
      case "end inside":
        if (last?.isLive) last.endsInside = true;
        return;
      case "identify":
        socket.identify(step.identity);
        return;
      case "plan":
        this.#plans.set(step.at, step.act);
        return;
      case "tick":
      case "wait":
        return;
    }
  }

  /** Ends what is jammed or closed, and waits for a WebSocket. */
  async awaitLink(): Promise<void> {
    if (this.last?.readyState === 2) this.act({ do: "end", code: 1006 });
    this.socket.connect();
    // The wait before a retry, and a timer of reconnecting-websocket.
    await vi.advanceTimersByTimeAsync(102);
  }

  silence(): void {
    this.#turns = 0;
  }

  /** Runs the code that is planned for a place. */
  #plan(place: Place): void {
    const step = this.#plans.get(place);
    if (!step || this.#turns-- <= 0) return;
    this.act(step);
  }

  #want(name: Name, param: Param): Wish {
    const wish = this.wishes[name]!;
    if (param !== undefined || !this.isWanted(name)) wish.param = param;
    return wish;
  }

  #noteGivenUp(name: Name): void {
    if (!this.isWanted(name)) this.wishes[name]!.givenUp++;
  }

  #param(param: Param): unknown {
    if (param === "made") {
      return () => {
        this.#plan("param");
        return { made: ++this.#made };
      };
    }
    return param === undefined ? undefined : { n: param };
  }

  #join(name: Name, param: Param): void {
    this.#want(name, param).byHand = true;
    const promised: Promised = { channel: name, givenUp: this.wishes[name]!.givenUp, closings: this.#closings };
    this.promises.push(promised);
    this.socket
      .channel(name)
      .join(this.#param(param))
      .then(
        (reply) => (promised.settled = { reply }),
        (error: SocketError) => (promised.settled = { error }),
      );
  }

  #watch(name: Name): void {
    if (this.#watches.has(name)) return;
    let last: ChannelStatus | undefined;
    const off = this.socket.channel(name).onStatus((status, previous) => {
      if (last !== undefined && previous !== last) this.#broken.push(`a listener of ${name} got ${last}, then ${previous} → ${status}`);
      last = status;
      this.#plan("channel");
    });
    this.#watches.set(name, off);
  }

  #send(name: Name, kind: Delivery | "request"): void {
    const tracked: Tracked = { id: this.tracked.length, channel: name, kind, left: [], isFree: false };
    this.tracked.push(tracked);
    const room = this.socket.channel(name);
    tracked.isFree = ["left", "joined"].includes(room.status);
    const message = { id: tracked.id };
    if (kind === "confirm" || kind === "request") {
      const promise = room[kind]("ask", message, { reply: "answer" });
      const settled = () => {
        tracked.settled = true;
      };
      promise.then(settled, settled);
    } else tracked.result = room.send("chat", message, { delivery: kind, key: tracked.id });
    tracked.isFree = false;
  }

  // The server.

  /** A message leaves. */
  arrives(link: Link, message: Wire): Wire | { join: Join } {
    if (this.socket.state.status === "closed") this.#broken.push(`${message.cmd} left after the socket was closed`);
    const { cmd } = message;
    if (cmd !== "join" && cmd !== "leave") {
      this.#checkMessage(link, message);
      return message;
    }
    const { room, param } = this.#scene.lobby
      ? (message.param as { room: Name; param: unknown })
      : { room: message.channel, param: message.param };
    if (cmd === "leave") {
      link.words.set(room, "leave");
      return { channel: room, cmd, param };
    }
    const join: Join = { id: this.joins.length, channel: room, param, at: Date.now() };
    this.joins.push(join);
    link.words.set(room, join);
    return { join };
  }

  #checkMessage(link: Link, { channel, cmd, param }: Wire): void {
    const tracked = this.tracked[(param as { id: number }).id]!;
    if (tracked.kind !== "confirm" && tracked.left.length > 0) this.#broken.push(`message ${tracked.id} left twice`);
    tracked.left.push(link);
    const isOvertaken = (other: Tracked) =>
      other.id > tracked.id && other.kind === "queue" && other.channel === channel && other.left.length > 0;
    if (tracked.kind === "queue" && this.tracked.some(isOvertaken)) this.#broken.push(`message ${tracked.id} was overtaken`);
    // What a function of the options has wanted in the meantime is no concern of its.
    if (!this.isWanted(channel) || tracked.isFree) return;
    const word = link.words.get(channel);
    const about = `${cmd} ${tracked.id} left to ${JSON.stringify(channel)}`;
    if (word === undefined || word === "leave") this.#broken.push(`${about} without a join`);
    else if (this.answered && word.handled !== "yes") this.#broken.push(`${about} before the answer to its join ${word.id}`);
  }

  /** The server handles its next message. */
  serve(how: Handling): void {
    const link = this.last;
    if (link?.readyState !== 1 || link.closes.length > 0) return;
    const next = link.inbox.shift();
    if (!next) return;
    if ("join" in next) this.#serveJoin(link, next.join, how);
    else if (next.cmd === "leave") link.members.delete(next.channel);
    else if (next.cmd === "ask") link.says({ channel: next.channel, cmd: "answer", param: next.param });
  }

  #serveJoin(link: Link, join: Join, how: Handling): void {
    const { channel, id, param } = join;
    const isMissing = how === "lost" || how === "ignored";
    // In a channel that rooms share, an answer that is missing for one of them would be taken from another.
    const wanted = isMissing && this.#scene.lobby ? "yes" : how;
    // After ten seconds nobody waits for the answer any more.
    const handled = Date.now() - join.at >= 10_000 && wanted !== "lost" ? "ignored" : wanted;
    join.handled = this.answered ? handled : "yes";
    join.stale = link.words.get(channel) !== join;
    join.isBehind = this.#isBehind(join);
    if (join.handled === "yes" || join.handled === "lost") link.members.set(channel, param);
    if (join.handled === "no" && !this.#scene.lenient) link.members.delete(channel);
    if (!this.answered) return;
    if (handled === "lost" || handled === "ignored") {
      link.unsure = true;
      return;
    }
    const at = this.#scene.lobby ? "lobby" : channel;
    if (handled === "yes") link.says({ channel: at, cmd: "joined", param: { yes: id } });
    else link.says({ channel: at, cmd: this.#scene.answers === "two commands" ? "refused" : "joined", param: { no: id } });
    // A message that waited may have ended the link.
    if (link.readyState !== 1 || link.unsure || join.stale || join.isBehind || !this.isWanted(channel)) return;
    const { status } = this.socket.channel(channel);
    const expected = handled === "yes" ? "joined" : "refused";
    if (status !== expected) this.#broken.push(`${channel} is ${status} after the server said ${handled} to its join ${id}`);
  }

  /** Whether another join is wanted, and not sent yet. */
  #isBehind({ channel, param }: Join): boolean {
    const wanted = this.wishes[channel]!.param;
    if (wanted === "made") return (param as { made?: number }).made === undefined;
    return JSON.stringify(param) !== JSON.stringify(this.#param(wanted) ?? {});
  }

  #noteError(error: SocketError): void {
    const { code, channel, cause } = error;
    if (channel === undefined) {
      if (code !== "refused" && code !== "timeout")
        this.#broken.push(`an error was reported: ${code} ${error.message} ${(cause as Error)?.message}`);
      return;
    }
    if (code === "timeout") {
      const isMissing = (join: Join) => join.handled === undefined || join.handled === "lost" || join.handled === "ignored";
      const missing = this.joins.some(
        (join) => isMissing(join) && (this.#scene.lobby || join.channel === channel) && Date.now() - join.at >= 10_000,
      );
      if (!missing) this.#broken.push(`a timeout of ${channel} was reported, though the server has answered`);
      return;
    }
    const join = this.joins[(cause as { no?: number } | undefined)?.no ?? -1];
    if (code !== "refused" || join?.handled !== "no" || join.channel !== channel) {
      this.#broken.push(`${channel} reported ${code}, ${String((cause as Error)?.message ?? JSON.stringify(cause))}`);
    } else if (join.stale || join.isBehind) this.#broken.push(`${channel} reported the refusal of join ${join.id}, which was out of date`);
    this.refusals.push(cause);
  }

  // What is checked.

  /** What holds at every moment, once all events are reported. */
  always(): void {
    expect(this.#broken).toEqual([]);
    const isOpen = this.socket.state.status === "open";
    for (const name of names) {
      const { status, refusal } = this.socket.channel(name);
      expect(this.#reported.get(name) ?? "left", `reported of ${name}`).toBe(status);
      expect(status === "left", `${name} is ${status}`).toBe(!this.isWanted(name));
      expect(refusal === undefined, `${name} is ${status}`).toBe(status !== "refused");
      if (status === "joined") expect(isOpen, `${name} is joined`).toBe(true);
    }
    for (const promised of this.promises) this.#checkPromise(promised);
    for (const { id, kind, result, left, reason, settled } of this.tracked) {
      if (kind === "confirm" || kind === "request") continue;
      expect(left.length > 0 && reason !== undefined, `message ${id} left, and was dropped`).toBe(false);
      if (result === "sent") expect(left, `message ${id}`).toHaveLength(1);
      if (result === "dropped") expect(reason, `message ${id}`).toBeDefined();
      expect(settled).toBeUndefined();
    }
  }

  #checkPromise({ channel, givenUp, closings, settled }: Promised): void {
    if (!settled) {
      expect(this.isWanted(channel), `a join of ${channel} is pending, though it was left`).toBe(true);
      return;
    }
    if ("error" in settled) {
      const { code, cause } = settled.error;
      const ground: Partial<Record<string, boolean>> = {
        refused: this.refusals.includes(cause),
        aborted: this.wishes[channel]!.givenUp > givenUp,
        closed: this.#closings > closings,
      };
      expect(ground[code], `a join of ${channel} was rejected: ${code}`).toBe(true);
      return;
    }
    if (!this.answered) return;
    const join = this.joins[(settled.reply as { yes: number }).yes]!;
    expect([join.handled, join.channel, join.stale], `a join of ${channel} resolved with the answer to join ${join.id}`).toEqual([
      "yes",
      channel,
      false,
    ]);
  }

  /** Everything is quiet: the server agrees to all there is, and nothing is lost. */
  async settle(): Promise<void> {
    const { socket } = this;
    socket.connect();
    this.last && Object.assign(this.last, { endsInside: false });
    if (!this.#scene.stays || this.last?.unsure || this.last?.readyState === 2) this.act({ do: "end", code: 1006 });
    for (let round = 0; round < 8; round++) {
      for (let time = 0; time < 200 && socket.state.status !== "open"; time += 10) {
        await vi.advanceTimersByTimeAsync(10);
        if (this.last) this.last.endsInside = false;
        this.act({ do: "open" });
      }
      await vi.advanceTimersByTimeAsync(0);
      while (this.last!.inbox.length > 0) {
        this.serve("yes");
        await vi.advanceTimersByTimeAsync(0);
      }
      this.always();
      const isJoining = names.some((name) => socket.channel(name).status === "joining");
      if (socket.state.queued === 0 && !isJoining) return;
      // A join whose answer was lost is asked again after ten seconds.
      await vi.advanceTimersByTimeAsync(10_000);
    }
  }

  /** What holds once everything is quiet. */
  quiet(): void {
    const { socket, last } = this;
    expect(socket.state).toMatchObject({ status: "open", queued: 0 });
    for (const name of names) {
      const { status } = socket.channel(name);
      const about = `${JSON.stringify(name)} is ${status}`;
      if (status === "refused") continue;
      expect(status, about).toBe(this.isWanted(name) ? "joined" : "left");
      expect(last!.members.has(name), about).toBe(this.isWanted(name));
      if (!this.isWanted(name)) continue;
      const { param } = this.wishes[name]!;
      if (param === "made") expect(last!.members.get(name), about).toEqual({ made: expect.any(Number) });
      else expect(last!.members.get(name), about).toEqual(this.#param(param) ?? {});
    }
    expect(this.promises.filter(({ settled }) => !settled)).toEqual([]);
    this.#checkOutcomes();
  }

  #checkOutcomes(): void {
    for (const { id, kind, left, reason, settled } of this.tracked) {
      if (kind === "confirm" || kind === "request") expect(settled, `${kind} ${id}`).toBe(true);
      else expect([left.length > 0, reason !== undefined].filter(Boolean), `message ${id}`).toHaveLength(1);
    }
  }

  /** The end: nothing is left. */
  async close(): Promise<void> {
    const { socket } = this;
    socket.close();
    await vi.advanceTimersByTimeAsync(0);
    this.always();
    expect(this.promises.filter(({ settled }) => !settled)).toEqual([]);
    this.#checkOutcomes();
    await vi.advanceTimersByTimeAsync(60_000);
    this.always();
    expect(vi.getTimerCount()).toBe(0);
    const before: Channel[] = names.map((name) => socket.channel(name));
    for (const name of names) {
      this.act({ do: "leave", channel: name });
      this.act({ do: "unwatch", channel: name });
    }
    while (this.#releases.length > 0) this.act({ do: "release", which: 0 });
    await vi.advanceTimersByTimeAsync(0);
    this.always();
    await vi.advanceTimersByTimeAsync(0);
    expect(names.filter((name, index) => socket.channel(name) === before[index])).toEqual([]);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const scene: fc.Arbitrary<Scene> = fc.record({
  // By themselves, most sequences would be too short for the server to answer twice.
  steps: fc.array(step, { minLength: 25, maxLength: 60, size: "max" }),
  answers: fc.constantFrom("none", "two commands", "two commands", "one command"),
  lobby: fc.nat(3).map((number) => number === 0),
  lenient: fc.boolean(),
  narrow: fc.boolean(),
  stays: fc.nat(3).map((number) => number > 0),
});

/** A tenth of the sequences that test the connection, because each takes longer. */
const runs = Math.ceil(Number(process.env.RUNS ?? 500) / 10);

test(`whatever happens, the server has the members that are wanted, and each join an outcome (${runs} sequences)`, {
  timeout: 900_000,
}, async () => {
  const rejections: unknown[] = [];
  const rejected = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", rejected);
  await fc.assert(
    fc.asyncProperty(scene, async (scene) => {
      // What is left of a sequence that failed must not fail its shorter ones.
      vi.clearAllTimers();
      const world = new World(scene);
      world.socket.connect();
      for (const step of scene.steps) {
        if (step.do === "open") await world.awaitLink();
        if (step.do === "serve" && step.after === "a tick") await vi.advanceTimersByTimeAsync(0);
        world.act(step);
        // Other steps share a tick with the next one.
        if (step.do !== "tick" && step.do !== "open" && step.do !== "wait") continue;
        await vi.advanceTimersByTimeAsync(step.do === "wait" ? step.time : 0);
        world.always();
      }
      await vi.advanceTimersByTimeAsync(0);
      world.silence();
      await world.settle();
      world.quiet();
      await world.close();
      expect(rejections).toEqual([]);
    }),
    { numRuns: runs, interruptAfterTimeLimit: 880_000, markInterruptAsFailure: true },
  );
  process.off("unhandledRejection", rejected);
});
