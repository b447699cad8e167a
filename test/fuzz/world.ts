import { Socket } from "../../src/index";
import { type Feed, type LiveQuery, liveQuery, resume } from "../../src/resume/index";
import { FakeWebSocket, fake } from "../harness/fake";
import { History } from "../server/history";
import type { Outgoing } from "../server/wire";

// A server, a link and a client without a network, for the property of `wireline/resume`. Each happens by a step; nothing happens by itself.

/** What a feed is told of the server: numbers and replays, numbers alone, or nothing. */
export type Mode = "replay" | "numbers" | "plain";

/** What happens next. The number says which frame or key, or how much. */
export type Step = readonly [
  kind:
    | "write"
    | "serve"
    | "deliver"
    | "swap"
    | "repeat"
    | "lose"
    | "cut"
    | "restart"
    | "leave"
    | "hold"
    | "evaluate"
    | "respond"
    | "fail"
    | "wait"
    | "wait long",
  number: number,
];

/** An item as the feed saw it, or a gap. */
export type Seen = { readonly epoch: string; readonly seq: number } | "gap";

type Item = { readonly key: number; readonly version: number; readonly seq?: number; readonly epoch?: string };

/** What the server has, and a query of it. */
export interface State {
  /** The newest version of each key. A message that comes twice, or late, does not harm it. */
  readonly newest: ReadonlyMap<number, number>;
  /** Every version, in order. A message that is applied twice, or not, harms it. */
  readonly versions: readonly number[];
  /** The number of the newest message. */
  readonly last: number;
}

/** How many messages the server keeps. */
const kept = 5;

export class World {
  readonly seen: Seen[] = [];
  readonly query: LiveQuery<State>;
  readonly feed: Feed;
  /** Whether something happened by which messages may be missing; otherwise each gap is a false one. */
  lossy = false;
  readonly #mode: Mode;
  readonly #socket: Socket;
  /** What the server has; it survives restarts. */
  #state: State = { newest: new Map(), versions: [], last: 0 };
  #history!: History;
  #epoch = "";
  #epochs = 0;
  #version = 0;
  #native: FakeWebSocket | undefined;
  #up: string[] = [];
  #down: Outgoing[] = [];
  #isMember = false;
  /** A numbered message has come since the last join. */
  #begun = false;
  #joins = 0;
  #release: (() => void) | undefined;
  #snapshot: { value: State | undefined; version: number; resolve(state: State): void; reject(error: unknown): void } | undefined;

  constructor(mode: Mode) {
    this.#mode = mode;
    this.#restarted();
    FakeWebSocket.reset();
    this.#socket = new Socket({
      url: "wss://server",
      WebSocket: fake,
      backoff: () => 1,
      environment: false,
      rejoin: { join: { cmd: "join", reply: "joined" } },
      onError: () => {},
      onDrop: () => {},
    });
    const id = ({ cmd, param }: { cmd: string; param: unknown }) => (cmd === "item" ? (param as Item).seq : undefined);
    this.feed = resume(this.#socket, {
      channel: "news",
      ...(mode !== "plain" && { id }),
      ...(mode === "replay" && { replay: "joined" }),
    });
    this.feed.on("item", (param) => {
      const { epoch, seq } = param as Required<Item>;
      this.seen.push({ epoch, seq });
    });
    this.feed.onGap(() => this.seen.push("gap"));
    this.query = liveQuery(this.feed, {
      snapshot: () => new Promise<State>((resolve, reject) => (this.#snapshot = { value: undefined, version: 0, resolve, reject })),
      apply: (state, { cmd, param }) => (cmd === "item" ? changed(state, param as Item) : state),
      ...(mode === "replay" && { version: ({ last }) => last }),
    });
    this.#hold();
  }

  /** What the server has, as the query should. */
  get state(): State {
    return this.#state;
  }

  /** The numbers of the server: its epoch, and how many messages it sent in that. */
  get position(): { since: number; epoch: string } {
    return { since: this.#history.missed("news", {}).last, epoch: this.#epoch };
  }

  /** Does a step. @param wait lets time pass, and microtasks run */
  async step([kind, number]: Step, wait: (time: number) => Promise<unknown>): Promise<void> {
    const frame = this.#down.length ? number % this.#down.length : 0;
    switch (kind) {
      case "write":
        this.#write(number % 4);
        break;
      case "serve":
        for (const text of this.#up.splice(0)) this.#serve(text);
        break;
      case "deliver":
        for (const message of this.#down.splice(0, number)) {
          this.#native!.says(message);
          this.#begun ||= message.cmd === "item";
        }
        break;
      case "swap": {
        // An overtaken message may come too late.
        const [moved] = this.#down.splice(frame, 1);
        if (!moved) break;
        this.lossy ||= moved.cmd === "item" || this.#down.some(({ cmd }) => cmd === "item");
        this.#down.splice(number % 3, 0, moved);
        break;
      }
      case "repeat":
        if (this.#down[frame]?.cmd === "item") this.#down.splice(frame, 0, this.#down[frame]);
        break;
      case "lose":
        // What has no number cannot be missed; nor what comes before the first number, unless the server says that.
        if (this.#mode === "plain" || (this.#mode === "numbers" && !this.#begun) || this.#down[frame]?.cmd !== "item") break;
        this.lossy = true;
        this.#down.splice(frame, 1);
        break;
      case "cut":
        this.#cut();
        break;
      case "restart":
        this.lossy = true;
        this.#restarted();
        this.#cut();
        break;
      case "leave":
        // Only a replay can bring what is missed until the next join.
        if (this.#release && this.#mode !== "replay") this.lossy = true;
        this.#release?.();
        this.#release = undefined;
        this.#begun = false;
        break;
      case "hold":
        this.#hold();
        break;
      case "evaluate":
        if (this.#snapshot) this.#snapshot.value ??= this.state;
        break;
      case "respond":
        if (!this.#snapshot?.value) break;
        this.#snapshot.resolve(this.#snapshot.value);
        this.#snapshot = undefined;
        break;
      case "fail":
        this.#snapshot?.reject(new Error("the snapshot failed"));
        this.#snapshot = undefined;
        break;
    }
    await wait(kind === "wait" ? 300 : kind === "wait long" ? 11_000 : 0);
    this.#accept();
    await wait(0);
  }

  /** Ends all faults, and waits until nothing happens any more. */
  async settle(wait: (time: number) => Promise<unknown>): Promise<void> {
    this.#hold();
    // A last message shows what the ones before it were.
    for (const write of [false, true, false, false]) {
      if (write) this.#write(0);
      for (let round = 0; round < 3; round++) {
        await this.step(["wait long", 0], wait);
        await this.step(["serve", 0], wait);
        await this.step(["deliver", 1000], wait);
        await this.step(["evaluate", 0], wait);
        await this.step(["respond", 0], wait);
      }
    }
  }

  close(): void {
    this.query.close();
    this.feed.stop();
    this.#socket.close();
    this.#native?.ends(1000);
  }

  #hold(): void {
    this.#release ??= this.#socket.channel("news").hold(this.feed.position);
  }

  #restarted(): void {
    this.#epoch = `${++this.#epochs}`;
    const epoch = this.#epoch;
    this.#history = new History({ messages: kept, epoch: () => epoch });
    this.#state = { ...this.#state, last: 0 };
  }

  #write(key: number): void {
    const message = this.#history.add("item", { key, version: ++this.#version, epoch: this.#epoch }, "news");
    this.#state = changed(this.#state, message.param as Item);
    if (this.#isMember) this.#down.push(message);
  }

  /** The server reads a frame of the client. */
  #serve(text: string): void {
    const { cmd, param } = JSON.parse(text) as { cmd: string; param: { since?: number } };
    this.#isMember = cmd === "join";
    if (cmd !== "join") return;
    const { messages, ...answer } = this.#history.missed("news", param);
    // A client that joins again before it got the first answer cannot say where it stands.
    this.lossy ||= !answer.recovered || (param.since === undefined && this.#joins > 0);
    this.#joins++;
    if (this.#mode === "replay") this.#down.push(...messages);
    this.#down.push({ channel: "news", cmd: "joined", param: answer });
  }

  #cut(): void {
    const native = this.#native;
    // Only a replay can bring what was missed.
    if (native && this.#mode !== "replay") this.lossy = true;
    this.#native = undefined;
    this.#begun = false;
    this.#up = [];
    this.#down = [];
    this.#isMember = false;
    native?.ends(1006);
  }

  /** The server accepts an attempt. */
  #accept(): void {
    const native = FakeWebSocket.made.at(-1);
    if (native?.readyState !== 0) return;
    native.send = (data) => void this.#up.push(data as string);
    this.#native = native.open();
  }
}

function changed({ newest, versions }: State, { key, version, seq }: Item): State {
  return {
    newest: new Map([...newest, [key, Math.max(version, newest.get(key) ?? 0)]]),
    versions: [...versions, version],
    last: seq ?? 0,
  };
}
