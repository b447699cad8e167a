// What is measured is what is published; a package of its own, as this folder is, cannot name the one around it.
import { defineProtocol, Socket } from "../../../dist/index.mjs";
import * as z from "zod";
import type { Chat, Library } from "./library";
import { plain } from "./plain";

// An attempt that failed would be printed.
const onError = () => {};

/** Wireline, without a protocol. */
export const wireline: Library = {
  name: "wireline",
  async open({ url, WebSocket, listen }) {
    const socket = new Socket({ url, channel: "lobby", WebSocket, onError });
    socket.on("chat", (param) => listen(param as Chat));
    await socket.ready();
    return { send: (chat) => void socket.send("chat", chat), close: () => socket.close() };
  },
  dialect: plain,
};

/** Wireline with zod, which checks chats in both directions; for the works that compare what checking costs. */
export const withZod: Library = {
  name: "wireline with zod",
  async open({ url, WebSocket, listen }) {
    const chat = z.object({ user: z.string(), text: z.string(), time: z.number() });
    const protocol = defineProtocol({ inbound: { chat }, outbound: { chat } });
    const socket = new Socket({ url, channel: "lobby", protocol, WebSocket, onError });
    socket.on("chat", listen);
    await socket.ready();
    return { send: (said) => void socket.send("chat", said), close: () => socket.close() };
  },
  dialect: plain,
};
