import { describe, expect, test, vi } from "vitest";
import { formatRecording, parseRecording, type RecordedEvent } from "../../../src/testing/index";
import { start } from "./start";

const recording: RecordedEvent[] = [
  { at: 0, type: "open" },
  { at: 5, type: "in", message: { channel: "lobby", cmd: "chat", param: { user: "Ann", text: "hi" }, from: "ann" } },
  { at: 20, type: "out", message: { channel: "lobby", cmd: "note", param: { id: 1 } } },
  { at: 40, type: "in", message: { channel: "lobby", cmd: "saved", param: { id: 1 } } },
  { at: 100, type: "close", close: { code: 1006, reason: "", wasClean: false } },
  { at: 200, type: "open" },
  { at: 210, type: "in", message: { channel: "lobby", cmd: "chat", param: { user: "Bob", text: "back" } } },
  { at: 300, type: "close", close: { code: 4001, reason: "no", wasClean: true } },
];

describe("a recording", () => {
  test("is read as it was written: one event a line", () => {
    const text = formatRecording(recording);
    expect(text.split("\n")).toHaveLength(recording.length + 1);
    expect(parseRecording(text)).toEqual(recording);
  });

  test("may have empty lines, and events of other types", () => {
    const text = '{"at":0,"type":"open"}\r\n\n{"at":1,"type":"queued","message":{}}\n{"at":2,"type":"in","message":{"cmd":7}}\n';
    expect(parseRecording(text)).toEqual([{ at: 0, type: "open" }]);
  });

  test("with a line that is no event says which", () => {
    for (const line of ["{", "null", "[]", '{"type":"open"}', '{"at":1}']) {
      expect(() => parseRecording(`{"at":0,"type":"open"}\n${line}`)).toThrow(
        "Line 2 of the recording is no event; it needs JSON with `at` and `type`.",
      );
    }
  });
});

describe("replay()", () => {
  test("plays what the server sent, waits for what the client sent, and ends as it ended", async () => {
    const { server, connect } = start();
    const { socket, log } = connect({ channel: "lobby" });
    const played = server.replay(formatRecording(recording));
    await server.settled();
    expect(log.messages.map(({ cmd, from }) => [cmd, from])).toEqual([["chat", "ann"]]);
    socket.send("note", { id: 1 });
    await played;
    await server.settled();
    expect(log.messages.map(({ cmd }) => cmd)).toEqual(["chat", "saved", "chat"]);
    expect(log.closes.map(({ code, reason }) => [code, reason])).toEqual([
      [1006, ""],
      [4001, "no"],
    ]);
  });

  test("with the pace of time, plays at the times of the recording, and waits for no message", async () => {
    vi.useFakeTimers();
    try {
      const { server, connect } = start();
      const { log } = connect();
      const played = server.replay(recording, { pace: "time" });
      await server.advance(39);
      expect(log.messages.map(({ cmd }) => cmd)).toEqual(["chat"]);
      await server.advance(1);
      expect(log.messages.map(({ cmd }) => cmd)).toEqual(["chat", "saved"]);
      await server.advance(300);
      await played;
      expect(log.closes.map(({ code }) => code)).toEqual([1006, 4001]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("plays what a tap has recorded", async () => {
    const { server, open } = start();
    server.on("note", ({ id }, { reply }) => reply("saved", { id }));
    const { socket } = await open();
    const lines: string[] = [];
    socket.tap((event) => lines.push(JSON.stringify({ at: lines.length, ...event })));
    await socket.confirm("note", { id: 7 });
    server.cut();
    await server.connected();
    socket.close();
    await server.settled();

    const other = start();
    const { socket: again, log } = await other.open();
    const played = other.server.replay(lines.join("\n"));
    const saved = again.once("saved");
    again.send("note", { id: 7 });
    expect((await saved).param).toEqual({ id: 7 });
    await played;
    await other.server.settled();
    expect([log.closes.map(({ code }) => code), again.state.status]).toEqual([[1006], "open"]);
  });

  test("a close by the client is left to the client", async () => {
    const { server, open } = start();
    const { socket } = await open();
    await server.replay([
      { at: 0, type: "open" },
      { at: 1, type: "status", state: { status: "closed" } },
      { at: 1, type: "close", close: { code: 1000, reason: "", wasClean: true } },
    ]);
    await server.settled();
    expect(socket.state.status).toBe("open");
  });
});
