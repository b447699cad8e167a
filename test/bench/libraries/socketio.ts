import { io, WebSocket as Transport } from "socket.io-client";
import type { WebSocketClass } from "wireline";
import type { Chat, Dialect, Library, Said } from "./library";

// The first digit is Engine.IO's: 0 open, 2 ping, 3 pong, 4 message. The second one, of a message, is Socket.IO's: 0 connect, 2 event.
const welcome = `0${JSON.stringify({ sid: "bench", upgrades: [], pingInterval: 3_600_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`;

/** Engine.IO 4 and Socket.IO 5; it pings its clients, but none is due while a work runs. */
class SocketioDialect implements Dialect {
  joined = false;

  greet(): string[] {
    return [welcome];
  }

  answer(said: Said): string[] {
    if (said !== "40") return [];
    this.joined = true;
    return [`40${JSON.stringify({ sid: "bench" })}`];
  }

  read(said: Said): Chat | undefined {
    const text = String(said);
    if (!text.startsWith("42")) return undefined;
    const [event, chat] = JSON.parse(text.slice(2)) as [string, Chat];
    return event === "chat" ? chat : undefined;
  }

  write(chat: Chat): string {
    return `42${JSON.stringify(["chat", chat])}`;
  }
}

/** Its own transport, over the WebSocket that is given: it has no option for that. */
function over(WebSocket: WebSocketClass): typeof Transport {
  return class extends Transport {
    override createSocket(uri: string, protocols: string | string[] | undefined) {
      return protocols?.length ? new WebSocket(uri, [protocols].flat()) : new WebSocket(uri);
    }
  };
}

/** socket.io-client, with WebSockets from the beginning. */
export const socketio: Library = {
  name: "socket.io-client",
  open: ({ url, WebSocket, listen }) =>
    new Promise((resolve, reject) => {
      const { origin, pathname } = new URL(url);
      const socket = io(origin, { path: pathname, transports: WebSocket ? [over(WebSocket)] : ["websocket"] });
      socket.on("chat", listen);
      socket.once("connect", () => resolve({ send: (chat) => void socket.emit("chat", chat), close: () => void socket.disconnect() }));
      socket.once("connect_error", (error) => reject(new Error("socket.io-client could not connect; see its dialect.", { cause: error })));
    }),
  dialect: () => new SocketioDialect(),
};
