import type { Message, Schema, Socket, SocketError, WebSocketClass } from "../../src/index";
import { MockEnvironment } from "../../src/testing/environment";
import type { Heard } from "../harness/news";
import { equal, holds, rejected, thrown } from "./check";
import type { Got } from "./orders";
import { type Maker, type Place, Scene } from "./scene";

// What a socket does, wherever it runs: one suite for every engine and every runtime. It imports nothing of either, and
// what they do differently stands in `differs`, and is asserted.

/** One thing that a socket does. */
export interface Behaviour {
  /** What it does, as a sentence. */
  readonly name: string;
  /** What is different with some makers of WebSockets, as sentences. */
  readonly differs?: Partial<Record<Maker, string>>;
  /** Why it cannot be seen in a place, where that is so. */
  readonly without?: (place: Place) => string | false;
  run(scene: Scene): Promise<void>;
}

/** What came of a behaviour. */
export interface Outcome {
  readonly name: string;
  /** Why it failed. */
  readonly error?: string;
  /** Why it was left out. */
  readonly skipped?: string;
  /** What each of its sockets has reported. */
  readonly events?: readonly (readonly string[])[];
}

/** Tries one behaviour in a place. */
export async function perform({ name, without, run }: Behaviour, place: Place): Promise<Outcome> {
  const skipped = without?.(place);
  if (skipped) return { name, skipped };
  const scene = await Scene.start(place);
  try {
    await run(scene);
    // What the end of the scene causes is no part of it.
    return { name, events: scene.events.map((lines) => [...lines]) };
  } catch (error) {
    const { message, stack } = error as Error;
    return { name, error: `${message}\n${stack}` };
  } finally {
    await scene.end();
  }
}

const lost = { code: 1006, reason: "", wasClean: false };

/** How a link ends that had been open, without a word. */
const endOf = ({ place: { maker } }: Scene) =>
  maker === "workerd" ? { ...lost, reason: "WebSocket disconnected without sending Close frame." } : lost;

const cmds = (got: Got[]) => got.map(([, cmd]) => cmd);

/** A schema that any value fits for which something holds. */
function schema<T>(fits: (value: T) => unknown, make: (value: T) => T = (value) => value): Schema<T> {
  const validate = (value: unknown) => (fits(value as T) ? { value: make(value as T) } : { issues: [{ message: "no" }] });
  return { "~standard": { version: 1, vendor: "suite", validate } };
}

/** The globals that tests change. */
const scope = globalThis as { WebSocket?: WebSocketClass; location?: { href: string }; dispatchEvent?: (event: Event) => boolean };

/** Runs with another global WebSocket, or without any. */
async function withGlobal(replacement: WebSocketClass | undefined, run: () => Promise<void>): Promise<void> {
  const original = Object.getOwnPropertyDescriptor(scope, "WebSocket");
  Object.defineProperty(scope, "WebSocket", { value: replacement, configurable: true, writable: true });
  try {
    await run();
  } finally {
    if (original) Object.defineProperty(scope, "WebSocket", original);
    else delete scope.WebSocket;
  }
}

/** The protocol of tests that ask and confirm, by ids. */
function answered() {
  const id = schema<{ id: number }>(() => true);
  const match = (sent: { id: number }, reply: { id: number }) => sent.id === reply.id;
  return {
    inbound: { answer: id, saved: id, welcome: id },
    outbound: {
      ask: { param: id, reply: "answer", match },
      silent: { param: id, reply: "answer", match },
      note: { param: id, reply: "saved", match, delivery: "confirm" },
      moved: { param: id, delivery: "latest" },
    },
  } as const;
}

/** The behaviours that are looked for everywhere, in order. */
export const behaviours: readonly Behaviour[] = [
  {
    name: "importing it adds no global and starts nothing",
    async run({ place: { effects, globals } }) {
      equal(effects, { added: globals, called: [] });
    },
  },
  {
    name: "on open it sends in order: joins, waiting messages, messages of onOpen",
    async run(scene) {
      const news = scene.make({ autoConnect: false, onOpen: () => news.socket.send("third") });
      const { socket } = news;
      equal(socket.state.status, "idle");
      equal([socket.send("first"), socket.send("second", { text: "ä€😀" })], ["queued", "queued"]);
      socket.channel("room").join();
      socket.connect();
      equal(socket.state.status, "connecting");
      equal(await scene.order("got", 4), [
        ["room", "join", {}],
        ["", "first", null],
        ["", "second", { text: "ä€😀" }],
        ["", "third", null],
      ]);
      const { states, closes, errors } = news.heard;
      equal(
        states.map(({ status }) => status),
        ["connecting", "open"],
      );
      equal([closes, errors], [[], []]);
      equal(socket.explain(), "open: attempt 1");
      holds(Object.isFrozen(socket.state), "the state is frozen");
    },
  },
  {
    name: "the five arguments of Project Forge's client make the same socket",
    without: ({ WebSocket }) => !!WebSocket && "There is no global WebSocket, and no place for one among them.",
    async run(scene) {
      const opened = new Promise<Message>((resolve) => {
        const { Socket } = scene.place.wireline;
        const socket: Socket = new Socket(
          false,
          () => socket.send("echo", 1),
          resolve,
          () => {},
          scene.url,
        );
        scene.keep(socket);
      });
      equal(await opened, { channel: "", cmd: "echo", param: 1 });
    },
  },
  {
    name: "it reconnects after a restart of the server, and messages sent meanwhile arrive in order",
    async run(scene) {
      const news = await scene.open();
      news.socket.send("before");
      await scene.order("got", 1);
      await scene.order("drop");
      await news.until(({ closes }) => closes.length);
      equal(
        [1, 2, 3].map((number) => news.socket.send("meanwhile", number)),
        ["queued", "queued", "queued"],
      );
      equal(news.socket.state.queued, 3);
      await scene.order("restart");
      await news.until(({ state }) => state.status === "open");
      news.socket.send("after");
      const got = await scene.order("got", 5);
      const said = got.map(([, cmd, param]) => [cmd, param]);
      equal(said, [
        ["before", null],
        ["meanwhile", 1],
        ["meanwhile", 2],
        ["meanwhile", 3],
        ["after", null],
      ]);
      equal(news.heard.drops, []);
    },
  },
  {
    name: "[E16] a cut connection ends with 1006, and it reconnects",
    differs: { workerd: "It gives a reason of its own." },
    async run(scene) {
      const news = await scene.open();
      await scene.order("cut");
      const { states } = await news.until(({ closes, state }) => closes.length && state.status === "open");
      equal(news.heard.closes, [endOf(scene)]);
      equal(
        states.map(({ status }) => status),
        ["connecting", "open", "reconnecting", "reconnecting", "open"],
      );
      equal(await scene.order("connected", 2), 2);
    },
  },
  {
    name: "[E16] a reset connection ends with 1006, and it reconnects",
    differs: { workerd: "It gives a reason of its own." },
    async run(scene) {
      const news = await scene.open();
      await scene.order("reset");
      await news.until(({ closes, state }) => closes.length && state.status === "open");
      equal(news.heard.closes, [endOf(scene)]);
      equal(await scene.order("connected", 2), 2);
    },
  },
  {
    name: "a refused handshake is retried until it is accepted",
    async run(scene) {
      await scene.order("answer", 503);
      const news = scene.make();
      equal(news.socket.send("waits"), "queued");
      await news.until(({ closes }) => closes.length >= 1);
      await scene.order("answer", 401);
      await news.until(({ closes }) => closes.length >= 3);
      await scene.order("accept");
      const { closes, errors, state } = await news.until(({ state }) => state.status === "open");
      equal(
        closes,
        closes.map(() => lost),
      );
      equal(
        errors,
        closes.map(() => "transport"),
      );
      equal([state.attempt, state.lastError], [closes.length + 1, null]);
      equal(cmds(await scene.order("got", 1)), ["waits"]);
    },
  },
  {
    name: "[E3] a port that refuses or resets is retried until it listens",
    async run(scene) {
      await scene.order("refuse", "closed");
      const news = scene.make();
      await news.until(({ closes }) => closes.length >= 2);
      await scene.order("refuse", "reset");
      await news.until(({ closes }) => closes.length >= 4);
      await scene.order("accept");
      const { closes, errors } = await news.until(({ state }) => state.status === "open");
      equal(
        closes,
        closes.map(() => lost),
      );
      equal(
        errors,
        closes.map(() => "transport"),
      );
    },
  },
  {
    name: "[E4] a hanging handshake ends after connectTimeout, and is retried",
    async run(scene) {
      await scene.order("hang");
      const news = scene.make({ connectTimeout: 300 });
      await news.until(({ closes }) => closes.length >= 1);
      await scene.order("accept");
      const { closes, errors } = await news.until(({ state }) => state.status === "open");
      equal([...new Set(errors)], ["timeout"]);
      equal(
        closes,
        closes.map(() => lost),
      );
    },
  },
  {
    name: "[E11] a url function that throws, rejects or hangs fails the attempt, and is called again",
    async run(scene) {
      const asked: unknown[] = [];
      const signals: AbortSignal[] = [];
      const news = scene.make({
        connectTimeout: 300,
        url: ({ attempt, reason, signal }) => {
          asked.push([attempt, reason?.code]);
          signals.push(signal);
          if (attempt === 1) throw new RangeError("no token");
          if (attempt === 2) return Promise.reject(new RangeError("no token"));
          return attempt === 3 ? new Promise(() => {}) : new URL(scene.url);
        },
      });
      const { errors } = await news.until(({ state }) => state.status === "open");
      // A handshake that a busy machine draws out is one more of the last.
      equal(errors.slice(0, 3), ["address", "address", "timeout"]);
      equal(asked.slice(0, 4), [
        [1, undefined],
        [2, 1006],
        [3, 1006],
        [4, 1006],
      ]);
      holds(
        signals.slice(0, 3).every(({ aborted }) => aborted),
        "the signal of a failed attempt is aborted",
      );
    },
  },
  {
    name: "a relative address is resolved against the page, and is an error without a page",
    async run(scene) {
      const urls: string[] = [];
      const { WebSocket = scope.WebSocket! } = scene.place;
      class Recorder extends WebSocket {
        constructor(url: string, protocols?: string[]) {
          urls.push(url);
          super(scene.url, protocols);
        }
      }
      const make = () => scene.make({ url: "/example/socket?ch=lobby#here", WebSocket: Recorder });
      if (!scope.location) return equal(thrown(make).code, "address");
      const news = make();
      await news.socket.ready();
      equal(urls, [`${scope.location.href.replace(/^http(.*?\/\/[^/]*).*/, "ws$1")}/example/socket?ch=lobby`]);
    },
  },
  {
    name: "it receives messages whether the server picks a subprotocol or none",
    differs: {
      firefox: "It opens although the server picked none; the standard says to fail.",
      webkit: "It opens although the server picked none; the standard says to fail.",
      deno: "It opens although the server picked none; the standard says to fail.",
      workerd: "It opens although the server picked none; the standard says to fail.",
    },
    async run(scene) {
      const { maker } = scene.place;
      const codec = scene.place.wireline.rawCodec();
      const picked = await scene.open({ url: await scene.order("echo", "two"), protocols: ["one", "two"], codec });
      picked.socket.send("message", "heard");
      await picked.until(({ messages }) => messages.length);
      picked.socket.close();
      const url = await scene.order("echo", false);
      const none = scene.make({ url, codec, protocols: ({ attempt }) => (attempt < 3 ? ["one"] : []) });
      const { errors } = await none.until(({ state }) => state.status === "open");
      const opens = maker in { firefox: 1, webkit: 1, deno: 1, workerd: 1 };
      equal(errors, opens ? [] : ["transport", "transport"]);
    },
  },
  {
    name: "[E10] a socket closed while connecting ends, and connect() starts it again",
    async run(scene) {
      await scene.order("hang");
      const news = scene.make();
      await scene.order("connected", 1);
      // Before the close: Node dials again when a handshake is abandoned, and the server would count that connection.
      await scene.order("accept");
      news.socket.close();
      equal(news.socket.state.status, "closed");
      news.socket.connect();
      await news.socket.ready();
      const { states, errors, closes } = news.heard;
      const statuses = states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);
      equal(statuses, ["connecting", "closed", "connecting", "open"]);
      equal(errors, []);
      equal(closes, [{ code: 1000, reason: "", wasClean: false }]);
    },
  },
  {
    name: "the server's close code decides whether it reconnects",
    async run(scene) {
      const news = await scene.open();
      for (const code of [1000, 1001, 1011, 4500]) {
        const before = news.heard.closes.length;
        await scene.order("close", code, "so long");
        await news.until(({ closes, state }) => closes.length > before && state.status === "open");
        equal(news.heard.closes.at(-1), { code, reason: "so long", wasClean: true });
      }
      equal(news.heard.errors, []);
      await scene.order("close", 4001, "no");
      await news.until(({ closes, state }) => closes.length >= 5 && state.status === "closed");
      equal(news.socket.state.lastClose, { code: 4001, reason: "no", wasClean: true });
      equal((await news.until(({ errors }) => errors.length)).errors, ["refused"]);
      equal(thrown(() => news.socket.close(1001)).code, "usage");
    },
  },
  {
    name: "close() reaches the server with its code and reason, and onClose follows the answer",
    async run(scene) {
      const url = await scene.order("echo", false);
      const news = await scene.open({ url, codec: scene.place.wireline.rawCodec() });
      equal(thrown(() => news.socket.close(1005)).code, "usage");
      news.socket.close(4321, "moved away");
      equal(news.socket.state.status, "closed");
      const { closes } = await news.until(({ closes }) => closes.length);
      equal(closes, [{ code: 4321, reason: "moved away", wasClean: true }]);
      equal(await scene.order("seen", 2), ["open", "close 4321 moved away"]);
    },
  },
  {
    name: "a close that the server does not answer ends with 1006 after closeTimeout",
    async run(scene) {
      const news = await scene.open({ closeTimeout: 100 });
      await scene.order("stall", "both");
      news.socket.close();
      equal(news.socket.state.status, "closed");
      equal((await news.until(({ closes }) => closes.length)).closes, [lost]);
    },
  },
  {
    name: "close() leaves nothing behind: no listener, no pending promise, no connection on the server",
    async run(scene) {
      const environment = new MockEnvironment();
      const news = await scene.open({ environment, heartbeat: { cmd: "ping", reply: "pong" } });
      equal(environment.listeners.size, 1);
      const { socket } = news;
      await scene.order("stall", "up");
      const waits = [rejected(socket.request("silent", {}, { reply: "pong" })), rejected(socket.once("never"))];
      const never = socket.messages("never");
      socket.send("note", {}, { delivery: "confirm", reply: "saved" });
      waits.push(rejected(socket.drained()));
      socket.close();
      equal(environment.listeners.size, 0);
      equal(
        (await Promise.all(waits)).map(({ code }) => code),
        ["closed", "closed", "closed"],
      );
      equal(await never.next(), { done: true });
      equal((await rejected(socket.ready())).code, "closed");
      equal((await news.until(({ drops }) => drops.length)).drops, [["note", "closed"]]);
      equal(socket.state.queued, 0);
      await scene.order("flow");
      await scene.order("deserted");
      equal(socket.send("late"), "dropped");
    },
  },
  {
    name: "an aborted signal closes, and pending promises reject with its reason",
    async run(scene) {
      const controller = new AbortController();
      const news = await scene.open({ signal: controller.signal });
      const one = new AbortController();
      const next = rejected(news.socket.once("never", { signal: one.signal }));
      one.abort(new RangeError("enough"));
      equal((await next).message, "enough");
      equal(news.socket.state.status, "open");
      controller.abort();
      equal(news.socket.state.status, "closed");
      await scene.order("deserted");
      news.socket.connect();
      equal(news.socket.state.status, "closed");
    },
  },
  {
    name: "using closes at the end of its block",
    async run(scene) {
      const news = await scene.open();
      // By the name that compilers look for, where the engine does not have it.
      const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as never);
      news.socket[dispose]();
      equal(news.socket.state.status, "closed");
      await scene.order("deserted");
    },
  },
  {
    name: "close-connection closes for good",
    async run(scene) {
      const news = await scene.open();
      await scene.order("dismiss");
      const { closes, messages } = await news.until(({ closes }) => closes.length);
      equal(closes, [{ code: 1000, reason: "close-connection", wasClean: true }]);
      equal(news.socket.state.status, "closed");
      equal(
        messages.filter(({ cmd }) => cmd === "close-connection"),
        [],
      );
      equal(news.heard.errors, ["refused"]);
      await scene.order("deserted");
    },
  },
  {
    name: "messages that wait too long or exceed the queue are dropped and reported",
    async run(scene) {
      const news = scene.make({ autoConnect: false, queue: { max: 2 } });
      const { socket } = news;
      equal(
        ["one", "two", "three"].map((cmd) => socket.send(cmd)),
        ["queued", "queued", "queued"],
      );
      equal(socket.send("typing", {}, { delivery: "drop" }), "dropped");
      equal((await news.until(({ drops }) => drops.length >= 2)).drops, [
        ["one", "overflow"],
        ["typing", "disconnected"],
      ]);
      const impatient = scene.make({ autoConnect: false, queue: { ttl: 20 } });
      equal(impatient.socket.send("brief"), "queued");
      equal((await impatient.until(({ drops }) => drops.length)).drops, [["brief", "expired"]]);
      const strict = scene.make({ autoConnect: false, queue: { max: 0, overflow: "throw" } });
      equal(thrown(() => strict.socket.send("more")).code, "overflow");
      socket.connect();
      equal(cmds(await scene.order("got", 2)), ["two", "three"]);
    },
  },
  {
    name: "channels are rejoined before the queue leaves, unless they were left",
    async run(scene) {
      const news = await scene.open();
      const [room, attic, cellar] = ["room", "attic", "cellar"].map((name) => news.socket.channel(name));
      room!.join({ seat: 1 });
      attic!.join();
      cellar!.join();
      // Taken back in the same moment, it is not sent.
      attic!.leave();
      await scene.order("got", 2);
      await scene.order("drop");
      await news.until(({ closes }) => closes.length);
      room!.send("waited", 1);
      await scene.order("restart");
      const got = (await scene.order("got", 5)).slice(2);
      equal(got, [
        ["room", "join", { seat: 1 }],
        ["cellar", "join", {}],
        ["room", "waited", 1],
      ]);
      holds(news.socket.channel("room") === room, "the same name gives the same handle");
    },
  },
  {
    name: "a channel receives its own messages, and knows its members",
    async run(scene) {
      const news = await scene.open();
      const room = news.socket.channel("room");
      const heard: unknown[] = [];
      const seen: unknown[] = [];
      room.on("echo", (param) => heard.push(param));
      room.onPresence(({ members, added, removed }) => seen.push([[...members.keys()], added, removed]));
      room.join();
      news.socket.send("echo", "elsewhere");
      room.send("echo", "here");
      await news.until(({ messages }) => messages.filter(({ cmd }) => cmd === "echo").length >= 2);
      equal(heard, ["here"]);
      const changes = ({ messages }: Heard) => messages.filter(({ cmd, channel }) => cmd === "online-update" && channel === "room").length;
      for (const [user, here] of [
        ["ada", true],
        ["bob", true],
        ["ada", false],
      ] as const) {
        const before = changes(news.heard);
        await scene.order("presence", "room", user, here);
        // Those of one turn would be one change.
        await news.until((heard) => changes(heard) > before);
      }
      equal([...room.members.keys()], ["bob"]);
      await news.socket.request("ask", 1, { reply: "answer" });
      equal(seen, [
        [["ada"], ["ada"], []],
        [["ada", "bob"], ["bob"], []],
        [["bob"], [], ["ada"]],
      ]);
    },
  },
  {
    name: "a channel that several hold is left by the last of them, and who moves within a tick causes no message",
    async run(scene) {
      const { socket } = await scene.open();
      const room = socket.channel("room");
      const one = room.hold({ seat: 1 });
      const two = room.hold();
      await scene.order("got", 1);
      one();
      one();
      await socket.request("ask", 1, { reply: "answer" });
      two();
      const three = room.hold({ seat: 1 });
      await socket.request("ask", 2, { reply: "answer" });
      equal(room.status, "joined");
      three();
      equal(cmds(await scene.order("got", 4)), ["join", "ask", "ask", "leave"]);
      equal(room.status, "left");
    },
  },
  {
    name: "a server may answer joins: messages to a channel wait for that, on every connection, and a refusal is an error",
    async run(scene) {
      const rejoin = { join: { cmd: "enter", reply: "entered", refused: "entry-refused" } };
      const news = await scene.open({ rejoin });
      const room = news.socket.channel("room");
      const joined = room.join({ seat: 1 });
      equal([room.send("echo", 1), room.status], ["queued", "joining"]);
      equal(await joined, { seat: 1 });
      equal([room.send("echo", 2), room.status], ["sent", "joined"]);
      await scene.order("got", 3);
      await scene.order("drop");
      await news.until(({ closes }) => closes.length);
      equal([room.send("echo", 3), room.status], ["queued", "joining"]);
      await scene.order("restart");
      equal(cmds(await scene.order("got", 5)), ["enter", "echo", "echo", "enter", "echo"]);
      const cellar = news.socket.channel("cellar");
      const refused = cellar.join({ seat: 13 });
      cellar.send("echo", 4);
      equal((await rejected(refused)).code, "refused");
      equal([cellar.status, cellar.refusal?.channel, cellar.refusal?.cause], ["refused", "cellar", { reason: "unlucky" }]);
      equal((await news.until(({ drops }) => drops.length)).drops, [["echo", "channel"]]);
      holds(news.heard.errors.includes("refused"), "the refusal is emitted, too");
    },
  },
  {
    name: "the list of members is asked for once a channel is joined",
    async run(scene) {
      const news = await scene.open({ presence: { ask: "who", list: "members" } });
      const room = news.socket.channel("room");
      room.hold();
      await news.until(() => room.members.size === 2);
      await scene.order("presence", "room", "cid", true);
      await news.until(() => room.members.size === 3);
      equal([...room.members.keys()], ["ada", "bob", "cid"]);
    },
  },
  {
    name: "a socket is connected while anybody holds it",
    async run(scene) {
      const { socket } = scene.make({ autoConnect: false });
      const one = socket.hold();
      const two = socket.hold();
      await socket.ready();
      one();
      await socket.request("ask", 1, { reply: "answer" });
      two();
      await scene.order("deserted");
      equal(socket.state.status, "closed");
    },
  },
  {
    name: "listeners, promises and iterators receive a command until they unsubscribe",
    async run(scene) {
      const { socket } = await scene.open();
      const heard: unknown[] = [];
      const unsubscribe = socket.on("echo", (param, { channel }) => heard.push([param, channel]));
      const once = socket.once("echo");
      const controller = new AbortController();
      const all = socket.messages("echo", { signal: controller.signal });
      socket.send("echo", 1);
      equal((await once).param, 1);
      unsubscribe();
      socket.send("echo", 2);
      const read: unknown[] = [];
      for await (const { param } of all) {
        read.push(param);
        if (read.length === 2) controller.abort();
      }
      equal([heard, read], [[[1, ""]], [1, 2]]);
    },
  },
  {
    name: "messages are checked in both directions, and the connection survives one that does not fit",
    async run(scene) {
      const text = schema<string>(
        (value) => typeof value === "string" && value,
        (value) => value.trim(),
      );
      const news = await scene.open({ protocol: { inbound: { echo: text }, outbound: { echo: text } } });
      const { socket } = news;
      const { code, issues } = thrown<SocketError>(() => socket.send("echo", 7));
      equal([code, issues], ["validation", [{ message: "no" }]]);
      await scene.order("say", `{"cmd":"echo","param":8}`);
      await scene.order("say", `{"cmd":"unheard-of"}`);
      await scene.order("say", "no JSON");
      await scene.order("say", "");
      equal(socket.send("echo", " fits "), "sent");
      const { errors, messages, state } = await news.until(({ messages }) => messages.length);
      equal(errors, ["validation", "codec", "codec"]);
      equal(
        messages.map(({ param }) => param),
        ["fits"],
      );
      // The server has announced the join by itself.
      equal([state.status, state.unknown], ["open", 1]);
    },
  },
  {
    name: "a listener that throws does not affect others",
    async run(scene) {
      const news = await scene.open();
      const heard: unknown[] = [];
      news.socket.on("echo", () => {
        throw new RangeError("mine");
      });
      news.socket.on("echo", (param) => heard.push(param));
      news.socket.send("echo", 1);
      const { errors, causes } = await news.until(({ errors }) => errors.length);
      equal([errors, causes, heard], [["listener"], ["RangeError"], [1]]);
      equal(news.socket.state.status, "open");
    },
  },
  {
    name: "a message that is too large is reported, and the connection stays open",
    async run(scene) {
      const news = await scene.open({ maxMessageBytes: 1_000 });
      news.socket.send("bulk", 1_000);
      await news.until(({ errors }) => errors.length);
      news.socket.send("bulk", 900);
      const { errors, messages, state } = await news.until(({ messages }) => messages.some(({ cmd }) => cmd === "bulk"));
      equal([errors, state.status], [["size"], "open"]);
      equal(
        messages.filter(({ cmd }) => cmd === "bulk").map(({ param }) => (param as string).length),
        [900],
      );
    },
  },
  {
    name: "a large message passes whole in both directions",
    async run(scene) {
      const { socket } = await scene.open();
      const text = "ä€😀".repeat(80_000);
      const echo = socket.once("echo");
      equal(socket.send("echo", text), "sent");
      holds((await echo).param === text, "it is the same text");
    },
  },
  {
    name: "a message in a binary frame is read like one in a text frame",
    async run(scene) {
      const { socket } = await scene.open();
      const next = socket.once("hello");
      await scene.order("say", `{"cmd":"hello","param":"ä€😀"}`, true);
      equal((await next).param, "ä€😀");
    },
  },
  {
    name: "rawCodec sends text and bytes unchanged, and delivers bytes as ArrayBuffer whatever the runtime's default",
    differs: {
      workerd: "Its WebSocket takes no Blob, and sends its name instead of its bytes.",
    },
    async run(scene) {
      const url = await scene.order("echo", false);
      const { socket } = await scene.open({ url, codec: scene.place.wireline.rawCodec() });
      const bytes = Uint8Array.of(0, 1, 127, 128, 255);
      const trip = async (param: unknown) => {
        const next = socket.once("message");
        equal(socket.send("message", param), "sent");
        return (await next).param;
      };
      equal(await trip("ä€😀"), "ä€😀");
      equal(await trip(""), "");
      for (const sent of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
        const came = await trip(sent);
        holds(came instanceof ArrayBuffer, "bytes come as an ArrayBuffer");
        equal(came, bytes.buffer);
      }
      // Part of a buffer, as those of Node often are.
      equal(await trip(bytes.subarray(1, 4)), bytes.slice(1, 4).buffer);
      if (scene.place.maker === "workerd") equal(await trip(new Blob([bytes])), "[object Blob]");
      else equal(await trip(new Blob([bytes])), bytes.buffer);
      holds(thrown(() => socket.send("message", 7)).code === "codec", "what is neither text nor bytes is refused");
    },
  },
  {
    name: 'delivery "latest" sends only the newest message',
    async run(scene) {
      const news = scene.make({ protocol: answered(), autoConnect: false });
      equal(
        [1, 2, 3].map((id) => news.socket.send("moved", { id })),
        ["queued", "replaced", "replaced"],
      );
      news.socket.connect();
      equal(await scene.order("got", 1), [["", "moved", { id: 3 }]]);
      equal(news.socket.send("moved", { id: 4 }), "sent");
      equal(await scene.order("got", 2), [
        ["", "moved", { id: 3 }],
        ["", "moved", { id: 4 }],
      ]);
      equal(news.heard.drops, []);
    },
  },
  {
    name: 'delivery "confirm" keeps a message, and resends it after a loss until it is confirmed',
    async run(scene) {
      const news = await scene.open({ protocol: answered() });
      const { socket } = news;
      // It arrives; the word of it does not.
      await scene.order("stall", "down");
      equal(
        [1, 2].map((id) => socket.send("note", { id })),
        ["sent", "sent"],
      );
      await scene.order("got", 2);
      equal(socket.state.queued, 2);
      await scene.order("cut");
      await socket.drained();
      const got = await scene.order("got", 4);
      equal(
        got.map(([, cmd, param]) => [cmd, (param as { id: number }).id]),
        [
          ["note", 1],
          ["note", 2],
          ["note", 1],
          ["note", 2],
        ],
      );
      equal([socket.state.queued, news.heard.drops], [0, []]);
    },
  },
  {
    name: "drained() resolves when the WebSocket buffers little",
    async run(scene) {
      const url = await scene.order("echo", false);
      const { socket } = await scene.open({ url, codec: scene.place.wireline.rawCodec(), maxMessageBytes: 16_000_000 });
      const text = "x".repeat(8_000_000);
      const echo = socket.once("message");
      equal(socket.send("message", text), "sent");
      await socket.drained();
      holds((await echo).param === text, "it is the same text");
    },
  },
  {
    name: "a request resolves with its answer, or rejects with the reason and whether it was sent",
    async run(scene) {
      const news = await scene.open({ protocol: answered() });
      const { socket } = news;
      const reply = "answer";
      const end = async (promise: Promise<unknown>) => {
        const { code, sent } = await rejected(promise);
        return [code, sent];
      };
      equal(await Promise.all([1, 2].map((id) => socket.request("ask", { id }, { reply }))), [{ id: 1 }, { id: 2 }]);
      equal(await end(socket.request("silent", { id: 3 }, { reply, timeout: 1 })), ["timeout", true]);
      const controller = new AbortController();
      const aborted = end(socket.request("silent", { id: 4 }, { reply, signal: controller.signal }));
      controller.abort();
      equal(await aborted, ["aborted", true]);
      const asked = end(socket.request("silent", { id: 5 }, { reply }));
      await scene.order("got", 5);
      await scene.order("drop");
      equal(await asked, ["lost", true]);
      const waits = end(socket.request("ask", { id: 6 }, { reply }));
      news.socket.close();
      equal(await waits, ["closed", false]);
    },
  },
  {
    name: "authenticate runs first on every open, and no message leaves under another identity",
    async run(scene) {
      const reasons: unknown[] = [];
      const news = scene.make({
        identity: "ada",
        authenticate: ({ identity, reason, request }) => {
          reasons.push([identity, reason?.code]);
          // The first word is wrong.
          return request("log-in", { user: reason?.code === 4101 ? identity : "mallory" }, { reply: "welcome" });
        },
      });
      const { socket } = news;
      socket.channel("room").join();
      socket.send("first");
      await socket.ready();
      equal(reasons, [
        ["ada", undefined],
        ["ada", 4101],
      ]);
      equal(cmds(await scene.order("got", 4)), ["log-in", "log-in", "join", "first"]);
      await scene.order("drop");
      await news.until(({ closes }) => closes.length >= 2);
      socket.send("hers");
      socket.identify("bob");
      socket.send("his");
      equal((await news.until(({ drops }) => drops.length)).drops, [["hers", "identity"]]);
      await scene.order("restart");
      await socket.ready();
      const got = (await scene.order("got", 8)).slice(4);
      holds(!cmds(got).includes("hers") && cmds(got).at(-1) === "his", "only his words leave");
    },
  },
  {
    name: "the heartbeat detects a silent connection, and it reconnects",
    async run(scene) {
      const heartbeat = { cmd: "ping", reply: "pong", interval: 10, timeout: 1_000 };
      const news = await scene.open({ heartbeat, backoff: { min: 1, max: 10 } });
      await news.until(({ messages }) => messages.filter(({ cmd }) => cmd === "pong").length >= 3);
      holds(typeof news.socket.state.latency === "number", "its answer is measured");
      equal(news.heard.closes, []);
      await scene.order("stall", "both");
      const { closes, errors } = await news.until(({ closes, state }) => closes.length && state.status === "open");
      equal([closes, errors], [[lost], ["heartbeat"]]);
    },
  },
  {
    name: "a wake event ends the wait for a retry, and sends a probe over an open connection",
    async run(scene) {
      const environment = new MockEnvironment();
      const heartbeat = { cmd: "ping", reply: "pong", interval: 3_600_000 };
      const news = await scene.open({ environment, heartbeat, backoff: () => 3_600_000 });
      // The server also tells that the connection before has gone.
      const pongs = (heard = news.heard) => heard.messages.filter(({ cmd }) => cmd === "pong").length;
      await news.until(pongs);
      for (const [index, event] of (["online", "visible", "resume", "pageshow"] as const).entries()) {
        const before = pongs();
        environment.turn(event);
        await news.until((heard) => pongs(heard) > before);
        await scene.order("cut");
        await news.until(({ closes, state }) => closes.length > index && state.retryAt);
        environment.turn(event);
        await news.until((heard) => heard.state.status === "open" && pongs(heard) > before + 1);
      }
      equal(await scene.order("connected", 5), 5);
    },
  },
  {
    name: "a page closes with 1000 when it is hidden away, and reconnects when it returns",
    async run(scene) {
      const environment = new MockEnvironment();
      const news = await scene.open({ environment });
      for (const [index, [away, back]] of (
        [
          ["pagehide", "pageshow"],
          ["freeze", "resume"],
        ] as const
      ).entries()) {
        environment.turn(away);
        await news.until(({ closes }) => closes.length > index);
        equal(news.heard.closes.at(-1), { ...lost, code: 1000 });
        await scene.order("deserted");
        equal(news.socket.state.status, "reconnecting");
        environment.turn(back);
        await news.until(({ state }) => state.status === "open");
      }
    },
  },
  {
    name: "the environment's own events wake it, where there are any",
    differs: {
      ws: "Node has no such events, and the socket listens to none.",
      node: "Node has no such events, and the socket listens to none.",
    },
    async run(scene) {
      const { maker, kind } = scene.place;
      const news = await scene.open({ backoff: () => 3_600_000 });
      const wait = async (ends: number) => {
        await scene.order("cut");
        return news.until(({ closes, state }) => closes.length === ends && state.retryAt);
      };
      await wait(1);
      if (maker === "ws" || maker === "node") return equal([typeof scope.dispatchEvent, news.socket.state.attempt], ["undefined", 1]);
      scope.dispatchEvent!(new Event("online"));
      await news.until(({ state }) => state.status === "open");
      if (kind !== "page") return;
      await wait(2);
      document.dispatchEvent(new Event("visibilitychange"));
      await news.until(({ state }) => state.status === "open");
      dispatchEvent(new Event("pagehide"));
      await news.until(({ closes }) => closes.length >= 3);
      equal(news.heard.closes.at(-1), { ...lost, code: 1000 });
      dispatchEvent(new Event("pageshow"));
      await news.until(({ state }) => state.status === "open");
    },
  },
  {
    name: "a server that violates RFC 6455 loses the connection",
    differs: {
      firefox: "It reads a frame that is masked.",
      deno: "It reads a frame that is masked.",
      workerd: "It reads a frame that is masked, and puts U+FFFD in place of what is no UTF-8.",
    },
    async run(scene) {
      const lenient: Partial<Record<Maker, string>> = {
        firefox: "a masked frame",
        deno: "a masked frame",
        workerd: "a masked frame, a text that is no UTF-8",
      };
      // The server may still tell that the socket before has gone.
      const ours = ({ cmd }: Message) => cmd !== "online-update";
      for (const how of ["a reserved opcode", "a masked frame", "a text that is no UTF-8"]) {
        const news = await scene.open();
        await scene.order("violate", how);
        const { closes } = await news.until(
          ({ closes, errors, messages }) => closes.length || errors.includes("codec") || messages.some(ours),
        );
        equal([how, ...closes.map(({ code }) => code)], lenient[scene.place.maker]?.includes(how) ? [how] : [how, 1006]);
        news.socket.close();
      }
    },
  },
  {
    name: "the global WebSocket is looked up for each attempt, so a later patch is used",
    async run(scene) {
      const { WebSocket = scope.WebSocket! } = scene.place;
      const made: string[] = [];
      const mock = (name: string) =>
        class extends WebSocket {
          constructor(url: string, protocols?: string[]) {
            super(url, protocols);
            made.push(name);
          }
        };
      await withGlobal(mock("first"), async () => {
        const news = await scene.open({ WebSocket: undefined });
        equal(made, ["first"]);
        await withGlobal(mock("second"), async () => {
          await scene.order("cut");
          await news.until(({ closes, state }) => closes.length && state.status === "open");
          equal(made, ["first", "second"]);
        });
        news.socket.close();
      });
    },
  },
  {
    name: "without a WebSocket connect() says what to pass",
    async run(scene) {
      const { Socket } = scene.place.wireline;
      await withGlobal(undefined, async () => {
        const { code, message } = thrown(() => new Socket({ url: scene.url }));
        equal([code, message], ["unsupported", "This runtime has no WebSocket; pass a class as the option `WebSocket`."]);
        // Creating a socket needs no WebSocket.
        const idle = scene.make({ autoConnect: false, WebSocket: undefined });
        equal(idle.socket.send("waits"), "queued");
        equal(idle.socket.state.status, "idle");
      });
    },
  },
  {
    name: "several sockets in one place each receive their messages",
    async run(scene) {
      const all: Socket[] = [];
      // One after another: Chromium holds back those that connect at once, and longer after failures.
      for (let count = 0; count < 5; count++) all.push((await scene.open({ protocol: answered() })).socket);
      const replies = await Promise.all(all.map((socket, id) => socket.request("ask", { id }, { reply: "answer" })));
      equal(
        replies,
        all.map((_, id) => ({ id })),
      );
      for (const socket of all) socket.close();
      await scene.order("deserted");
    },
  },
];
