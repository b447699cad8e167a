import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

// #region limits
const http = createServer();
const server = new WebSocketServer({ server: http, path: "/connect", maxPayload: 65_536 });
const origins = ["http://localhost:5173", "https://example.com"];
// #endregion limits

// #region rooms
const rooms = new Map(); // the members of each room, by its name
const history = []; // the last messages of all rooms
let lastId = 0;

function send(connection, channel, cmd, param) {
  // A client that does not read would fill the memory. It returns, and asks what it missed.
  if (connection.bufferedAmount > 1_000_000) return connection.terminate();
  if (connection.readyState !== WebSocket.OPEN) return;
  connection.send(JSON.stringify({ channel, cmd, param }));
}

function sendToRoom(channel, cmd, param) {
  for (const member of rooms.get(channel) ?? []) send(member, channel, cmd, param);
}

function join(connection, channel) {
  const room = rooms.get(channel) ?? new Set();
  rooms.set(channel, room.add(connection));
  sendToRoom(channel, "online-update", { userID: connection.user, connected: true });
}

function leave(connection, channel) {
  const room = rooms.get(channel);
  if (!room?.delete(connection)) return;
  if (room.size === 0) rooms.delete(channel);
  sendToRoom(channel, "online-update", { userID: connection.user, connected: false });
}
// #endregion rooms

// #region commands
const commands = {
  ping: (connection, channel) => send(connection, channel, "pong", { timestamp: Date.now() }),
  join: (connection, channel) => join(connection, channel),
  leave: (connection, channel) => leave(connection, channel),
  chat: (connection, channel, { text }) => {
    if (typeof text !== "string" || text === "") return;
    if (!rooms.get(channel)?.has(connection)) return;
    const message = { id: ++lastId, channel, user: connection.user, text };
    history.push(message);
    if (history.length > 1_000) history.shift();
    sendToRoom(channel, "chat", message);
  },
  history: (connection, channel, { after }) => {
    const messages = history.filter(({ id }) => id > after);
    send(connection, channel, "messages", {
      messages: messages.filter((message) => message.channel === channel),
    });
  },
};

function answer(connection, data) {
  try {
    const { channel, cmd, param } = JSON.parse(data);
    if (Object.hasOwn(commands, cmd)) commands[cmd](connection, channel, param ?? {});
  } catch (error) {
    console.error("Ignored a message:", error.message);
  }
}
// #endregion commands

// #region connections
server.on("connection", (connection, request) => {
  connection.on("error", console.error);
  const { origin } = request.headers;
  if (origin && !origins.includes(origin)) return connection.close(4403, "origin");
  const { searchParams } = new URL(request.url, "http://localhost");
  const user = userOf(searchParams.get("token"));
  // The client gets a new token, and tries once more.
  if (!user) return connection.close(4101, "token");
  connection.user = user;
  connection.on("message", (data) => answer(connection, data));
  connection.on("close", () => {
    for (const channel of rooms.keys()) leave(connection, channel);
  });
});

/** Stands for your own check of a token. */
function userOf(token) {
  return /^token-of-(\w+)$/.exec(token ?? "")?.[1];
}
// #endregion connections

// #region restart
process.on("SIGTERM", () => {
  // Clients return within some seconds.
  for (const connection of server.clients) connection.close(1012, "restart");
  http.close();
});

http.listen(8080, () => console.log("Listening on ws://localhost:8080"));
// #endregion restart
