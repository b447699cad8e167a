import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Channel, Socket, type SocketError, type SocketOptions } from "../../src/index";
import { FakeWebSocket, fake } from "../harness/fake";

let socket: Socket;
const errors: SocketError[] = [];
const drops: [param: unknown, reason: string][] = [];

function open(options: SocketOptions = {}): Promise<FakeWebSocket> {
  const made = FakeWebSocket.next();
  socket = new Socket({ url: "wss://server", WebSocket: fake, backoff: () => 1, environment: false, ...options });
  socket.onError((error) => errors.push(error));
  socket.onDrop(({ param }, reason) => drops.push([param, reason]));
  return made;
}

/** The params of the messages that the server got, by command. */
const sent = ({ sent }: FakeWebSocket) =>
  sent.map((text) => {
    const { channel, cmd, param } = JSON.parse(text as string);
    return [channel, cmd, param];
  });

afterEach(() => {
  socket.close();
  errors.length = 0;
  drops.length = 0;
});

describe("a channel whose server answers joins", () => {
  const rejoin = { join: { cmd: "join", reply: "joined", refused: "join-refused" } } as const;
  let room: Channel;
  let native: FakeWebSocket;

  async function join(): Promise<void> {
    native = (await open({ rejoin })).open();
    room = socket.channel("room");
    void room.join({ password: "x" });
    await turn();
  }

  test("gets its messages once it is joined, in order, and other channels do not wait for it", async () => {
    await join();
    expect(room.send("chat", 1)).toBe("queued");
    expect(socket.channel("other").send("chat", 2)).toBe("sent");
    expect(room.send("chat", 3)).toBe("queued");
    expect(sent(native)).toEqual([
      ["room", "join", { password: "x" }],
      ["other", "chat", 2],
    ]);
    native.says({ channel: "room", cmd: "joined", param: {} });
    expect(sent(native).slice(2)).toEqual([
      ["room", "chat", 1],
      ["room", "chat", 3],
    ]);
    expect(room.send("chat", 4)).toBe("sent");
  });

  test("waits for the answer of each connection", async () => {
    await join();
    native.says({ channel: "room", cmd: "joined", param: {} });
    const next = FakeWebSocket.next();
    native.ends();
    expect([room.status, room.send("chat", 1)]).toEqual(["joining", "queued"]);
    const second = (await next).open();
    await turn();
    expect([socket.state.status, sent(second)]).toEqual(["open", [["room", "join", { password: "x" }]]]);
    second.says({ channel: "room", cmd: "joined", param: {} });
    expect(sent(second).slice(1)).toEqual([["room", "chat", 1]]);
  });

  test("that is refused has its messages dropped with the reason `channel`, those that wait and later ones", async () => {
    await join();
    room.send("chat", 1);
    const asked = room.request("ask", 2, { reply: "answer" });
    native.says({ channel: "room", cmd: "join-refused", param: { reason: "full" } });
    expect(room.send("chat", 3)).toBe("dropped");
    await turn();
    expect(drops).toEqual([
      [1, "channel"],
      [2, "channel"],
      [3, "channel"],
    ]);
    expect(await asked.catch((error: unknown) => error)).toMatchObject({ code: "dropped", cause: "channel", sent: false });
    expect(errors).toEqual([room.refusal]);
    expect(room.refusal).toMatchObject({ code: "refused", channel: "room", cause: { reason: "full" } });
  });

  test("lets its messages go when the param that another part wanted is taken back in the same tick", async () => {
    await join();
    native.says({ channel: "room", cmd: "joined" });
    room.hold({ password: "y" });
    expect(room.send("chat", 1)).toBe("queued");
    room.hold({ password: "x" });
    await turn();
    expect(sent(native).slice(1)).toEqual([["room", "chat", 1]]);
  });

  test("that is left before the answer lets its messages go first, so that none waits for ever", async () => {
    await join();
    room.send("chat", 1);
    room.leave();
    await turn();
    expect(sent(native).map(([, cmd]) => cmd)).toEqual(["join", "chat", "leave"]);
  });

  test("drops what waits when the socket closes", async () => {
    await join();
    room.send("chat", 1);
    socket.close();
    await turn();
    expect(drops).toEqual([[1, "closed"]]);
  });

  test("keeps a confirmed message until it is joined again", async () => {
    await join();
    native.says({ channel: "room", cmd: "joined", param: {} });
    const confirmed = room.confirm("note", 1, { reply: "saved" });
    expect(sent(native).at(-1)).toEqual(["room", "note", 1]);
    const next = FakeWebSocket.next();
    native.ends();
    const second = (await next).open();
    await turn();
    expect(sent(second).map(([, cmd]) => cmd)).toEqual(["join"]);
    second.says({ channel: "room", cmd: "joined" });
    expect(sent(second).map(([, cmd]) => cmd)).toEqual(["join", "note"]);
    second.says({ channel: "room", cmd: "saved", param: "yes" });
    expect(await confirmed).toBe("yes");
  });

  test("an answer in another channel, or that nobody asked for, joins nothing", async () => {
    await join();
    native.says({ channel: "other", cmd: "joined" });
    expect(room.status).toBe("joining");
    native.says({ channel: "room", cmd: "joined" });
    native.says({ channel: "room", cmd: "join-refused" });
    expect(room.status).toBe("joined");
  });

  test("is asked again for another identity while the answer is due, and nothing is reported", async () => {
    await join();
    const joined = room.join();
    const next = FakeWebSocket.next();
    socket.identify("bob");
    const second = (await next).open();
    await turn();
    expect([room.status, errors, sent(second)]).toEqual(["joining", [], [["room", "join", { password: "x" }]]]);
    second.says({ channel: "room", cmd: "joined", param: "welcome" });
    expect(await joined).toBe("welcome");
  });

  test("that is held and let go in one tick lets its messages go", async () => {
    native = (await open({ rejoin })).open();
    await turn();
    const release = socket.channel("room").hold();
    socket.channel("room").send("chat", 1);
    release();
    await turn();
    expect(sent(native)).toEqual([["room", "chat", 1]]);
  });

  test("is not joined while the function runs that makes its param", async () => {
    native = (await open({ rejoin })).open();
    await turn();
    room = socket.channel("room");
    const seen: unknown[] = [];
    void room.join(() => {
      seen.push(room.status, room.send("chat", 1));
      return 2;
    });
    await turn();
    expect([seen, sent(native)]).toEqual([["joining", "queued"], [["room", "join", 2]]]);
  });

  test.each(["joined", "join-refused"])("may be answered with %s inside of send()", async (cmd) => {
    native = (await open({ rejoin })).open();
    await turn();
    native.send = () => native.says({ channel: "room", cmd });
    room = socket.channel("room");
    void room.join();
    await turn();
    expect(room.status).toBe(cmd === "joined" ? "joined" : "refused");
  });

  test("leaves no timer behind where the function that makes a param closes the socket, and other channels wait", async () => {
    vi.useFakeTimers();
    try {
      const made = open({ rejoin });
      for (const name of ["one", "two"]) void socket.channel(name).join(() => socket.close());
      await vi.advanceTimersByTimeAsync(2);
      (await made).open();
      await vi.advanceTimersByTimeAsync(60_000);
      expect([socket.state.status, vi.getTimerCount(), errors]).toEqual(["closed", 0, []]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("is refused by an answer that does not fit the protocol, and left in the end, because the server may have agreed", async () => {
    const joined = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "no" }] }) } } as const;
    native = (await open({ rejoin: { join: { cmd: "join", reply: "joined" } }, protocol: { inbound: { joined }, outbound: {} } })).open();
    room = socket.channel("room");
    const refused = room.join().catch(({ cause }) => cause);
    await turn();
    native.says({ channel: "room", cmd: "joined" });
    expect(await refused).toMatchObject({ code: "validation" });
    room.leave();
    await turn();
    expect(sent(native).map(([, cmd]) => cmd)).toEqual(["join", "leave"]);
  });

  test("a function tells a refusal from the reply; one that throws is reported, and refuses", async () => {
    const refused = (reply: { ok: boolean }) => !reply.ok;
    native = (await open({ rejoin: { join: { cmd: "join", reply: "reply", refused } } })).open();
    const joins = ["a", "b", "c"].map((name) => socket.channel(name).join());
    await turn();
    native.says({ channel: "a", cmd: "reply", param: { ok: true } });
    native.says({ channel: "b", cmd: "reply", param: { ok: false } });
    native.says({ channel: "c", cmd: "reply", param: null });
    expect((await Promise.allSettled(joins)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(errors.map(({ code }) => code).sort()).toEqual(["listener", "refused", "refused"]);
  });

  test("a join that names another channel on the wire is answered there, the oldest first", async () => {
    const cmd = (name: string) => ({ channel: "lobby", cmd: "join-room", param: { room: name } });
    native = (await open({ rejoin: { join: { cmd, reply: "joined" } } })).open();
    const [one, two] = [socket.channel("one"), socket.channel("two")];
    void one.join();
    void two.join();
    await turn();
    native.says({ channel: "lobby", cmd: "joined" });
    expect([one.status, two.status]).toEqual(["joined", "joining"]);
  });
});

describe("holding a socket", () => {
  test("connects it with the first, and closes it with the last", async () => {
    const made = open({ autoConnect: false });
    const one = socket.hold();
    const two = socket.hold();
    const native = (await made).open();
    one();
    one();
    await turn();
    expect(socket.state.status).toBe("open");
    two();
    await turn();
    expect([socket.state.status, native.closes]).toEqual(["closed", [[1000, ""]]]);
  });

  test("in the tick of the last release goes on with the same connection", async () => {
    const made = open({ autoConnect: false });
    const release = socket.hold();
    const native = (await made).open();
    release();
    socket.hold();
    await turn();
    expect([socket.state.status, native.closes]).toEqual(["open", []]);
  });

  test.each([
    ["autoConnect", {}, () => {}],
    ["connect()", { autoConnect: false }, () => socket.connect()],
  ])("does not close what %s has opened", async (_, options, connect) => {
    const made = open(options);
    connect();
    await made;
    socket.hold()();
    await turn();
    expect(socket.state.status).toBe("connecting");
  });

  test("is ended by close(), and begins again with the next", async () => {
    open({ autoConnect: false });
    const release = socket.hold();
    socket.close();
    release();
    await turn();
    expect(socket.state.status).toBe("closed");
    const again = socket.hold();
    expect(socket.state.status).toBe("connecting");
    again();
    await turn();
    expect(socket.state.status).toBe("closed");
  });

  test("that throws holds nothing", async () => {
    socket = new Socket({ url: "wss://server", autoConnect: false });
    vi.stubGlobal("WebSocket", undefined);
    try {
      expect(() => socket.hold()).toThrow(expect.objectContaining({ code: "unsupported" }));
    } finally {
      vi.unstubAllGlobals();
    }
    expect(socket.state.status).toBe("idle");
  });
});

describe("the list of members", () => {
  test("is asked for once a channel is joined, and on the opening for the default channel", async () => {
    const presence = { list: "members", ask: "who" };
    const native = (await open({ channel: "lobby", presence })).open();
    const room = socket.channel("room");
    room.hold();
    await turn();
    expect(sent(native)).toEqual([
      ["lobby", "who", {}],
      ["room", "join", {}],
      ["room", "who", {}],
    ]);
    native.says({ channel: "room", cmd: "members", param: [{ userID: "ada", name: "Ada" }, "bob", 5, null] });
    native.says({ channel: "lobby", cmd: "members", param: ["cid"] });
    native.says({ channel: "room", cmd: "online-update", param: { userID: "bob", connected: false } });
    expect([...room.members]).toEqual([["ada", { userID: "ada", name: "Ada" }]]);
    expect([...socket.channel("lobby").members.keys()]).toEqual(["cid"]);
    expect(socket.state.unknown).toBe(0);
  });

  test("waits for the answer to the join", async () => {
    const rejoin = { join: { cmd: "join", reply: "joined" } };
    const native = (await open({ rejoin, presence: { list: "members", ask: "who" } })).open();
    socket.channel("room").hold();
    await turn();
    native.says({ channel: "room", cmd: "joined" });
    expect(sent(native).slice(1)).toEqual([
      ["room", "join", {}],
      ["room", "who", {}],
    ]);
  });

  test("is read as the options say, and what their functions throw is reported", async () => {
    const native = (
      await open({
        presence: {
          update: "seen",
          readUpdate: ({ who, here }: { who: string; here: boolean }) => ({ id: who, connected: here, details: 1 }),
          list: "all",
          readList: ({ people }: { people: Record<string, number> }) => Object.entries(people),
        },
      })
    ).open();
    const room = socket.channel("room");
    native.says({ channel: "room", cmd: "all", param: { people: { ada: 1, bob: 2 } } });
    native.says({ channel: "room", cmd: "seen", param: { who: "cid", here: true } });
    native.says({ channel: "room", cmd: "seen", param: { who: "ada", here: false } });
    native.says({ channel: "room", cmd: "online-update", param: { userID: "dan", connected: true } });
    expect([...room.members]).toEqual([
      ["bob", 2],
      ["cid", 1],
    ]);
    native.says({ channel: "room", cmd: "all", param: null });
    native.says({ channel: "room", cmd: "seen", param: null });
    await turn();
    expect(errors.map(({ code }) => code)).toEqual(["listener", "listener"]);
    expect(room.members.size).toBe(2);
  });
});
