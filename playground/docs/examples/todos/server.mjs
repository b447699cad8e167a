import { WebSocketServer } from "ws";

const local = /^http:\/\/(localhost|127\.0\.0\.1):\d+$/;
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 8080,
  maxPayload: 65_536,
  verifyClient: ({ origin }) => origin === undefined || local.test(origin),
});
server.on("listening", () => console.log("Listening on ws://localhost:8080"));

const rooms = new Map(); // by name: who is in it, and its todos by id

function roomOf(channel) {
  if (!rooms.has(channel)) rooms.set(channel, { members: new Set(), todos: new Map() });
  return rooms.get(channel);
}

server.on("connection", (connection, request) => {
  const user = new URL(request.url, "ws://localhost").searchParams.get("user") ?? "guest";
  const joined = new Set();
  const send = (to, channel, cmd, param) => to.send(JSON.stringify({ channel, cmd, param }));
  const others = (channel) => [...roomOf(channel).members].filter((member) => member !== connection);
  const leave = (channel) => {
    if (!joined.delete(channel)) return;
    roomOf(channel).members.delete(connection);
    for (const other of others(channel)) send(other, channel, "online-update", { userID: user, connected: false });
  };

  const commands = {
    join(channel) {
      if (joined.size === 10 || channel.length > 50) return;
      joined.add(channel);
      roomOf(channel).members.add(connection);
      for (const other of others(channel)) send(other, channel, "online-update", { userID: user, connected: true });
    },
    leave,
    who: (channel) => send(connection, channel, "members", [...roomOf(channel).members].map((member) => member.user)),
    list: (channel) => send(connection, channel, "todos", [...roomOf(channel).todos.values()]),
    save(channel, { id, text, done }) {
      const { todos, members } = roomOf(channel);
      if (todos.size < 1_000 || todos.has(id)) todos.set(String(id), { id: String(id), text: String(text), done: done === true });
      for (const member of members) send(member, channel, "todo", todos.get(id));
      send(connection, channel, "saved", { id });
    },
    typing(channel, { on }) {
      for (const other of others(channel)) send(other, channel, "typing", { user, on: on === true });
    },
  };

  connection.user = user;
  connection.on("error", console.error);
  connection.on("close", () => [...joined].forEach(leave));
  connection.on("message", (data) => {
    try {
      const { channel, cmd, param } = JSON.parse(data);
      // Whoever is not in a room can only join it.
      if (cmd === "join" || joined.has(channel)) commands[cmd]?.(channel, param);
    } catch (error) {
      console.error("Ignored a message:", error.message);
    }
  });
});
