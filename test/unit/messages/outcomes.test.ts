import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  defineProtocol,
  type Delivery,
  type DropReason,
  jsonCodec,
  type QueueOptions,
  Socket,
  type SocketError,
  type SendResult,
} from "../../../src/index";
import { FakeWebSocket } from "../../harness/fake";

// Random sequences of what the user, the server and the network can do, by a fake clock: each message has one outcome,
// which its sender can know.

type Channel = "" | "room" | "__proto__";
type Identity = "ada" | "bob" | undefined;
type Outcome = "right" | "invalid" | "unreadable" | "wrong channel" | "nobody asked" | "skip";

type Step =
  | { do: "send"; delivery: Delivery; channel: Channel; key: number; ttl: number | undefined }
  | { do: "request"; channel: Channel; timeout: number }
  | { do: "confirm"; channel: Channel; ttl: number | undefined }
  | { do: "abort"; which: number }
  | { do: "open" | "connect" | "close" | "jam" | "refuse" | "end inside" | "answer at once" | "drain" }
  | { do: "end"; code: number }
  | { do: "wait"; time: number }
  | { do: "identify"; identity: Identity }
  | { do: "buffer"; bytes: number }
  | { do: "reply"; how: Outcome }
  | { do: "listen"; on: keyof typeof places; act: Act };

/** What a user's own code may do where it runs. */
type Act = "send" | "request" | "confirm" | "close" | "connect" | "identify";

/** Where it runs: in listeners, or in the codec, while a message is being sent. */
const places = {
  status: (socket: Socket, listener: () => void) => void socket.onStatus(listener),
  open: (socket: Socket, listener: () => void) => void socket.onOpen(listener),
  close: (socket: Socket, listener: () => void) => void socket.onClose(listener),
  drop: (socket: Socket, listener: () => void) => void socket.onDrop(listener),
  codec: null,
};

const channel = fc.constantFrom<Channel>("", "room", "__proto__");
const one = <T extends string>(...names: T[]) => fc.record({ do: fc.constantFrom(...names) });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      delivery: fc.constantFrom<Delivery>("queue", "drop", "latest", "latest", "confirm", "confirm"),
      channel,
      key: fc.nat(1),
      ttl: fc.constantFrom(undefined, undefined, undefined, Infinity, 0, 30, 200),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("request" as const), channel, timeout: fc.constantFrom(Infinity, 10_000, 150, 20) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("confirm" as const),
      channel,
      ttl: fc.constantFrom(undefined, undefined, Infinity, 0, 30, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(3) }) },
  { weight: 6, arbitrary: one("open") },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(1, 10, 25, 100, 110, 1_000) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("reply" as const),
      how: fc.constantFrom<Outcome>("right", "right", "right", "invalid", "unreadable", "wrong channel", "nobody asked", "skip"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("buffer" as const), bytes: fc.constantFrom(0, 10, 11) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), code: fc.constantFrom(1006, 1006, 1000, 1009, 4400) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("identify" as const), identity: fc.constantFrom<Identity>("ada", "bob", undefined) }),
  },
  { weight: 2, arbitrary: one("connect", "connect", "close") },
  { weight: 2, arbitrary: one("jam", "refuse", "end inside", "answer at once", "drain") },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("listen" as const),
      on: fc.constantFrom(...(Object.keys(places) as (keyof typeof places)[])),
      act: fc.constantFrom<Act>("send", "send", "request", "confirm", "close", "connect", "identify"),
    }),
  },
);

const param = z.object({ id: z.number(), key: z.number() });
const reply = z.object({ id: z.number() });
const byId = (sent: { id: number }, answer: { id: number }) => sent.id === answer.id;

/** A message of ours, and what the test knows of it. */
interface Tracked {
  readonly id: number;
  readonly kind: Delivery | "request";
  readonly channel: Channel;
  readonly key: number;
  /** Which identity sent it. */
  readonly identity: Identity;
  /** When it expires, and when a request times out. */
  readonly expires: number;
  readonly fails: number;
  /** How often the socket had changed its identity, or was closed. */
  readonly identities: number;
  readonly closings: number;
  /** Its place in the order in which messages were encoded. */
  order: number;
  /** The situation at that moment. */
  situation?: { free: boolean; lasting: boolean; congested: boolean; full: boolean; closed: boolean; same: boolean };
  result?: SendResult | "thrown" | "asked";
  /** What the queue or the WebSocket threw. */
  thrown?: SocketError;
  /** The WebSocket threw at it. */
  refused?: boolean;
  aborted?: boolean;
  /** The links on which it has left. */
  readonly left: Link[];
  reason?: DropReason;
  replaced?: boolean;
  confirmed?: boolean;
  /** How a request or a confirmation has settled: with the id in its reply, or its error. */
  settled?: { id: number } | { error: SocketError };
  /** A reply has come that was meant for it, and can only be its own. */
  due?: "reply" | "validation";
  /** A newer one that made others out of date was looked at. */
  counted?: boolean;
}

/** The server's side of a connection, and what it has to answer. */
class Link extends FakeWebSocket {
  /** The identity that it was opened for. */
  readonly identity: Identity;
  /** What it has not answered, in order. */
  readonly unanswered: Tracked[] = [];
  /** The close code that it ended with, if a step ended it. */
  code: number | undefined;
  refuses = false;
  endsInside = false;
  answersAtOnce = false;
  /** Without ids, the client can no longer know which message a reply answers. */
  unsure = false;
  /** Since when it has had room. */
  roomSince = -Infinity;

  constructor(
    readonly world: World,
    url: string,
  ) {
    super(url);
    this.identity = (new URL(url).pathname.slice(1) || undefined) as Identity;
    world.links.push(this);
  }
  /** Whether no reply can come on it any more. */
  get over(): boolean {
    return this.readyState === 3 || this.closes.length > 0 || this !== this.world.last;
  }
  override send(data: unknown): void {
    const { id } = (JSON.parse(data as string) as { param: { id: number } }).param;
    const tracked = this.world.tracked[id]!;
    if (this.refuses) {
      this.refuses = false;
      tracked.refused = true;
      throw new Error("refused");
    }
    super.send(data);
    tracked.left.push(this);
    if (tracked.kind === "confirm" || tracked.kind === "request") this.unanswered.push(tracked);
    if (this.endsInside) this.ends();
    else if (this.answersAtOnce) setTimeout(() => this.world.act({ do: "reply", how: "right" }));
  }
}

/** A socket, its server, and all messages. */
class World {
  readonly socket: Socket;
  readonly links: Link[] = [];
  readonly tracked: Tracked[] = [];
  /** What was seen, but must not happen. */
  readonly broken: unknown[] = [];
  /** Those who wait until nothing waits. */
  draining = 0;
  #encoded = 0;
  #identities = 0;
  #closings = 0;
  readonly #queue: QueueOptions;
  readonly #aborts: { tracked: Tracked; controller: AbortController }[] = [];
  /** How often what a user's own code does may still happen; without a bound it would call itself for ever. */
  #turns = 5;
  #codec: (() => void) | undefined;

  constructor(
    queue: QueueOptions,
    readonly matching: boolean,
  ) {
    this.#queue = queue;
    const answered = { param, reply: "done" as const, ...(matching && { match: byId }) };
    const protocol = defineProtocol({
      inbound: { done: reply },
      outbound: {
        queue: param,
        drop: { param, delivery: "drop" },
        latest: { param, delivery: "latest", key: ({ key }) => key },
        confirm: { ...answered, delivery: "confirm" },
        request: answered,
      },
    });
    const links = (url: string) => new Link(this, url);
    this.socket = new Socket({
      url: ({ identity = "" }) => `ws://peer.test/${identity}`,
      WebSocket: class {
        constructor(url: string) {
          return links(url);
        }
      } as typeof FakeWebSocket,
      protocol,
      queue,
      highWaterMark: 10,
      backoff: () => 100,
      autoConnect: false,
      codec: {
        ...jsonCodec,
        encode: (message) => {
          this.#codec?.();
          this.#noteSituation(this.tracked[(message.param as { id: number }).id]!);
          return jsonCodec.encode(message);
        },
      },
      onError: () => {},
      onStatus: ({ status }, before) => void (status === "closed" && before.status !== "closed" && this.#closings++),
      onDrop: ({ param }, reason) => {
        const tracked = this.tracked[(param as { id: number }).id]!;
        if (tracked.reason !== undefined)
          this.broken.push(new Error(`message ${tracked.id} was reported as ${tracked.reason} and as ${reason}`));
        tracked.reason = reason;
      },
    }) as unknown as Socket;
  }

  get last(): Link | undefined {
    return this.links.at(-1);
  }

  /** What has not come to an end. */
  get waiting(): Tracked[] {
    return this.tracked.filter((tracked) => this.ends(tracked).length === 0);
  }

  /** The ends that a message has come to. */
  ends({ kind, result, left, reason, replaced, confirmed, settled }: Tracked): string[] {
    const error = settled && "error" in settled ? settled.error : undefined;
    // It was given up before it left.
    const withdrawn = error && !error.sent && reason === undefined;
    // Its sender wants no confirmation any more.
    const aborted = kind === "confirm" && error?.code === "aborted" && error.sent;
    return [
      ...(result === "thrown" || withdrawn ? ["thrown"] : []),
      ...(reason !== undefined ? [`dropped ${reason}`] : []),
      ...(replaced ? ["replaced"] : []),
      ...(confirmed ? ["confirmed"] : []),
      ...(aborted ? ["aborted"] : []),
      ...(kind !== "confirm" && left.length ? ["sent"] : []),
    ];
  }

  #note(kind: Tracked["kind"], channel: Channel, key: number, ttl = this.#queue.ttl, timeout = Infinity): Tracked {
    const tracked: Tracked = {
      id: this.tracked.length,
      kind,
      channel,
      key,
      identity: this.socket.identity as Identity,
      expires: Date.now() + ttl,
      fails: Date.now() + timeout,
      identities: this.#identities,
      closings: this.#closings,
      order: -1,
      left: [],
    };
    this.tracked.push(tracked);
    return tracked;
  }

  /** Notes how things stand when a message is about to leave or wait. */
  #noteSituation(tracked: Tracked): void {
    const { socket, last } = this;
    const { status, queued } = socket.state;
    tracked.order = this.#encoded++;
    tracked.situation = {
      free: status === "open" && last!.readyState === 1,
      // What leaves first may end the link.
      lasting: !last?.endsInside,
      congested: status === "open" && last!.bufferedAmount > 10,
      full: queued >= this.#queue.max,
      closed: status === "closed",
      same: this.#identities === tracked.identities,
    };
  }

  send(delivery: Delivery, channel: Channel, key: number, ttl?: number): void {
    const tracked = this.#note(delivery, channel, key, ttl);
    try {
      tracked.result = this.socket.channel(channel).send(delivery, { id: tracked.id, key }, ttl === undefined ? {} : { ttl });
    } catch (error) {
      tracked.result = "thrown";
      tracked.thrown = error as SocketError;
    }
  }

  request(channel: Channel, timeout: number): void {
    const tracked = this.#note("request", channel, 0, undefined, timeout);
    const controller = new AbortController();
    this.#aborts.push({ tracked, controller });
    tracked.result = "asked";
    const { signal } = controller;
    this.socket.request("request", { id: tracked.id, key: 0 }, { channel, timeout, signal, reply: "done" }).then(
      (answer) => (tracked.settled = answer as { id: number }),
      (error: SocketError) => (tracked.settled = { error }),
    );
  }

  confirm(channel: Channel, ttl?: number): void {
    const tracked = this.#note("confirm", channel, 0, ttl);
    const controller = new AbortController();
    this.#aborts.push({ tracked, controller });
    tracked.result = "asked";
    const { signal } = controller;
    this.socket.confirm("confirm", { id: tracked.id, key: 0 }, { channel, signal, reply: "done", ...(ttl !== undefined && { ttl }) }).then(
      (answer) => (tracked.settled = answer as { id: number }),
      (error: SocketError) => (tracked.settled = { error }),
    );
  }

  identify(identity: Identity): void {
    if (identity !== this.socket.identity) this.#identities++;
    this.socket.identify(identity);
  }

  drain(): void {
    this.draining++;
    const done = () => void this.draining--;
    this.socket.drained().then(done, done);
  }

  #abort(which: number): void {
    const [aborted] = this.#aborts.splice(which, 1);
    if (!aborted) return;
    aborted.tracked.aborted = true;
    aborted.controller.abort();
  }

  act(step: Step): void {
    const { socket, last } = this;
    const live = last && last.readyState < 2 && last.closes.length === 0;
    switch (step.do) {
      case "send":
        this.send(step.delivery, step.channel, step.key, step.ttl);
        return;
      case "request":
        this.request(step.channel, step.timeout);
        return;
      case "confirm":
        this.confirm(step.channel, step.ttl);
        return;
      case "abort":
        this.#abort(step.which);
        return;
      case "open":
        if (live && last.readyState === 0) last.open();
        return;
      case "connect":
      case "close":
        socket[step.do]();
        return;
      case "end":
        if (last && last.readyState !== 3) {
          last.code = step.code;
          last.ends(step.code);
        }
        return;
      case "jam":
        // It has begun to close, and no event says so yet.
        if (live && last.readyState === 1) last.readyState = 2;
        return;
      case "refuse":
        if (live) last.refuses = true;
        return;
      case "end inside":
        if (live) last.endsInside = true;
        return;
      case "answer at once":
        if (live) last.answersAtOnce = true;
        return;
      case "identify":
        this.identify(step.identity);
        return;
      case "drain":
        this.drain();
        return;
      case "buffer":
        if (!last) return;
        if (last.bufferedAmount > 10) last.roomSince = Date.now();
        last.bufferedAmount = step.bytes;
        return;
      case "reply":
        try {
          this.reply(step.how);
          return;
        } catch (error) {
          // In a timer it would be lost.
          return void this.broken.push(error);
        }
      case "listen":
        this.#listen(step.on, step.act);
        return;
      case "wait":
        return;
    }
  }

  #listen(on: keyof typeof places, act: Act): void {
    const listener = () => {
      if (this.#turns-- <= 0) return;
      if (act === "send") for (const kind of ["queue", "latest", "confirm"] as const) this.send(kind, "room", 0);
      else if (act === "request") this.request("room", 100);
      else if (act === "confirm") this.confirm("room", 100);
      else if (act === "identify") this.identify(this.socket.identity === "ada" ? "bob" : "ada");
      else this.socket[act]();
    };
    const subscribe = places[on];
    if (subscribe) subscribe(this.socket, listener);
    else this.#codec = listener;
  }

  silence(): void {
    this.#turns = 0;
  }

  /** The server says what may be a reply, and we see what it has confirmed. */
  reply(how: Outcome): void {
    const { socket, last: link, matching } = this;
    if (link?.readyState !== 1) return;
    const tracked = how === "wrong channel" || how === "nobody asked" ? undefined : link.unanswered.shift();
    if (how === "skip") {
      link.unsure = true;
      return;
    }
    if (how === "unreadable") {
      // Nobody can tell whose reply it was.
      if (tracked) link.unsure = true;
      link.says("{");
      return;
    }
    if (how === "nobody asked") link.unsure = true;
    else if (how !== "wrong channel" && !tracked) return;
    const { channel } = tracked ?? { channel: how === "wrong channel" ? "elsewhere" : "" };
    // Where all messages have a match, an invalid reply answers none.
    const sure = tracked && (matching ? how === "right" : !link.unsure);
    const { late } = socket.state;
    const kept = this.waiting
      .filter((one) => one.kind === "confirm" && one.channel === channel && one.left.at(-1) === link)
      .sort((a, b) => a.order - b.order);
    const left = () => this.tracked.reduce((sum, { kind, left }) => sum + (kind === "confirm" ? 0 : left.length), 0);
    const { refuses } = link;
    const before = socket.state.queued + left();
    link.says({ channel, cmd: "done", param: { id: how === "invalid" ? "rubbish" : (tracked?.id ?? -1) } });
    // What leaves in consequence, or is refused, is one less that waits, too.
    const fewer = before - socket.state.queued - left() - (refuses && !link.refuses ? 1 : 0);
    expect([0, 1]).toContain(fewer);
    if (fewer) {
      const confirmed = matching ? kept.find((one) => one === tracked) : kept[0];
      expect(confirmed, "some message waited for it").toBeDefined();
      confirmed!.confirmed = true;
      if (sure) expect(confirmed!.id, "confirmed by its own reply").toBe(tracked.id);
    } else if (sure) expect(kept, "confirmed by its own reply").not.toContain(tracked);
    if (sure && tracked.result === "asked" && !tracked.settled) tracked.due = how === "right" ? "reply" : "validation";
    // A late reply makes the order of the next ones uncertain.
    if (socket.state.late > late) link.unsure = true;
  }

  /** What holds at every moment, once all events are reported. */
  always(): void {
    const { socket, last } = this;
    const { status, queued } = socket.state;
    if (this.broken.length) throw this.broken[0];
    this.#outdate();
    for (const tracked of this.tracked) {
      const { kind, result, left, reason, settled, due, confirmed, identity } = tracked;
      const about = `message ${tracked.id}, a ${kind}, ${result}`;
      expect(this.ends(tracked).length, `${about}: ${this.ends(tracked).join(", ")}`).toBeLessThanOrEqual(1);
      expect(
        left.every((link) => link.identity === identity),
        `${about}, under its own identity only`,
      ).toBe(true);
      if (kind !== "confirm") expect(left.length, `${about}, sent once`).toBeLessThanOrEqual(1);
      if (result === "sent" || confirmed) expect(left.length, `${about}, has left`).toBeGreaterThan(0);
      if (result === "dropped") expect(reason, `${about}, reported`).toBeDefined();
      if (due === "reply") expect(settled, about).toEqual({ id: tracked.id });
      if (due === "validation") expect(settled, about).toMatchObject({ error: { code: "validation" } });
      this.#checkResult(tracked);
      this.#checkReason(tracked);
      if (kind === "request") this.#checkRequest(tracked);
      else if (result === "asked") this.#checkConfirmation(tracked);
    }
    const { waiting } = this;
    expect(queued, "messages accounted for").toBe(waiting.length);
    expect(queued, "no more than may").toBeLessThanOrEqual(this.#queue.max);
    expect(
      waiting.filter(({ expires }) => expires <= Date.now()),
      "waits for too long",
    ).toEqual([]);
    if (status === "closed") expect(waiting).toEqual([]);
    // What may leave has left, and on this very link; what is out of date soon may wait for the buffer, at which we look now and then.
    const room = status !== "open" || (last!.bufferedAmount <= 10 && Date.now() - last!.roomSince >= 25);
    if (status === "open" && last!.readyState === 1) {
      const stuck = waiting.filter(({ kind, left }) => !(kind === "latest" ? !room : kind === "confirm" && left.at(-1) === last));
      expect(stuck, "waits though it might leave").toEqual([]);
    }
    if (!waiting.length && room) expect(this.draining).toBe(0);
    for (const link of this.links) {
      const orders = link.sent
        .map((data) => this.tracked[(JSON.parse(data as string) as { param: { id: number } }).param.id]!)
        .filter(({ kind }) => kind !== "latest")
        .map(({ order }) => order);
      expect(orders, "in the order in which they were sent").toEqual([...new Set(orders)].sort((a, b) => a - b));
    }
  }

  /** Marks messages that newer ones have replaced. */
  #outdate(): void {
    const newer = this.tracked.filter(
      ({ kind, result, counted }) => kind === "latest" && !counted && result && /sent|queued|replaced/.test(result),
    );
    for (const tracked of newer.sort((a, b) => a.order - b.order)) {
      tracked.counted = true;
      const older = this.waiting.filter(
        (one) => one.kind === "latest" && one.channel === tracked.channel && one.key === tracked.key && one.order < tracked.order,
      );
      expect(older.length, `message ${tracked.id} has replaced others`).toBeLessThanOrEqual(tracked.result === "queued" ? 0 : 1);
      if (tracked.result === "replaced") expect(older.length, `message ${tracked.id} has replaced nothing`).toBe(1);
      for (const one of older) one.replaced = true;
    }
  }

  /** The result of `send` says what happened. */
  #checkResult({ id, kind, result, reason, refused, thrown, situation, expires }: Tracked): void {
    const about = `message ${id}, a ${kind}: ${result}`;
    if (result === "asked") return;
    const { free, lasting, congested, full, closed, same } = situation!;
    if (thrown?.code === "overflow") expect(full && this.#queue.overflow === "throw", about).toBe(true);
    else if (thrown) expect(refused, about).toBe(true);
    else if (!same || closed) expect(result, about).toBe("dropped");
    else if (!free)
      expect(result, about).toMatch(kind === "drop" ? "dropped" : kind === "latest" ? /queued|replaced|dropped/ : /queued|dropped/);
    else if (kind === "latest" && congested) expect(result, about).toMatch(/queued|replaced|dropped/);
    else if (kind !== "confirm") expect(result, about).toBe("sent");
    else if (lasting && !full && !refused && expires > Date.now()) expect(result, about).toBe("sent");
    if (refused) expect(thrown ?? reason, about).toBeDefined();
  }

  /** A message that was dropped was dropped for the reason that was reported. */
  #checkReason({ id, kind, left, reason, situation, expires, identities, closings, refused }: Tracked): void {
    const ground = {
      overflow: this.#queue.overflow !== "throw",
      expired: expires <= Date.now(),
      identity: this.#identities > identities,
      closed: situation?.closed || this.#closings > closings,
      disconnected: kind === "drop" && !situation!.free,
      refused,
      size: kind === "confirm" && left.some(({ code }) => code === 1009),
      buffer: false,
      channel: false,
    };
    if (reason) expect(ground[reason], `message ${id}: ${reason}`).toBe(true);
  }

  #checkRequest({ id, left: [link], reason, settled, aborted, fails, closings, situation, refused }: Tracked): void {
    const { socket, matching } = this;
    if (!settled) {
      expect(aborted, `request ${id} was aborted`).toBeFalsy();
      expect(fails, `request ${id} is over time`).toBeGreaterThan(Date.now());
      // Its reply may still come.
      if (link) expect([link.over, socket.state.status]).toEqual([false, "open"]);
      return;
    }
    if (!("error" in settled)) {
      expect(link, "was answered, so it has left").toBeDefined();
      if (matching || !link!.unsure) expect(settled.id, "answered by its own reply").toBe(id);
      return;
    }
    const { code, sent, cause } = settled.error;
    expect(sent, `request ${id}: ${code}`).toBe(link !== undefined);
    const closed = situation!.closed || this.#closings > closings;
    const ground: Partial<Record<string, unknown>> = {
      timeout: fails <= Date.now(),
      aborted,
      lost: link?.over,
      closed: closed && (sent || reason === "closed"),
      dropped: reason !== undefined && reason !== "closed" && reason !== "expired" && cause === reason,
      expired: reason === "expired" && cause === reason,
      validation: sent,
      codec: sent && !matching && link?.unsure,
      overflow: !sent && situation!.full && this.#queue.overflow === "throw",
      // What the WebSocket throws is passed on as it is.
      undefined: refused,
    };
    expect(ground[String(code)], `request ${id}: ${code}`).toBe(true);
  }

  #checkConfirmation({ id, left, reason, settled, confirmed, aborted, situation }: Tracked): void {
    const about = `confirmation ${id}`;
    if (!settled) {
      expect([aborted, reason, confirmed], `${about} is pending`).toEqual([undefined, undefined, undefined]);
      return;
    }
    if (!("error" in settled)) {
      expect(confirmed, `${about} was answered`).toBe(true);
      if (this.matching) expect(settled.id, `${about} by its own reply`).toBe(id);
      return;
    }
    const { code, sent, cause } = settled.error;
    expect(sent, `${about}: ${code}`).toBe(left.length > 0);
    const ground: Partial<Record<string, unknown>> = {
      aborted,
      closed: reason === "closed" && cause === reason,
      expired: reason === "expired" && cause === reason,
      dropped: reason !== undefined && reason !== "closed" && reason !== "expired" && cause === reason,
      validation: confirmed,
      overflow: !sent && situation!.full && this.#queue.overflow === "throw",
    };
    expect(ground[code], `${about}: ${code}`).toBe(true);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const scene = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  queue: fc.record<QueueOptions>({
    max: fc.integer({ min: 0, max: 5 }),
    ttl: fc.constantFrom(Infinity, Infinity, 120),
    overflow: fc.constantFrom("drop-oldest", "drop-newest", "throw"),
  }),
  /** Whether replies have an id that says what they answer. */
  matching: fc.boolean(),
  /** Whether the connection works in the end, before the socket is closed. */
  heals: fc.boolean(),
});

/** A tenth of the sequences that test the connection, because each takes longer. */
const runs = Math.ceil(Number(process.env.RUNS ?? 500) / 10);

test(`whatever happens, each message has exactly one outcome (${runs} sequences)`, { timeout: 900_000 }, async () => {
  const rejections: unknown[] = [];
  const rejected = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", rejected);
  await fc.assert(
    fc.asyncProperty(scene, async ({ steps, queue, matching, heals }) => {
      // What is left of a sequence that failed must not fail its shorter ones.
      vi.clearAllTimers();
      const world = new World(queue, matching);
      const { socket } = world;
      socket.connect();
      for (const step of steps) {
        // reconnecting-websocket has a timer of its own before there is a WebSocket.
        if (step.do === "open") await vi.advanceTimersByTimeAsync(2);
        world.act(step);
        await vi.advanceTimersByTimeAsync(step.do === "wait" ? step.time : 0);
        world.always();
      }
      world.silence();
      if (heals) {
        // A server that answers all there is, at once.
        socket.connect();
        if (world.last?.readyState !== 0) world.act({ do: "end", code: 1006 });
        for (let time = 0; time < 200 && world.last?.readyState !== 0; time++) await vi.advanceTimersByTimeAsync(1);
        Object.assign(world.last!, { answersAtOnce: true, endsInside: false, refuses: false, bufferedAmount: 0 }).open();
        await vi.advanceTimersByTimeAsync(0);
        world.always();
        expect(world.waiting).toEqual([]);
        await socket.drained();
        expect(world.draining).toBe(0);
      }
      // After the end nothing is left: no message waits, each promise has settled, no timer runs.
      socket.close();
      await vi.advanceTimersByTimeAsync(0);
      world.always();
      expect(world.waiting).toEqual([]);
      expect(world.tracked.filter(({ result, settled }) => result === "asked" && !settled)).toEqual([]);
      expect(world.draining).toBe(0);
      await vi.advanceTimersByTimeAsync(60_000);
      world.always();
      expect(vi.getTimerCount()).toBe(0);
      expect(rejections).toEqual([]);
    }),
    { numRuns: runs, interruptAfterTimeLimit: 880_000, markInterruptAsFailure: true },
  );
  process.off("unhandledRejection", rejected);
});
