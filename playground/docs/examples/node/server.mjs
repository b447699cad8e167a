import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

// #region limits
const http = createServer();
const server = new WebSocketServer({ server: http, path: "/connect", maxPayload: 65_536 });
const origins = ["http://localhost:5173", "https://example.com"];
// #endregion limits

// #region rooms
const rooms = new Map(); // by name

function roomOf(channel) {
  const room = rooms.get(channel) ?? { epoch: randomUUID(), last: 0, messages: [], members: new Set() };
  rooms.set(channel, room);
  // An empty room waits for those who come back, but not for ever.
  if (rooms.size > 1_000) rooms.delete([...rooms.keys()].find((name) => rooms.get(name).members.size === 0));
  return room;
}

function send(connection, channel, cmd, param) {
  // A client that does not read would fill the memory. It returns, and gets what it missed.
  if (connection.bufferedAmount > 1_000_000) return connection.terminate();
  if (connection.readyState !== WebSocket.OPEN) return;
  connection.send(JSON.stringify({ channel, cmd, param }));
}

function sendToRoom(channel, cmd, param) {
  for (const member of roomOf(channel).members) send(member, channel, cmd, param);
}

function leave(connection, channel) {
  if (!rooms.get(channel)?.members.delete(connection)) return;
  sendToRoom(channel, "online-update", { userID: connection.user, connected: false });
}
// #endregion rooms

// #region replay
function join(connection, channel, { since, epoch }) {
  const room = roomOf(channel);
  const missed = since === undefined ? 0 : room.last - since;
  const recovered = since === undefined || (epoch === room.epoch && missed >= 0 && missed <= room.messages.length);
  if (recovered && missed > 0) {
    for (const message of room.messages.slice(-missed)) send(connection, channel, "chat", message);
  }
  send(connection, channel, "joined", { epoch: room.epoch, last: room.last, recovered });
  room.members.add(connection);
  sendToRoom(channel, "online-update", { userID: connection.user, connected: true });
}

function publish(channel, message) {
  const room = roomOf(channel);
  const numbered = { ...message, seq: ++room.last };
  room.messages.push(numbered);
  if (room.messages.length > 500) room.messages.shift();
  sendToRoom(channel, "chat", numbered);
}
// #endregion replay

// #region commands
const commands = {
  ping: (connection, channel) => send(connection, channel, "pong", { timestamp: Date.now() }),
  join: (connection, channel, position) => join(connection, channel, position),
  leave: (connection, channel) => leave(connection, channel),
  who: (connection, channel) => {
    const members = [...roomOf(channel).members];
    if (members.includes(connection)) send(connection, channel, "members", members.map(({ user }) => user));
  },
  chat: (connection, channel, { text }) => {
    if (typeof text !== "string" || text === "") return;
    if (rooms.get(channel)?.members.has(connection)) publish(channel, { user: connection.user, text });
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
