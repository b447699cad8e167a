import { describe, expect, test } from "vitest";
import { FakeWebSocket } from "../../harness/fake";
import { settled, start } from "./start";

describe("faults", () => {
  test("cut() ends the connection as a lost network does, and the next attempt passes", async () => {
    const { socket, link, native } = await start();
    native.open();
    const next = FakeWebSocket.next();
    link.cut();
    await settled();
    expect(socket.state.lastClose).toMatchObject({ code: 1006, wasClean: false });
    (await next).open();
    expect(socket.state.status).toBe("open");
  });

  test("stall() lets nothing pass in either direction, and flow() lets all of it pass, in order", async () => {
    const { socket, link, native } = await start();
    native.open();
    const heard: string[] = [];
    socket.on("chat", ({ text }) => heard.push(text));
    link.stall();
    expect(link.isStalled).toBe(true);
    for (const text of ["one", "two"]) {
      native.says({ channel: "lobby", cmd: "chat", param: { user: "Ann", text } });
      socket.send("chat", { text });
    }
    expect([heard, native.sent]).toEqual([[], []]);
    link.flow();
    expect(heard).toEqual(["one", "two"]);
    expect(native.sent.map((text) => JSON.parse(String(text)).param.text)).toEqual(["one", "two"]);
  });

  test("stall() keeps what was sent in `bufferedAmount`, and lets new handshakes hang", async () => {
    const { socket, link, native } = await start();
    native.open();
    link.stall();
    socket.send("chat", { text: "x" });
    const made = FakeWebSocket.made.length;
    link.cut();
    await settled();
    // The next attempt is made, and its WebSocket is not.
    expect([socket.state.status, FakeWebSocket.made.length]).toEqual(["reconnecting", made]);
    const next = FakeWebSocket.next();
    link.flow();
    (await next).open();
    expect(socket.state.status).toBe("open");
  });

  test("offline() cuts the connection, reports it, and refuses each attempt until online()", async () => {
    const { socket, link, native } = await start({ socket: { backoff: () => 0 } });
    native.open();
    link.offline();
    expect(link.options.environment.online).toBe(false);
    await settled();
    socket.retryNow();
    const made = FakeWebSocket.made.length;
    await new Promise<void>((resolve) => socket.onClose(() => resolve()));
    expect(FakeWebSocket.made).toHaveLength(made);
    const next = FakeWebSocket.next();
    link.online();
    (await next).open();
    expect(socket.state.status).toBe("open");
  });

  test("refuseNext() lets one attempt fail", async () => {
    const { socket, link, native } = await start();
    native.open();
    link.refuseNext();
    const next = FakeWebSocket.next();
    native.ends();
    const codes: string[] = [];
    socket.onError(({ code }) => codes.push(code));
    (await next).open();
    expect([codes, socket.state.status]).toEqual([["transport"], "open"]);
  });

  test("pass on a clean close with its code and reason", async () => {
    const { socket, native } = await start();
    native.open();
    native.ends(4001, "no", true);
    await settled();
    expect(socket.state.lastClose).toEqual({ code: 4001, reason: "no", wasClean: true });
    expect(socket.state.status).toBe("closed");
  });
});
