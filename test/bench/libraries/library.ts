import type { WebSocketClass } from "../../../src/index";

/** The message of every measurement: about 120 bytes in Wireline's format. */
export interface Chat {
  readonly user: string;
  readonly text: string;
  readonly time: number;
}

/** What a library is opened with. */
export interface Given {
  /** A WebSocket address. */
  readonly url: string;
  /** The class to make WebSockets with. @default the global one */
  readonly WebSocket?: WebSocketClass;
  /** Gets every chat. */
  listen(chat: Chat): void;
}

/** A client of a library's, whose server has let it in and knows what it listens to. */
export interface Client {
  /** Says a chat to the server. */
  send(chat: Chat): void;
  /** Ends it for good. */
  close(): void;
}

/** What has come in one frame, of text or binary. */
export type Said = string | Uint8Array;

/** What one connection of a library's server says and understands: the least that its client needs to be at work. */
export interface Dialect {
  /** Whether the client has joined and can receive chats. */
  readonly joined: boolean;
  /** What the server sends first. */
  greet(): readonly string[];
  /** What is answered, if anything, to all that the client says: handshakes, joins, heartbeats, chats where they are acknowledged. */
  answer(said: Said): readonly string[];
  /** The chat that the client has said; `undefined` for what is none. */
  read(said: Said): Chat | undefined;
  /** A chat, as the server says it once the client has joined. */
  write(chat: Chat): string;
}

/** A way to do the same work: bare, with a library, or with Wireline. All have their default options. */
export interface Library {
  readonly name: string;
  /** Resolves once it is open and has joined. */
  open(given: Given): Promise<Client>;
  /** For a new connection. */
  dialect(): Dialect;
}
