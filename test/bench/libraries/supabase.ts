import { RealtimeClient, type WebSocketLikeConstructor } from "@supabase/realtime-js";
import type { Chat, Dialect, Library, Said } from "./library";
import { type Frame, reply } from "./phoenix";

const userBroadcastPush = 3;

/**
 * Supabase's server: Phoenix's wire, and broadcasts within. A client sends these in a binary form, and they are not
 * acknowledged unless a channel asks for it. It tells them as text, the form of those that begin in the database.
 */
class SupabaseDialect implements Dialect {
  joined = false;

  greet(): string[] {
    return [];
  }

  answer(said: Said): string[] {
    if (typeof said !== "string") return [];
    const frame = JSON.parse(said) as Frame<unknown>;
    const joins = frame[3] === "phx_join";
    this.joined ||= joins;
    return [reply(frame, joins ? { postgres_changes: [] } : {})];
  }

  read(said: Said): Chat | undefined {
    if (typeof said === "string" || said[0] !== userBroadcastPush) return undefined;
    // kind, then the lengths of: the join's reference, the reference, the topic, the event, what is known beside it; then how it is encoded.
    const [, joinRef, ref, topic, event, beside] = said as unknown as number[];
    const start = 7 + joinRef! + ref! + topic! + event! + beside!;
    return JSON.parse(new TextDecoder().decode(said.subarray(start))) as Chat;
  }

  write(chat: Chat): string {
    return JSON.stringify([null, null, "realtime:lobby", "broadcast", { type: "broadcast", event: "chat", payload: chat }]);
  }
}

/** Supabase's realtime-js: a client, one channel, and broadcasts. */
export const supabase: Library = {
  name: "supabase realtime-js",
  open: ({ url, WebSocket, listen }) =>
    new Promise((resolve, reject) => {
      const client = new RealtimeClient(url, { params: { apikey: "none" }, transport: WebSocket as unknown as WebSocketLikeConstructor });
      const channel = client.channel("lobby");
      channel.on("broadcast", { event: "chat" }, ({ payload }) => listen(payload as Chat));
      channel.subscribe((status, error) => {
        if (status === "SUBSCRIBED") {
          resolve({
            send: (chat) => void channel.send({ type: "broadcast", event: "chat", payload: chat }),
            close: () => void client.disconnect(),
          });
        } else {
          // A promise is settled once: later ends of the connection change nothing.
          reject(new Error(`realtime-js could not join (${status}); see \`answer\` of its dialect.`, { cause: error }));
        }
      });
    }),
  dialect: () => new SupabaseDialect(),
};
