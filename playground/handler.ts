import { randomUUID } from "node:crypto";
import type { Socket as NetSocket } from "node:net";
import type { InboundCommand, InboundMessage, InboundParam, OutboundCommand, OutboundParam } from "../src/index";
import { badInput } from "../test/server/errors";
import type { SocketContext, SocketRoute } from "../test/server/http";
import { quote } from "../test/server/logger";
import type { Connection, Handler, Logger, Service } from "../test/server/service";
import { type ChatProtocol, mirrored, type MirroredProtocol, userID } from "./protocol";

type Heard = InboundMessage<MirroredProtocol>;
type Said = InboundParam<ChatProtocol, "chat">;
type Fault = InboundParam<MirroredProtocol, "fault">;

/** How many messages a room remembers for those who come, or come back; more than a client's queue holds. */
const memory = 200;
/** How many rooms are remembered. */
const roomsRemembered = 200;
/** How long a restart keeps its client out unless it says so, in milliseconds. */
const restartDuration = 3_000;

/** The chat's end of the server: its rooms with a short memory, and the faults its page asks for. */
export class Chat {
  readonly #rooms = new Map<string, Map<string, Said>>();
  readonly #links = new Map<string, NetSocket>();
  readonly #refused = new Set<string>();

  /** Decides on an upgrade request; `?client=` tells which page it is, so that a fault hits no other. */
  readonly route = ({ request, query, channel, profile }: SocketContext): SocketRoute => {
    const client = query.get("client") || randomUUID();
    const link = request.socket;
    if (this.#refused.has(client)) throw new Error("This client asked for a restart: it is let in when that is over.");
    // A page has one connection: what it comes back from is gone, whether or not the network has said so.
    this.#links.get(client)?.destroy();
    this.#links.set(client, link);
    link.once("close", () => this.#links.get(client) === link && this.#links.delete(client));
    const name = profile.name.trim().slice(0, 40) || "guest";
    return {
      channel: channel.slice(0, 40),
      profile: { id: userID(name, randomUUID().slice(0, 8)), name },
      handler: new ChatHandler(this, client, link),
    };
  };

  /** The messages of a room, oldest first. */
  recall(room: string): Iterable<Said> {
    return this.#rooms.get(room)?.values() ?? [];
  }

  /** Remembers a message; gives the one that was remembered by that id before, if there is one. */
  remember(room: string, message: Said): Said | undefined {
    let messages = this.#rooms.get(room);
    if (!messages) {
      messages = new Map();
      this.#rooms.set(room, messages);
      forgetOldest(this.#rooms, roomsRemembered);
    }
    const known = messages.get(message.id);
    if (known) return known;
    messages.set(message.id, message);
    forgetOldest(messages, memory);
    return undefined;
  }

  /** Turns a client away for a while. */
  refuse(client: string, duration: number): void {
    this.#refused.add(client);
    setTimeout(() => this.#refused.delete(client), duration).unref();
  }
}

class ChatHandler implements Handler {
  readonly #chat: Chat;
  readonly #client: string;
  readonly #link: NetSocket;

  constructor(chat: Chat, client: string, link: NetSocket) {
    this.#chat = chat;
    this.#client = client;
    this.#link = link;
  }

  on(service: Service, connection: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void {
    const message = hear(channel, cmd, param);
    if (!message) return logger.warn(`unhandled chat command ${quote(cmd)}`);
    const answer = answerer(service, connection);
    switch (message.cmd) {
      case "ping":
        return answer("pong", { timestamp: Date.now() }, channel);
      case "chat":
        return this.#say(service, connection, channel || connection.channel, message.param);
      case "join-room": {
        const { room } = message.param;
        service.join(connection.id, room);
        // The newcomer learns what the others were told when they came.
        for (const { id, profile } of service.connectionsByChannel(room)) {
          if (id !== connection.id) answer("online-update", { userID: profile.id, connected: true }, room);
        }
        for (const said of this.#chat.recall(room)) answer("chat", said, room);
        return;
      }
      case "leave-room":
        service.leave(connection.id, message.param.room);
        return;
      case "fault":
        return this.#fail(connection, message.param);
    }
  }

  #say(service: Service, connection: Connection, room: string, { id, text }: InboundParam<MirroredProtocol, "chat">): void {
    const said: Said = { id: id ?? randomUUID(), user: connection.profile.name, text, time: Date.now() };
    const known = this.#chat.remember(room, said);
    // Sent again because its echo was lost: only the sender waits for it.
    const answer = answerer(service, connection);
    if (known) return answer("chat", known, room);
    service.writeChannel("chat" satisfies OutboundCommand<MirroredProtocol>, said, room);
    // Whoever has left a room with a message still on its way hears of it too.
    if (!connection.channels.has(room)) answer("chat", said, room);
  }

  #fail(connection: Connection, { kind, duration }: Fault): void {
    const link = this.#link;
    switch (kind) {
      case "cut":
        return connection.drop();
      case "restart":
        this.#chat.refuse(this.#client, duration || restartDuration);
        return connection.close(1012, "Restarting");
      case "stall":
        // As if the network had swallowed the peer: nothing is read, and what is written waits.
        link.pause();
        link.cork();
        setTimeout(() => {
          link.uncork();
          link.resume();
        }, duration).unref();
    }
  }
}

/** Checks what came by the page's own protocol; `undefined` for a command that it does not name. */
function hear(channel: string, cmd: string, param: unknown): Heard | undefined {
  if (!Object.hasOwn(mirrored.inbound, cmd)) return undefined;
  const verdict = mirrored.inbound[cmd as InboundCommand<MirroredProtocol>].safeParse(param);
  if (!verdict.success) throw badInput(`The param does not fit the command ${quote(cmd)}: see playground/protocol.ts.`);
  return { channel, cmd, param: verdict.data } as Heard;
}

/** Writes to one connection what the protocol lets the server say. */
function answerer(service: Service, { id }: Connection) {
  return <C extends OutboundCommand<MirroredProtocol>>(cmd: C, param: OutboundParam<MirroredProtocol, C>, channel: string): void =>
    service.writeConnection(cmd, param, id, channel);
}

function forgetOldest(entries: Map<string, unknown>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
