import * as z from "zod";
import { defineProtocol, Socket } from "wireline";

const protocol = defineProtocol({
  inbound: {                                                                // server → client
    chat: z.object({ user: z.string(), text: z.string() }),
    pong: z.object({ timestamp: z.number() }),
  },
  outbound: {                                                               // client → server
    chat: z.object({ text: z.string().min(1) }),
    ping: { param: z.object({}), reply: "pong" },
  },
});
const socket = new Socket({
  url: "ws://localhost:8080/?user=Ann",
  channel: "lobby",
  protocol,
  heartbeat: { cmd: "ping", reply: "pong" },                                // notices a dead link
});

socket.on("chat", ({ user, text }) => console.log(`${user}: ${text}`));     // typed, and checked at run time
socket.send("chat", { text: "hi" });                                        // "queued" now, sent when the connection opens
const { timestamp } = await socket.request("ping", {});                     // one answer, or an error
console.log("The server's clock says", timestamp);
