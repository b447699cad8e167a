import { mock } from "node:test";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { start } from "./start";

const heartbeat = { cmd: "ping", reply: "pong", interval: 25_000, timeout: 10_000 } as const;
const backoff = () => 30_000;

afterEach(() => {
  vi.useRealTimers();
  mock.timers.reset();
});

/** The fake times that a test can move, and how each starts. */
const times = {
  "Vitest's": () => {
    vi.useFakeTimers();
    return start();
  },
  "those of Jest, which hold microtasks back, too": () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance", "queueMicrotask"],
    });
    return start();
  },
  "the server's own": () => start({ timers: "mock" }),
  "those of node:test": () => {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    return start({ timers: mock.timers });
  },
};

describe.each(Object.entries(times))("with the fake timers %s", (_, begin) => {
  test("a heartbeat is sent at its time, and answered between two timers", async () => {
    const { server, connect } = begin();
    server.on("ping", (_, { reply }) => reply("pong", {}));
    const { socket, log } = connect({ heartbeat });
    await server.advance(25_000 * 4 + 100);
    expect([server.received("ping").length, log.closes, socket.state.status]).toEqual([5, [], "open"]);
  });

  test("a heartbeat without an answer ends the connection, and a retry comes at its time", async () => {
    const { server, connect } = begin();
    const { socket, log } = connect({ heartbeat, backoff });
    await server.advance(9_900);
    expect(socket.state.status).toBe("open");
    await server.advance(200);
    expect([socket.state.status, log.errors.map(({ code }) => code)]).toEqual(["reconnecting", ["heartbeat"]]);
    await server.advance(29_800);
    expect(server.attempts).toBe(1);
    await server.advance(300);
    expect([server.attempts, socket.state.status]).toEqual([2, "open"]);
  });

  test("settled() moves messages, and no time", async () => {
    const { server, connect } = begin();
    server.on("ping", (_, { reply }) => reply("pong", {}));
    const { socket, log } = connect();
    const before = Date.now();
    socket.send("ping", {});
    await server.settled();
    expect([log.messages.map(({ cmd }) => cmd), Date.now()]).toEqual([["pong"], before]);
  });
});

describe("with real timers", () => {
  test("advance() and sleep() say how to fake them", async () => {
    const { server } = start();
    await expect(server.advance(1)).rejects.toThrow(
      'The timers are real; fake them with your runner, or call mockServer(protocol, { timers: "mock" }).',
    );
    await expect(server.sleep(1)).rejects.toThrow("These timers cannot be late;");
  });

  test("a retry comes after 10 ms", async () => {
    const { server, connect } = start();
    const { socket } = connect();
    await socket.ready();
    server.cut();
    await server.connected();
    expect(server.attempts).toBe(2);
  });
});

describe("the server's own timers", () => {
  test("are put back by end(), and the timers that wait never fire", async () => {
    const names = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;
    const before = names.map((name) => globalThis[name]);
    const { server } = start({ timers: "mock" });
    expect(names.filter((name, index) => globalThis[name] === before[index])).toEqual([]);
    setTimeout(() => expect.unreachable(), 1);
    server.end();
    expect(names.filter((name, index) => globalThis[name] !== before[index])).toEqual([]);
    expect([new Date() instanceof Date, typeof Date(), performance.timeOrigin > 0]).toEqual([true, "string", true]);
  });

  test("fire in order, repeat, can be cleared, and agree on the time", async () => {
    const { server } = start({ timers: "mock" });
    const [wall, monotonic] = [Date.now(), performance.now()];
    const fired: unknown[] = [];
    const note = (name: string) => fired.push([name, Date.now() - wall, performance.now() - monotonic, new Date(wall + 1) > new Date()]);
    const every = setInterval(note, 40, "every");
    setTimeout(note, 100, "late");
    setTimeout(note, 50, "early");
    clearTimeout(setTimeout(note, 10, "never"));
    await server.advance(100);
    clearInterval(every);
    await server.advance(1_000);
    expect(fired).toEqual([
      ["every", 40, 40, false],
      ["early", 50, 50, false],
      ["every", 80, 80, false],
      ["late", 100, 100, false],
    ]);
  });

  test("a timer that sets itself again without a delay does not stop the time", async () => {
    const { server } = start({ timers: "mock" });
    let count = 0;
    const again = () => {
      count++;
      setTimeout(again);
    };
    setTimeout(again);
    await server.advance(5);
    expect(count).toBe(6);
  });

  test("dates are of the class of all others", () => {
    start({ timers: "mock" });
    expect([new Date(0) instanceof Date, new Date(2020, 1).getFullYear(), Date.UTC(1970, 0)]).toEqual([true, 2020, 0]);
    onTestFinished(() => expect(Date.now()).toBeGreaterThan(0));
  });
});

test("messages without an end are reported", async () => {
  const { server, connect } = start();
  server.on("ping", (_, { reply }) => reply("pong", {}));
  const { socket } = connect();
  await socket.ready();
  socket.on("pong", () => void socket.send("ping", {}));
  socket.send("ping", {});
  await expect(server.settled()).rejects.toThrow("Messages go back and forth without an end; stop one of the sides.");
});
