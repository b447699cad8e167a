import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { type Authentication, defineProtocol, type Message, Socket, type SocketOptions } from "../../src/index";
import { type MockClient, type MockServer, mockServer } from "../../src/testing/index";
import { type Peer, startPeer } from "../harness/peer";

// Whose connection it is: `authenticate` and `identity`.

const protocol = defineProtocol({
  inbound: { welcome: z.object({ user: z.string() }), denied: z.object({}), chat: z.object({ text: z.string() }) },
  outbound: {
    login: { param: z.object({ token: z.string() }), reply: "welcome" },
    chat: z.object({ text: z.string() }),
    asked: { param: z.object({ text: z.string() }), reply: "chat" },
    kept: { param: z.object({ text: z.string() }), reply: "chat", delivery: "confirm" },
  },
});
type Options = SocketOptions<typeof protocol>;

/** What all sockets here connect to. It checks nothing: that is what the sockets do. */
let server: MockServer;

/** A socket, closed with its test; what it dropped is in `dropped`. */
function make(options: Partial<Options> = {}) {
  const dropped: [cmd: string, reason: string][] = [];
  const errors: string[] = [];
  const socket = new Socket({
    url: "ws://peer.test/",
    protocol,
    WebSocket: server.WebSocket,
    onError: ({ code }) => errors.push(code),
    onDrop: ({ cmd }, reason) => dropped.push([cmd, reason]),
    ...options,
  });
  onTestFinished(() => socket.close());
  return { socket, dropped, errors };
}

/** The commands that came over a connection. */
const commands = (link: MockClient) => link.received().map(({ cmd }) => cmd);
/** The texts that came over it. */
const texts = (link: MockClient) => link.received().map(({ param }) => (param as { text: string }).text);
const login = ({ request }: Authentication<typeof protocol>) => request("login", { token: "t" });
const welcome = { cmd: "welcome", param: { user: "ada" } };
/** Runs promises and events, and the timer that reconnecting-websocket has before each attempt. */
const settled = () => vi.advanceTimersByTimeAsync(2);
/** The server says something over a connection, and it arrives. */
async function says(link: MockClient, message: object): Promise<void> {
  link.sendRaw(JSON.stringify(message));
  await settled();
}
/** A connection ends, without a close frame if there is no code. */
async function ends(link: MockClient, code?: number): Promise<void> {
  if (code === undefined) link.cut();
  else link.close(code);
  await settled();
}
/** The longest first wait passes, and the next connection is there. */
async function relinked(): Promise<MockClient> {
  await vi.advanceTimersByTimeAsync(2_200);
  await settled();
  return server.clients.at(-1)!;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = mockServer();
});
afterEach(() => {
  server.end();
  vi.useRealTimers();
});

/** A socket whose first connection is there, and not authenticated yet. */
async function linked(options: Partial<Options>, before = (_socket: Socket<typeof protocol>) => {}) {
  let link!: MockClient;
  server.onConnect((client) => {
    link ??= client;
  });
  const made = make(options);
  before(made.socket);
  made.socket.connect();
  await settled();
  return { ...made, link };
}

describe("authenticate", () => {
  test("[R24] runs first on every open: then channels, the queue, onOpen, and the heartbeat", async () => {
    const order: string[] = [];
    const { socket, link } = await linked({
      authenticate: login,
      heartbeat: { cmd: "ping" },
      onOpen: () => order.push("onOpen"),
    });
    socket.tap((event) => event.type === "out" && order.push(event.message.cmd));
    socket.channel("room").join();
    expect(socket.send("chat", { text: "waits" })).toBe("queued");
    expect(socket.state.status).toBe("connecting");
    expect(commands(link)).toEqual(["login"]);
    await says(link, welcome);
    expect(order).toEqual(["join", "chat", "onOpen", "ping"]);
    expect(commands(link)).toEqual(["login", "join", "chat", "ping"]);

    order.length = 0;
    await ends(link);
    const next = await relinked();
    socket.send("chat", { text: "again" });
    expect(commands(next)).toEqual(["login"]);
    await says(next, welcome);
    expect(order).toEqual(["login", "join", "chat", "onOpen", "ping"]);
  });

  test("sends at once, before waiting messages", async () => {
    const { socket, link } = await linked({
      authenticate: async ({ send, request }) => {
        expect(send("chat", { text: "hello" })).toBe("sent");
        await request("login", { token: "t" });
      },
    });
    socket.send("chat", { text: "waits" });
    await says(link, welcome);
    expect(commands(link)).toEqual(["chat", "login", "chat"]);
    expect(socket.state.status).toBe("open");
  });

  test("may return nothing to wait for", async () => {
    const { socket, link } = await linked({ authenticate: ({ send }) => void send("login", { token: "t" }) });
    expect(socket.state.status).toBe("open");
    expect(commands(link)).toEqual(["login"]);
  });

  test.each<[string, Options["authenticate"]]>([
    ["rejects", () => Promise.reject(new Error("no"))],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
  ])("that %s fails the attempt, which is reported and retried", async (_, authenticate) => {
    const seen: (number | undefined)[] = [];
    const { socket, link, errors } = await linked({
      authenticate: (authentication) => {
        seen.push(authentication.attempt, authentication.reason?.code);
        return authenticate!(authentication);
      },
    });
    expect(errors).toEqual(["authentication"]);
    expect((socket.state.lastError!.cause as Error).message).toBe("no");
    expect(socket.state).toMatchObject({ status: "connecting", attempt: 2 });
    expect(link.closed).toBeDefined();
    await relinked();
    // The waits are random: there may be a third.
    expect(seen.slice(0, 4)).toEqual([1, undefined, 2, 1006]);
  });

  test("that hangs fails the attempt after connectTimeout, counted from the open WebSocket", async () => {
    const signals: AbortSignal[] = [];
    server.hang();
    const { socket, errors } = make({
      connectTimeout: 1_000,
      authenticate: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await vi.advanceTimersByTimeAsync(900);
    server.accept();
    await vi.advanceTimersByTimeAsync(999);
    expect(errors).toEqual([]);
    expect(signals[0]!.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(errors).toEqual(["timeout"]);
    expect(signals[0]!.aborted).toBe(true);
    expect(socket.state.attempt).toBe(2);
  });

  test("runs again after a close with 4100–4199, and receives its code; a second one in a row is final", async () => {
    const reasons: (number | undefined)[] = [];
    const { socket, link } = await linked({
      url: ({ reason }) => {
        reasons.push(reason?.code);
        return "ws://peer.test/";
      },
      authenticate: ({ reason, request }) => {
        reasons.push(reason?.code);
        return request("login", { token: "t" });
      },
    });
    await ends(link, 4101);
    await relinked();
    expect(reasons).toEqual([undefined, undefined, 4101, 4101]);
    await ends(server.client, 4101);
    expect(socket.state).toMatchObject({ status: "closed", lastClose: { code: 4101 } });
  });

  test("cannot act on a lost connection: its requests end, and its messages are dropped", async () => {
    let authentication!: Authentication<typeof protocol>;
    const failures: unknown[] = [];
    const { link, dropped } = await linked({
      authenticate: (given) => {
        authentication = given;
        return given.request("login", { token: "t" }).catch(({ code, sent }: { code: string; sent: boolean }) => failures.push(code, sent));
      },
    });
    const { signal, send, request } = authentication;
    await ends(link);
    expect(signal.aborted).toBe(true);
    expect(failures).toEqual(["lost", true]);
    const next = await relinked();
    expect(send("chat", { text: "late" })).toBe("dropped");
    await expect(request("login", { token: "late" })).rejects.toMatchObject({ code: "dropped", sent: false });
    expect(commands(next)).toEqual(["login"]);
    expect(dropped).toEqual([
      ["chat", "disconnected"],
      ["login", "disconnected"],
    ]);
  });

  test("that ends late, after its attempt, opens nothing", async () => {
    const finish: (() => void)[] = [];
    const { socket, link } = await linked({ authenticate: () => new Promise<void>((resolve) => finish.push(resolve)) });
    await ends(link);
    await relinked();
    finish[0]!();
    await settled();
    expect(socket.state.status).toBe("connecting");
    finish[1]!();
    await settled();
    expect(socket.state.status).toBe("open");
  });

  test("may close the socket, and no attempt follows", async () => {
    let close = (): void => {};
    const { socket, link, dropped } = await linked(
      {
        autoConnect: false,
        authenticate: ({ send }) => {
          close();
          expect(send("chat", { text: "late" })).toBe("dropped");
        },
      },
      (socket) => (close = () => socket.close()),
    );
    expect(socket.state.status).toBe("closed");
    expect(dropped).toEqual([["chat", "closed"]]);
    expect(commands(link)).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.attempts).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not open a connection that the server asks to leave meanwhile", async () => {
    const { socket, link } = await linked({ authenticate: login });
    await says(link, { cmd: "close-connection" });
    await says(link, welcome);
    await vi.advanceTimersByTimeAsync(500);
    expect(socket.state.status).toBe("closed");
    expect(commands(link)).toEqual(["login"]);
  });

  test("receives messages meanwhile, as listeners do", async () => {
    const heard: string[] = [];
    const { socket, link } = await linked({ authenticate: login });
    socket.on("chat", ({ text }) => heard.push(text));
    await says(link, { cmd: "chat", param: { text: "before" } });
    expect(heard).toEqual(["before"]);
    expect(socket.state.status).toBe("connecting");
  });
});

describe("identity", () => {
  test("drops waiting messages when it changes, and never sends them under another", async () => {
    const { socket, dropped } = make({ identity: "ada" });
    expect(socket.identity).toBe("ada");
    expect(socket.send("chat", { text: "ada's" })).toBe("queued");
    expect(socket.send("kept", { text: "ada's" })).toBe("queued");
    const asked = socket.request("asked", { text: "ada's" });
    socket.identify("bob");
    expect(socket.identity).toBe("bob");
    expect(socket.state.queued).toBe(0);
    socket.send("chat", { text: "bob's" });
    await settled();
    expect(texts(server.client)).toEqual(["bob's"]);
    expect(dropped).toEqual([
      ["chat", "identity"],
      ["kept", "identity"],
      ["asked", "identity"],
    ]);
    await expect(asked).rejects.toMatchObject({ code: "dropped", cause: "identity", sent: false });
  });

  test("ends an open connection with 1000 when it changes, and a new one starts at once, with channels joined", async () => {
    const closes: number[] = [];
    const { socket, link } = await linked({ identity: "ada", onClose: ({ code }) => closes.push(code), shouldReconnect: () => false });
    socket.channel("room").join();
    socket.send("kept", { text: "not confirmed" });
    const asked = socket.request("asked", { text: "sent" });
    socket.identify("bob");
    expect(socket.state).toMatchObject({ status: "reconnecting", attempt: 1, retryAt: null, queued: 0 });
    expect(socket.send("chat", { text: "bob's" })).toBe("queued");
    await expect(asked).rejects.toMatchObject({ code: "lost", sent: true });
    await settled();
    expect(closes).toEqual([1000]);
    expect(link.closed?.code).toBe(1000);
    expect(commands(server.client)).toEqual(["join", "chat"]);
    // What the old connection still delivers is ignored.
    await says(link, {});
    expect(socket.state.status).toBe("open");
  });

  test("restarts an attempt for another identity, and its functions receive the new one", async () => {
    const asked: unknown[] = [];
    const gives: ((url: string) => void)[] = [];
    const { socket } = make({
      identity: "ada",
      url: ({ identity, attempt }) => {
        asked.push([identity, attempt]);
        return new Promise((resolve) => gives.push(resolve));
      },
      authenticate: ({ identity, request }) => {
        asked.push(identity);
        return request("login", { token: "t" });
      },
    });
    await settled();
    socket.identify("bob");
    await settled();
    gives[0]!("ws://ada.test/");
    gives[1]!("ws://bob.test/");
    await settled();
    expect([server.attempts, server.client.url.href]).toEqual([1, "ws://bob.test/"]);
    expect(asked).toEqual([["ada", 1], ["bob", 1], "bob"]);
  });

  test("abandons a connection that is being authenticated for another identity", async () => {
    const { socket, link } = await linked({ identity: "ada", authenticate: login });
    socket.identify("bob");
    await says(link, welcome);
    expect(socket.state.status).toBe("connecting");
    expect(server.client).not.toBe(link);
  });

  test("ends the wait for a retry when it changes, and forgets earlier failures", async () => {
    const { socket, link } = await linked({ identity: "ada", maxRetries: 1 });
    await ends(link);
    expect(socket.state.retryAt).not.toBe(null);
    server.refuse();
    socket.identify("bob");
    expect(socket.state).toMatchObject({ attempt: 1, retryAt: null });
    await settled();
    expect(server.attempts).toBe(2);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("set in shouldReconnect starts without earlier failures", async () => {
    const change: { socket?: Socket<typeof protocol> } = {};
    const { socket, link } = await linked({ identity: "ada", shouldReconnect: () => void change.socket?.identify("bob") });
    change.socket = socket;
    await ends(link, 4101);
    await settled();
    expect(server.attempts).toBe(2);
    // The first of bob's own, which is retried.
    await ends(server.client, 4101);
    expect(socket.state.status).toBe("reconnecting");
  });

  test("set to the same value changes nothing", async () => {
    const { socket, link } = await linked({ identity: "ada" });
    socket.send("kept", { text: "kept" });
    socket.identify("ada");
    expect(socket.state).toMatchObject({ status: "open", queued: 1 });
    await settled();
    expect(link.closed).toBeUndefined();
  });

  test("can be undefined, too", async () => {
    const { socket, dropped } = make({ autoConnect: false });
    socket.send("chat", { text: "nobody's" });
    socket.identify("ada");
    socket.send("chat", { text: "ada's" });
    socket.identify();
    expect(socket.identity).toBe(undefined);
    await settled();
    expect(dropped).toEqual([
      ["chat", "identity"],
      ["chat", "identity"],
    ]);
    expect(socket.state.status).toBe("idle");
    expect(server.attempts).toBe(0);
  });

  test("does not open a socket that is closed, or that the server has asked to leave", async () => {
    const { socket, link } = await linked({});
    await says(link, { cmd: "close-connection" });
    socket.identify("ada");
    expect(socket.state.status).toBe("closed");
    socket.identify("bob");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.attempts).toBe(1);
  });

  test.each(["codec", "schema", "key", "match", "join", "join that waits"])(
    "changed by a %s in the middle of an action lets nothing pass",
    async (where) => {
      let change = (): void => {};
      const once = () => {
        change();
        change = () => {};
      };
      const touchy = defineProtocol({
        inbound: { reply: z.object({}) },
        outbound: {
          chat: z.object({ text: z.string() }).transform((param) => {
            if (where === "schema") once();
            return param;
          }),
          latest: {
            param: z.object({ text: z.string() }),
            delivery: "latest",
            key: () => {
              if (where === "key") once();
              return "key";
            },
          },
          asked: {
            param: z.object({ text: z.string() }),
            reply: "reply",
            match: () => {
              if (where === "match") once();
              return true;
            },
          },
        },
      });
      const dropped: string[] = [];
      const socket = new Socket({
        url: "ws://peer.test/",
        WebSocket: server.WebSocket,
        protocol: touchy,
        identity: "ada",
        codec: {
          encode: (message) => {
            if (where === "codec") once();
            return JSON.stringify(message);
          },
          decode: (data) => JSON.parse(data as string) as Message,
        },
        rejoin: {
          join: (channel) => {
            if (where.startsWith("join")) once();
            return { channel, cmd: "join", param: { text: "joins" } };
          },
        },
        onDrop: (_, reason) => dropped.push(reason),
      });
      onTestFinished(() => socket.close());
      await settled();
      const link = server.client;
      change = () => socket.identify("bob");
      if (where.startsWith("join")) socket.channel("room").join();
      // A join that waits goes ahead of the message, and so does what its function changes.
      if (where === "join") await settled();
      else if (where === "match") {
        const asked = socket.request("asked", { text: "ada's" });
        await says(link, { channel: "", cmd: "reply", param: {} });
        await asked.catch(() => {});
      } else expect(socket.send(where === "key" ? "latest" : "chat", { text: "ada's" })).toBe("dropped");
      expect(socket.identity).toBe("bob");
      await settled();
      expect(texts(server.client)).toEqual(where.startsWith("join") ? ["joins"] : []);
      expect(texts(link)).toEqual(where === "match" ? ["ada's"] : []);
      if (where !== "match" && where !== "join") expect(dropped).toEqual(["identity"]);
    },
  );
});

describe("with a real server", () => {
  let peer: Peer;
  beforeEach(async () => {
    vi.useRealTimers();
    peer = await startPeer();
  });
  afterEach(() => peer.stop());

  /** A server that wants a log-in, and notes who said what. */
  function service(): string[] {
    const said: string[] = [];
    void (async () => {
      for (;;) {
        const socket = await peer.connection();
        let user = "nobody";
        socket.on("message", (data) => {
          const { cmd, param } = JSON.parse(String(data)) as Message<string, { token: string; text: string }>;
          if (cmd === "login") user = param.token;
          if (cmd === "login") socket.send(JSON.stringify({ cmd: "welcome", param: { user } }));
          else said.push(`${user}: ${param.text}`);
        });
      }
    })();
    return said;
  }

  test("every message leaves under its own identity, whatever the connection does", async () => {
    const said = service();
    const dropped: unknown[] = [];
    const { WebSocket } = await import("ws");
    const socket = new Socket({
      url: peer.url,
      protocol,
      WebSocket: WebSocket as never,
      identity: "ada",
      backoff: () => 0,
      authenticate: ({ identity, request }) => request("login", { token: identity! }),
      onDrop: ({ param }) => dropped.push((param as { text: string }).text),
    });
    onTestFinished(() => socket.close());
    const arrives = async (text: string) => {
      while (!said.some((line) => line.endsWith(text))) await peer.receives(peer.received.length + 1);
    };
    socket.send("chat", { text: "1" });
    await socket.ready();
    // Handed to the WebSocket right before the connection is replaced: it arrives all the same.
    socket.send("chat", { text: "2" });
    socket.identify("bob");
    socket.send("chat", { text: "3" });
    await arrives("3");
    // 4 may be on its way, or wait; in any case it is bob's.
    peer.last.terminate();
    socket.send("chat", { text: "4" });
    socket.identify("cyd");
    socket.send("chat", { text: "5" });
    await socket.drained();
    socket.send("chat", { text: "6" });
    await arrives("6");
    const texts = said.map((line) => line.split(": ")[1]!);
    expect(texts.filter((text) => text !== "4")).toEqual(["1", "2", "3", "5", "6"]);
    for (const line of said) expect(["ada: 1", "ada: 2", "bob: 3", "bob: 4", "cyd: 5", "cyd: 6"]).toContain(line);
    expect(dropped.every((text) => text === "4")).toBe(true);
  });
});
