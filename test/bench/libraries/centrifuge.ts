import { Centrifuge } from "centrifuge";
import type { Chat, Dialect, Library, Said } from "./library";

/** What a Centrifugo server receives; one frame may hold several, each on its own line. */
interface Command {
  readonly id?: number;
  readonly connect?: object;
  readonly subscribe?: { readonly channel: string };
  readonly publish?: { readonly channel: string; readonly data: Chat };
}

function commands(said: Said): Command[] {
  return String(said)
    .split("\n")
    .map((line) => JSON.parse(line) as Command);
}

/** Centrifugo's JSON protocol. */
class CentrifugeDialect implements Dialect {
  joined = false;

  greet(): string[] {
    return [];
  }

  answer(said: Said): string[] {
    const replies = commands(said).flatMap(({ id, connect, subscribe, publish }) => {
      if (subscribe) this.joined = true;
      // A client told of pings watches for them with every message, as in use; none is due while a work runs.
      if (connect) return { id, connect: { client: "client", version: "bench", ping: 3600, pong: true } };
      if (subscribe) return { id, subscribe: {} };
      return publish ? { id, publish: {} } : [];
    });
    return replies.length ? [replies.map((reply) => JSON.stringify(reply)).join("\n")] : [];
  }

  read(said: Said): Chat | undefined {
    return commands(said).find(({ publish }) => publish)?.publish?.data;
  }

  write(chat: Chat): string {
    return JSON.stringify({ push: { channel: "lobby", pub: { data: chat } } });
  }
}

/** centrifuge, with JSON: a client and one subscription. */
export const centrifuge: Library = {
  name: "centrifuge",
  open: ({ url, WebSocket = null, listen }) =>
    new Promise((resolve, reject) => {
      const client = new Centrifuge(url, { websocket: WebSocket });
      const subscription = client.newSubscription("lobby");
      subscription.on("publication", ({ data }) => listen(data as Chat));
      subscription.on("subscribed", () => resolve({ send: (chat) => void subscription.publish(chat), close: () => client.disconnect() }));
      subscription.on("error", ({ error }) => reject(new Error(`centrifuge could not subscribe (${error.message}); see its dialect.`)));
      subscription.subscribe();
      client.connect();
    }),
  dialect: () => new CentrifugeDialect(),
};
