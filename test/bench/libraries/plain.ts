import type { Chat, Dialect, Said } from "./library";

/** A message of Wireline's wire, which is also that of the libraries that have none of their own. */
export interface Message {
  readonly channel?: string;
  readonly cmd: string;
  readonly param: Chat;
}

/** A chat as a message of Wireline's. */
export function encode(chat: Chat): string {
  return JSON.stringify({ channel: "lobby", cmd: "chat", param: chat });
}

/** Wireline's wire: there is nothing to be agreed on first. */
export function plain(): Dialect {
  return {
    joined: true,
    greet: () => [],
    answer: () => [],
    read: (said: Said) => {
      const message = JSON.parse(String(said)) as Message;
      return message.cmd === "chat" ? message.param : undefined;
    },
    write: encode,
  };
}
