import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Socket, type SocketOptions, type TapEvent } from "../../src/index";
import { FakeWebSocket, fake } from "../harness/fake";

let socket: Socket;
const events: TapEvent[] = [];

/** A socket that is tapped before anything happens to it. */
function tapped(options: SocketOptions = {}): Promise<FakeWebSocket> {
  const made = FakeWebSocket.next();
  socket = new Socket({ url: "wss://server/x?token=secret", WebSocket: fake, environment: false, autoConnect: false, ...options });
  socket.tap((event) => events.push(event));
  socket.connect();
  return made;
}

/** The events of some types, without what is shown elsewhere. */
const of = (...types: TapEvent["type"][]) => events.filter(({ type }) => types.includes(type));

afterEach(() => {
  socket.close();
  events.length = 0;
  vi.restoreAllMocks();
});

describe("tap", () => {
  test("reports a session from its first attempt to its end, in order", async () => {
    const native = (await tapped()).open();
    await turn();
    socket.close();
    native.ends(1000, "", true);
    await turn();
    const told = events.map((event) => {
      if (event.type === "status") return `${event.previous.status} → ${event.state.status}`;
      if (event.type === "attempt") return `attempt ${event.attempt} ${event.address}`;
      if (event.type === "open") return `open, reconnected: ${event.reconnected}`;
      return event.type === "close" ? `close ${event.close.code}` : event.type;
    });
    expect(told).toEqual([
      "idle → connecting",
      "attempt 1 wss://server/x",
      "connecting → open",
      "open, reconnected: false",
      "open → closed",
      "closed → closed",
      "close 1000",
    ]);
  });

  test("reports what becomes of a message, each time with the same object", async () => {
    const made = tapped({ backoff: () => 1 });
    socket.send("one", 1);
    const confirmed = socket.confirm("note", 2, { reply: "saved" });
    const first = (await made).open();
    const next = FakeWebSocket.next();
    first.ends();
    const second = (await next).open();
    second.says({ channel: "", cmd: "saved", param: "yes" });
    await confirmed;
    await turn();
    const story = of("queued", "out", "settled").map((event) => [event.type, (event as { message: { cmd: string } }).message.cmd]);
    expect(story).toEqual([
      ["queued", "one"],
      ["queued", "note"],
      ["out", "one"],
      ["out", "note"],
      ["out", "note"],
      ["settled", "note"],
    ]);
    const messages = of("queued", "out", "settled").map((event) => (event as { message: object }).message);
    expect(new Set(messages).size).toBe(2);
    expect(of("settled")).toEqual([expect.objectContaining({ reply: "yes", error: undefined })]);
    expect(of("out")[0]).toMatchObject({ size: JSON.stringify({ channel: "", cmd: "one", param: 1 }).length });
  });

  test("reports messages that arrive, joins and heartbeats that leave, and the status of channels", async () => {
    const native = (await tapped({ heartbeat: { cmd: "ping", reply: "pong" } })).open();
    socket.channel("room").hold();
    await turn();
    native.says({ channel: "room", cmd: "chat", param: "é" });
    const size = '{"channel":"room","cmd":"chat","param":"é"}'.length;
    expect(of("in")).toEqual([{ type: "in", message: { channel: "room", cmd: "chat", param: "é" }, size }]);
    expect(of("out").map((event) => (event as { message: { cmd: string } }).message.cmd)).toEqual(["ping", "join"]);
    expect(of("channel")).toEqual([{ type: "channel", channel: "room", status: "joined", previous: "left" }]);
  });

  test("reports drops, errors and failed requests, and takes the place of no listener: they are still printed", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const native = (await tapped()).open();
    native.says("{");
    const asked = socket.request("ask", 1, { reply: "answer" });
    socket.send("typing", 1, { delivery: "confirm", reply: "yes" });
    socket.close();
    await asked.catch(() => {});
    await turn();
    expect(of("error")).toEqual([{ type: "error", error: expect.objectContaining({ code: "codec" }) }]);
    expect(of("drop")).toEqual([expect.objectContaining({ message: { channel: "", cmd: "typing", param: 1 }, reason: "closed" })]);
    expect(of("settled").map((event) => (event as { error?: { code: string } }).error?.code)).toEqual(["closed", "closed"]);
    expect([print.mock.calls.length, warn.mock.calls.length]).toEqual([1, 1]);
  });

  test("survives a listener that throws, also at errors", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const native = await tapped();
    socket.tap(() => {
      throw "mine";
    });
    native.open();
    native.says("{");
    await turn();
    expect(socket.state.status).toBe("open");
    expect(print.mock.calls.filter(([error]) => error === "mine").length).toBeGreaterThan(0);
  });

  test("ends with its unsubscribe function", async () => {
    const native = await tapped();
    const more = vi.fn();
    socket.tap(more)();
    native.open();
    expect(more).not.toHaveBeenCalled();
  });
});
