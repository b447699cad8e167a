import { createClient } from "redis";
import { WebSocketServer } from "ws";

const port = Number(process.env.PORT ?? 8081);
const redis = process.env.REDIS_URL ?? "redis://localhost:6379";

const publisher = await createClient({ url: redis }).connect();
const subscriber = await createClient({ url: redis }).connect();
const server = new WebSocketServer({ port });

// Every instance passes on what any instance has published.
await subscriber.subscribe("chat", (text) => {
  for (const connection of server.clients) connection.send(text);
});

server.on("connection", (connection) => {
  connection.on("error", console.error);
  connection.on("message", async (data) => {
    try {
      const { channel, cmd, param } = JSON.parse(data);
      const text = (cmd, param) => JSON.stringify({ channel, cmd, param });
      if (cmd === "ping") connection.send(text("pong", { timestamp: Date.now() }));
      if (cmd !== "chat") return;
      const chat = { user: `instance ${port}`, text: param.text };
      await publisher.publish("chat", text("chat", chat));
    } catch (error) {
      console.error("Ignored a message:", error.message);
    }
  });
});

console.log("Listening on", port);
