import * as z from "zod";
import { defineProtocol } from "../src/index";

// The pages' Content-Security-Policy forbids eval, which zod tries as soon as an object schema is made (ERRATA Z2).
z.config({ jitless: true });

const room = z.string().trim().min(1).max(40);

/** What the chat's page and its server may say: the seed's commands, and what the page needs besides. */
export const protocol = defineProtocol({
  inbound: {
    pong: z.object({ timestamp: z.number() }),
    chat: z.object({ id: z.string(), user: z.string(), text: z.string(), time: z.number() }),
    "online-update": z.object({ userID: z.string(), connected: z.boolean() }),
    notice: z.object({ text: z.string() }),
  },
  outbound: {
    ping: z.object({}),
    // The id tells the sender which message an echo is of, and the server which one it has heard before.
    chat: z.object({ id: z.string().min(1).max(64).optional(), text: z.string().trim().min(1).max(2000) }),
    "join-room": z.object({ room }),
    "leave-room": z.object({ room }),
    fault: z.object({ kind: z.enum(["cut", "stall", "restart"]), duration: z.number().int().min(0).max(60_000) }),
  },
});

/** The same, as the server sees it: what the page sends comes in, and what it hears goes out. */
export const mirrored = defineProtocol({ inbound: protocol.outbound, outbound: protocol.inbound });

/** The type of {@link protocol}. */
export type ChatProtocol = typeof protocol;

/** The type of {@link mirrored}. */
export type MirroredProtocol = typeof mirrored;

/** Makes the userID of one connection: the user's name, and a tag that tells two connections of one user apart. */
export function userID(name: string, tag: string): string {
  return `${name}~${tag}`;
}

/** The name in a userID. */
export function nameIn(userID: string): string {
  const mark = userID.lastIndexOf("~");
  return mark < 0 ? userID : userID.slice(0, mark);
}

/** The room everybody starts in, which is not left. */
export const lobby = "lobby";
