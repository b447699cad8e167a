import { describe, expect, test } from "vitest";
import { toSubprotocols } from "../../../src/connection/subprotocols";

describe("toSubprotocols", () => {
  test("makes a list of one name, of a list, and of none", () => {
    expect(toSubprotocols("chat")).toEqual(["chat"]);
    const list = Object.freeze(["chat.v2", "chat.v1"]);
    expect(toSubprotocols(list)).toEqual(["chat.v2", "chat.v1"]);
    expect(toSubprotocols([])).toEqual([]);
    expect(toSubprotocols(undefined)).toEqual([]);
  });

  test("accepts the names that a WebSocket accepts, by their characters", () => {
    const accepts = (name: string) => {
      try {
        toSubprotocols(name);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: "SocketError", code: "usage" });
        return false;
      }
    };
    for (let code = 0; code < 0x180; code++) {
      const name = `a${String.fromCharCode(code)}b`;
      // A token of RFC 9110: no separators, no control characters, nothing beyond ASCII.
      expect([name, accepts(name)]).toEqual([name, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)]);
    }
  });

  test.each(["", "two words", "a,b", "a\n", "ü"])("refuses %j, and does not repeat it", (name) => {
    const refuse = () => toSubprotocols(["chat", name]);
    expect(refuse).toThrow(expect.objectContaining({ code: "usage", message: expect.stringContaining("`protocols`") as string }) as Error);
  });

  test("does not repeat a name that may hold a token", () => {
    expect(() => toSubprotocols("token secret")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") as string }) as Error,
    );
  });

  test("refuses a name that is there twice", () => {
    expect(() => toSubprotocols(["chat", "chat"])).toThrow(/twice/);
  });

  test.each([[[7]], [[null]], [7]])("refuses %j, which is no name", (wrong) => {
    expect(() => toSubprotocols(wrong as never)).toThrow();
  });
});
