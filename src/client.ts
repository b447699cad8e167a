import type { Attempt } from "./connection/attempt";
import type { SocketClose } from "./connection/close";
import { Connection, type ConnectionParent, type OpenEvent } from "./connection/connection";
import { type ConnectionState, explain, type SocketState } from "./connection/state";
import { SocketError } from "./errors";
import { Contract } from "./messages/contract";
import { type Answer, Deliveries, type DeliveriesParent, type DropReason, type SendResult, type Transmit } from "./messages/deliveries";
import type { IncomingData, Message, OutgoingData } from "./messages/message";
import type { Authentication, Heartbeat, JoinCommand, ResolvedOptions } from "./options";
import type { ConfirmOptions, Protocol, RequestOptions, SendOptions } from "./protocol";
import { onAbort } from "./signal";
import { Events, type EventsParent, type Unsubscribe } from "./subscriptions/events";
import { iterate, type IterateOptions, next } from "./subscriptions/iterate";
import { Listeners } from "./subscriptions/listeners";
import type { JoinAnswer } from "./subscriptions/membership";
import type { Room } from "./subscriptions/room";
import { Rooms, type RoomsParent } from "./subscriptions/rooms";
import { printable } from "./text";
import { checkKinds, type Kinds } from "./usage";

/** The socket's own events. */
interface ClientEvents extends Record<string, unknown> {
  open: OpenEvent;
  error: SocketError;
  close: SocketClose;
  status: { readonly state: SocketState; readonly previous: SocketState };
  drop: { readonly message: Message; readonly reason: DropReason };
  message: Message;
  debug: string;
  drained: undefined;
  stopped: undefined;
}

/** Where messages of a command arrive: the socket, or one of its channels. */
export interface CommandSource {
  readonly listeners: Listeners<Message>;
  /** The name of the channel; none for the socket. */
  readonly name?: string;
}

/** How long after `close-connection` the socket closes, in milliseconds; Project Forge's own client takes as long. */
const leaveDelay = 500;

/** How something is waited for. */
interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

const waitKinds: Kinds = { signal: "object" };
const iterateKinds: Kinds = { ...waitKinds, buffer: "number" };

/** Errors of attempts, which fail in a row: the first of them is printed. */
const attemptErrors: readonly string[] = ["address", "authentication", "timeout", "transport"];

/**
 * Where the parts of a socket meet: the connection, the deliveries and the subscriptions, which know nothing of each
 * other. Each has the client as its parent and calls it through an interface of its own. A message in is read from
 * `received` downwards, a message out from `send`.
 */
export class Client implements ConnectionParent, DeliveriesParent, EventsParent, RoomsParent {
  readonly options: ResolvedOptions<Protocol>;
  readonly events: Events<ClientEvents> = new Events(this);
  /** The listeners of commands, from every channel. */
  readonly listeners = new Listeners<Message>(this);
  readonly connection: Connection;
  readonly deliveries: Deliveries;
  readonly rooms: Rooms<Message>;
  readonly #contract: Contract;
  /** How many hold the socket, and whether it was connected by hand. */
  #holders = 0;
  #connectedByHand = false;
  /** Stops waiting for the answer to the last heartbeat. */
  #forgetHeartbeat: (() => void) | undefined;
  /** The state that was read last, and what the connection contributed to it. */
  #state: SocketState | undefined;
  #connectionState: ConnectionState | undefined;
  #unbindSignal: Unsubscribe | undefined;
  /** How many messages came whose command the protocol does not name. */
  #unknown = 0;
  /** Messages that came while code after an `await once(…)` had not run yet. */
  #heldBack: IncomingData[] | undefined;
  /** How many of them were read. */
  #released = 0;
  /** Delivery is paused for that code. */
  #holdsBack = false;
  /** How many errors of a code were printed or left out. */
  #printed: Map<string, number> | undefined;
  #warnedOfDrops = false;

  constructor(options: ResolvedOptions<Protocol>) {
    this.options = options;
    this.#contract = new Contract(options);
    this.deliveries = new Deliveries(options, this.#contract, this);
    this.rooms = new Rooms(options, this);
    this.connection = new Connection(options, this);
    // Read once, so that the first change has a state before it.
    this.#state = this.state;
    if (options.debug) this.events.on("debug", options.debug === true ? console.debug : options.debug);
  }

  // The socket as a whole.

  /** The same frozen object until something changes. */
  get state(): SocketState {
    const { latency, state } = this.connection;
    const { queued, late } = this.deliveries;
    const unknown = this.#unknown;
    const last = this.#state;
    const same =
      last !== undefined &&
      last.latency === latency &&
      last.queued === queued &&
      last.late === late &&
      last.unknown === unknown &&
      this.#connectionState === state;
    if (same) return last;
    this.#connectionState = state;
    this.#state = Object.freeze({ ...state, latency, queued, unknown, late });
    return this.#state;
  }

  explain(): string {
    return explain(this.state, this.connection.slowedBy);
  }

  start(): void {
    if (this.options.autoConnect) this.connect();
    else this.#bindSignal();
  }

  connect(): void {
    this.#connectedByHand = true;
    this.#connect();
  }

  #connect(): void {
    if (this.options.signal?.aborted) {
      this.close();
      return;
    }
    this.connection.connect();
    // A function of the options may have closed it.
    if (this.connection.state.status !== "closed") this.#bindSignal();
  }

  close(code?: number, reason?: string): void {
    this.connection.close(code, reason);
    this.#connectedByHand = false;
  }

  /** Connects while anybody holds it; `connect()` and `close()` go before. */
  hold(): Unsubscribe {
    this.#connect();
    this.#holders++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders--;
      // Not at once: who holds it in the same tick goes on with it.
      queueMicrotask(() => {
        if (this.#holders === 0 && !this.#connectedByHand) this.close();
      });
    };
  }

  identify(identity: string | undefined): void {
    if (identity === this.connection.identity) return;
    this.deliveries.identityChanged();
    this.rooms.identityChanged();
    this.connection.identify(identity);
  }

  /** Closes the socket with the signal of the options. */
  #bindSignal(): void {
    const { signal } = this.options;
    if (signal) this.#unbindSignal ??= onAbort(signal, () => this.close());
  }

  // A message in: native event → transport → connection → here → listeners.

  received(data: IncomingData): void {
    if (this.#heldBack) this.#heldBack.push(data);
    else this.#read(data);
  }

  #read(data: IncomingData): void {
    try {
      const message = this.#decode(data);
      if (message) this.#handle(message);
    } catch (error) {
      this.failed(error as SocketError);
    }
  }

  #decode(data: IncomingData): Message | undefined {
    try {
      return this.#contract.decode(data);
    } catch (error) {
      this.deliveries.unreadable(error as SocketError);
      throw error;
    }
  }

  /** What a message means to the socket itself; then it goes to those who listen. */
  #handle(message: Message): void {
    const { heartbeat } = this.options;
    const { channel, cmd, param } = message;
    if (cmd === "close-connection" && channel === "") {
      this.connection.leave(leaveDelay, cmd);
      return;
    }
    const presence = this.rooms.readPresence(channel, cmd, param);
    const beat = heartbeat !== undefined && heartbeat !== false && cmd === heartbeat.reply;
    if (beat) this.connection.heartbeatAnswered();
    const room = this.rooms.get(channel);
    const awaited = this.deliveries.awaits(cmd);
    if (!this.#contract.named) {
      this.#deliver(message, room, awaited);
      return;
    }
    const validator = this.#contract.validator(cmd);
    if (!validator) {
      // Servers are updated first: what the protocol does not name yet is counted, not reported.
      if (!presence && !beat) this.#unknown++;
      this.debug(() => `unknown command ${printable(cmd, 64)}`);
      return;
    }
    // Neither a listener nor a request needs it: it is not checked.
    if (!awaited && !this.listeners.has(cmd) && !this.events.has("message") && !room?.listeners.has(cmd)) return;
    let checked: Message;
    try {
      checked = this.#contract.check(message, validator);
    } catch (error) {
      if (awaited) this.deliveries.answer(message, error as SocketError);
      throw error;
    }
    this.#deliver(checked, room, awaited);
  }

  #deliver(message: Message, room: Room<Message> | undefined, awaited: boolean): void {
    // Before the listeners, because one of them may close the socket, which would leave a request without its reply.
    if (awaited) this.deliveries.answer(message);
    this.listeners.emit(message.cmd, message);
    room?.listeners.emit(message.cmd, message);
    this.events.emit("message", message);
  }

  // A message out: socket or channel → here → deliveries → here → connection → transport.

  send(message: Message, options?: SendOptions, transmit?: Transmit): SendResult {
    return this.deliveries.send(message, options, transmit);
  }

  request(message: Message, options?: RequestOptions, transmit?: Transmit): Promise<unknown> {
    return this.deliveries.request(message, options, transmit);
  }

  confirm(message: Message, options?: ConfirmOptions): Promise<unknown> {
    return this.deliveries.confirm(message, options);
  }

  /** The message of a command, in the channel that is named or the default one. */
  message(cmd: string, param: unknown, channel: string = this.options.channel): Message {
    return { channel, cmd, param };
  }

  transmit(data: OutgoingData): boolean {
    // A join of the same tick goes first, because this message may need it. Not earlier: a function of the options may make
    // the join and change the identity, which must not concern a message that has its identity already.
    if (this.isOpen) this.rooms.tellMemberships();
    return this.connection.send(data);
  }

  // What the connection reports.

  authenticate(attempt: Attempt, transmit: Transmit): unknown {
    const authentication: Authentication = {
      ...attempt,
      send: (cmd: string, ...[param]: unknown[]) => this.send(this.message(cmd, param), {}, transmit),
      request: (cmd: string, ...[param, options]: unknown[]) =>
        this.request(
          this.message(cmd, param, (options as RequestOptions | undefined)?.channel),
          options as RequestOptions,
          transmit,
        ) as Promise<never>,
    };
    return this.options.authenticate!(authentication);
  }

  started(): void {
    this.deliveries.started();
  }

  opened(): void {
    this.rooms.opened();
    this.deliveries.opened();
  }

  lost({ code }: SocketClose): void {
    // These messages came before the end. A listener may close the socket here.
    while (this.#heldBack) this.#releaseHeldBack();
    this.rooms.lost();
    this.deliveries.lost(code === 1009);
  }

  stopped(): void {
    this.#unbindSignal?.();
    this.#unbindSignal = undefined;
    this.#heldBack = undefined;
    this.#released = 0;
    this.rooms.stopped();
    // At once, unlike news: what waits now must not live on in a session that is started in the same moment.
    this.events.emit("stopped", undefined);
    this.deliveries.stopped();
  }

  sendHeartbeat(): void {
    const { heartbeat, channel } = this.options;
    if (!heartbeat) return;
    // One that is unanswered by the time of the next one is forgotten.
    this.#forgetHeartbeat?.();
    const answers = heartbeat.reply === undefined ? [] : [{ reply: heartbeat.reply, settle: () => {} }];
    this.#forgetHeartbeat = this.#tell(heartbeat.cmd, channel, heartbeat.param, answers);
  }

  stateChanged(): void {
    const previous = this.#state!;
    const { state } = this;
    this.debug(() => this.explain());
    if (state.status !== "open") {
      this.#report("status", { state, previous });
      return;
    }
    // `onOpen` is called here, and at once, because a greeting of the server may come before any microtask.
    this.events.emit("status", { state, previous });
    if (previous.status !== "open" && this.state.status === "open") this.events.emit("open", this.connection.openEvent);
  }

  ended(close: SocketClose): void {
    this.#report("close", close);
  }

  failed(error: SocketError): void {
    queueMicrotask(() => {
      if (this.events.has("error")) this.events.emit("error", error);
      else this.#print(error);
    });
  }

  debug(line: () => string): void {
    if (this.options.debug) this.#report("debug", `wireline: ${line()}`);
  }

  // What the deliveries report.

  get buffered(): number {
    return this.connection.buffered;
  }

  get awaitsDrain(): boolean {
    return this.events.has("drained");
  }

  drained(): void {
    this.events.emit("drained", undefined);
  }

  dropped(message: Message, reason: DropReason): void {
    this.debug(() => `dropped ${printable(message.cmd, 64)}: ${reason}`);
    queueMicrotask(() => {
      if (this.events.has("drop")) this.events.emit("drop", { message, reason });
      // A delivery of `drop` asks for it.
      else if (!this.#warnedOfDrops && reason !== "disconnected") {
        this.#warnedOfDrops = true;
        console.warn(`wireline: a message was dropped (${reason}), and this is only said once; listen to onDrop to know of each.`);
      }
    });
  }

  // What the subscriptions ask and report.

  /** The next event of a source. */
  once(source: CommandSource, cmd: string, options: WaitOptions): Promise<Message> {
    checkKinds(options, waitKinds);
    return next<Message>(
      (push, end) => this.#subscribe(source, cmd, push, end),
      closedError,
      options.signal,
      () => this.#holdBack(),
    );
  }

  /** Resolves when the connection is open. */
  whenOpen(options: WaitOptions): Promise<void> {
    checkKinds(options, waitKinds);
    return this.state.status === "open" ? Promise.resolve() : this.#nextEvent("open", options.signal);
  }

  /** Resolves when nothing waits, and the WebSocket holds little. */
  whenDrained(options: WaitOptions): Promise<void> {
    checkKinds(options, waitKinds);
    if (this.deliveries.idle) return Promise.resolve();
    const drained = this.#nextEvent("drained", options.signal);
    this.deliveries.watch();
    return drained;
  }

  messages(source: CommandSource, cmd: string, options: IterateOptions = {}): AsyncIterableIterator<Message> {
    checkKinds(options, iterateKinds);
    return iterate<Message>(
      (push, end) => this.#subscribe(source, cmd, push, end),
      (message) => this.dropped(message, "buffer"),
      options,
    );
  }

  /** Adds a listener to the messages of a command. */
  on({ listeners, name }: CommandSource, cmd: string, listener: (message: Message) => void): Unsubscribe {
    const unsubscribe = listeners.on(cmd, listener);
    if (name === undefined) return unsubscribe;
    return () => {
      unsubscribe();
      this.rooms.roomChanged(name);
    };
  }

  listenerThrew(cause: unknown, event?: string): void {
    // A listener of errors that throws does not get its own error: it would throw again.
    if (event === "error") console.error(cause);
    else this.failed(new SocketError("listener", { cause }));
  }

  get isOpen(): boolean {
    return this.connection.state.status === "open";
  }

  get joinsAreAnswered(): boolean {
    return typeof this.options.rejoin.join === "object";
  }

  guarded<T>(call: () => T): T | undefined {
    return this.connection.guard(call);
  }

  sendJoin(channel: string, param: unknown = {}, answer: JoinAnswer): () => void {
    const { join } = this.options.rejoin;
    if (typeof join !== "object") return this.#tell(join, channel, param);
    const { cmd, reply, refused } = join;
    const settle: Answer["settle"] = (error, reply) => {
      const isRefusal = error !== undefined || (typeof refused === "function" && this.guarded(() => refused(reply as never)) !== false);
      answer(isRefusal ? { cause: error ?? reply } : undefined, reply);
    };
    const answers: Answer[] = [{ reply, resent: true, settle }];
    if (typeof refused === "string") {
      answers.push({ reply: refused, resent: true, settle: (error, reply) => answer({ cause: error ?? reply }) });
    }
    return this.#tell(cmd, channel, param, answers);
  }

  sendLeave(channel: string, param: unknown = {}): void {
    this.#tell(this.options.rejoin.leave, channel, param);
  }

  askForMembers(channel: string): void {
    const { ask } = this.options.presence;
    if (ask !== undefined) this.guarded(() => this.#tell(ask, channel, {}));
  }

  permission(channel: string): "now" | "later" | "never" {
    return this.rooms.permission(channel);
  }

  channelSettled(channel: string): void {
    this.deliveries.channelSettled(channel);
  }

  #nextEvent(name: "open" | "drained", signal: AbortSignal | undefined): Promise<void> {
    return next<void>(
      (push, end) =>
        both(
          this.events.on(name, () => push()),
          this.#onClosed(end),
        ),
      closedError,
      signal,
    );
  }

  #subscribe(source: CommandSource, cmd: string, push: (message: Message) => void, end: () => void): Unsubscribe {
    return both(this.on(source, cmd, push), this.#onClosed(end));
  }

  /** Adds a listener for the end of the socket; it is called, too, if that has come already. */
  #onClosed(listener: () => void): Unsubscribe {
    if (this.connection.state.status === "closed") {
      queueMicrotask(() => {
        if (this.connection.state.status === "closed") listener();
      });
    }
    return this.events.on("stopped", listener);
  }

  /** Pauses delivery, so that code after an `await once(…)` can subscribe before the next message. */
  #holdBack(): void {
    if (this.#holdsBack) return;
    this.#holdsBack = true;
    this.#heldBack ??= [];
    queueMicrotask(() => {
      // Browsers run microtasks between two messages. Node may deliver several in one task.
      if (this.#heldBack?.length) setTimeout(() => this.#releaseHeldBack());
      else this.#releaseHeldBack();
    });
  }

  /** Reads what was held back, until another `once` holds back the rest. */
  #releaseHeldBack(): void {
    const heldBack = this.#heldBack;
    this.#holdsBack = false;
    // A listener may close the socket, which drops the list.
    while (heldBack && heldBack === this.#heldBack && !this.#holdsBack) {
      if (this.#released === heldBack.length) {
        this.#heldBack = undefined;
        this.#released = 0;
        return;
      }
      const data = heldBack[this.#released]!;
      this.#released++;
      this.#read(data);
    }
  }

  /** Sends what an option says; returns the function that stops waiting for the answers. */
  #tell(command: JoinCommand | Heartbeat["cmd"], channel: string, param: unknown, answers: readonly Answer[] = []): () => void {
    const message = typeof command === "function" ? command(channel, param) : { channel, cmd: command, param };
    // A promise is no message, but shows that the function does it all by itself.
    if (message && "cmd" in message) return this.deliveries.tell(message, answers);
    return () => {};
  }

  /** Calls listeners once the work at hand is done, in the order of the events. */
  #report<Name extends keyof ClientEvents & string>(name: Name, event: ClientEvents[Name]): void {
    queueMicrotask(() => this.events.emit(name, event));
  }

  /** Prints an error that nobody listens to. */
  #print(error: SocketError): void {
    const { attempt } = this.connection.state;
    const isOfAttempt = attemptErrors.includes(error.code);
    if (isOfAttempt && attempt > 2) return;
    this.#printed ??= new Map();
    const count = (this.#printed.get(error.code) ?? 0) + 1;
    this.#printed.set(error.code, count);
    // A flood of one kind is counted: 1 to 10, then each power of ten.
    if (count > 10 && !Number.isInteger(Math.log10(count))) return;
    const notes = [...(isOfAttempt ? [this.#outlook()] : []), ...(count >= 10 ? [printedNote(count)] : [])];
    // Consoles show an error with its cause and its other properties, such as the issues of a schema.
    console.error("wireline:", error, notes.join("; "));
  }

  /** Where the last attempt connected, and what follows it. */
  #outlook(): string {
    const { retryAt } = this.connection.state;
    const next = retryAt === null ? "there is no further attempt" : `next attempt in ${((retryAt - Date.now()) / 1000).toFixed(1)} s`;
    return `${this.connection.address ?? "no address"}; ${next}`;
  }
}

/** Says of an error how many of its code there were, and when the next of them is printed. */
function printedNote(count: number): string {
  return `${count} errors of this code so far; the next is printed at ${count * 10}`;
}

function closedError(): SocketError {
  return new SocketError("closed");
}

function both(one: Unsubscribe, other: Unsubscribe): Unsubscribe {
  return () => {
    one();
    other();
  };
}
