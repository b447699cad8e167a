import mitt from "mitt";
import type { Client, Given } from "./library";
import { encode, type Message } from "./plain";

/** What a WebSocket that only reconnects offers. */
interface Reconnecting {
  onopen: unknown;
  onmessage: unknown;
  send(data: string): void;
  close(): void;
}

/** What is written around a WebSocket that only reconnects: messages are parsed, and each command has its listeners. */
export function wrapped(make: (given: Given) => Reconnecting): (given: Given) => Promise<Client> {
  return (given) =>
    new Promise((resolve) => {
      const emitter = mitt<Record<string, Message>>();
      emitter.on("chat", (message) => given.listen(message.param));
      const socket = make(given);
      socket.onmessage = (event: MessageEvent<string>) => {
        const message = JSON.parse(event.data) as Message;
        emitter.emit(message.cmd, message);
      };
      socket.onopen = () => resolve({ send: (chat) => socket.send(encode(chat)), close: () => socket.close() });
    });
}
