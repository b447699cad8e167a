import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { quote } from "./logger";
import { type Connection, type Handler, type Logger, Service, ServiceError, type ServiceOptions } from "./service";

/** What `broadcast` takes: a command and a param, and for whom. */
export const broadcastSchema = z.discriminatedUnion("to", [
  z.object({ to: z.literal("all"), cmd: z.string().min(1), param: z.unknown().default(null) }),
  z.object({ to: z.literal("channel"), channel: z.string().min(1), cmd: z.string().min(1), param: z.unknown().default(null) }),
  z.object({ to: z.literal("connection"), id: z.string().min(1), cmd: z.string().min(1), param: z.unknown().default(null) }),
]);

/** What answers a `broadcast`. */
export interface BroadcastResult {
  ok: boolean;
  /** Why not, as a sentence. */
  error?: string;
}

const CHANNEL = "admin";
const PAUSE = 250;

/**
 * The admin page's end of the server: watches a service, tells its `status`, and broadcasts through it. Admins are
 * connections of a service of their own, so that the watched one neither lists nor reaches them.
 */
export class Admin implements Handler {
  readonly #watched: Service;
  readonly #own: Service;
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** The options are those of the watched service; the admins' socket is never in parity. */
  constructor(watched: Service, { parity: _, ...options }: ServiceOptions) {
    this.#watched = watched;
    this.#own = new Service(options);
    this.#unwatch = watched.onChange(() => {
      this.#timer ??= setTimeout(() => this.#push(), PAUSE);
    });
  }

  /** Serves one admin from the upgrade request until the connection has ended. */
  async serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const id = await this.#own.upgrade(request, socket, head, CHANNEL, { id: "admin", name: "admin" }, this);
    this.#own.writeConnection("status", this.#watched.status(), id, CHANNEL);
    await this.#own.readLoop(id);
  }

  on(own: Service, { id }: Connection, cmd: string, param: unknown, logger: Logger, channel: string): void {
    if (cmd !== "broadcast") {
      logger.warn(`unhandled admin command ${quote(cmd)}`);
      return;
    }
    own.writeConnection("broadcast-result", this.#broadcast(param), id, channel);
  }

  async close(): Promise<void> {
    this.#unwatch();
    clearTimeout(this.#timer);
    await this.#own.close();
  }

  #broadcast(param: unknown): BroadcastResult {
    const { success, data } = broadcastSchema.safeParse(param);
    if (!success) return { ok: false, error: "The broadcast is incomplete: give to (all, channel or connection), cmd and param." };
    try {
      if (data.to === "all") this.#watched.writeAll(data.cmd, data.param);
      else if (data.to === "connection") this.#watched.writeConnection(data.cmd, data.param, data.id);
      else if (this.#watched.connectionsByChannel(data.channel).length > 0) {
        this.#watched.writeChannel(data.cmd, data.param, data.channel);
      } else return { ok: false, error: "Nobody is in this channel: take one from the list." };
      return { ok: true };
    } catch (error) {
      if (error instanceof ServiceError) return { ok: false, error: error.message };
      throw error;
    }
  }

  #push(): void {
    this.#timer = undefined;
    this.#own.writeChannel("status", this.#watched.status(), CHANNEL);
  }
}
