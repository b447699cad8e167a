import { randomUUID } from "node:crypto";
import type { Socket as NetSocket } from "node:net";
import type { InboundCommand, InboundMessage, InboundParam, OutboundCommand, OutboundParam } from "../src/index";
import { badInput } from "../test/server/errors";
import type { SocketContext, SocketRoute } from "../test/server/http";
import { quote } from "../test/server/logger";
import type { Connection, Handler, Logger, Service } from "../test/server/service";
import { History } from "./history";
import { badToken, mirrored, type MirroredProtocol, roomName, userID } from "./protocol";
import { Tokens } from "./tokens";

type Heard = InboundMessage<MirroredProtocol>;
type Param<C extends InboundCommand<MirroredProtocol>> = InboundParam<MirroredProtocol, C>;

/** How long a connection may take to log in, in milliseconds. */
const patience = 10_000;
/** How long a restart keeps clients out unless the page says so, in milliseconds. */
const restartDuration = 3_000;

/** The chat's end of the server: who may log in, what was said, and the faults that its page asks for. */
export class Chat {
  readonly tokens = new Tokens();
  readonly history = new History();
  readonly #links = new Map<string, NetSocket>();
  /** The connections that have logged in. */
  readonly #connections = new Set<Connection>();
  /** Until when nobody is let in, in milliseconds of `Date.now()`. */
  #closedUntil = 0;

  /** Decides on an upgrade request; `?client=` tells which page it is. */
  readonly route = ({ request, query }: SocketContext): SocketRoute => {
    const client = query.get("client") || randomUUID();
    const link = request.socket;
    if (Date.now() < this.#closedUntil) throw new Error("The chat restarts: clients are let in when that is over.");
    // A page has one connection: what it comes back from is gone, whether or not the network has said so.
    this.#links.get(client)?.destroy();
    this.#links.set(client, link);
    link.once("close", () => this.#links.get(client) === link && this.#links.delete(client));
    return {
      // A channel of its own: who has not logged in hears of nobody, and nobody of them.
      channel: `door-${randomUUID()}`,
      profile: { id: randomUUID(), name: "not logged in" },
      handler: new ChatHandler(this, link),
    };
  };

  /** Knows a connection that has logged in, until its link closes. */
  enter(connection: Connection, link: NetSocket): void {
    this.#connections.add(connection);
    link.once("close", () => this.#connections.delete(connection));
  }

  /** Closes every connection, as a server that restarts, and lets nobody in for a while. */
  restart(duration: number): void {
    this.#closedUntil = Date.now() + duration;
    for (const connection of this.#connections) connection.close(1012, "Restarting");
  }
}

/** One connection of the chat: it logs in, and only then is it listened to. */
class ChatHandler implements Handler {
  readonly #chat: Chat;
  readonly #link: NetSocket;
  readonly #late: NodeJS.Timeout;
  /** Who has logged in, and by what. */
  #login: { readonly user: string; readonly token: string } | undefined;

  constructor(chat: Chat, link: NetSocket) {
    this.#chat = chat;
    this.#link = link;
    this.#late = setTimeout(() => link.destroy(), patience).unref();
    link.once("close", () => clearTimeout(this.#late));
  }

  on(service: Service, connection: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void {
    const message = hear(channel, cmd, param);
    if (!message) {
      logger.warn(`unhandled chat command ${quote(cmd)}`);
      return;
    }
    if (message.cmd === "login") {
      this.#logIn(service, connection, message.param, channel);
      return;
    }
    if (!this.#login) throw badInput("Nobody has logged in on this connection: send login first.");
    const { user, token } = this.#login;
    const { history } = this.#chat;
    const tell = teller(service, connection);
    switch (message.cmd) {
      case "ping":
        tell.sender("pong", { timestamp: Date.now(), id: message.param.id }, channel);
        return;
      case "chat":
        this.#say(service, connection, roomIn(channel), user, message.param);
        return;
      case "typing":
        if (connection.channels.has(channel)) tell.others("typing", { user, ...message.param }, channel);
        return;
      case "seen": {
        const seen = connection.channels.has(channel) ? history.see(channel, user, message.param.time) : undefined;
        if (seen) tell.others("seen", seen, channel);
        return;
      }
      case "join-room": {
        const { room } = message.param;
        service.join(connection.id, room);
        // The newcomer learns what the others were told when they came.
        for (const { id, profile } of service.connectionsByChannel(room)) {
          if (id !== connection.id) tell.sender("online-update", { userID: profile.id, connected: true }, room);
        }
        for (const said of history.said(room)) tell.sender("chat", said, room);
        for (const seen of history.seen(room)) tell.sender("seen", seen, room);
        return;
      }
      case "leave-room":
        service.leave(connection.id, message.param.room);
        return;
      case "fault":
        this.#fail(connection, message.param, token);
        return;
    }
  }

  #logIn(service: Service, connection: Connection, { token }: Param<"login">, channel: string): void {
    if (this.#login) throw badInput("Somebody has logged in on this connection: connect anew as another.");
    const user = this.#chat.tokens.nameOf(token);
    if (user === undefined) {
      connection.close(badToken, "The token is no good: ask for another");
      return;
    }
    clearTimeout(this.#late);
    this.#login = { user, token };
    this.#chat.enter(connection, this.#link);
    service.leave(connection.id, connection.channel);
    service.identify(connection.id, { id: userID(user, connection.id.slice(0, 8)), name: user });
    teller(service, connection).sender("welcome", { user }, channel);
  }

  #say(service: Service, connection: Connection, room: string, user: string, message: Param<"chat">): void {
    const { said, again } = this.#chat.history.say(room, user, message);
    const tell = teller(service, connection);
    // Sent again because its echo was lost: only the sender waits for it.
    if (!again) tell.others("chat", said, room);
    // Also to one who has left the room with a message still on its way.
    tell.sender("chat", said, room);
  }

  #fail(connection: Connection, { kind, duration }: Param<"fault">, token: string): void {
    const link = this.#link;
    switch (kind) {
      case "cut":
        connection.drop();
        return;
      case "restart":
        this.#chat.restart(duration || restartDuration);
        return;
      case "expire":
        this.#chat.tokens.revoke(token);
        connection.close(badToken, "The token has expired");
        return;
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
  const definition = mirrored.inbound[cmd as InboundCommand<MirroredProtocol>];
  const verdict = ("param" in definition ? definition.param : definition).safeParse(param);
  if (!verdict.success) throw badInput(`The param does not fit the command ${quote(cmd)}: see playground/protocol.ts.`);
  return { channel, cmd, param: verdict.data } as Heard;
}

/** The room that a channel is; not every name can be one. */
function roomIn(channel: string): string {
  const { success, data } = roomName.safeParse(channel);
  if (success && data === channel) return data;
  throw badInput("The channel is no room: name one, of 1 to 40 characters.");
}

/** Writes what the protocol lets the server say: to the connection that has spoken, or to the others of a room. */
function teller(service: Service, { id }: Connection) {
  type Said = OutboundCommand<MirroredProtocol>;
  return {
    sender: <C extends Said>(cmd: C, param: OutboundParam<MirroredProtocol, C>, channel: string): void =>
      service.writeConnection(cmd, param, id, channel),
    others: <C extends Said>(cmd: C, param: OutboundParam<MirroredProtocol, C>, room: string): void =>
      service.writeChannel(cmd, param, room, id),
  };
}
