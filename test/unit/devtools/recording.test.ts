import { describe, expect, onTestFinished, test } from "vitest";
import { inspected, openRecording, rowsOf, toHar } from "../../../src/devtools/index";
import { settled, start } from "./start";

/** An inspection with a conversation in it, which has ended. */
async function talk() {
  const { socket, inspection, native, ...rest } = await start();
  socket.send("chat", { text: "hi" });
  native.open();
  const confirmed = socket.confirm("note", { id: 7 });
  native.says({ channel: "lobby", cmd: "saved", param: { id: 7 }, from: "server" });
  await confirmed;
  native.ends(4001, "over", true);
  await settled();
  return { socket, inspection, native, ...rest };
}

function reopened(text: string) {
  const recording = openRecording(text, "from a file");
  onTestFinished(() => recording.stop());
  return recording;
}

describe("recording()", () => {
  test("is one line of JSON for each event, with its time, as a replay of wireline/testing reads it", async () => {
    const { inspection } = await talk();
    const lines = inspection
      .recording()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(inspection.events.map(({ type }) => type));
    for (const line of lines) expect(line).toEqual(expect.objectContaining({ at: expect.any(Number), type: expect.any(String) }));
    expect(lines.find(({ type }) => type === "in").message).toEqual({ channel: "lobby", cmd: "saved", param: { id: 7 }, from: "server" });
    expect(lines.find(({ type }) => type === "close").close).toEqual({ code: 4001, reason: "over", wasClean: true });
    expect(lines.filter(({ type }) => type === "status").at(-1).state.status).toBe("closed");
  });

  test("opens again with the same rows", async () => {
    const { inspection } = await talk();
    const recording = reopened(inspection.recording());
    expect(inspected().at(-1)).toBe(recording);
    const plain = (rows: ReturnType<typeof rowsOf>) =>
      rows.map(({ kind, text, steps, pair }) => ({ kind, text, steps: steps.map(({ text }) => text), pair }));
    const own = rowsOf({ events: inspection.events, commands: [], startedAt: inspection.startedAt });
    expect(plain(rowsOf(recording))).toEqual(plain(own));
    expect(Math.abs(recording.startedAt - inspection.startedAt)).toBeLessThan(50);
  });

  test("may be written by hand, without numbers", () => {
    const recording = reopened(
      '{"at":0,"type":"open"}\n\n{"at":1,"type":"in","message":{"channel":"","cmd":"a"}}\n{"at":2,"type":"novel"}\n',
    );
    expect(rowsOf(recording).map(({ text }) => text)).toEqual(["open", "a"]);
  });

  test("with a line that is no event says which", () => {
    for (const line of ["{", "null", '{"type":"open"}', '{"at":1}']) {
      expect(() => openRecording(`{"at":0,"type":"open"}\n${line}`)).toThrow("Line 2 of the recording is no event");
    }
    // What has a known type, but not what the panel reads of it, is skipped.
    expect(reopened('{"at":0,"type":"in"}\n{"at":0,"type":"status","state":{}}\n{"at":0,"type":"presence"}').events).toEqual([]);
  });
});

describe("har()", () => {
  test("has an entry for each connection, with Chrome's `_webSocketMessages`", async () => {
    const { inspection } = await talk();
    const { log } = inspection.har();
    expect(log.version).toBe("1.2");
    const [entry] = log.entries;
    expect(log.entries).toHaveLength(1);
    expect(entry).toMatchObject({
      _resourceType: "websocket",
      request: { method: "GET", url: "wss://server/x" },
      response: { status: 101 },
    });
    expect(entry!._webSocketMessages.map(({ type, opcode, data }) => [type, opcode, JSON.parse(data).cmd])).toEqual([
      ["send", 1, "chat"],
      ["send", 1, "note"],
      ["receive", 1, "saved"],
    ]);
    for (const { time } of entry!._webSocketMessages) expect(Math.abs(time * 1_000 - Date.now())).toBeLessThan(60_000);
    expect(entry!.timings.send + entry!.timings.wait + entry!.timings.receive).toBeCloseTo(entry!.time);
  });

  test("writes binary in Base64", () => {
    const message = { channel: "", cmd: "m", param: new Uint8Array([1, 2, 255]) };
    const [entry] = toHar({ startedAt: 0, events: [{ at: 0, id: 1, type: "in", message, size: 3 }] }).log.entries;
    expect(entry!._webSocketMessages).toEqual([{ type: "receive", time: 0, opcode: 2, data: "AQL/" }]);
  });
});
