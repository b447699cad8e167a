import { join } from "node:path";
import { Child } from "./child";
import type { Library } from "./libraries/library";
import { bundleProgram } from "./program";
import type { ClientNews, ClientOrder } from "./programs/client";
import type { ServerNews, ServerOrder } from "./programs/server";

/** A server of every library's, see `programs/server`. */
export class Server {
  readonly #child: Child<ServerOrder, ServerNews>;
  readonly #folder: string;
  /** Where it listens. */
  port = 0;
  /** Since when it listens, by the clock of `Date.now`. */
  since = Number.NaN;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#child = new Child(join(folder, "server.mjs"));
  }

  /** Bundles the programs and starts a process, which does not listen yet. */
  static async make(folder: string): Promise<Server> {
    for (const name of ["server", "client"]) await bundleProgram(folder, name);
    return new Server(folder);
  }

  /** Starts a further process of the same programs. */
  another(): Server {
    return new Server(this.#folder);
  }

  /** Listens at a free port or a given one; if told, it welcomes each client with a chat. */
  async listen(port = 0, welcomes = false): Promise<this> {
    Object.assign(this, await this.#child.ask({ port, welcomes }));
    return this;
  }

  /** Where a library's clients open. */
  url({ name }: Library): string {
    return `ws://127.0.0.1:${this.port}/${encodeURIComponent(name)}`;
  }

  /** Opens a client in its own process, and ends it after its work. */
  async with<Result>(library: Library, work: (client: Child<ClientOrder, ClientNews>) => Promise<Result>): Promise<Result> {
    const client = await this.client(library);
    try {
      return await work(client);
    } finally {
      await client.kill();
    }
  }

  /** A client in its own process, once it is open. */
  async client(library: Library): Promise<Child<ClientOrder, ClientNews>> {
    const client = new Child<ClientOrder, ClientNews>(join(this.#folder, "client.mjs"), library.name, this.url(library));
    await client.next(15_000);
    return client;
  }

  /** Ends it at once, as a crash would. */
  kill(): Promise<void> {
    return this.#child.kill();
  }
}
