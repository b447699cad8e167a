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
import { Backlog, type BacklogParent } from "./subscriptions/backlog";
import { Events, type EventsParent, type Unsubscribe } from "./subscriptions/events";
import { iterate, type IterateOptions, next } from "./subscriptions/iterate";
import { Listeners } from "./subscriptions/listeners";
import type { ChannelStatus, JoinAnswer } from "./subscriptions/membership";
import type { Room } from "./subscriptions/room";
import { Rooms, type RoomsParent } from "./subscriptions/rooms";
import { Printer } from "./printer";
import { lineOf, type TapEvent } from "./tap";
import { sizeOf } from "./text";
import { checkKinds, type Kinds } from "./usage";

/** The socket's own events. */
interface ClientEvents extends Record<string, unknown> {
  open: OpenEvent;
  error: SocketError;
  close: SocketClose;
  status: { readonly state: SocketState; readonly previous: SocketState };
  drop: { readonly message: Message; readonly reason: DropReason };
  message: Message;
  tap: TapEvent;
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

/**
 * Where the parts of a socket meet: the connection, the deliveries and the subscriptions, which know nothing of each
 * other. Each has the client as its parent and calls it through an interface of its own. A message in is read from
 * `received` downwards, a message out from `send`.
 */
export class Client implements BacklogParent<IncomingData>, ConnectionParent, DeliveriesParent, EventsParent, RoomsParent {
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
  /** Created by the first `once`. */
  #backlog: Backlog<IncomingData> | undefined;
  /** Created on first use, because most sockets have listeners for what it prints. */
  #printer: Printer | undefined;

  constructor(options: ResolvedOptions<Protocol>) {
    this.options = options;
    this.#contract = new Contract(options);
    this.deliveries = new Deliveries(options, this.#contract, this);
    this.rooms = new Rooms(options, this);
    this.connection = new Connection(options, this);
    // Read once, so that the first change has a state before it.
    this.#state = this.state;
    const { debug } = options;
    if (debug) this.events.on("tap", (event) => this.#write(event, debug === true ? console.debug : debug));
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

  /** Connects while anybody holds it. What `connect()` opened stays open after the last release; `close()` closes it for all. */
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
    if (this.#backlog) this.#backlog.received(data);
    else this.read(data);
  }

  read(data: IncomingData): void {
    try {
      const message = this.#decode(data);
      if (!message) return;
      if (this.isTapped) this.#tap({ type: "in", message, size: sizeOf(data) });
      this.#handle(message);
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
      if (presence || beat) return;
      this.#unknown++;
      if (this.isTapped) this.#tap({ type: "unknown", message });
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
    this.#backlog?.flush();
    this.rooms.lost();
    this.deliveries.lost(code === 1009);
  }

  stopped(): void {
    this.#unbindSignal?.();
    this.#unbindSignal = undefined;
    this.#backlog?.clear();
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
    const change = { state, previous };
    if (state.status !== "open") {
      queueMicrotask(() => {
        this.#tap({ type: "status", ...change });
        this.events.emit("status", change);
      });
      return;
    }
    // `onOpen` is called here, and at once, because a greeting of the server may come before any microtask.
    this.#tap({ type: "status", ...change });
    this.events.emit("status", change);
    if (previous.status === "open" || this.state.status !== "open") return;
    const { openEvent } = this.connection;
    this.#tap({ type: "open", ...openEvent });
    this.events.emit("open", openEvent);
  }

  attempted(): void {
    const { address, state } = this.connection;
    queueMicrotask(() => this.#tap({ type: "attempt", attempt: state.attempt, address }));
  }

  ended(close: SocketClose): void {
    queueMicrotask(() => {
      this.#tap({ type: "close", close });
      this.events.emit("close", close);
    });
  }

  failed(error: SocketError): void {
    queueMicrotask(() => {
      this.#tap({ type: "error", error });
      if (this.events.has("error")) this.events.emit("error", error);
      else this.#print.error(error, { ...this.connection.state, address: this.connection.address });
    });
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
    queueMicrotask(() => {
      this.#tap({ type: "drop", message, reason });
      if (this.events.has("drop")) this.events.emit("drop", { message, reason });
      else this.#print.drop(reason);
    });
  }

  get isTapped(): boolean {
    return this.events.has("tap");
  }

  queued(message: Message): void {
    this.#tap({ type: "queued", message });
  }

  left(message: Message, data: OutgoingData): void {
    this.#tap({ type: "out", message, size: sizeOf(data) });
  }

  settled(message: Message, error: SocketError | undefined, reply: unknown): void {
    queueMicrotask(() => this.#tap({ type: "settled", message, error, reply }));
  }

  // What the subscriptions ask and report.

  channelChanged(channel: string, status: ChannelStatus, previous: ChannelStatus): void {
    this.#tap({ type: "channel", channel, status, previous });
  }

  /** The next event of a source. */
  once(source: CommandSource, cmd: string, options: WaitOptions): Promise<Message> {
    checkKinds(options, waitKinds);
    return next<Message>(
      (push, end) => this.#subscribe(source, cmd, push, end),
      closedError,
      options.signal,
      () => this.#pause(),
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
    if (event === "error" || event === "tap") console.error(cause);
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

  sendJoin(channel: string, param: unknown = {}, answer: JoinAnswer): (() => void) | undefined {
    const { join } = this.options.rejoin;
    if (typeof join !== "object") return this.#tell(join, channel, param);
    const { cmd, reply, refused } = join;
    const settle =
      (refuses: (param: unknown) => boolean): Answer["settle"] =>
      (error, param) => {
        // The next connection is asked again.
        if (error?.code === "lost") return;
        answer(error || refuses(param) ? { cause: error ?? param } : undefined, param);
      };
    // Where the function throws, which is reported, nobody knows that the server has agreed.
    const refuses = (param: unknown) => typeof refused === "function" && this.guarded(() => refused(param as never)) !== false;
    const answers: Answer[] = [{ reply, resent: true, settle: settle(refuses) }];
    if (typeof refused === "string") answers.push({ reply: refused, resent: true, settle: settle(() => true) });
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

  /** Pauses delivery, until the code that waits for this moment has run. */
  #pause(): void {
    this.#backlog ??= new Backlog(this);
    this.#backlog.pause();
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

  /** Sends what an option says; returns the function that stops waiting for the answers, or `undefined` if it did not leave. */
  #tell(
    command: JoinCommand | Heartbeat["cmd"],
    channel: string,
    param: unknown,
    answers: readonly Answer[] = [],
  ): (() => void) | undefined {
    const message = typeof command === "function" ? command(channel, param) : { channel, cmd: command, param };
    // A promise is no message, but shows that the function does it all by itself.
    if (message && "cmd" in message) return this.deliveries.tell(message, answers);
    return () => {};
  }

  #tap(event: TapEvent): void {
    this.events.emit("tap", event);
  }

  /** Writes an event as a line for people. */
  #write(event: TapEvent, write: (line: string) => void): void {
    const line = lineOf(event, this.connection.slowedBy);
    if (line !== undefined) this.guarded(() => write(`wireline: ${line}`));
  }

  get #print(): Printer {
    this.#printer ??= new Printer();
    return this.#printer;
  }
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
