import ReconnectingWebSocket from "reconnecting-websocket";
import type { Library } from "./library";
import { plain } from "./plain";
import { wrapped } from "./wrapped";

/** reconnecting-websocket with JSON.parse and mitt. */
export const reconnectingWebsocket: Library = {
  name: "reconnecting-websocket",
  open: wrapped(({ url, WebSocket }) => new ReconnectingWebSocket(url, [], WebSocket && { WebSocket })),
  dialect: plain,
};
