import type { WebSocketClass, WebSocketLike } from "wireline";
import type { Given, Library } from "./library";
import { encode, type Message, plain } from "./plain";

/** The floor: a WebSocket, JSON.parse, and one comparison. */
export const bare: Library = {
  name: "bare",
  open: ({ url, WebSocket = globalThis.WebSocket as WebSocketClass, listen }: Given) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url) as WebSocketLike & Record<"onopen" | "onmessage" | "onerror", unknown>;
      socket.onmessage = (event: MessageEvent<string>) => {
        const message = JSON.parse(event.data) as Message;
        if (message.cmd === "chat") listen(message.param);
      };
      socket.onerror = () => reject(new Error("The bare WebSocket could not be opened; is the server running?"));
      socket.onopen = () => resolve({ send: (chat) => socket.send(encode(chat)), close: () => socket.close() });
    }),
  dialect: plain,
};
