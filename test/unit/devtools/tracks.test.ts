import { expect, onTestFinished, test, vi } from "vitest";
import { settled, start } from "./start";

test("messages and states are time stamps of tracks, and requests are measures that are not kept", async () => {
  const stamp = vi.fn();
  // Node has none.
  vi.stubGlobal("console", { ...console, timeStamp: stamp });
  const measure = vi.spyOn(performance, "measure");
  onTestFinished(() => void vi.unstubAllGlobals());
  const { socket, native } = await start({ tracks: true });
  native.open();
  const confirmed = socket.confirm("note", { id: 7 });
  native.says({ channel: "lobby", cmd: "saved", param: { id: 7 } });
  await confirmed;
  await settled();
  const stamps = stamp.mock.calls as unknown as [label: string, start: number, end: number, track: string, group: string, color: string][];
  const tracks = stamps.map(([label, , , track, group]) => [label, track, group]);
  expect(tracks).toEqual(
    expect.arrayContaining([
      ["→ note", "chat: messages", "Wireline"],
      ["← saved", "chat: messages", "Wireline"],
      ["connecting", "chat: connection", "Wireline"],
    ]),
  );
  expect(measure.mock.calls).toEqual([
    [
      "wireline note",
      expect.objectContaining({ detail: { devtools: expect.objectContaining({ track: "chat: requests", trackGroup: "Wireline" }) } }),
    ],
  ]);
  expect(performance.getEntriesByType("measure")).toEqual([]);
});
