import type { Connection } from "./connection";
import type { Logger } from "./logger";
import type { Service } from "./service";

/**
 * What answers the messages of a connection. One that throws ends the connection with 1011, save for a `bad-input`
 * error, which only refuses the message.
 */
export interface Handler {
  on(service: Service, connection: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void | Promise<void>;
}
