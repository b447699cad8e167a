import { Chat } from "../../playground/handler";
import { tokenAddress } from "../../playground/protocol";
import { startForge } from "../server/forge";
import { gofr } from "../server/gofr";
import { goyave } from "../server/goyave";
import { startHost } from "../server/host";
import { startServer } from "../server/http";

/** A server that is fuzzed. */
export type Mode = "own" | "chat" | "projectforge" | "goyave3" | "goyave5" | "gofr" | "gofr1.10";

interface Running {
  readonly port: number;
}

/** What there is to know about a mode: how it starts, and where it takes WebSockets and requests. */
interface Setup {
  start(): Promise<Running>;
  /** The first of them answers a ping on every connection. */
  readonly sockets: readonly string[];
  readonly pages: readonly string[];
}

// A short one, so that connections whose close frame is never answered are over when the heap is measured.
const closeTimeout = 50;

const goyaveSockets = [
  "/websocket",
  "/nil",
  "/error",
  "/panic",
  "/close",
  "/origin",
  "/headers",
  "/refuse",
  "/subprotocols",
  "/compressed",
  "/limited",
];
const gofrSockets = [
  "/echo",
  "/chat",
  "/struct",
  "/nothing",
  "/bytes",
  "/value",
  "/error",
  "/error-value",
  "/unmarshalable",
  "/panic",
  "/nowhere",
];
const orders = [
  "status",
  "channel?ch=lobby&cmd=said",
  "broadcast?cmd=said",
  "drop?ch=lobby",
  "close-request?ch=lobby",
  "garbage?ch=lobby&kind=utf8",
];

export const setups: Readonly<Record<Mode, Setup>> = {
  own: {
    start: () => startServer(),
    sockets: ["/connect?ch=lobby", "/example/socket?ch=lobby&user=ann", "/connect", "/admin/websocket/socket"],
    pages: ["/", "/connect", "/nowhere"],
  },
  chat: {
    async start() {
      const chat = new Chat();
      return startServer({
        sockets: { "/chat/socket": chat.route },
        pages: async (request, response) => {
          if (request.url !== tokenAddress) return false;
          await chat.tokens.answer(request, response, {});
          return true;
        },
      });
    },
    sockets: ["/chat/socket", "/chat/socket?client=page"],
    pages: [tokenAddress, "/chat/socket"],
  },
  projectforge: {
    start: () => startForge(),
    sockets: ["/connect?ch=lobby", "/example/socket?ch=lobby&user=ann", "/faulty/socket", "/admin/websocket/socket"],
    pages: [...orders.map((order) => `/control/${order}`), "/connect", "/nowhere"],
  },
  goyave3: {
    start: () => startHost(0, goyave({ version: 3, closeTimeout })),
    sockets: goyaveSockets,
    pages: ["/websocket", "/nowhere"],
  },
  goyave5: {
    start: () => startHost(0, goyave({ version: 5, debug: true, closeTimeout })),
    sockets: goyaveSockets,
    pages: ["/websocket", "/nowhere"],
  },
  gofr: { start: () => startHost(0, gofr()), sockets: gofrSockets, pages: ["/echo", "/nowhere"] },
  "gofr1.10": { start: () => startHost(0, gofr({ version: "1.10" })), sockets: gofrSockets, pages: ["/echo", "/nowhere"] },
};

export const modes = Object.keys(setups) as Mode[];
