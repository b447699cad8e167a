import { rawCodec, type WebSocketClass } from "../../src/index";
import { type MockServer, mockServer } from "../../src/testing/index";
import type { Got } from "./orders";
import type { OtherSide } from "./scene";

// The other side of the network for the behaviour suite, as a mock server: it takes the orders that the stage takes.

/** The mock servers by their hosts, because the sockets of a test have one class. */
const servers = new Map<string, MockServer>();
let count = 0;

class RoutedWebSocket {
  constructor(url: string, protocols?: string[]) {
    const { WebSocket } = servers.get(new URL(url).host)!;
    return new WebSocket(url, protocols);
  }
}

/** The class of all sockets, which go to the mock server that their address names. */
export const MockedWebSocket = RoutedWebSocket as unknown as WebSocketClass;

/** What the server answers to the commands of the tests, as on the stage. */
const answers: Record<string, string> = { echo: "echo", ask: "answer", note: "saved", ping: "pong", bulk: "bulk", "log-in": "welcome" };

/** Starts a mock server that does what the server of the stage does. */
export function startMock(): OtherSide {
  const server = mockServer();
  const host = register(server);
  const changes = new Set<() => void>();
  const changed = () => {
    for (const look of changes) look();
  };
  const until = (fits: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!fits()) return;
        changes.delete(look);
        resolve();
      };
      changes.add(look);
      look();
    });
  /** Looks again when something has happened of which the server has no event. */
  const poll = async (fits: () => boolean) => {
    while (!fits()) await server.settled();
  };
  for (const [cmd, answer] of Object.entries(answers)) {
    server.on(cmd, (param, { reply, client }) => {
      if (cmd === "log-in" && (param as { user: string }).user === "mallory") return client.close(4101, "wrong token");
      if (cmd === "ping") return reply(answer, {});
      reply(answer, cmd === "bulk" ? "x".repeat(param as number) : param);
    });
  }
  server.on("enter", (param, { reply, channel, client }) => {
    const { seat } = param as { seat?: number };
    if (seat === 13) return reply("entry-refused", { reason: "unlucky" });
    client.join(channel);
    reply("entered", { seat });
  });
  server.on("who", (_, { reply }) => reply("members", ["ada", "bob"]));
  server.on("chat", (param, { channel, client }) => {
    const room = client.channels.has(channel) ? channel : "stage";
    server.send("chat", { user: "", text: (param as { text: string }).text, time: Date.now() }, { channel: room });
  });
  const seen: string[] = [];
  const echoes: MockServer[] = [];
  return {
    url: `ws://${host}/connect?ch=stage`,
    orders: {
      cut: () => server.cut(),
      reset: () => server.cut(),
      stall: (direction) => server.stall(direction),
      flow: () => server.resume(),
      refuse: () => server.refuse(),
      answer: (status) => server.refuse(status),
      hang: () => server.hang(),
      accept: () => server.accept(),
      violate: () => {
        throw new Error("There are no frames to violate.");
      },
      connected: async (count) => {
        await poll(() => server.attempts >= count);
        return server.attempts;
      },
      drop: () => {
        server.refuse();
        server.cut();
      },
      restart: () => server.accept(),
      say: (text, binary = false) => server.sendRaw(binary ? new Uint8Array(Buffer.from(text)).buffer : text),
      close: (code, reason) => server.close(code, reason),
      dismiss: () => server.dismiss(),
      presence: (channel, userID, connected) => {
        for (const client of server.members(channel)) client.send("online-update", { userID, connected }, { channel });
      },
      got: async (count) => {
        await poll(() => server.received().length >= count);
        return server.received().map(({ channel, cmd, param }): Got => [channel, cmd, param]);
      },
      deserted: () => poll(() => server.clients.length === 0),
      echo: (picks) => {
        const echo = mockServer(undefined, { codec: rawCodec(), pickProtocol: () => picks || undefined });
        echoes.push(echo);
        echo.onConnect(async (client) => {
          seen.push("open");
          changed();
          await poll(() => client.closed !== undefined);
          seen.push(`close ${client.closed!.code} ${client.closed!.reason}`);
          changed();
        });
        echo.on("message", (param, { reply }) => reply("message", param));
        return `ws://${register(echo)}`;
      },
      seen: async (count) => {
        await until(() => seen.length >= count);
        return seen;
      },
    },
    end: () => {
      for (const one of [server, ...echoes]) one.end();
    },
  };
}

function register(server: MockServer): string {
  const host = `stage-${++count}.test`;
  servers.set(host, server);
  return host;
}
