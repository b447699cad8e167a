import { createClient } from "graphql-ws";
import type { Chat, Dialect, Library, Said } from "./library";

/** A message of the GraphQL over WebSocket protocol. */
interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: { readonly query: string; readonly variables?: { readonly chat: Chat } };
}

const subscription = "subscription { chat { user text time } }";
const mutation = "mutation ($chat: ChatInput!) { say(chat: $chat) }";
const question = "{ ready }";

/** The GraphQL over WebSocket protocol, for one subscription and one mutation: every message is a GraphQL operation. */
class GraphqlDialect implements Dialect {
  #id: string | undefined;

  get joined(): boolean {
    return this.#id !== undefined;
  }

  greet(): string[] {
    return [];
  }

  answer(said: Said): string[] {
    const { id, type, payload } = JSON.parse(String(said)) as Message;
    if (type === "connection_init") return [`{"type":"connection_ack"}`];
    if (type === "ping") return [`{"type":"pong"}`];
    if (type !== "subscribe") return [];
    if (payload?.query === subscription) {
      this.#id = id;
      return [];
    }
    const data = payload?.query === mutation ? { say: true } : { ready: true };
    return [JSON.stringify({ id, type: "next", payload: { data } }), JSON.stringify({ id, type: "complete" })];
  }

  read(said: Said): Chat | undefined {
    const { type, payload } = JSON.parse(String(said)) as Message;
    return type === "subscribe" ? payload?.variables?.chat : undefined;
  }

  write(chat: Chat): string {
    return JSON.stringify({ id: this.#id, type: "next", payload: { data: { chat } } });
  }
}

/** graphql-ws: a subscription for what is received, and a mutation for each chat that is sent. */
export const graphql: Library = {
  name: "graphql-ws",
  open: ({ url, WebSocket, listen }) =>
    new Promise((resolve, reject) => {
      const client = createClient({ url, webSocketImpl: WebSocket, lazy: false, onNonLazyError: reject });
      const sink = { error: reject, complete: () => {}, next: () => {} };
      client.subscribe<{ chat: Chat }>({ query: subscription }, { ...sink, next: ({ data }) => data && listen(data.chat) });
      const send = (chat: Chat) => void client.subscribe({ query: mutation, variables: { chat } }, sink);
      // Nothing tells that a subscription has begun, but what is asked after it is answered after it.
      client.subscribe({ query: question }, { ...sink, complete: () => resolve({ send, close: () => void client.dispose() }) });
    }),
  dialect: () => new GraphqlDialect(),
};
