import { PRESENT, type Presence } from "./channel";
import type { SocketError } from "./errors";
import { type Contract, incoming } from "./messages/contract";
import type { IncomingData, Message } from "./messages/message";
import { rulesOf } from "./messages/protocol";
import type { Replies } from "./messages/queue";
import { type Check, validate } from "./messages/schema";
import type { Emitter } from "./subscriptions/emitter";

/** To the listeners of a socket: any message. */
export const MESSAGE = Symbol();

/** How long after `close-connection` we go, in milliseconds; Project Forge's own client takes as long. */
const leaveDelay = 500;

/** What an inbox needs to know; `SocketOptions` says what each means. */
export interface InboxOptions extends Contract {
  readonly heartbeat: { readonly reply?: string } | false | undefined;
}

/** What an inbox needs of the socket it belongs to. */
export interface InboxHost {
  /** Who hears of messages, by command. */
  readonly emitter: Emitter;
  /** Who hears of those of one channel. */
  channel(name: string): Emitter | undefined;
  /** Who waits for replies. */
  replies(): Partial<Replies>;
  /** What a message may mean to the connection: the end, after a delay in milliseconds, or an answer to the heartbeat. */
  connection(): { leave(delay: number, reason: string): void; replied(): void };
  failed(error: SocketError): void;
  debug(line: () => string): void;
}

/** What the server says: it is decoded, checked, obeyed, and delivered to those who listen. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #host: InboxHost;
  /** Whether what comes is checked. */
  readonly #strict: boolean;
  /** What checks a command that came before: a Map finds it in half the time that the protocol takes. */
  readonly #checks = new Map<string, Check>();
  /** How many messages came whose command the protocol does not name. */
  unknown = 0;

  constructor(options: InboxOptions, host: InboxHost) {
    this.#options = options;
    this.#host = host;
    // Always or inbound.
    this.#strict = /al|in/.test(options.validate);
  }

  /** Takes what came. */
  received(data: IncomingData): void {
    try {
      const message = incoming(data, this.#options);
      if (message) this.#deliver(message);
    } catch (error) {
      this.#host.failed(error as SocketError);
    }
  }

  #deliver(message: Message): void {
    const { protocol, heartbeat } = this.#options;
    const host = this.#host;
    const { emitter } = host;
    const replies = host.replies();
    const { channel, cmd, param } = message;
    if (cmd === "close-connection" && channel === "") return host.connection().leave(leaveDelay, cmd);
    const narrowed = host.channel(channel);
    const presence = cmd === "online-update";
    if (presence && isPresence(param)) narrowed?.emit(PRESENT, param);
    const reply = heartbeat && cmd === heartbeat.reply;
    if (reply) host.connection().replied();
    const awaited = replies.awaits?.(cmd);
    if (protocol) {
      let check = this.#checks.get(cmd);
      if (!check) {
        const rules = rulesOf(protocol.inbound, cmd);
        if (!rules) {
          // Servers grow first: what the protocol does not name yet is counted, not reported.
          if (!presence && !reply) this.unknown++;
          // The network's own words: quoted, and not all of them.
          return host.debug(() => `unknown command ${JSON.stringify(cmd).slice(0, 64)}`);
        }
        this.#checks.set(cmd, (check = rules.param["~standard"]));
      }
      // What nobody listens to is not checked.
      if (!awaited && !emitter.has(cmd) && !emitter.has(MESSAGE) && !narrowed?.has(cmd)) return;
      try {
        if (this.#strict) message = { channel, cmd, param: validate(check, message), from: message.from };
      } catch (error) {
        replies.heard?.(message, error as SocketError);
        throw error;
      }
    }
    // Before the listeners: one of them may close the socket, which would leave a request without its reply.
    if (awaited) replies.heard!(message);
    emitter.emit(cmd, message);
    narrowed?.emit(cmd, message);
    emitter.emit(MESSAGE, message);
  }
}

function isPresence(param: unknown): param is Presence {
  const { userID, connected } = (param ?? {}) as Presence;
  return typeof userID === "string" && typeof connected === "boolean";
}
