import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { SocketError, type SocketErrorCode } from "../../src/errors";
import { requestError } from "../../src/messages/requests";

type RequestErrorCode = "aborted" | "lost" | "dropped" | "expired";

/** The codes of requests and confirmations alone. */
const ofRequests = Object.keys({ aborted: true, lost: true, dropped: true, expired: true } satisfies Record<
  RequestErrorCode,
  true
>) as RequestErrorCode[];

/** Every other code; the compiler checks that none is missing. */
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
  refused: true,
  retries: true,
  size: true,
  closed: true,
  listener: true,
} satisfies Record<Exclude<SocketErrorCode, RequestErrorCode>, true>) as SocketErrorCode[];

/** What is true of every sentence: what happened, and then the remedy. */
const sentence = /^[A-Z`][^.;]*; [^;]+[^.]\.$/;

/** What was asked. */
const message = { channel: "lobby", cmd: "", param: "secret" };

describe("SocketError", () => {
  test.each([...codes, ...ofRequests])("has the code %s", (code) => {
    expect(new SocketError(code).code).toBe(code);
  });

  test.each([...codes, ...ofRequests])("says of %s in one sentence what happened, and then the remedy", (code) => {
    expect(new SocketError(code).message).toMatch(sentence);
  });

  test("says where it is thrown what is wrong, and then the remedy, for usage and wherever else it has a sentence of its own", () => {
    const source = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join("src", name), "utf8"))
      .join("\n");
    // None of `usage` is without a sentence.
    expect(source.match(/new SocketError\("usage"(?!, \{ message)/g)).toBeNull();
    // Each sentence in the source says what is wrong, and then what to do.
    const found = [...source.matchAll(/(?:\busage\(\s*|\bmessage:\s*)(["`])(.*?[^\\])\1/g)].map(([, , text]) =>
      text!.replace(/\$\{[^}]*\}/g, "X"),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((text) => !/^[^.;]+[^;]*; [^;]+\.$/.test(text))).toEqual([]);
  });

  test("has a different sentence for each code", () => {
    const all = [...codes, ...ofRequests];
    expect(new Set(all.map((code) => new SocketError(code).message)).size).toBe(all.length);
    expect(new Set(all.map((code) => requestError(code, message).message)).size).toBe(all.length);
  });

  test("is an Error with its own name, and its stack begins with it", () => {
    const error = new SocketError("closed");
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("SocketError");
    expect(String(error)).toBe("SocketError: The socket is closed; call connect() to open it again.");
    expect(error.stack).toContain("errors.test.ts");
  });

  test("uses a given sentence instead of its own", () => {
    expect(new SocketError("usage", { message: "No; do this." })).toMatchObject({ code: "usage", message: "No; do this." });
  });

  test("carries the given details", () => {
    const cause = new Error("below");
    const issues = [{ message: "wrong", path: ["x"] }];
    const error = new SocketError("validation", { cause, issues, channel: "lobby", cmd: "chat", sent: false });
    expect(error).toMatchObject({ code: "validation", channel: "lobby", cmd: "chat", sent: false });
    expect(error.cause).toBe(cause);
    expect(error.issues).toBe(issues);
  });

  test("carries nothing else", () => {
    const error = new SocketError("closed");
    for (const name of ["cause", "channel", "cmd", "issues", "sent"]) expect(name in error).toBe(false);
  });

  test("has its cause in engines from before 2021, too, whose Error ignores it", async () => {
    class OldError extends Error {
      constructor(message: string) {
        super(message);
      }
    }
    vi.stubGlobal("Error", OldError);
    vi.resetModules();
    try {
      const { SocketError: Old } = await import("../../src/errors");
      expect(Object.getPrototypeOf(Old)).toBe(OldError);
      const error = new Old("listener", { cause: "mine" });
      expect(error.cause).toBe("mine");
      expect(Object.keys(error)).not.toContain("cause");
      expect("cause" in new Old("closed")).toBe(false);
    } finally {
      vi.unstubAllGlobals();
      vi.resetModules();
    }
  });

  test("keeps its cause out of enumeration, as every Error does", () => {
    const error = new SocketError("address", { cause: { token: "secret" } });
    expect(Object.keys(error)).not.toContain("cause");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("puts the command before its sentence", () => {
    expect(new SocketError("overflow", { cmd: "chat" }).message).toBe("chat: The queue is full; raise `queue.max`, or send less.");
    expect(new SocketError("usage", { cmd: "chat", message: "No; do this." }).message).toBe("chat: No; do this.");
  });

  test("repeats nothing of its cause, its issues or its channel in its sentence", () => {
    for (const code of codes) {
      const { message } = new SocketError(code, { cause: new Error("secret"), channel: "secret", issues: [{ message: "secret" }] });
      expect(message).not.toContain("secret");
    }
  });
});

describe("the error of a request or confirmation", () => {
  test.each([...ofRequests, "timeout", "closed", "size", "codec", "validation", "overflow"] as const)(
    "says of %s in one sentence what happened, and then the remedy",
    (code) => {
      const error = requestError(code, message);
      expect(error).toBeInstanceOf(SocketError);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(sentence);
    },
  );

  test("says for timeout which option to raise for a request, not for an attempt", () => {
    expect(requestError("timeout", message).message).not.toBe(new SocketError("timeout").message);
  });

  test("says for closed what every other error says", () => {
    expect(requestError("closed", message).message).toBe(new SocketError("closed").message);
  });

  test("says what was requested where, and nothing of its param", () => {
    const cause = new Error("below");
    const error = requestError("aborted", { ...message, cmd: "save" }, cause);
    expect(error).toMatchObject({ channel: "lobby", cmd: "save", message: expect.stringMatching(/^save: /) });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify({ ...error, text: String(error) })).not.toContain("secret");
  });
});
