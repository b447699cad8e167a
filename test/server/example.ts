import { z } from "zod";
import { badInput } from "./errors";
import type { History, Position } from "./history";
import { quote } from "./logger";
import type { Connection, Handler, Logger, Service } from "./service";

const chat = z.object({ text: z.string().min(1) });
const joinRoom = z.object({ room: z.string().min(1) });

/**
 * The seed's example: `ping`, `chat` and `join-room`, and with them `join` and `leave` of the message's own channel. With a history,
 * chats are numbered, joins are answered, and `who` lists the members.
 */
export class ExampleHandler implements Handler {
  readonly #history: History | undefined;

  /** @param history what numbers chats and replays them. @default none */
  constructor(history?: History) {
    this.#history = history;
  }

  on(service: Service, connection: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void {
    // The seed's page sends on "example" while the server has made up a channel: what is no room of theirs means the first.
    const room = connection.channels.has(channel) ? channel : connection.channel;
    switch (cmd) {
      case "ping":
        // The seed answers the whole channel, which would hear a pong for every heartbeat of every member.
        service.writeConnection("pong", { timestamp: Date.now() }, connection.id, room);
        return;
      case "chat": {
        const { text } = check(chat, param, "{text}");
        const said = { user: connection.profile.name, text, time: Date.now() };
        if (this.#history) this.#history.publish(service, "chat", said, room);
        else service.writeChannel("chat", said, room);
        return;
      }
      case "join-room":
        service.join(connection.id, check(joinRoom, param, "{room}").room);
        return;
      case "join":
        if (channel === "") throw badInput("The join has no channel: name the one to join.");
        if (this.#history) this.#history.join(service, connection, channel, (param ?? {}) as Position);
        else service.join(connection.id, channel);
        return;
      case "leave":
        if (channel === "") throw badInput("The leave has no channel: name the one to leave.");
        service.leave(connection.id, channel);
        return;
      case "who":
        if (!this.#history || room !== channel) break;
        service.writeConnection("members", service.membersOf(room), connection.id, room);
        return;
    }
    logger.warn(`unhandled websocket command ${quote(cmd)}`);
  }
}

function check<T>(schema: z.ZodType<T>, param: unknown, shape: string): T {
  const { success, data } = schema.safeParse(param);
  if (success) return data;
  throw badInput(`The param is not what the command takes: send ${shape}, of non-empty strings.`);
}
