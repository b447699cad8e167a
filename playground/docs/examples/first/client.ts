import * as z from "zod";
import { defineProtocol, Socket } from "wireline";

const protocol = defineProtocol({
  // server → client
  inbound: {
    chat: z.object({ user: z.string(), text: z.string() }),
    pong: z.object({ timestamp: z.number() }),
  },
  // client → server
  outbound: {
    chat: z.object({ text: z.string().min(1) }),
    ping: { param: z.object({}), reply: "pong" },
  },
});
const socket = new Socket({
  url: "ws://localhost:8080/?user=Ann",
  channel: "lobby",
  protocol,
  heartbeat: { cmd: "ping", reply: "pong" }, // notices a dead link
});

// Typed, and checked at run time:
socket.on("chat", ({ user, text }) => console.log(`${user}: ${text}`));

// "queued" now, and sent when the connection opens:
socket.send("chat", { text: "hi" });

// One answer, or an error that says whether the message left:
const { timestamp } = await socket.request("ping", {});
console.log("The server's clock says", timestamp);
