import type { Direction } from "../faults/link";

/** A message that the server has got: its channel, command and param. */
export type Got = [channel: string, cmd: string, param: unknown];

/** What a test can have done on the other side of the network. Each is done when it is answered. */
export interface Orders {
  /** Hangs up on every link, without a close frame. */
  cut(): void;
  /** Resets TCP on every link. */
  reset(): void;
  /** Lets nothing through the live links any more; neither side learns of it. */
  stall(direction: Direction): void;
  /** Lets through what was held back. */
  flow(): void;
  /** Refuses new connections: the port is closed, or each is reset. */
  refuse(how: "closed" | "reset"): void;
  /** Answers the handshake of new connections with a status of HTTP. */
  answer(status: number): void;
  /** Never answers new connections. */
  hang(): void;
  /** Takes new connections again. */
  accept(): void;
  /** Puts a frame that breaks RFC 6455 before the client, by its name in `violations`. */
  violate(how: string): void;
  /** Returns how many connections were opened, once there are that many. */
  connected(count: number): number;
  /** The server dies. */
  drop(): void;
  /** The server comes back. */
  restart(): void;
  /** The server says this to all, as text or as bytes. */
  say(text: string, binary?: boolean): void;
  /** The server closes all connections. */
  close(code: number, reason: string): void;
  /** The server asks all to go. */
  dismiss(): void;
  /** The server tells a channel who has come or gone. */
  presence(channel: string, userID: string, connected: boolean): void;
  /** Gives what the server has got, once it is so much. */
  got(count: number): Got[];
  /** Resolves when no client is connected to the server. */
  deserted(): void;
  /** Gives the address of a second server, which echoes whatever it gets, and picks a subprotocol, or none. */
  echo(picks: string | false): string;
  /** Gives what the second server has seen, once it is so much: `open`, and `close 1000 reason` of each connection. */
  seen(count: number): string[];
}
