import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectionInfo } from "./connection";
import { Handshake } from "./handshake";
import { projectForgeWire } from "./projectforge";
import type { Service, ServiceOptions } from "./service";

/** A connection as Project Forge tells of it: without its channels where it is in none. */
export function toldOf(connection: ConnectionInfo): Omit<ConnectionInfo, "channels"> & { channels: string[] | undefined } {
  return { ...connection, channels: connection.channels.length > 0 ? connection.channels : undefined };
}

/** Bytes that wait for an admin who reads too slowly; the real server would wait for them. */
const MOST_BUFFERED = 2 ** 24;

/** Project Forge's admin socket: whoever connects hears all that a service says and is told, and is no connection of it. */
export class Taps {
  readonly #tapped: Service;
  readonly #handshake: Handshake;
  readonly #ends = new Set<() => void>();

  constructor(tapped: Service, options: ServiceOptions) {
    this.#tapped = tapped;
    this.#handshake = new Handshake(options, projectForgeWire());
  }

  /** Serves one admin from the upgrade request until the connection has ended. */
  async serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const tap = this.#handshake.accept(request, socket, head, "taps");
    const untap = this.#tapped.onTraffic((text) => {
      if (tap.buffered > MOST_BUFFERED) tap.drop();
      else if (tap.writable) tap.write(text, false);
    });
    const end = () => tap.drop();
    this.#ends.add(end);
    // What an admin says is read, and means nothing.
    for await (const _ of tap.messages());
    await tap.ended;
    untap();
    this.#ends.delete(end);
  }

  async close(): Promise<void> {
    this.#handshake.close();
    for (const end of this.#ends) end();
  }
}
