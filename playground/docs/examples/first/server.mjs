import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 8080 });
server.on("listening", () => console.log("Listening on ws://localhost:8080"));

server.on("connection", (connection, request) => {
  const { searchParams } = new URL(request.url, "ws://localhost");
  const user = searchParams.get("user") ?? "guest";
  connection.on("error", console.error);
  connection.on("message", (data) => {
    try {
      const { channel, cmd, param } = JSON.parse(data);
      const message = (cmd, param) => JSON.stringify({ channel, cmd, param });
      if (cmd === "ping") connection.send(message("pong", { timestamp: Date.now() }));
      if (cmd !== "chat") return;
      const chat = message("chat", { user, text: param.text });
      for (const member of server.clients) member.send(chat);
    } catch (error) {
      console.error("Ignored a message:", error.message);
    }
  });
});
