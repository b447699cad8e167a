import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SocketError, type SocketErrorCode } from "../src/errors";
import { failure } from "../src/messages/requests";

/** The codes of requests alone. Their sentences are where requests are, so that only those who ask pay for them. */
type RequestErrorCode = Extract<SocketErrorCode, "aborted" | "lost" | "dropped">;
const ofRequests = Object.keys({ aborted: true, lost: true, dropped: true } satisfies Record<RequestErrorCode, true>) as RequestErrorCode[];

/** Every other code; the compiler sees to it that none is missing. */
const codes = Object.keys({
  usage: true,
  unsupported: true,
  validation: true,
  codec: true,
  overflow: true,
  address: true,
  timeout: true,
  authentication: true,
  heartbeat: true,
  transport: true,
  retries: true,
  size: true,
  closed: true,
  listener: true,
} satisfies Record<Exclude<SocketErrorCode, RequestErrorCode>, true>) as SocketErrorCode[];

/** What is true of every sentence: what happened, and then the remedy. */
const sentence = /^[A-Z][^.;]*[;,] [^;]+[^.]\.$/;

/** What was asked. */
const message = { channel: "lobby", cmd: "", param: "secret" };

describe("SocketError", () => {
  test.each(codes)("has the code %s", (code) => {
    expect(new SocketError(code).code).toBe(code);
  });

  test.each(codes.filter((code) => code !== "usage"))("says of %s in one sentence what happened, and then the remedy", (code) => {
    expect(new SocketError(code).message).toMatch(sentence);
  });

  test("says of usage what is wrong where it is found: only there is it known", () => {
    expect(new SocketError("usage").message).toMatch(/^[A-Z][^.;]*\.$/);
    const source = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join("src", name), "utf8"))
      .join("\n");
    const thrown = source.match(/new SocketError\("usage".*/g) ?? [];
    expect(thrown.length).toBeGreaterThan(5);
    expect(thrown.filter((it) => !it.includes(`("usage", { message: `))).toEqual([]);
  });

  test("says something else for each code", () => {
    const requested = ofRequests.map((code) => failure(code, message).message);
    expect(new Set([...codes.map((code) => new SocketError(code).message), ...requested]).size).toBe(codes.length + ofRequests.length);
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
    const error = new SocketError("validation", { cause, issues, channel: "lobby", cmd: "chat", sent: false });
    expect(error).toMatchObject({ code: "validation", channel: "lobby", cmd: "chat", sent: false });
    expect(error.cause).toBe(cause);
    expect(error.issues).toBe(issues);
  });

  test("carries nothing that it is not given", () => {
    const error = new SocketError("closed");
    for (const name of ["cause", "channel", "cmd", "issues", "sent"]) expect(name in error).toBe(false);
  });

  test("keeps its cause out of what is listed, as every Error does", () => {
    const error = new SocketError("address", { cause: { token: "secret" } });
    expect(Object.keys(error)).not.toContain("cause");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("says the command in question before its sentence", () => {
    expect(new SocketError("overflow", { cmd: "chat" }).message).toBe("chat: The queue is full; raise its max.");
    expect(new SocketError("usage", { cmd: "chat", message: "No; do this." }).message).toBe("chat: No; do this.");
  });

  test("holds nothing of its cause, its issues or its channel in its sentence", () => {
    for (const code of codes) {
      const { message } = new SocketError(code, { cause: new Error("secret"), channel: "secret", issues: [{ message: "secret" }] });
      expect(message).not.toContain("secret");
    }
  });
});

describe("what a request fails with", () => {
  test.each([...ofRequests, "timeout", "closed"] as const)("says of %s in one sentence what happened, and then the remedy", (code) => {
    const error = failure(code, message);
    expect(error).toBeInstanceOf(SocketError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
  });

  test("says of timeout what a request may raise, and not what an attempt may", () => {
    expect(failure("timeout", message).message).not.toBe(new SocketError("timeout").message);
  });

  test("says of closed what every other error does", () => {
    expect(failure("closed", message).message).toBe(new SocketError("closed").message);
  });

  test("says what was asked where, and nothing of its param", () => {
    const cause = new Error("below");
    const error = failure("aborted", { ...message, cmd: "save" }, cause);
    expect(error).toMatchObject({ channel: "lobby", cmd: "save", message: expect.stringMatching(/^save: /) });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify({ ...error, text: String(error) })).not.toContain("secret");
  });
});
