import { describe, expect, onTestFinished, test } from "vitest";
import type { TapEvent } from "../../../src/index";
import { inspect, inspected, log, outcomeOf, type RecordedEvent, rowsOf } from "../../../src/devtools/index";
import { FakeWebSocket } from "../../harness/fake";
import { settled, start } from "./start";

/** The rows of messages, each as its command and its whole story. */
const stories = (inspection: Parameters<typeof rowsOf>[0]) =>
  rowsOf(inspection)
    .filter(({ message }) => message)
    .map(({ kind, text, steps }) => [kind, text, ...steps.map(({ text }) => text.replace(/\d+ ms/, "… ms"))]);

/** The events of a type. */
const of = <T extends RecordedEvent["type"]>(events: readonly RecordedEvent[], type: T) =>
  events.filter((event) => event.type === type) as (RecordedEvent & { readonly type: T })[];

describe("an inspection", () => {
  test("has every event of an independent tap, in the same order", async () => {
    const { socket, inspection, native } = await start();
    const tapped: string[] = [];
    inspection.clear();
    socket.tap(({ type }: TapEvent) => tapped.push(type));
    native.open();
    socket.send("chat", { text: "hi" });
    native.says({ channel: "lobby", cmd: "chat", param: { user: "Ann", text: "hello" } });
    native.says({ channel: "lobby", cmd: "novel", param: 1 });
    native.ends();
    await settled();
    expect(inspection.events.map(({ type }) => type)).toEqual(tapped);
    expect(tapped).toEqual(expect.arrayContaining(["status", "open", "out", "in", "unknown", "close"]));
  });

  test("tells the story of each message in one row: queued, sent, sent again, answered", async () => {
    const { socket, inspection, native } = await start();
    socket.send("chat", { text: "early" });
    const confirmed = socket.confirm("note", { id: 7 });
    native.open();
    const next = FakeWebSocket.next();
    native.ends();
    const second = (await next).open();
    second.says({ channel: "lobby", cmd: "saved", param: { id: 7 } });
    await confirmed;
    await settled();
    expect(stories(inspection)).toEqual([
      ["out", "chat", "queued", "sent"],
      ["out", "note", "queued", "sent", "sent again", "answered in … ms"],
      ["in", "saved", "reply"],
    ]);
    const [, note, saved] = rowsOf(inspection).filter(({ message }) => message);
    expect([note!.pair, saved!.pair, note!.reply]).toEqual([saved!.id, note!.id, { id: 7 }]);
  });

  test("says why a message was dropped, and what a schema found", async () => {
    const { socket, inspection, native } = await start({ socket: { queue: { max: 1 } } });
    socket.send("chat", { text: "one" });
    socket.send("chat", { text: "two" });
    native.open();
    socket.on("chat", () => {});
    native.says({ channel: "lobby", cmd: "chat", param: { user: "Ann", text: 5 } });
    await settled();
    expect(stories(inspection)).toEqual([
      ["out", "chat", "queued", "dropped: overflow"],
      ["out", "chat", "queued", "sent"],
      ["in", "chat", "dropped: validation"],
    ]);
    const bad = rowsOf(inspection).find(({ kind, isBad }) => kind === "in" && isBad)!;
    expect(bad.error?.issues?.[0]).toMatchObject({ path: ["text"] });
    expect(JSON.parse(JSON.stringify(bad.error))).toEqual(expect.objectContaining({ code: "validation" }));
  });

  test("has changes of the identity, channels with their members, and events of the page", async () => {
    const { socket, inspection, native, link } = await start();
    native.open();
    socket.channel("room").join();
    await settled();
    native.says({ channel: "room", cmd: "online-update", param: { userID: "ann", connected: true } });
    await settled();
    expect(inspection.view.rooms).toEqual([{ name: "room", status: "joined", members: ["ann"] }]);
    expect(of(inspection.events, "presence")).toEqual([expect.objectContaining({ channel: "room", added: ["ann"], removed: [] })]);
    socket.channel("room").leave();
    socket.identify("bob");
    link.offline();
    await settled();
    expect(inspection.view.rooms).toEqual([]);
    expect(of(inspection.events, "identity").map(({ identity }) => identity)).toEqual(["bob"]);
    expect(of(inspection.events, "environment").map(({ event }) => event)).toEqual(["offline"]);
  });

  test("keeps the newest events, as many as it may, and does not keep large params", async () => {
    const { inspection, native } = await start({ size: 20, maxParam: 1_000 });
    native.open();
    for (let count = 1; count <= 1_000; count++) native.says({ cmd: "novel", param: count });
    expect(inspection.events).toHaveLength(20);
    const params = () => of(inspection.events, "in").map(({ message }) => message.param);
    expect(params().at(-1)).toBe(1_000);
    native.says({ cmd: "novel", param: "x".repeat(2_000) });
    expect(params().at(-1)).toBe("(left out: more than 1000 characters or bytes)");
  });

  test("keeps params as they were, whatever the application does to them afterwards", async () => {
    const { socket, inspection, native } = await start();
    native.open();
    const param = { text: "as sent" };
    socket.send("chat", param);
    param.text = "changed";
    expect(of(inspection.events, "out")[0]!.message.param).toEqual({ text: "as sent" });
  });

  test("copies neither what is too deep nor what is too large to count", async () => {
    const { inspection, native } = await start();
    native.open();
    native.says(`{"cmd":"novel","param":${"[".repeat(5_000)}${"]".repeat(5_000)}}`);
    expect(JSON.stringify(of(inspection.events, "in")[0])).toContain("too deep");
  });

  test("ends with stop(), and what is kept can still be read", async () => {
    const { inspection, native } = await start();
    native.open();
    const count = inspection.events.length;
    inspection.stop();
    native.says({ cmd: "novel" });
    expect(inspection.events).toHaveLength(count);
    expect(inspected()).not.toContain(inspection);
  });
});

describe("secrets", () => {
  const token = `eyJ${"a".repeat(60)}`;

  test("are left out: fields with telling names, JSON Web Tokens, logins, and the query of the address", async () => {
    const { inspection, native } = await start({
      socket: {
        protocol: undefined,
        authenticate: ({ send }) => void send("login" as never, { user: "ann", code: "open sesame" } as never),
      },
    });
    native.open();
    await settled();
    native.says({ cmd: "session", param: { password: "open sesame", deep: [{ accessToken: "open sesame" }], text: token, user: "ann" } });
    await settled();
    const login = of(inspection.events, "out").find(({ message }) => message.cmd === "login")!;
    expect(login.message.param).toBe("(left out: sent before the connection was open)");
    const [heard] = of(inspection.events, "in");
    expect(heard!.message.param).toEqual({ password: "(secret)", deep: [{ accessToken: "(secret)" }], text: "(secret)", user: "ann" });
    const everything = [
      inspection.recording(),
      JSON.stringify(inspection.har()),
      inspection.log({ params: true }),
      JSON.stringify(inspection.view),
    ];
    for (const text of everything) expect(text).not.toMatch(/open sesame|eyJa|token=secret/);
  });

  test("are kept where that is asked for", async () => {
    const { inspection, native } = await start({ secrets: true });
    native.open();
    native.says({ cmd: "session", param: { password: "open sesame" } });
    expect(inspection.recording()).toContain("open sesame");
  });
});

describe("act()", () => {
  test("sends, retries, closes and connects, and says what became of it", async () => {
    const { inspection, native, socket } = await start();
    native.open();
    expect(inspection.act({ type: "send", cmd: "chat", param: { text: "hi" } })).toBe("sent");
    expect(inspection.act({ type: "send", cmd: "chat", param: { text: "" } })).toMatch(/does not fit the protocol.*small/);
    expect(inspection.act({ type: "close" })).toBe("done");
    expect(socket.state.status).toBe("closed");
    expect(inspection.view.actions).toContain("connect");
    inspection.act({ type: "connect" });
    expect(socket.state.status).toBe("connecting");
  });

  test("needs faults for what only these can do", async () => {
    const { inspection } = await start({ faults: undefined });
    expect(inspection.view.actions).toEqual(["send", "close"]);
    expect(inspection.act({ type: "cut" })).toBe("not available: pass `faults` to inspect()");
  });
});

test("the commands of a protocol come with their JSON Schemas and replies", async () => {
  const { inspection } = await start();
  expect(inspection.commands.map(({ cmd, reply }) => [cmd, reply])).toEqual([
    ["chat", undefined],
    ["note", "saved"],
  ]);
  expect(inspection.commands[0]!.schema).toMatchObject({ type: "object", properties: { text: { type: "string" } }, required: ["text"] });
});

describe("log()", () => {
  test("is a line for each message with its outcome, and for each event, without params", async () => {
    const { socket, inspection, native } = await start();
    socket.send("chat", { text: "hello" });
    native.open();
    native.ends(1012, "restart\nnow", true);
    await settled();
    const lines = inspection.log().split("\n");
    expect(lines[0]).toMatch(/^chat: (re)?connecting/);
    const told = lines.slice(1, -1).map((line) => line.replace(/^[\d:.]{12} /, "").replace(/\d+\.\d s/, "… s"));
    expect(told).toEqual([
      "● connecting",
      "● attempt 1: wss://server/x",
      expect.stringMatching(/^→ chat in lobby {2}\d+ B {2}queued, sent$/),
      "● open",
      "● connection ended: 1012 restart\\u000anow",
      expect.stringMatching(/^● reconnecting: attempt 1 is due in … s$/),
    ]);
    expect(inspection.log({ params: true, max: 5 })).toContain('{"text":"hello"}');
    expect(log()).toBe(inspection.log());
  });
});

test("several sockets are listed under their names", async () => {
  const { inspection, socket } = await start();
  const other = inspect(socket, { name: "other" });
  onTestFinished(() => other.stop());
  expect(inspected().map(({ name }) => name)).toEqual(["chat", "other"]);
  expect(outcomeOf).toBeTypeOf("function");
  expect(inspection.name).toBe("chat");
});
