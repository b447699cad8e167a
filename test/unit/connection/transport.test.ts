import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SocketClose } from "../../../src/connection/close";
import { type Address, Transport, type TransportParent, type WebSocketClass } from "../../../src/connection/transport";
import { SocketError } from "../../../src/errors";
import { FakeWebSocket, fake } from "../../harness/fake";

const address: Address = { url: "ws://peer.test/", protocols: [] };

let implementation: WebSocketClass;
/** What the transport reported, in order. */
let reports: unknown[];
let transport: Transport;

const parent: TransportParent = {
  webSocketClass: () => implementation,
  connected: () => reports.push("connected"),
  received: (data) => reports.push(data),
  ended: (close, error) => reports.push(error ? [close, error] : [close]),
};

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.reset();
  implementation = fake;
  reports = [];
  transport = new Transport(parent);
});
afterEach(() => {
  transport.close(1000, "", 0, () => {});
  vi.runAllTimers();
  vi.useRealTimers();
});

/** Lets reconnecting-websocket, its promises and its timers of 0 ms run. */
const settle = () => vi.advanceTimersByTimeAsync(1);

async function dial(to = address): Promise<FakeWebSocket> {
  transport.dial(to);
  await settle();
  return FakeWebSocket.last;
}

const lost: SocketClose = { code: 1006, reason: "", wasClean: false };

describe("an attempt", () => {
  test("creates no socket until it is dialled, and then one", async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(0);
    await dial();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test("makes its socket with the address and the protocols it was given, for binary data as ArrayBuffer", async () => {
    expect(await dial({ url: "ws://peer.test/room", protocols: ["a", "b"] })).toMatchObject({
      url: "ws://peer.test/room",
      protocols: ["a", "b"],
      binaryType: "arraybuffer",
    });
  });

  test("reports the open, each message, and the end as a plain object", async () => {
    const native = await dial();
    native.open();
    const binary = new ArrayBuffer(2);
    native.says("text");
    native.says(binary);
    native.emit("close", Object.assign(new Event("close"), { code: 4001, reason: "not you", wasClean: true }));
    expect(reports).toEqual(["connected", "text", binary, [{ code: 4001, reason: "not you", wasClean: true }]]);
    expect(reports[2]).toBe(binary);
    expect(Object.getPrototypeOf((reports[3] as [SocketClose])[0])).toBe(Object.prototype);
  });

  test("that has ended is followed by none until the next is dialled", async () => {
    (await dial()).open().ends();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    const next = await dial({ ...address, url: "ws://other.test/" });
    expect(next.url).toBe("ws://other.test/");
    next.open();
    expect(reports).toEqual(["connected", [lost], "connected"]);
  });

  test("is made at once, whatever number it has in a row", async () => {
    for (let attempt = 1; attempt <= 5; attempt++) {
      (await dial()).ends();
      expect(FakeWebSocket.made).toHaveLength(attempt);
    }
  });

  test("that has opened leaves no timer running", async () => {
    (await dial()).open();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is made at once after any number of connections that ended as soon as they were open", async () => {
    for (let links = 1; links <= 50; links++) {
      (await dial()).open().ends();
      expect(FakeWebSocket.made).toHaveLength(links);
    }
    expect(reports.filter((it) => it === "connected")).toHaveLength(50);
  });

  test("makes its socket with the class of the moment", async () => {
    (await dial()).ends();
    class Patched extends FakeWebSocket {}
    implementation = Patched;
    expect(await dial()).toBeInstanceOf(Patched);
  });

  test("whose handshake hangs is not ended by the library below", async () => {
    await dial();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(reports).toEqual([]);
    expect(FakeWebSocket.last.closes).toEqual([]);
  });
});

describe("a socket that is given up", () => {
  test.each([undefined, 3_000])("has no listeners but the one for errors (timeout: %s)", async (timeout) => {
    const native = (await dial()).open();
    transport.drop(timeout);
    expect(["open", "message", "close", "error"].map((type) => native.listeners(type))).toEqual([0, 0, 0, 1]);
  });

  test("and appears again, from a class that has only one, is listened to once", async () => {
    const only = new FakeWebSocket(address.url);
    implementation = class {
      constructor() {
        return only;
      }
    } as unknown as WebSocketClass;
    transport.dial(address);
    await settle();
    only.open().ends();
    transport.dial({ ...address });
    await settle();
    only.open().says("once");
    expect(reports.filter((it) => it === "once")).toEqual(["once"]);
  });
});

describe("a socket that fails", () => {
  test("by a class that lacks what is needed ends the attempt, and closes what was made", async () => {
    implementation = class extends FakeWebSocket {
      override addEventListener = undefined as never;
    };
    const native = await dial();
    expect(reports).toEqual([[lost, expect.objectContaining({ code: "transport", cause: expect.any(TypeError) })]]);
    expect(native.closes).toEqual([[1000, undefined]]);
  });

  test("by a class whose sockets take no listeners ends the attempt", async () => {
    implementation = class {
      constructor() {
        Object.freeze(this);
      }
    } as unknown as WebSocketClass;
    transport.dial(address);
    await settle();
    expect(reports).toEqual([[lost, expect.objectContaining({ code: "transport", cause: expect.any(TypeError) })]]);
  });

  test.each(["SyntaxError", "SecurityError"])(
    "in its constructor with a %s is a mistake in the code, and its text is not repeated",
    async (name) => {
      implementation = class {
        constructor() {
          throw new DOMException("wss://peer.test/?token=secret", name);
        }
      } as unknown as WebSocketClass;
      vi.stubGlobal("location", { href: "https://page.test/" });
      transport.dial(address);
      await settle();
      vi.unstubAllGlobals();
      const [[, error]] = reports as [[SocketClose, SocketError]];
      expect(error).toMatchObject({
        code: "usage",
        message: expect.stringMatching(name === "SecurityError" ? /use wss:/ : /check both/) as string,
      });
      expect(error.cause).toBe(undefined);
      expect(error.message).not.toContain("secret");
    },
  );

  test("in its constructor with a SecurityError is retried where the page allows the address, as WebKit throws it for a Content-Security-Policy", async () => {
    implementation = class {
      constructor() {
        throw new DOMException("blocked", "SecurityError");
      }
    } as unknown as WebSocketClass;
    transport.dial(address);
    await settle();
    expect(reports).toEqual([[lost, expect.objectContaining({ code: "transport" })]]);
  });

  test("by a class whose sockets give no ArrayBuffers ends the attempt", async () => {
    const cause = new TypeError("only blobs");
    implementation = class extends FakeWebSocket {
      constructor(url: string) {
        super(url);
        Object.defineProperty(this, "binaryType", {
          set: () => {
            throw cause;
          },
        });
      }
    };
    const native = await dial();
    expect(reports).toMatchObject([[lost, { code: "transport", cause }]]);
    expect(native.closes).toEqual([[1000, undefined]]);
    implementation = fake;
    (await dial()).open();
    expect(reports).toHaveLength(2);
  });

  test("in its constructor ends the attempt with what was thrown", async () => {
    const cause = new Error("mine");
    implementation = class {
      constructor() {
        throw cause;
      }
    } as unknown as WebSocketClass;
    transport.dial(address);
    await settle();
    expect(reports).toEqual([[lost, expect.any(SocketError)]]);
    expect(reports).toMatchObject([[lost, { code: "transport", cause }]]);
    implementation = fake;
    (await dial()).open();
    expect(reports).toHaveLength(2);
  });

  test("with an error ends the attempt with its cause, is closed, and reports nothing more", async () => {
    const native = await dial();
    const cause = new Error("refused");
    native.emit("error", { error: cause });
    expect(reports).toMatchObject([[lost, { code: "transport", cause }]]);
    expect(native.closes).toEqual([[1000, undefined]]);
    native.open();
    native.says("late");
    native.ends();
    native.fails();
    expect(reports).toHaveLength(1);
  });

  test("with a close reports nothing more", async () => {
    const native = await dial();
    native.ends(4001);
    native.ends(4002);
    native.fails();
    expect(reports).toHaveLength(1);
  });
});

describe("sending", () => {
  test("passes data on while the socket is open, and at no other time", async () => {
    expect(transport.send("early")).toBe(false);
    const native = await dial();
    for (const readyState of [0, 2, 3]) {
      native.readyState = readyState;
      expect(transport.send("not now")).toBe(false);
    }
    native.open();
    const data = new Uint8Array(3);
    expect(transport.send("text")).toBe(true);
    expect(transport.send(data)).toBe(true);
    expect(native.sent).toEqual(["text", data]);
    native.ends();
    native.readyState = 1;
    expect(transport.send("late")).toBe(false);
  });
});

describe("what is buffered", () => {
  test("is what the current socket holds, and 0 without a socket", async () => {
    expect(transport.buffered).toBe(0);
    const native = await dial();
    native.open();
    for (const bytes of [5, 0, 1_000_000]) {
      native.bufferedAmount = bytes;
      expect(transport.buffered).toBe(bytes);
    }
    native.ends();
    expect(transport.buffered).toBe(0);
    await dial();
    expect(transport.buffered).toBe(0);
  });

  test("is 0 where the socket does not say", async () => {
    const native: Partial<FakeWebSocket> = (await dial()).open();
    delete native.bufferedAmount;
    expect(transport.buffered).toBe(0);
  });

  test("of a socket that was given up is ignored", async () => {
    const native = (await dial()).open();
    native.bufferedAmount = 5;
    transport.drop(3_000);
    expect(transport.buffered).toBe(0);
  });
});

describe("drop", () => {
  test.each([
    ["connecting", (native: FakeWebSocket) => native],
    ["open", (native: FakeWebSocket) => native.open()],
  ])("closes a socket that is %s with 1000, and ignores it from then on", async (_, ready) => {
    const native = ready(await dial());
    reports = [];
    transport.drop();
    expect(native.closes).toEqual([[1000, undefined]]);
    native.emit("open");
    native.says("late");
    native.fails();
    native.ends();
    expect(reports).toEqual([]);
  });

  test("keeps an error listener on the socket, because an unhandled error would end a Node process", async () => {
    const native = await dial();
    transport.drop();
    expect(() => native.emit("error")).not.toThrow();
    expect(reports).toEqual([]);
  });

  test("ends TCP where the socket can, because no answer is awaited", async () => {
    const terminate = vi.fn();
    const native = Object.assign((await dial()).open(), { terminate });
    transport.drop();
    expect(native.closes).toHaveLength(1);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("succeeds even if the socket does not close", async () => {
    const native = (await dial()).open();
    native.close = () => {
      throw new Error("no");
    };
    reports = [];
    expect(() => transport.drop()).not.toThrow();
    native.ends();
    expect(reports).toEqual([]);
  });

  test("before the socket exists prevents it, and the next attempt continues", async () => {
    await settle();
    transport.dial(address);
    transport.drop();
    await settle();
    expect(FakeWebSocket.made).toHaveLength(0);
    (await dial()).open();
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(reports).toEqual(["connected"]);
  });

  test("before the loop below has begun prevents the socket, and the next address is used", async () => {
    transport.dial(address);
    transport.drop();
    expect((await dial({ ...address, url: "ws://other.test/" })).url).toBe("ws://other.test/");
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  test("in any microtask is followed by no socket", async () => {
    for (let depth = 0; depth < 30; depth++) {
      await dial();
      FakeWebSocket.last.ends();
      transport.dial(address);
      vi.advanceTimersByTime(0);
      for (let microtask = 0; microtask < depth; microtask++) await null;
      transport.drop();
      const { length } = FakeWebSocket.made;
      await settle();
      expect(FakeWebSocket.made, `dropped in microtask ${depth}`).toHaveLength(length);
    }
  });

  test("inside the constructor of the socket closes what it has made", async () => {
    implementation = class extends FakeWebSocket {
      constructor(url: string) {
        super(url);
        transport.drop();
      }
    };
    const native = await dial();
    expect(native.closes).toEqual([[1000, undefined]]);
    native.open();
    native.ends();
    expect(reports).toEqual([]);
  });

  test("inside a constructor that throws reports one end", async () => {
    implementation = class {
      constructor() {
        transport.drop();
        throw new Error("mine");
      }
    } as unknown as WebSocketClass;
    transport.dial(address);
    await settle();
    expect(reports).toEqual([]);
  });

  test("without a socket does nothing", () => {
    expect(() => transport.drop()).not.toThrow();
  });
});

describe("drop with a timeout", () => {
  /** An open socket, which can be cut. */
  async function open() {
    const terminate = vi.fn();
    const native = Object.assign((await dial()).open(), { terminate });
    reports = [];
    return { native, terminate };
  }

  test("closes an open socket politely, and lets it answer", async () => {
    const { native, terminate } = await open();
    transport.drop(3_000);
    expect(native.closes).toEqual([[1000, undefined]]);
    await vi.advanceTimersByTimeAsync(2_999);
    native.ends(1000, "", true);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(terminate).not.toHaveBeenCalled();
    expect(reports).toEqual([]);
  });

  test("without anything sent closes politely, too", async () => {
    const { native, terminate } = await open();
    transport.drop(0);
    expect(native.closes).toEqual([[1000, undefined]]);
    expect(terminate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(0);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("cuts it where it does not answer in time", async () => {
    const { terminate } = await open();
    transport.drop(3_000);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(terminate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(terminate).toHaveBeenCalledTimes(1);
    expect(reports).toEqual([]);
  });

  test("ignores everything that the socket reports before its end", async () => {
    const { native } = await open();
    transport.drop(3_000);
    native.says("late");
    native.emit("open");
    expect(() => native.emit("error")).not.toThrow();
    native.ends(4001);
    native.ends();
    expect(reports).toEqual([]);
  });

  test("lets the next attempt begin at once, and the old end does not affect it", async () => {
    const { native: old, terminate } = await open();
    transport.drop(3_000);
    const native = (await dial()).open();
    old.ends(1000, "", true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(terminate).not.toHaveBeenCalled();
    expect(transport.send("on the new one")).toBe(true);
    expect(native.sent).toEqual(["on the new one"]);
    expect(reports).toEqual(["connected"]);
  });

  test.each([0, 2, 3])("does not wait for a socket whose readyState is %d: there is no closing handshake", async (readyState) => {
    const { native, terminate } = await open();
    native.readyState = readyState;
    transport.drop(3_000);
    // There is nothing to close where it is closed already.
    expect(native.closes).toEqual(readyState === 3 ? [] : [[1000, undefined]]);
    expect(terminate).toHaveBeenCalledTimes(1);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("needs no timer for a socket that cannot be cut", async () => {
    const native = (await dial()).open();
    transport.drop(3_000);
    await settle();
    expect(native.closes).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("succeeds even if the socket does not close, and cuts it in time", async () => {
    const { native, terminate } = await open();
    native.close = () => {
      throw new Error("no");
    };
    expect(() => transport.drop(3_000)).not.toThrow();
    expect(transport.send("late")).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(terminate).toHaveBeenCalledTimes(1);
    expect(reports).toEqual([]);
  });

  test("without a socket does nothing", () => {
    expect(() => transport.drop(3_000)).not.toThrow();
    expect(vi.getTimerCount()).toBe(1); // The loop below, which has just begun.
  });
});

describe("stop", () => {
  test("ends the loop: no address creates a socket any more", async () => {
    (await dial()).open().ends();
    transport.stop();
    transport.dial(address);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("close", () => {
  let ends: SocketClose[];
  const close = (code = 1000, reason = "", timeout = 3_000) => transport.close(code, reason, timeout, (close) => ends.push(close));

  beforeEach(() => {
    ends = [];
  });

  test("asks an open socket to close, and reports its close", async () => {
    const native = (await dial()).open();
    close(4001, "done");
    expect(native.closes).toEqual([[4001, "done"]]);
    expect(ends).toEqual([]);
    native.emit("close", Object.assign(new Event("close"), { code: 4001, reason: "done", wasClean: true }));
    expect(ends).toEqual([{ code: 4001, reason: "done", wasClean: true }]);
    expect(Object.getPrototypeOf(ends[0])).toBe(Object.prototype);
    expect(vi.getTimerCount()).toBe(0);
    expect(reports).toEqual(["connected"]);
  });

  test("reports the end once, even if it comes late or twice", async () => {
    const native = (await dial()).open();
    close();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toEqual([lost]);
    native.ends(1000, "", true);
    expect(ends).toEqual([lost]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends).toEqual([lost]);
  });

  test("cuts a socket that does not answer where it can, and no other", async () => {
    const terminate = vi.fn();
    const answering = Object.assign((await dial()).open(), { terminate });
    close();
    answering.ends(1000, "", true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(terminate).not.toHaveBeenCalled();
  });

  test("cuts a socket that does not answer", async () => {
    const terminate = vi.fn();
    Object.assign((await dial()).open(), { terminate });
    close();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  test("does not wait for a closing handshake of a socket that is still connecting", async () => {
    const native = await dial();
    close(4001, "never mind");
    expect(ends).toEqual([{ code: 4001, reason: "never mind", wasClean: false }]);
    expect(native.closes).toEqual([[4001, "never mind"]]);
    native.open();
    native.ends();
    expect(ends).toHaveLength(1);
    expect(reports).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("without a socket ends at once, and the loop ends with it", async () => {
    await settle();
    close(4001, "never mind");
    expect(ends).toEqual([{ code: 4001, reason: "never mind", wasClean: false }]);
    transport.dial(address);
    await settle();
    expect(FakeWebSocket.made).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("between an address and its socket prevents the socket", async () => {
    await settle();
    transport.dial(address);
    close();
    await settle();
    expect(FakeWebSocket.made).toHaveLength(0);
    expect(ends).toHaveLength(1);
  });

  test("passes nothing more from an open socket", async () => {
    const native = (await dial()).open();
    close();
    native.says("late");
    native.emit("open");
    expect(reports).toEqual(["connected"]);
    expect(ends).toEqual([]);
    native.ends(1000, "", true);
  });

  test("ends with 1006 where the socket reports an error, whatever the library below makes of it", async () => {
    const native = (await dial()).open();
    close();
    native.emit("error");
    native.ends(1000, "", true);
    expect(ends).toEqual([lost]);
    expect(reports).toEqual(["connected"]);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["connecting", (native: FakeWebSocket) => native, { code: 4001, reason: "done", wasClean: false }],
    ["open", (native: FakeWebSocket) => native.open(), lost],
  ])("of a socket that is %s and throws reports the end in time", async (_, ready, end) => {
    const native = ready(await dial());
    native.close = () => {
      throw new Error("no");
    };
    expect(() => close(4001, "done")).not.toThrow();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ends).toEqual([end]);
  });

  test("during a wait succeeds though the socket before it could not be closed", async () => {
    const native = (await dial()).open();
    native.close = () => {
      throw new Error("no");
    };
    transport.drop();
    expect(() => close()).not.toThrow();
    expect(ends).toHaveLength(1);
  });
});
