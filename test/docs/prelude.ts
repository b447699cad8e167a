import { defineProtocol, Socket } from "wireline";
import * as z from "zod";

// What the documentation's short examples take for granted: the socket of "A chat in five minutes", and functions of the
// application. The pages say so where they use them.

const protocol = defineProtocol({
  inbound: {
    chat: z.object({ user: z.string(), text: z.string() }),
    pong: z.object({ timestamp: z.number() }),
  },
  outbound: {
    chat: z.object({ text: z.string().min(1) }),
    ping: { param: z.object({}), reply: "pong" },
  },
});

declare global {
  // `var`, because only that declares a property of the global object; a block may declare its own.
  var socket: Socket<typeof protocol>;
  /** Shows something to the user. */
  function show(...things: unknown[]): void;
  /** Fetches what the page shows. */
  function refetch(): Promise<void>;
  /** Gives a fresh token. */
  function getToken(options?: { signal?: AbortSignal; force?: boolean }): Promise<string>;
  // As the types of Vite declare it.
  interface ImportMetaEnv {
    readonly DEV: boolean;
  }
  interface ImportMeta {
    readonly env: ImportMetaEnv;
  }
}

/** Creates them, for the next block. */
export function prepare(): Socket<typeof protocol> {
  globalThis.socket = new Socket({ url: "/connect", channel: "lobby", protocol });
  globalThis.show = () => {};
  globalThis.refetch = async () => {};
  globalThis.getToken = async () => "token";
  return globalThis.socket;
}
