import * as z from "zod";
import { defineProtocol, Socket } from "wireline";

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

const user = new URLSearchParams(location.search).get("user") ?? "guest";
const socket = new Socket({
  url: `ws://localhost:8080/?user=${encodeURIComponent(user)}`,
  channel: "lobby",
  protocol,
  heartbeat: { cmd: "ping", reply: "pong" },
});

const find = (id: string) => document.getElementById(id)!;

socket.onStatus(({ status }) => {
  find("status").textContent = status;
});

socket.on("chat", ({ user, text }) => {
  const line = document.createElement("li");
  line.textContent = `${user}: ${text}`;
  find("log").append(line);
});

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = find("text") as HTMLInputElement;
  socket.send("chat", { text: input.value });
  input.value = "";
});
