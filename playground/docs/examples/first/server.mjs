import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 8080 });
server.on("listening", () => console.log("Listening on ws://localhost:8080"));

server.on("connection", (connection, request) => {
  const user = new URL(request.url, "ws://localhost").searchParams.get("user") ?? "guest";
  connection.on("error", console.error);
  connection.on("message", (data) => {
    try {
      const { channel, cmd, param } = JSON.parse(data);
      const message = (cmd, param) => JSON.stringify({ channel, cmd, param });
      if (cmd === "ping") connection.send(message("pong", { timestamp: Date.now() }));
      if (cmd === "chat") for (const member of server.clients) member.send(message("chat", { user, text: param.text }));
    } catch (error) {
      console.error("Ignored a message:", error.message);
    }
  });
});
