import { describe, expect, test } from "vitest";
import { SocketError, type SocketErrorCode } from "../src/errors";

/** Every code; the compiler sees to it that none is missing. */
const codes = Object.keys({
  usage: true,
  unsupported: true,
  validation: true,
  codec: true,
  overflow: true,
  address: true,
  timeout: true,
  heartbeat: true,
  transport: true,
  retries: true,
  closed: true,
  listener: true,
} satisfies Record<SocketErrorCode, true>) as SocketErrorCode[];

describe("SocketError", () => {
  test.each(codes)("says of %s in one sentence what happened, and then the remedy", (code) => {
    expect(new SocketError(code).message).toMatch(/^[A-Z][^.;]*[;,] [^;]+[^.]\.$/);
    expect(new SocketError(code).code).toBe(code);
  });

  test("says something else for each code", () => {
    expect(new Set(codes.map((code) => new SocketError(code).message)).size).toBe(codes.length);
  });

  test("is an Error with its own name, and a stack that begins with it", () => {
    const error = new SocketError("closed");
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("SocketError");
    expect(String(error)).toBe("SocketError: The socket is closed; call connect().");
    expect(error.stack).toContain("errors.test.ts");
  });

  test("says the sentence that it is given in place of its own", () => {
    expect(new SocketError("usage", { message: "No; do this." })).toMatchObject({ code: "usage", message: "No; do this." });
  });

  test("carries the details that it is given", () => {
    const cause = new Error("below");
    const issues = [{ message: "wrong", path: ["x"] }];
    const error = new SocketError("validation", { cause, issues, channel: "lobby", cmd: "chat" });
    expect(error).toMatchObject({ code: "validation", channel: "lobby", cmd: "chat" });
    expect(error.cause).toBe(cause);
    expect(error.issues).toBe(issues);
  });

  test("carries nothing that it is not given", () => {
    const error = new SocketError("closed");
    for (const name of ["cause", "channel", "cmd", "issues"]) expect(name in error).toBe(false);
  });

  test("keeps its cause out of what is listed, as every Error does", () => {
    const error = new SocketError("address", { cause: { token: "secret" } });
    expect(Object.keys(error)).not.toContain("cause");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("says the command in question before its sentence", () => {
    expect(new SocketError("overflow", { cmd: "chat" }).message).toBe("chat: The queue is full; await ready().");
    expect(new SocketError("usage", { cmd: "chat", message: "No; do this." }).message).toBe("chat: No; do this.");
  });

  test("holds nothing of its cause, its issues or its channel in its sentence", () => {
    for (const code of codes) {
      const { message } = new SocketError(code, { cause: new Error("secret"), channel: "secret", issues: [{ message: "secret" }] });
      expect(message).not.toContain("secret");
    }
  });
});
