import { Socket } from "phoenix";
import type { Chat, Dialect, Library, Said } from "./library";

/** What stands in one frame of Phoenix's wire, version 2. */
export type Frame<Payload> = readonly [joinRef: string | null, ref: string | null, topic: string, event: string, payload: Payload];

/** The reply to a frame. */
export function reply([joinRef, ref, topic]: Frame<unknown>, response: object = {}): string {
  return JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response }]);
}

/** A Phoenix channel, which acknowledges chats: an unanswered push stays with the client, and slows it down, for 10 s. */
class PhoenixDialect implements Dialect {
  joined = false;

  greet(): string[] {
    return [];
  }

  answer(said: Said): string[] {
    const frame = JSON.parse(String(said)) as Frame<unknown>;
    this.joined ||= frame[3] === "phx_join";
    return [reply(frame)];
  }

  read(said: Said): Chat | undefined {
    const [, , , event, payload] = JSON.parse(String(said)) as Frame<Chat>;
    return event === "chat" ? payload : undefined;
  }

  write(chat: Chat): string {
    return JSON.stringify([null, null, "lobby", "chat", chat]);
  }
}

/** phoenix: a socket and one channel. */
export const phoenix: Library = {
  name: "phoenix",
  open: ({ url, WebSocket, listen }) =>
    new Promise((resolve, reject) => {
      const socket = new Socket(url, { transport: WebSocket });
      socket.connect();
      const channel = socket.channel("lobby");
      channel.on("chat", (chat) => listen(chat as Chat));
      channel
        .join()
        .receive("ok", () => resolve({ send: (chat) => void channel.push("chat", chat), close: () => socket.disconnect() }))
        .receive("error", () => reject(new Error("phoenix could not join; see `answer` of its dialect.")));
    }),
  dialect: () => new PhoenixDialect(),
};
