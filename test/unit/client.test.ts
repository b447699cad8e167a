import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineProtocol, type Schema, Socket, type SocketClose, type SocketError, type SocketOptions } from "../../src/index";
import { FakeWebSocket, fake } from "../harness/fake";

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.reset();
});

afterEach(() => {
  vi.useRealTimers();
});

async function open(options: SocketOptions = {}): Promise<{ socket: Socket; native: FakeWebSocket }> {
  const socket = new Socket({ url: "ws://host/", WebSocket: fake, ...options });
  await vi.advanceTimersByTimeAsync(0);
  return { socket, native: FakeWebSocket.last.open() };
}

describe("a listener of a message that waited behind a once()", () => {
  test.each([1006, 1002])("closes the socket, although the connection has ended with %i", async (code) => {
    const closes: SocketClose[] = [];
    const shouldReconnect = vi.fn();
    const { socket, native } = await open({ shouldReconnect, onClose: (close) => closes.push(close) });
    void socket.once("first");
    socket.on("second", () => socket.close());
    native.says({ cmd: "first" });
    native.says({ cmd: "second" });
    native.ends(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.state).toMatchObject({ status: "closed", retryAt: null });
    expect(closes).toHaveLength(1);
    expect(shouldReconnect).not.toHaveBeenCalled();
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test("gets no message after it has closed the socket", async () => {
    const { socket, native } = await open();
    const third = vi.fn();
    void socket.once("first");
    socket.on("second", () => socket.close());
    socket.on("third", third);
    for (const cmd of ["first", "second", "third"]) native.says({ cmd });
    await vi.runAllTimersAsync();
    expect(third).not.toHaveBeenCalled();
  });
});

describe("what is reported later", () => {
  test("is printed where its last listener has unsubscribed meanwhile", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { socket, native } = await open();
    const offs = [socket.onError(() => {}), socket.onDrop(() => {})];
    native.says("no JSON");
    socket.close();
    socket.send("late");
    for (const off of offs) off();
    await vi.runAllTimersAsync();
    expect(error).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe("a null param whose schema", () => {
  const schema = (validate: Schema["~standard"]["validate"]): Schema => ({ "~standard": { version: 1, vendor: "test", validate } });

  test.each([
    ["throws", schema((value) => ({ value: (value as { text: string }).text })), "validation"],
    ["returns no object", schema(() => 5 as never), "validation"],
    ["rejects", schema(() => Promise.reject(new Error("late"))), "usage"],
  ])("%s is reported as our error, and ends no process", async (_, inbound, code) => {
    const errors: SocketError[] = [];
    const protocol = defineProtocol({ inbound: { chat: inbound }, outbound: {} });
    const { socket, native } = await open({ protocol, onError: (error) => errors.push(error) });
    socket.on("chat", () => {});
    native.says({ cmd: "chat", param: null });
    await vi.runAllTimersAsync();
    expect(errors).toMatchObject([{ name: "SocketError", code }]);
  });
});

test("a channel that is left and joined again in the same moment keeps its members", async () => {
  const { socket, native } = await open();
  const room = socket.channel("room");
  room.join();
  await Promise.resolve();
  native.says({ channel: "room", cmd: "online-update", param: { userID: "ada", connected: true } });
  room.leave();
  room.join();
  await Promise.resolve();
  expect([...room.members.keys()]).toEqual(["ada"]);
  expect(native.sent).toHaveLength(1);
});
