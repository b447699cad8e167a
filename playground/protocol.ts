import * as z from "zod";
import { defineProtocol } from "../src/index";

// The pages' Content-Security-Policy forbids eval, which zod tries as soon as an object schema is made [Z2].
z.config({ jitless: true });

/** What may be a user's name. */
export const userName = z.string().trim().min(1).max(40);
/** What may be a room's name. */
export const roomName = z.string().trim().min(1).max(40);

const id = z.string().min(1).max(64);
// No more than a Date holds.
const time = z.number().int().min(0).max(8.64e15);

/** What the chat's page and its server may say: the seed's commands, and what the page needs besides. */
export const protocol = defineProtocol({
  inbound: {
    welcome: z.object({ user: z.string() }),
    pong: z.object({ timestamp: z.number(), id: id.optional() }),
    chat: z.object({ id, user: z.string(), text: z.string(), time }),
    typing: z.object({ user: z.string(), typing: z.boolean() }),
    seen: z.object({ user: z.string(), time }),
    "online-update": z.object({ userID: z.string(), connected: z.boolean() }),
    notice: z.object({ text: z.string() }),
  },
  outbound: {
    // The first word on every connection; the server listens to no other before it.
    login: { param: z.object({ token: z.string().min(1).max(64) }), reply: "welcome" },
    // The heartbeat asks without an id, so that its answer is not taken for that of a ping with one.
    ping: { param: z.object({ id: id.optional() }), reply: "pong", match: (asked, pong) => asked.id === pong.id },
    // The sender's own id tells it which message an echo is of, and the server which one it has heard before.
    chat: {
      param: z.object({ id, text: z.string().trim().min(1).max(2000) }),
      delivery: "confirm",
      reply: "chat",
      match: (sent, said) => sent.id === said.id,
    },
    // Old news of it is none.
    typing: { param: z.object({ typing: z.boolean() }), delivery: "drop" },
    // Everything up to this time was seen, so that a newer one says it all. Its channel is the room: it needs no key.
    seen: { param: z.object({ time }), delivery: "latest" },
    "join-room": z.object({ room: roomName }),
    "leave-room": z.object({ room: roomName }),
    // It is meant for this moment: it does not wait.
    fault: {
      param: z.object({ kind: z.enum(["cut", "stall", "restart", "expire"]), duration: z.number().int().min(0).max(60_000) }),
      delivery: "drop",
    },
  },
});

/** The same, as the server sees it: what the page sends comes in, and what it hears goes out. */
export const mirrored = defineProtocol({ inbound: protocol.outbound, outbound: protocol.inbound });

/** The type of {@link protocol}. */
export type ChatProtocol = typeof protocol;

/** The type of {@link mirrored}. */
export type MirroredProtocol = typeof mirrored;

/** Where a token is had, by POST of `{name}` as JSON. */
export const tokenAddress = "/chat/token";

/** The close code for a connection whose token is no good: among those for which credentials are asked for anew. */
export const badToken = 4101;

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
