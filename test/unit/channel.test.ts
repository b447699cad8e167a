import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { defineProtocol, type Presence, Socket, SocketError, type SocketOptions } from "../../src/index";
import { type Peer, startPeer } from "../harness/peer";

let peer: Peer;
let socket: { close(): void };

function open(options: SocketOptions = {}): Socket {
  const opened = new Socket({ url: peer.url, WebSocket, backoff: () => 1, onError: () => {}, ...options });
  socket = opened;
  return opened;
}
const told = (from: number, to?: number) => peer.received.slice(from, to).map((text) => JSON.parse(text) as object);
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
  expect(told(0)).toEqual([{ channel: "room", cmd: "chat", param: "hi" }]);
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
    expect(told(0)).toEqual([
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
    expect(told(0)).toMatchObject([{ cmd: "join" }, { cmd: "after" }]);
    expect(socket.state.queued).toBe(0);
  });

  test("leaving a channel that was not joined sends nothing", async () => {
    const socket = open();
    await socket.ready();
    socket.channel("room").leave();
    socket.send("after");
    await peer.receives(1);
    expect(told(0)).toMatchObject([{ cmd: "after" }]);
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
    expect(told(0)).toEqual([
      { channel: "lobby", cmd: "join-room", param: { room: "room" } },
      { channel: "room", cmd: "part", param: { because: 1 } },
    ]);
  });

  test("a join command that the protocol defines is checked, and one that it does not define is allowed", async () => {
    const protocol = defineProtocol({ inbound: {}, outbound: { enter: z.object({ key: z.string() }) } });
    const typed = new Socket({ url: peer.url, WebSocket, protocol, rejoin: { join: "enter" } });
    socket = typed;
    await typed.ready();
    const room = typed.channel("room");
    expect(() => room.join({ key: 1 })).toThrowError(SocketError);
    // What was refused is not remembered: there is nothing to leave.
    room.leave();
    room.join({ key: "k" });
    room.leave();
    await peer.receives(2);
    expect(told(0)).toMatchObject([{ cmd: "enter", param: { key: "k" } }, { cmd: "leave" }]);
  });

  test("a rejoin function that throws on open is reported, and the queue still leaves", async () => {
    const errors: SocketError[] = [];
    let ready = false;
    const join = () => {
      if (ready) throw new Error("mine");
      return { channel: "", cmd: "join", param: {} };
    };
    const socket = open({ autoConnect: false, rejoin: { join }, onError: (error) => errors.push(error) });
    socket.channel("room").join();
    socket.send("queued");
    ready = true;
    socket.connect();
    await peer.receives(1);
    expect(told(0)).toMatchObject([{ cmd: "queued" }]);
    expect(errors).toMatchObject([{ code: "listener", cause: { message: "mine" } }]);
  });
});

describe("presence", () => {
  test("members join and leave, repeats change nothing, and invalid presence is ignored", async () => {
    const socket = open();
    const room = socket.channel("room");
    const changes: [readonly string[], Presence | null][] = [];
    room.onPresence((members, change) => changes.push([members, change]));
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
    peer.last.send(presence("elsewhere", "zoe", true));
    peer.last.send(`{"channel":"room","cmd":"online-update","param":null}`);
    peer.last.send(`{"cmd":"end","param":null}`);
    await socket.once("end");
    expect(room.members).toEqual(["bob"]);
    expect(changes).toEqual([
      [["ada"], { userID: "ada", connected: true }],
      [["ada", "bob"], { userID: "bob", connected: true }],
      [["bob"], { userID: "ada", connected: false }],
    ]);
    expect(heard).toHaveBeenCalledTimes(9);
  });

  test("a new connection starts without members, and leaving clears them", async () => {
    const socket = open();
    const room = socket.channel("room");
    room.join();
    await socket.ready();
    const change = () => new Promise<readonly string[]>((resolve) => void room.onPresence(resolve));
    let changed = change();
    peer.last.send(presence("room", "ada", true));
    expect(await changed).toEqual(["ada"]);
    changed = change();
    peer.last.terminate();
    expect(await changed).toEqual([]);
    await socket.ready();
    changed = change();
    peer.last.send(presence("room", "ada", true));
    await changed;
    changed = change();
    room.leave();
    expect(await changed).toEqual([]);
  });

  test("online-update needs no definition in the protocol, and does not count as unknown", async () => {
    const protocol = defineProtocol({ inbound: { end: z.null() }, outbound: {} });
    const typed = new Socket({ url: peer.url, WebSocket, protocol });
    socket = typed;
    await typed.ready();
    const room = typed.channel("room");
    peer.last.send(presence("room", "ada", true));
    peer.last.send(`{"cmd":"end","param":null}`);
    await typed.once("end");
    expect(room.members).toEqual(["ada"]);
    expect(typed.state.unknown).toBe(0);
  });
});
