import { describe, expect, onTestFinished, test } from "vitest";
import { Socket } from "../../../src/index";
import { mockServer } from "../../../src/testing/index";
import { protocol, start } from "./start";

describe("a socket and a mock server", () => {
  test("talk in both directions, with params as the schemas return them", async () => {
    const { server, connect } = start();
    server.on("note", (note, { reply }) => reply("saved", { id: note.id + 1 }));
    server.on("note", (_note, { channel, from, client }) => expect([channel, from, client.id]).toEqual(["lobby", "client-1", "client-1"]));
    const { socket } = connect({ channel: "lobby" });
    expect(await socket.request("note", { id: 1 }, { match: () => true })).toEqual({ id: 2 });
    const at = new Date(0);
    socket.send("seen", { at });
    await server.settled();
    expect(server.received("seen")).toEqual([{ at }]);
  });

  test("a message that does not fit the protocol throws where it is sent", async () => {
    const { server, connect } = start();
    connect();
    await server.connected();
    expect(() => server.send("chat", { user: 1 } as never)).toThrow(
      "chat: The mock server sends what does not fit the protocol; see `issues`.",
    );
    expect(() => server.send("nothing" as never, {} as never)).toThrow(
      "nothing: The protocol has no such inbound command; add it to `inbound`.",
    );
  });

  test("a message of a client that does not fit rejects settled()", async () => {
    const { server, connect } = start();
    const { socket } = connect({ validate: "never" });
    socket.send("chat", { text: "" });
    await expect(server.settled()).rejects.toMatchObject({ code: "validation", cmd: "chat" });
    expect(server.received("chat")).toEqual([]);
  });

  test("an error of a handler rejects settled() once, or the next() that waits, or is thrown by end()", async () => {
    const server = mockServer(protocol);
    server.on("chat", async ({ text }) => {
      throw new RangeError(text);
    });
    const socket = new Socket({ ...server.options, onDrop: () => {} });
    onTestFinished(() => socket.close());
    socket.send("chat", { text: "one" });
    await expect(server.settled()).rejects.toThrow("one");
    await server.settled();
    socket.send("chat", { text: "two" });
    await server.next("chat");
    await server.next("chat");
    await expect(server.next("note")).rejects.toThrow("two");
    socket.send("chat", { text: "three" });
    await server.next("chat");
    await expect(server.settled()).rejects.toThrow("three");
    socket.send("chat", { text: "four" });
    await server.next("chat");
    await Promise.resolve();
    expect(() => server.end()).toThrow("four");
  });

  test("next() returns each message once, in order, and stops waiting when aborted", async () => {
    const { server, connect } = start();
    const { socket } = connect();
    socket.send("chat", { text: "one" });
    socket.send("note", { id: 1 });
    socket.send("chat", { text: "two" });
    const texts = [await server.next("chat"), await server.next("chat")].map(({ param }) => param.text);
    expect(texts).toEqual(["one", "two"]);
    expect((await server.next()).cmd).toBe("note");
    const controller = new AbortController();
    const never = server.next("chat", { signal: controller.signal });
    controller.abort(new RangeError("enough"));
    await expect(never).rejects.toThrow("enough");
  });

  test("several clients get what is for them", async () => {
    const { server, connect } = start();
    const clients = [connect(), connect()];
    await server.connected(2);
    clients[0]!.socket.channel("room").join();
    await server.settled();
    const say = (text: string, options?: Parameters<typeof server.send<"chat">>[2]) => server.send("chat", { user: "Ann", text }, options);
    say("all");
    say("members", { channel: "room" });
    say("nobody has joined", { channel: "attic" });
    say("one", { to: "client-1" });
    say("two", { to: server.clients[1] });
    await server.settled();
    const texts = clients.map(({ log }) => log.messages.map(({ param }) => (param as { text: string }).text));
    expect(texts).toEqual([
      ["all", "members", "nobody has joined", "one"],
      ["all", "nobody has joined", "two"],
    ]);
  });

  test("without a client, send() says what to wait for", () => {
    const { server } = start();
    expect(() => server.send("saved", { id: 1 })).toThrow("No client is connected; await server.connected() first.");
  });

  test("presence reports who joins and leaves to the other members", async () => {
    const { server, connect } = start();
    const [one, two] = [connect().socket, connect().socket];
    const room = one.channel("room");
    const changes: unknown[] = [];
    room.onPresence(({ added, removed }) => changes.push([added, removed]));
    room.join();
    await server.connected(2);
    await server.settled();
    two.channel("room").join();
    await server.settled();
    expect(server.members("room")).toHaveLength(2);
    two.close();
    await server.settled();
    expect(changes).toEqual([
      [["client-2"], []],
      [[], ["client-2"]],
    ]);
  });

  test("a greeting arrives after the opening", async () => {
    const { server, connect } = start();
    server.onConnect((client) => client.send("saved", { id: 7 }));
    const { socket } = connect();
    const order: unknown[] = [];
    socket.onOpen(() => order.push("open"));
    socket.on("saved", ({ id }) => order.push(id));
    await server.settled();
    expect(order).toEqual(["open", 7]);
  });

  test("the address of a client decides whether it is let in", async () => {
    const { server, connect } = start();
    server.onConnect((client) => {
      if (client.url.searchParams.get("token") === "old") client.close(4101, "expired");
    });
    const tokens = ["old", "new"];
    const { socket, log } = connect({ url: () => `ws://wireline.test/connect?token=${tokens.shift()}` });
    await socket.ready();
    await server.connected();
    await server.settled();
    expect(log.closes).toEqual([{ code: 4101, reason: "expired", wasClean: true }]);
  });
});

test("using ends the server at the end of its block: nothing moves any more", async () => {
  const server = mockServer(protocol);
  const socket = new Socket(server.options);
  onTestFinished(() => socket.close());
  {
    using _ = server;
    await socket.ready();
  }
  socket.send("chat", { text: "hi" });
  await server.settled();
  expect([server.received("chat"), socket.state.status]).toEqual([[], "open"]);
});
