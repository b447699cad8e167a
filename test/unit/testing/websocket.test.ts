import { describe, expect, onTestFinished, test } from "vitest";
import { rawCodec } from "../../../src/index";
import { type MockEvent, MockWebSocket, mockServer } from "../../../src/testing/index";

/** A raw WebSocket to a mock server, and the events of the WebSocket. */
function dial(protocols?: string | string[], url: string | URL = "ws://wireline.test/connect") {
  const server = mockServer(undefined, { codec: rawCodec() });
  onTestFinished(() => server.end());
  const socket = new server.WebSocket(url, protocols);
  const events: MockEvent[] = [];
  for (const type of ["open", "message", "error", "close"]) socket.addEventListener(type, (event) => events.push(event));
  return { server, socket, events, types: () => events.map(({ type }) => type) };
}

describe("a WebSocket of a mock server has the interface of a browser's", () => {
  test("states, address and subprotocol", async () => {
    const { server, socket } = dial(["one", "two"], "http://wireline.test/a?b=c");
    expect([socket.readyState, socket.url, socket.protocol, socket.CLOSED]).toEqual([
      0,
      "ws://wireline.test/a?b=c",
      "",
      MockWebSocket.CLOSED,
    ]);
    await server.connected();
    expect([socket.readyState, socket.protocol, socket.extensions, socket.bufferedAmount]).toEqual([1, "one", "", 0]);
    socket.close(3000, "done");
    expect(socket.readyState).toBe(2);
    await server.settled();
    expect(socket.readyState).toBe(3);
  });

  test("on… properties, listeners that are objects, once and signal", async () => {
    const { server, socket } = dial();
    const heard: string[] = [];
    socket.onopen = ({ target }) => heard.push(`onopen ${target === socket}`);
    socket.addEventListener("open", { handleEvent: ({ type }) => heard.push(`object ${type}`) });
    const removed = () => heard.push("removed");
    socket.addEventListener("open", removed);
    socket.removeEventListener("open", removed);
    const controller = new AbortController();
    socket.addEventListener("message", () => heard.push("until aborted"), { signal: controller.signal });
    socket.addEventListener("message", () => heard.push("once"), { once: true });
    socket.addEventListener("message", null);
    await server.connected();
    server.sendRaw("one");
    await server.settled();
    controller.abort();
    server.sendRaw("two");
    await server.settled();
    expect(heard).toEqual(["onopen true", "object open", "until aborted", "once"]);
  });

  test("bytes of every kind arrive in order, as they were when they were sent", async () => {
    const { server, socket, events } = dial();
    server.on("message", (param, { reply }) => reply("message", param));
    await server.connected();
    socket.binaryType = "arraybuffer";
    const bytes = Uint8Array.of(1, 2, 3, 4);
    socket.send("text");
    socket.send(new Blob([bytes]));
    socket.send(bytes.buffer);
    socket.send(bytes.subarray(1, 3));
    bytes.fill(0);
    await expect.poll(() => events.length).toBe(5);
    const data = events.slice(1).map(({ data }) => (typeof data === "string" ? data : [...new Uint8Array(data as ArrayBuffer)]));
    expect(data).toEqual(["text", [1, 2, 3, 4], [1, 2, 3, 4], [2, 3]]);
    socket.binaryType = "blob";
    server.sendRaw(Uint8Array.of(7).buffer);
    await server.settled();
    expect([...new Uint8Array(await (events.at(-1)!.data as Blob).arrayBuffer())]).toEqual([7]);
  });

  test("wrong arguments throw what a browser throws", async () => {
    const { server, socket } = dial();
    const name = (call: () => unknown) => {
      try {
        return call();
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(name(() => socket.send("early"))).toBe("InvalidStateError");
    expect(name(() => socket.close(1001))).toBe("InvalidAccessError");
    expect(name(() => socket.close(1000, "ä".repeat(62)))).toBe("SyntaxError");
    for (const url of ["nonsense", "ftp://wireline.test", "ws://wireline.test/#here"]) {
      expect(
        name(() => new server.WebSocket(url)),
        url,
      ).toBe("SyntaxError");
    }
    expect(name(() => new server.WebSocket("ws://a", ["one", "One"]))).toBe("SyntaxError");
    expect(name(() => new server.WebSocket("ws://a", [""]))).toBe("SyntaxError");
    expect(() => new MockWebSocket("ws://a")).toThrow("A MockWebSocket needs a server: take `WebSocket` of mockServer().");
  });

  test("a refused handshake is an error, then a close; a lost link is a close alone", async () => {
    const refused = dial();
    refused.server.refuse(404);
    await refused.server.settled();
    expect([refused.types(), refused.events[0]!.error!.message]).toEqual([["error", "close"], "Unexpected server response: 404"]);
    const lost = dial();
    await lost.server.connected();
    lost.server.cut();
    await lost.server.settled();
    expect([lost.types(), lost.events[1]]).toEqual([
      ["open", "close"],
      expect.objectContaining({ code: 1006, reason: "", wasClean: false }),
    ]);
  });

  test("a close while connecting fails the handshake", async () => {
    const { server, socket, types } = dial();
    server.hang();
    await server.settled();
    socket.close();
    await server.settled();
    expect([types(), socket.readyState]).toEqual([["error", "close"], 3]);
    server.accept();
    await server.settled();
    expect(server.clients).toEqual([]);
  });

  test("after close() no message arrives, and nothing leaves", async () => {
    const { server, socket, types } = dial();
    await server.connected();
    server.sendRaw("late");
    socket.close();
    socket.send("unheard");
    expect(socket.bufferedAmount).toBe(7);
    await server.settled();
    expect([types(), server.received()]).toEqual([["open", "close"], []]);
    socket.close();
    expect(types()).toEqual(["open", "close"]);
  });

  test("a close without a code is 1005 for both", async () => {
    const { server, socket, events } = dial();
    const client = await server.connected();
    socket.close();
    await server.settled();
    expect([client.closed, events.at(-1)!.code]).toEqual([{ code: 1005, reason: "" }, 1005]);
  });
});
