import type { EnvironmentEvent, Issue, Message, SocketErrorCode, SocketState, TapEvent } from "../index";

/** An error as data, without its cause, which may hold anything. */
export interface PlainError {
  /** What went wrong. */
  readonly code: SocketErrorCode;
  /** One sentence with the remedy. */
  readonly message: string;
  /** The channel of the message in question. */
  readonly channel?: string | undefined;
  /** The command of the message in question. */
  readonly cmd?: string | undefined;
  /** What the schema found. */
  readonly issues?: readonly Issue[] | undefined;
  /** Whether the request had left. */
  readonly sent?: boolean | undefined;
}

/** The state of a socket as data. */
export interface PlainState extends Omit<SocketState, "lastError"> {
  /** What the last connection or attempt failed with. */
  readonly lastError: PlainError | null;
}

type AsTapped = Exclude<TapEvent, { readonly type: "status" | "error" | "settled" }>;

/** What an inspector sees: the events of {@link Socket.tap} as data, and what belongs to their story. */
export type InspectedEvent =
  | AsTapped
  | { readonly type: "status"; readonly state: PlainState; readonly previous: PlainState }
  | { readonly type: "error"; readonly error: PlainError }
  | { readonly type: "settled"; readonly message: Message; readonly reply?: unknown; readonly error?: PlainError | undefined }
  /** The socket has another identity. */
  | { readonly type: "identity"; readonly identity: string | undefined }
  /** Members of a channel came or went. */
  | { readonly type: "presence"; readonly channel: string; readonly added: readonly string[]; readonly removed: readonly string[] }
  /** The page went online, offline, into the background, or came back. */
  | { readonly type: "environment"; readonly event: EnvironmentEvent };

/** An event, and when it happened. It is one line of a recording. */
export type RecordedEvent = InspectedEvent & {
  /** In milliseconds since the recording began. */
  readonly at: number;
  /** The number of the event. All events of one message that was sent have the same. */
  readonly id: number;
};

/** What an inspector can do to a socket. */
export type Action =
  | { readonly type: "cut" | "stall" | "flow" | "offline" | "online" | "refuse" | "retry" | "connect" | "close" }
  | { readonly type: "send"; readonly cmd: string; readonly param: unknown; readonly channel?: string | undefined };

/** A command that can be sent from the inspector. */
export interface CommandForm {
  /** Its name. */
  readonly cmd: string;
  /** The command that the server replies with. */
  readonly reply?: string | undefined;
  /** The JSON Schema of its param, if its schema has one. */
  readonly schema?: JsonSchema | undefined;
}

/** The part of a JSON Schema that a form needs. */
export interface JsonSchema {
  readonly type?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly description?: string | undefined;
}

/** How a socket stands now. */
export interface View {
  /** Its state. */
  readonly state: PlainState;
  /** Its state in one line, as `explain()` says it. */
  readonly line: string;
  /** Its identity. */
  readonly identity: string | undefined;
  /** The channels that were joined since the inspection began. */
  readonly rooms: ReadonlyArray<{ readonly name: string; readonly status: string; readonly members: readonly string[] }>;
  /** What can be done to it now. */
  readonly actions: readonly Action["type"][];
}

/** What the panel shows: a socket of this page, one of a worker, or a recording. */
export interface Inspected {
  /** Its name in the list of sockets. */
  readonly name: string;
  /** When the recording began, in milliseconds of `Date.now()`. */
  readonly startedAt: number;
  /** What is kept of its events, the oldest first. */
  readonly events: readonly RecordedEvent[];
  /** How it stands now; `undefined` for a recording. */
  readonly view: View | undefined;
  /** The commands of its protocol. */
  readonly commands: readonly CommandForm[];
  /** Does something to the socket. Returns what became of it, in a few words. */
  act(action: Action): string;
  /** Removes all events. */
  clear(): void;
  /** Calls a listener at each event, until the function that it returns is called. */
  onEvent(listener: (event: RecordedEvent) => void): () => void;
}
