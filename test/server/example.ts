import { z } from "zod";
import { badInput } from "./errors";
import { quote } from "./logger";
import type { Connection, Handler, Logger, Service } from "./service";

const chat = z.object({ text: z.string().min(1) });
const joinRoom = z.object({ room: z.string().min(1) });

/** The seed's example: `ping`, `chat` and `join-room`, and with them `join` and `leave` of the message's own channel. */
export class ExampleHandler implements Handler {
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
        service.writeChannel("chat", { user: connection.profile.name, text, time: Date.now() }, room);
        return;
      }
      case "join-room":
        service.join(connection.id, check(joinRoom, param, "{room}").room);
        return;
      case "join":
        if (channel === "") throw badInput("The join has no channel: name the one to join.");
        service.join(connection.id, channel);
        return;
      case "leave":
        if (channel === "") throw badInput("The leave has no channel: name the one to leave.");
        service.leave(connection.id, channel);
        return;
      default:
        logger.warn(`unhandled websocket command ${quote(cmd)}`);
    }
  }
}

function check<T>(schema: z.ZodType<T>, param: unknown, shape: string): T {
  const { success, data } = schema.safeParse(param);
  if (success) return data;
  throw badInput(`The param is not what the command takes: send ${shape}, of non-empty strings.`);
}
