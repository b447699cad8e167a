import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { protocol } from "../../playground/protocol";
import { Socket, type SocketOptions } from "../../src/index";
import { buildPeers } from "../conformance/peers";
import { Program } from "../harness/program";

// The playground's chat protocol, served by the Go server after Project Forge with the code that is generated from it.

let server: Program;
let url: string;

beforeAll(async () => {
  const { binary } = buildPeers(true);
  server = new Program(resolve(binary!), ["projectforge"]);
  const [, host] = await server.says(/listening on (127\.0\.0\.1:\d+)/);
  url = `ws://${host}/chat/socket`;
}, 240_000);
afterAll(() => server.end());

function open(user: string, options: Pick<SocketOptions, "validate"> = {}) {
  return new Socket({
    url,
    protocol,
    WebSocket: WebSocket as never,
    backoff: () => 20,
    rejoin: { join: (channel) => ({ channel, cmd: "join-room", param: { room: channel } }), leave: "leave-room" },
    authenticate: async ({ request }) => {
      const { user: welcome } = await request("login", { token: user });
      expect(welcome).toBe(user);
    },
    heartbeat: { cmd: "ping", param: {}, reply: "pong" },
    ...options,
  });
}

test("a login is replied to, and a ping with its id", async () => {
  using socket = open("Ann");
  await socket.ready();
  expect(await socket.request("ping", { id: "7" })).toMatchObject({ id: "7" });
});

test("what is confirmed in a room reaches the others once, also when it is cut meanwhile", async () => {
  using ann = open("Ann");
  using bob = open("Bob");
  const [room, other] = [ann.channel("den"), bob.channel("den")];
  room.join();
  other.join();
  await Promise.all([ann.ready(), bob.ready()]);
  const texts: string[] = [];
  other.on("chat", ({ text }) => void texts.push(text));
  await other.confirm("chat", { id: "b1", text: "here" });
  room.send("fault", { kind: "cut", duration: 0 });
  const echo = await room.confirm("chat", { id: "a1", text: "  hi 😀 " });
  expect(echo).toMatchObject({ id: "a1", user: "Ann", text: "hi 😀" });
  expect(await room.confirm("chat", { id: "a1", text: "again" })).toEqual(echo);
  await other.confirm("chat", { id: "b2", text: "last" });
  expect(texts.filter((text) => text !== "here" && text !== "last")).toEqual(["hi 😀"]);
});

test("a param that does not fit is refused by Go, too, and ends the connection", async () => {
  using socket = open("Ann", { validate: "never" });
  await socket.ready();
  const closed = new Promise<number>((done) => void socket.onClose(({ code }) => done(code)));
  socket.send("seen", { time: -1 });
  expect(await closed).toBe(1006);
});
