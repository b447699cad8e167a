import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { Commands } from "../../src/commands";
import { defineProtocol, Socket, type SocketError, type SocketOptions } from "../../src/index";
import { mockServer } from "../../src/testing/index";
import { FakeWebSocket, fake } from "../harness/fake";
import { type Peer, startPeer } from "../harness/peer";

let peer: Peer;
let socket: { close(): void };

function open(options: SocketOptions = {}): Socket {
  const opened = new Socket({ url: peer.url, WebSocket, backoff: () => 1, onError: () => {}, onDrop: () => {}, ...options });
  socket = opened;
  return opened;
}
const sent = (from: number, to?: number) => peer.received.slice(from, to).map((text) => JSON.parse(text) as object);
const presence = (channel: string, userID: unknown, connected: unknown) =>
  JSON.stringify({ channel, cmd: "online-update", param: { userID, connected } });

beforeEach(async () => {
  peer = await startPeer();
});
afterEach(async () => {
  socket.close();
  await peer.stop();
});

test("channel() returns the same handle for the same name, whatever the name", () => {
  const socket = open({ autoConnect: false });
  for (const name of ["room", "", "__proto__", "constructor", "*"]) {
    expect(socket.channel(name)).toBe(socket.channel(name));
    expect(socket.channel(name).name).toBe(name);
  }
  expect(socket.channel("a")).not.toBe(socket.channel("b"));
});

test.each([undefined, null, 5, {}])("channel(%s) is a wrong use, because a channel without a name would be the whole socket", (name) => {
  const socket = open({ autoConnect: false });
  expect(() => socket.channel(name as never)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringMatching(/; pass a string\.$/) }),
  );
});

test("join() and leave() send their param as it was then, on every connection, whatever the caller does with it later", async () => {
  using server = mockServer();
  const socket = open(server.options);
  const first = await server.connected();
  const room = socket.channel("room");
  const filter = { tags: ["a"] };
  room.join(filter);
  filter.tags.push("b");
  await server.settled();
  expect(first.received("join")).toEqual([{ tags: ["a"] }]);
  first.cut();
  const second = await server.connected();
  await server.settled();
  expect(second.received("join")).toEqual([{ tags: ["a"] }]);
  room.join(filter);
  await server.settled();
  expect(second.received("join")[1]).toEqual({ tags: ["a", "b"] });
  room.leave(filter);
  filter.tags.length = 0;
  await server.settled();
  expect(second.received("leave")).toEqual([{ tags: ["a", "b"] }]);
});

test("a handle sends to its channel and receives only from it; the socket receives everything", async () => {
  const socket = open();
  const heard: string[] = [];
  const hear = (who: string) => (param: unknown) => heard.push(`${who} ${param}`);
  const room = socket.channel("room");
  room.on("chat", hear("room"));
  socket.channel("*").on("*", hear("star"));
  socket.on("chat", hear("socket"));
  await socket.ready();
  expect(room.send("chat", "hi")).toBe("sent");
  await peer.receives(1);
  expect(sent(0)).toEqual([{ channel: "room", cmd: "chat", param: "hi" }]);
  const last = room.once("last");
  const read = room.messages("chat", { buffer: 1 });
  for (const channel of ["room", "other", "__proto__"]) peer.last.send(JSON.stringify({ channel, cmd: "chat", param: channel }));
  peer.last.send(`{"channel":"*","cmd":"*","param":1}`);
  peer.last.send(`{"channel":"other","cmd":"last","param":1}`);
  peer.last.send(`{"channel":"room","cmd":"last","param":2}`);
  expect((await last).param).toBe(2);
  expect((await read.next()).value.param).toBe("room");
  expect(heard).toEqual(["socket room", "room room", "socket other", "socket __proto__", "star 1"]);
});

describe("joining", () => {
  test("joins now if open, or on open, and again after every reconnect, until leave()", async () => {
    const socket = open();
    const room = socket.channel("room");
    room.join({ as: "guest" });
    await socket.ready();
    const late = socket.channel("late");
    late.join();
    await peer.receives(2);
    peer.last.terminate();
    await peer.receives(4);
    room.leave();
    await peer.receives(5);
    peer.last.terminate();
    await peer.receives(6);
    const join = (channel: string, param: object = {}) => ({ channel, cmd: "join", param });
    expect(sent(0)).toEqual([
      join("room", { as: "guest" }),
      join("late"),
      join("room", { as: "guest" }),
      join("late"),
      { channel: "room", cmd: "leave", param: {} },
      join("late"),
    ]);
  });

  test("join, leave and join at once, while not open, send one join", async () => {
    const socket = open();
    const room = socket.channel("room");
    room.join();
    room.leave();
    room.join();
    socket.send("after");
    await peer.receives(2);
    expect(sent(0)).toMatchObject([{ cmd: "join" }, { cmd: "after" }]);
    expect(socket.state.queued).toBe(0);
  });

  test("leaving a channel that was not joined sends nothing", async () => {
    const socket = open();
    await socket.ready();
    socket.channel("room").leave();
    socket.send("after");
    await peer.receives(1);
    expect(sent(0)).toMatchObject([{ cmd: "after" }]);
  });

  test("rejoin can name other commands, or build the whole message", async () => {
    const socket = open({
      rejoin: { join: (room) => ({ channel: "lobby", cmd: "join-room", param: { room } }), leave: "part" },
    });
    const room = socket.channel("room");
    room.join();
    await socket.ready();
    room.leave({ because: 1 });
    await peer.receives(2);
    expect(sent(0)).toEqual([
      { channel: "lobby", cmd: "join-room", param: { room: "room" } },
      { channel: "room", cmd: "part", param: { because: 1 } },
    ]);
  });

  test("a join that does not fit the protocol is reported, not sent and not left", async () => {
    const protocol = defineProtocol({ inbound: {}, outbound: { enter: z.object({ key: z.string() }) } });
    const errors: SocketError[] = [];
    const typed = new Socket({ url: peer.url, WebSocket, protocol, rejoin: { join: "enter" }, onError: (error) => errors.push(error) });
    socket = typed;
    await typed.ready();
    const room = typed.channel("room");
    room.join({ key: 1 });
    await turn();
    room.leave();
    await turn();
    expect(errors).toMatchObject([{ code: "validation", cmd: "enter" }]);
    // `leave` is not in the protocol, which it need not be.
    room.join({ key: "k" });
    await turn();
    room.leave();
    await peer.receives(2);
    expect(sent(0)).toMatchObject([{ cmd: "enter", param: { key: "k" } }, { cmd: "leave" }]);
  });

  test("a rejoin function that throws on open is reported, and the queue still leaves", async () => {
    const errors: SocketError[] = [];
    const join = () => {
      throw new Error("mine");
    };
    const socket = open({ autoConnect: false, rejoin: { join }, onError: (error) => errors.push(error) });
    socket.channel("room").join();
    socket.send("queued");
    socket.connect();
    await peer.receives(1);
    expect(sent(0)).toMatchObject([{ cmd: "queued" }]);
    expect(errors).toMatchObject([{ code: "listener", cause: { message: "mine" } }]);
  });

  test("a leave and join in one tick are sent as nothing, so that the server cannot handle them in the wrong order", async () => {
    const socket = open();
    const room = socket.channel("room");
    room.join();
    await socket.ready();
    room.leave();
    room.join();
    socket.send("after");
    await peer.receives(2);
    expect(sent(0)).toMatchObject([{ cmd: "join" }, { cmd: "after" }]);
  });

  test("a join and a leave in one tick, which a component makes that is mounted twice, send one join", async () => {
    const socket = open();
    await socket.ready();
    const room = socket.channel("room");
    room.join();
    room.leave();
    room.join();
    await peer.receives(1);
    socket.send("after");
    await peer.receives(2);
    expect(sent(0)).toMatchObject([{ channel: "room", cmd: "join" }, { cmd: "after" }]);
  });

  test("a join leaves ahead of a message of the same tick, by send, request or confirm", async () => {
    const socket = open();
    await socket.ready();
    for (const [index, say] of [
      () => socket.channel("a").send("said"),
      () => void socket.channel("b").request("asked", {}, { reply: "never" }),
      () => void socket.channel("c").confirm("noted", {}, { reply: "never" }),
    ].entries()) {
      socket.channel("abc"[index]!).join();
      say();
    }
    await peer.receives(6);
    expect(sent(0)).toMatchObject(
      [...["a", "b", "c"].entries()].flatMap(([index, channel]) => [
        { channel, cmd: "join" },
        { channel, cmd: ["said", "asked", "noted"][index] },
      ]),
    );
  });
});

describe("a handle", () => {
  test("stays the same while its channel is joined or listened to, and the socket forgets it afterwards", async () => {
    const socket = open({ autoConnect: false });
    const { rooms } = Commands.clientOf(socket);
    const first = socket.channel("room");
    const off = first.on("chat", () => {});
    first.join();
    await turn();
    expect(socket.channel("room")).toBe(first);
    off();
    await turn();
    expect(socket.channel("room")).toBe(first);
    first.leave();
    await turn();
    const room = rooms.of("room");
    expect(room.handle).toBeUndefined();
    await turn();
    // A handle that was kept works as before.
    first.join();
    expect(socket.channel("room")).toBe(first);
  });
});

describe("presence", () => {
  test("members join and leave, repeats change nothing, and invalid presence is ignored", async () => {
    const socket = open();
    const room = socket.channel("room");
    await socket.ready();
    const heard = vi.fn();
    socket.on("online-update", heard);
    for (const [user, connected] of [
      ["ada", true],
      ["ada", true],
      ["bob", true],
      ["ada", false],
      ["eve", false],
      [7, true],
      ["eve", "yes"],
    ]) {
      peer.last.send(presence("room", user, connected));
    }
    const off = room.onPresence(() => {});
    peer.last.send(presence("elsewhere", "zoe", true));
    peer.last.send(`{"channel":"room","cmd":"online-update","param":null}`);
    peer.last.send(`{"cmd":"end","param":null}`);
    await socket.once("end");
    expect([...room.members]).toEqual([["bob", { userID: "bob", connected: true }]]);
    expect(heard).toHaveBeenCalledTimes(9);
    off();
  });

  test("listeners get all members, and who came and went, once a turn", async () => {
    const socket = open({ WebSocket: fake });
    const native = (await FakeWebSocket.next()).open();
    const room = socket.channel("room");
    const changes: unknown[] = [];
    room.onPresence(({ members, added, removed }) => changes.push([[...members.keys()], added, removed]));
    for (const [user, connected] of [
      ["ada", true],
      ["bob", true],
      ["ada", false],
    ] as const) {
      native.says(presence("room", user, connected));
    }
    await turn();
    native.says(presence("room", "bob", false));
    native.says(presence("room", "cid", true));
    await turn();
    expect(changes).toEqual([
      [["bob"], ["bob"], []],
      [["cid"], ["cid"], ["bob"]],
    ]);
  });

  test("members hold what the server said last, also what the presence has beside the id", async () => {
    using server = mockServer();
    const socket = open(server.options);
    await server.connected();
    const room = socket.channel("room");
    room.onPresence(() => {});
    const param = { userID: "ada", connected: true, name: "Ada" };
    server.send("online-update", param, { channel: "room" });
    await server.settled();
    expect(room.members.get("ada")).toEqual(param);
  });

  test("a new connection starts without members, and leaving clears them", async () => {
    const socket = open();
    const room = socket.channel("room");
    room.join();
    await socket.ready();
    const change = () =>
      new Promise<string[]>((resolve) => {
        const off = room.onPresence(({ members }) => {
          off();
          resolve([...members.keys()]);
        });
      });
    let changed = change();
    peer.last.send(presence("room", "ada", true));
    expect(await changed).toEqual(["ada"]);
    changed = change();
    peer.last.terminate();
    expect(await changed).toEqual([]);
    await socket.ready();
    changed = change();
    peer.last.send(presence("room", "ada", true));
    expect(await changed).toEqual(["ada"]);
    changed = change();
    room.leave();
    expect(await changed).toEqual([]);
  });

  test("the members of the default channel count from the opening, before anybody has asked for the channel", async () => {
    using server = mockServer();
    const socket = open({ ...server.options, channel: "lobby" });
    await server.connected();
    server.sendRaw(presence("lobby", "ada", true));
    await server.settled();
    expect([...socket.channel("lobby").members.keys()]).toEqual(["ada"]);
  });

  test("more members than are listed are reported, with the channel", async () => {
    const errors: SocketError[] = [];
    using server = mockServer();
    const socket = open({ ...server.options, onError: (error) => errors.push(error) });
    await server.connected();
    const room = socket.channel("room");
    room.onPresence(() => {});
    for (let index = 0; index <= 10_000; index++) server.sendRaw(presence("room", `u${index}`, true));
    await server.settled();
    expect(errors).toMatchObject([{ code: "size", channel: "room" }]);
    expect(room.members.size).toBe(10_000);
  });

  test("online-update needs no definition in the protocol, and does not count as unknown", async () => {
    const protocol = defineProtocol({ inbound: { end: z.null() }, outbound: {} });
    const typed = new Socket({ url: peer.url, WebSocket, protocol });
    socket = typed;
    await typed.ready();
    const room = typed.channel("room");
    room.join();
    peer.last.send(presence("room", "ada", true));
    peer.last.send(`{"cmd":"end","param":null}`);
    await typed.once("end");
    expect([...room.members.keys()]).toEqual(["ada"]);
    expect(typed.state.unknown).toBe(0);
  });
});

test("what a channel keeps of names that were only looked at, left or unsubscribed is nothing", async () => {
  const socket = open({ WebSocket: fake });
  const native = (await FakeWebSocket.next()).open();
  const client = Commands.clientOf(socket);
  const handles = new Set<object>();
  for (let index = 0; index < 100; index++) {
    const room = socket.channel(`room ${index}`);
    handles.add(room);
    if (index % 3 === 0) room.join();
    if (index % 3 === 1) room.on("chat", () => {})();
  }
  await turn();
  for (let index = 0; index < 100; index += 3) socket.channel(`room ${index}`).leave();
  await turn();
  native.says(presence("room 5", "ada", true));
  // A room that is remembered has its handle.
  const kept = Array.from({ length: 100 }, (_, index) => client.rooms.of(`room ${index}`)).filter(
    ({ handle }) => handle && handles.has(handle),
  );
  expect(kept).toEqual([]);
});
