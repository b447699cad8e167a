import { WebSocket as PartySocket } from "partysocket";
import type { Library } from "./library";
import { plain } from "./plain";
import { wrapped } from "./wrapped";

/** partysocket's generic WebSocket with JSON.parse and mitt. */
export const partysocket: Library = {
  name: "partysocket",
  open: wrapped(({ url, WebSocket }) => new PartySocket(url, [], WebSocket && { WebSocket })),
  dialect: plain,
};
