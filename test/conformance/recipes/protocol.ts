import { defineProtocol } from "wireline";
import * as z from "zod";

export const protocol = defineProtocol({
  // server → client
  inbound: {
    pong: z.object({ timestamp: z.int() }),
    chat: z.object({ user: z.string(), text: z.string(), time: z.int() }),
  },
  // client → server
  outbound: {
    chat: z.object({ text: z.string().min(1) }),
    ping: { param: z.unknown(), reply: "pong" },
  },
});
