import { stripVTControlCharacters } from "node:util";
import { describe, expect, expectTypeOf, test } from "vitest";
import { mockServer } from "../../../src/testing/index";
import { matchers } from "../../../src/testing/vitest";
import { Socket } from "../../../src/index";
import { start } from "./start";

expect.extend(matchers);

/** What a matcher says when it fails. */
function failure(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    // Runners print values in colours, and with more or fewer lines.
    return stripVTControlCharacters((error as Error).message).replace(/\s+/g, " ");
  }
  throw new Error("It passes.");
}

describe("toHaveReceived", () => {
  test("looks for a command, and for its param", async () => {
    const { server, open } = start();
    const { socket } = await open();
    socket.send("note", { id: 1 });
    socket.send("note", { id: 2 });
    await server.settled();
    expect(server).toHaveReceived("note");
    expect(server).toHaveReceived("note", { id: 2 });
    expect(server.client).toHaveReceived("note", { id: expect.any(Number) });
    expect(server).not.toHaveReceived("note", { id: 3 });
    expect(server).not.toHaveReceived("chat");
    expect(failure(() => expect(server).toHaveReceived("note", { id: 3 }))).toBe(
      'The server has not received "note" with Object { "id": 3, }; it has received: Object { "id": 1, } Object { "id": 2, }',
    );
    expect(failure(() => expect(server).toHaveReceived("chat"))).toBe(
      'The server has not received "chat"; it has received: other commands: Array [ "note", "note", ]',
    );
    expect(failure(() => expect(server).not.toHaveReceived("note"))).toContain('The server has received "note"');
  });

  test("says what it takes", () => {
    expect(failure(() => expect(7).toHaveReceived("note"))).toBe(
      "This is no mock server and no client of one: pass what mockServer() returns.",
    );
  });
});

describe("toBeOpen", () => {
  test("looks at the status", async () => {
    const { server, open } = start();
    const { socket } = await open();
    expect(socket).toBeOpen();
    server.close(4001, "no");
    await server.settled();
    expect(socket).not.toBeOpen();
    expect(failure(() => expect(socket).toBeOpen())).toContain("The socket is not open: closed; last close 4001 no");
    expect(failure(() => expect(undefined).toBeOpen())).toBe("This is no socket: pass what `new Socket()` returns.");
  });
});

describe("toHaveDropped", () => {
  test("looks for a reason", async () => {
    const { server, connect } = start();
    server.hang();
    const { socket } = connect({ queue: { max: 0 } });
    socket.send("chat", { text: "hi" });
    await server.settled();
    expect(socket).toHaveDropped();
    expect(socket).toHaveDropped("overflow");
    expect(socket).not.toHaveDropped("expired");
    expect(failure(() => expect(socket).toHaveDropped("expired"))).toBe(
      'The socket has not dropped a message for the reason "expired"; it has dropped: Array [ Array [ "chat", "overflow", ], ]',
    );
  });

  test("needs a socket that is watched", () => {
    const socket = new Socket({ ...mockServer().options, autoConnect: false });
    expect(failure(() => expect(socket).toHaveDropped())).toBe(
      "The socket is not watched: call watch(socket) of wireline/testing before it drops anything.",
    );
  });
});

test("the matchers are typed", () => {
  expectTypeOf(expect(1).toHaveDropped).parameter(0).toEqualTypeOf<Parameters<Parameters<Socket["onDrop"]>[0]>[1] | undefined>();
  expectTypeOf(expect(1).toBeOpen).returns.toEqualTypeOf<void>();
});
