import { describe, expect, test } from "vitest";
import { start } from "./start";

const lost = { code: 1006, reason: "", wasClean: false };
const statuses = (states: readonly { status: string }[]) =>
  states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);

describe("handshakes", () => {
  test("refuse(2) refuses two, then accepts", async () => {
    const { server, connect } = start();
    server.refuse(2);
    const { socket, log } = connect();
    await socket.ready();
    expect([log.closes, log.errors.map(({ code }) => code), server.attempts]).toEqual([[lost, lost], ["transport", "transport"], 3]);
  });

  test("refuse(401) refuses with that status until accept()", async () => {
    const { server, connect } = start();
    server.refuse(401);
    const { socket, log } = connect({ backoff: () => 0 });
    await expect.poll(() => log.errors.length).toBeGreaterThan(2);
    expect((log.errors[0]!.cause as Error).message).toBe("Unexpected server response: 401");
    server.accept();
    await socket.ready();
  });

  test("refuse({ times, status }) does both", async () => {
    const { server, connect } = start();
    server.refuse({ times: 1, status: 403 });
    const { socket, log } = connect();
    await socket.ready();
    expect(log.errors.map(({ cause }) => (cause as Error).message)).toEqual(["Unexpected server response: 403"]);
  });

  test("hang() answers none until accept()", async () => {
    const { server, connect } = start();
    server.hang();
    const { socket } = connect();
    await server.settled();
    expect([socket.state.status, server.attempts]).toEqual(["connecting", 1]);
    server.accept();
    await server.settled();
    expect([socket.state.status, server.attempts]).toEqual(["open", 1]);
  });

  test("a subprotocol that was not offered fails the handshake", async () => {
    const { server, connect } = start({ pickProtocol: (offered) => (offered.includes("two") ? "two" : undefined) });
    const { socket, log } = connect({ protocols: ({ attempt }) => (attempt === 1 ? ["one"] : ["one", "two"]) });
    await socket.ready();
    expect([log.errors.length, server.client.protocols]).toEqual([1, ["one", "two"]]);
  });
});

describe("connections", () => {
  test("close() closes with a code and a reason", async () => {
    const { server, open } = start();
    const { log } = await open();
    server.close(4001, "no");
    await server.settled();
    expect([log.closes, log.errors.map(({ code }) => code)]).toEqual([[{ code: 4001, reason: "no", wasClean: true }], ["refused"]]);
  });

  test("cut() ends with 1006, loses what is on its way, and the socket reconnects", async () => {
    const { server, open } = start();
    const { socket, log } = await open();
    server.send("saved", { id: 1 });
    server.cut();
    expect(server.clients).toEqual([]);
    await server.connected();
    expect([log.closes, log.messages, server.attempts]).toEqual([[lost], [], 2]);
    expect(statuses(log.states)).toEqual(["connecting", "open", "reconnecting", "open"]);
    expect(socket.state.status).toBe("open");
  });

  test("a message whose confirmation is cut off is sent again", async () => {
    const { server, open } = start();
    server.on("note", ({ id }, { reply }) => reply("saved", { id }));
    const { socket } = await open();
    server.stall("down");
    const confirmed = socket.confirm("note", { id: 1 });
    await server.next("note");
    server.cut();
    expect(await confirmed).toEqual({ id: 1 });
    expect(server.received("note")).toEqual([{ id: 1 }, { id: 1 }]);
  });

  test("stall() holds both directions back, or one, until resume()", async () => {
    const { server, open } = start();
    server.on("ping", (_, { reply }) => reply("pong", {}));
    const { socket, log } = await open();
    for (const [direction, got] of [
      ["both", 0],
      ["up", 0],
      ["down", 1],
    ] as const) {
      const before = server.received("ping").length;
      const pongs = log.messages.length;
      server.stall(direction);
      socket.send("ping", {});
      await server.settled();
      expect([direction, server.received("ping").length - before, log.messages.length - pongs]).toEqual([direction, got, 0]);
      server.resume();
      await server.settled();
      expect([server.received("ping").length - before, log.messages.length - pongs]).toEqual([1, 1]);
    }
  });

  test("a stalled link buffers what the systems do not take", async () => {
    const { server, open } = start();
    const WebSocket = server.WebSocket;
    await open();
    const socket = new WebSocket("ws://wireline.test/");
    await server.connected(2);
    server.stall();
    socket.send("x".repeat(100_000));
    expect(socket.bufferedAmount).toBe(100_000 - 65_536);
    server.cut();
  });

  test("slow() delays each frame, in order", async () => {
    const { server, open } = start({ timers: "mock" });
    server.on("ping", (_, { reply }) => reply("pong", {}));
    const { socket, log } = await opened(server, open());
    server.slow(100);
    socket.send("ping", {});
    await server.advance(99);
    expect(server.received("ping")).toHaveLength(0);
    await server.advance(1);
    expect([server.received("ping").length, log.messages.length]).toEqual([1, 0]);
    server.slow(0);
    server.send("saved", { id: 1 });
    await server.settled();
    expect(log.messages).toEqual([]);
    await server.advance(100);
    expect(log.messages.map(({ cmd }) => cmd)).toEqual(["pong", "saved"]);
  });

  test("garble() breaks the next message, and the connection lives on", async () => {
    const { server, open } = start();
    const { log } = await open();
    server.garble();
    server.send("saved", { id: 1 });
    server.send("saved", { id: 2 });
    await server.settled();
    expect([log.errors.map(({ code }) => code), log.messages.map(({ param }) => param)]).toEqual([["codec"], [{ id: 2 }]]);
  });

  test("restart() ends all connections and forgets who was where", async () => {
    const { server, open } = start();
    const { socket } = await open();
    socket.channel("room").join();
    await server.settled();
    const [before] = server.members("room");
    server.restart();
    expect(server.members("room")).toEqual([]);
    await server.connected();
    await server.settled();
    expect(server.members("room")).toEqual([server.client]);
    expect(server.client).not.toBe(before);
  });

  test("dismiss() asks the clients to go", async () => {
    const { server, open } = start({ timers: "mock" });
    const { socket, log } = await opened(server, open());
    server.dismiss();
    await server.advance(500);
    expect([socket.state.status, log.closes]).toEqual(["closed", [{ code: 1000, reason: "close-connection", wasClean: true }]]);
  });

  test("a fault of a client concerns that client only", async () => {
    const { server, open } = start();
    const [one, two] = [await open(), await open()];
    server.clients[0]!.close(4001);
    await server.settled();
    expect([one, two].map(({ socket }) => socket.state.status)).toEqual(["closed", "open"]);
  });

  test("a client knows how it ended", async () => {
    const { server, open } = start();
    const { socket } = await open();
    const { client } = server;
    socket.close(4321, "moved away");
    await server.settled();
    expect(client.closed).toEqual({ code: 4321, reason: "moved away" });
  });
});

describe("the environment", () => {
  test("offline() silences connections and fails new ones; online() brings both back", async () => {
    const { server, open, connect } = start();
    const { socket, log } = await open();
    server.offline();
    expect(socket.send("chat", { text: "hi" })).toBe("sent");
    const other = connect();
    await server.settled();
    expect([server.received("chat"), other.log.errors.map(({ code }) => code), other.socket.explain()]).toEqual([
      [],
      ["transport"],
      expect.stringContaining("(offline)"),
    ]);
    server.online();
    await other.socket.ready();
    expect([server.received("chat"), log.closes]).toEqual([[{ text: "hi" }], []]);
  });

  test("hide() and show() make retries rare, and end the wait", async () => {
    const { server, open } = start();
    const { socket } = await open();
    server.hide();
    server.cut();
    await server.settled();
    expect(socket.explain()).toContain("(hidden)");
    server.show();
    await server.connected();
  });

  test("freeze() closes the connection until show()", async () => {
    const { server, open } = start();
    const { socket, log } = await open();
    server.freeze();
    await server.settled();
    expect([log.closes.map(({ code }) => code), server.clients, socket.state.status]).toEqual([[1000], [], "reconnecting"]);
    server.show();
    await server.connected();
  });

  test("sleep() lets time pass in which no timer fires: the socket doubts the connection, and asks at once", async () => {
    const heartbeat = { cmd: "ping", reply: "pong", interval: 25_000 } as const;
    const { server, open } = start({ timers: "mock" });
    server.on("ping", (_, { reply }) => reply("pong", {}));
    const { socket } = await opened(server, open({ heartbeat }));
    await server.sleep(3_600_000);
    // One question, not 144.
    expect([server.received("ping").length, socket.state.status]).toEqual([2, "open"]);
    server.stall();
    await server.sleep(3_600_000);
    await server.advance(2_999);
    expect(socket.state.status).toBe("open");
    await server.advance(20);
    expect(server.attempts).toBe(2);
  });
});

/** Fake time has to move for a connection to open. */
async function opened<T>(server: { settled(): Promise<void> }, opening: Promise<T>): Promise<T> {
  await server.settled();
  return opening;
}
