import type { Channel, Message, Protocol, Socket, SocketError, SocketState, TapEvent } from "../index";
import { capture, clone, leftOut, withoutSecrets } from "./capture";
import type { Action, CommandForm, InspectedEvent, Inspected, PlainError, PlainState, RecordedEvent, View } from "./event";
import { type Faults, pageEnvironment } from "./faults";
import { formsOf } from "./forms";
import { type Har, toHar } from "./har";
import { type LogOptions, linesOf } from "./lines";
import { formatEvents } from "./recording";
import { registry } from "./registry";
import { Ring } from "./ring";
import { Tracks } from "./tracks";

/** The options of {@link inspect}. */
export interface InspectOptions {
  /** The name of the socket in lists, tracks and logs. @default "socket" */
  name?: string | undefined;
  /** How many events are kept. @default 500 */
  size?: number | undefined;
  /** How many characters or bytes a param may have to be kept with its event. @default 100000 */
  maxParam?: number | undefined;
  /** Keeps passwords and tokens, too, also those of messages that are sent before the connection is open. @default false */
  secrets?: boolean | undefined;
  /** The protocol of the socket, for the list of commands that can be sent. @default none */
  protocol?: Protocol | undefined;
  /** The faults that stand between the socket and its network, for the buttons. @default none */
  faults?: Faults | undefined;
  /** Shows messages, states and requests as tracks of Chrome's performance panel. @default false */
  tracks?: boolean | undefined;
}

/** The record of one socket. Made by {@link inspect}. */
export class Inspection implements Inspected {
  readonly name: string;
  readonly startedAt: number;
  readonly commands: readonly CommandForm[];
  readonly #socket: Socket;
  readonly #faults: Faults | undefined;
  readonly #events: Ring<RecordedEvent>;
  readonly #maxParam: number;
  readonly #keepsSecrets: boolean;
  readonly #tracks: Tracks | undefined;
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  readonly #ends: (() => void)[] = [];
  readonly #origin = performance.now();
  /** The numbers of the messages that were sent. */
  readonly #sent = new WeakMap<Message, number>();
  readonly #channels = new Map<string, { readonly channel: Channel; readonly stop: () => void }>();
  #identity: string | undefined;
  #count = 0;
  #state: PlainState;

  /** @internal */
  constructor(socket: Socket, options: InspectOptions) {
    const { name = "socket", size = 500, maxParam = 100_000, secrets = false, protocol, faults, tracks = false } = options;
    this.name = name;
    this.startedAt = Date.now();
    this.commands = formsOf(protocol);
    this.#socket = socket;
    this.#faults = faults;
    this.#events = new Ring(size);
    this.#maxParam = maxParam;
    this.#keepsSecrets = secrets;
    this.#tracks = tracks ? new Tracks(name) : undefined;
    this.#identity = socket.identity;
    this.#state = plainState(socket.state);
    this.#ends.push(socket.tap((event) => this.#tapped(event)));
    // What the socket hears of its network: that of the faults, or the page's own.
    const environment = faults?.options.environment ?? pageEnvironment();
    if (environment) this.#ends.push(environment.listen((event) => this.#add({ type: "environment", event })));
    this.#ends.push(registry.add(this));
  }

  get events(): readonly RecordedEvent[] {
    const events = this.#events.toArray();
    return this.#keepsSecrets ? events : events.map(withoutSecrets);
  }

  get view(): View {
    const { status, retryAt } = this.#socket.state;
    const isOver = status === "closed" || status === "idle";
    return {
      state: plainState(this.#socket.state),
      line: this.#socket.explain(),
      identity: this.#socket.identity,
      rooms: [...this.#channels].map(([name, { channel }]) => ({ name, status: channel.status, members: [...channel.members.keys()] })),
      actions: [
        "send",
        isOver ? "connect" : "close",
        ...(retryAt === null ? [] : (["retry"] as const)),
        ...(this.#faults ? this.#faultActions(this.#faults) : []),
      ],
    };
  }

  act(action: Action): string {
    try {
      if (action.type === "send") {
        const { cmd, param, channel } = action;
        return this.#socket.send({ cmd, param, ...(channel === undefined ? {} : { channel }) } as never);
      }
      const faults = this.#faults;
      const acts: Record<typeof action.type, (() => void) | undefined> = {
        retry: () => this.#socket.retryNow(),
        connect: () => this.#socket.connect(),
        close: () => this.#socket.close(),
        cut: faults && (() => faults.cut()),
        stall: faults && (() => faults.stall()),
        flow: faults && (() => faults.flow()),
        offline: faults && (() => faults.offline()),
        online: faults && (() => faults.online()),
        refuse: faults && (() => faults.refuseNext()),
      };
      const act = acts[action.type];
      if (!act) return "not available: pass `faults` to inspect()";
      act();
      return "done";
    } catch (error) {
      const { message, issues = [] } = error as SocketError;
      return [message, ...issues.map((issue) => issue.message)].join(" ");
    }
  }

  clear(): void {
    this.#events.clear();
  }

  onEvent(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What is kept as text, one line an event: for terminals and for agents. Params are left out unless they are asked for. */
  log(options?: LogOptions): string {
    return linesOf(this, options);
  }

  /** What is kept as lines of JSON, one event a line, which `replay` of `wireline/testing` plays. */
  recording(): string {
    return formatEvents(this.events);
  }

  /** What is kept as an HTTP Archive (HAR 1.2), with the messages where Chrome has them. */
  har(): Har {
    return toHar(this);
  }

  /** Ends the inspection. What is kept can still be read. */
  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    for (const { stop } of this.#channels.values()) stop();
    this.#channels.clear();
  }

  #faultActions({ isStalled, isOffline }: Faults): Action["type"][] {
    return ["cut", "refuse", isStalled ? "flow" : "stall", isOffline ? "online" : "offline"];
  }

  #tapped(event: TapEvent): void {
    const { identity } = this.#socket;
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.#add({ type: "identity", identity });
    }
    switch (event.type) {
      case "in":
        // Literally, because it is what costs most often.
        this.#keep({
          type: "in",
          message: this.#copy(event.message, event.size),
          size: event.size,
          at: performance.now() - this.#origin,
          id: ++this.#count,
        });
        return;
      case "unknown":
        // It is the message that has just come.
        this.#add({ type: "unknown", message: withParam(event.message, undefined) }, this.#count);
        return;
      case "queued":
      case "out":
      case "drop":
      case "settled":
        this.#addSent(event);
        return;
      case "status": {
        const previous = this.#state;
        this.#state = plainState(event.state);
        this.#add({ type: "status", state: this.#state, previous });
        return;
      }
      case "error":
        this.#add({ type: "error", error: plainError(event.error) });
        return;
      case "channel":
        this.#watch(event.channel, event.status === "left");
        this.#add(event);
        return;
      default:
        this.#add(event);
    }
  }

  #addSent(event: Extract<TapEvent, { readonly message: Message }>): void {
    const { message } = event;
    const known = this.#sent.get(message);
    const id = known ?? ++this.#count;
    if (known === undefined) this.#sent.set(message, id);
    switch (event.type) {
      case "out":
        this.#add(
          {
            type: "out",
            message: this.#mayBeLogin(known) ? withParam(message, leftOut) : this.#copy(message, event.size),
            size: event.size,
          },
          id,
        );
        return;
      case "queued":
        this.#add({ type: "queued", message: this.#copy(message) }, id);
        return;
      case "drop":
        this.#add({ type: "drop", message: this.#copy(message), reason: event.reason }, id);
        return;
      case "settled": {
        const { error, reply } = event;
        const end = error ? { error: plainError(error) } : { reply: capture(reply, this.#maxParam) };
        this.#add({ type: "settled", message: withParam(message, undefined), ...end }, id);
      }
    }
  }

  /** Whether a message that leaves now may be a login: it did not wait, and the connection is not open yet. */
  #mayBeLogin(known: number | undefined): boolean {
    return known === undefined && !this.#keepsSecrets && this.#socket.state.status !== "open";
  }

  /** @param size how large it was on the wire, if that is known */
  #copy({ channel, cmd, param, from }: Message, size?: number): Message {
    const copy = size !== undefined && size <= this.#maxParam ? clone(param) : capture(param, this.#maxParam, size);
    return from === undefined ? { channel, cmd, param: copy } : { channel, cmd, param: copy, from };
  }

  #add(event: InspectedEvent, id = ++this.#count): void {
    this.#keep({ ...event, at: performance.now() - this.#origin, id });
  }

  #keep(event: RecordedEvent): void {
    this.#events.add(event);
    this.#tracks?.add(event);
    if (this.#listeners.size === 0) return;
    const shown = this.#keepsSecrets ? event : withoutSecrets(event);
    for (const listener of this.#listeners) listener(shown);
  }

  /** Knows the members of a channel from now on, or no more. */
  #watch(name: string, isLeft: boolean): void {
    const known = this.#channels.get(name);
    if (isLeft) {
      this.#channels.delete(name);
      queueMicrotask(() => known?.stop());
    } else if (!known) {
      let stop = () => {};
      const channel = this.#socket.channel(name);
      this.#channels.set(name, { channel, stop: () => stop() });
      // A tap does not call the socket.
      queueMicrotask(() => {
        if (this.#channels.get(name)?.channel !== channel) return;
        stop = channel.onPresence(({ added, removed }) => this.#add({ type: "presence", channel: name, added, removed }));
      });
    }
  }
}

/**
 * Records what happens in a socket, and shows it in the panel of {@link mount}. Passwords, tokens and logins are left out.
 *
 * It is meant for development: `if (import.meta.env.DEV) inspect(socket)`.
 */
export function inspect<P extends Protocol>(socket: Socket<P>, options: InspectOptions = {}): Inspection {
  return new Inspection(socket as unknown as Socket, options);
}

function withParam({ channel, cmd }: Message, param: unknown): Message {
  return { channel, cmd, param };
}

function plainError({ code, message, channel, cmd, issues, sent }: SocketError): PlainError {
  // As data: what a schema library makes of an issue may hold functions.
  const plain = issues?.map(({ message, path }) => ({
    message,
    path: path?.map((key) => (typeof key === "object" ? key.key : key)).map((key) => (typeof key === "symbol" ? String(key) : key)),
  }));
  return { code, message, channel, cmd, issues: plain, sent };
}

function plainState({ lastError, ...state }: SocketState): PlainState {
  return { ...state, lastError: lastError && plainError(lastError) };
}
