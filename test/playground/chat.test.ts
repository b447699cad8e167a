import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Chat } from "../../playground/handler";
import { tokenAddress } from "../../playground/protocol";
import { type Server, startServer } from "../server/http";
import type { Logger } from "../server/logger";
import { Peer } from "../server/peer";

// The playground's end of the server, without its pages.

interface Place {
  chat: Chat;
  server: Server;
  lines: string[];
}

async function serve(): Promise<Place> {
  const chat = new Chat();
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const server = await startServer({
    logger,
    sockets: { "/chat/socket": chat.route },
    pages: async (request, response) => {
      if (request.url !== tokenAddress) return false;
      await chat.tokens.answer(request, response, {});
      return true;
    },
  });
  onTestFinished(() => server.close());
  return { chat, server, lines };
}

/** Connects, logs in and joins the lobby. */
async function enter({ chat, server }: Place, user: string, client = ""): Promise<Peer> {
  const peer = await Peer.connect(`${server.url}/chat/socket?client=${client}`);
  peer.send({ channel: "lobby", cmd: "login", param: { token: chat.tokens.issue(user) } });
  expect(await peer.next()).toEqual({ channel: "lobby", cmd: "welcome", param: { user } });
  peer.send({ channel: "lobby", cmd: "join-room", param: { room: "lobby" } });
  await settled(peer);
  return peer;
}

/** Everything the server has said by the time that it answers another ping. */
function settled(peer: Peer) {
  peer.send({ channel: "lobby", cmd: "ping", param: {} });
  return peer.until("pong");
}

const chat = (id: string, text: string) => ({ channel: "lobby", cmd: "chat", param: { id, text } });

describe("the log-in", () => {
  it("comes first: before it nothing is received, sent or announced", async () => {
    const place = await serve();
    const stranger = await Peer.connect(`${place.server.url}/chat/socket`);
    for (const message of [
      { channel: "lobby", cmd: "join-room", param: { room: "lobby" } },
      { channel: "lobby", cmd: "ping", param: {} },
      { channel: "lobby", cmd: "fault", param: { kind: "cut", duration: 0 } },
      chat("1", "from nobody"),
    ]) {
      stranger.send(message);
    }
    const ada = await enter(place, "Ada");
    ada.send(chat("1", "among us"));
    expect((await ada.next()).param).toMatchObject({ text: "among us" });
    stranger.send({ channel: "lobby", cmd: "login", param: { token: place.chat.tokens.issue("Bob") } });
    expect(await stranger.until("welcome")).toEqual([]);
    expect(place.server.service.status().stats.messagesIgnored).toBe(4);
    expect(
      place.server.service
        .connections()
        .map(({ profile }) => profile.name)
        .sort(),
    ).toEqual(["Ada", "Bob"]);
  });

  it("is accepted once for each connection", async () => {
    const place = await serve();
    const ada = await enter(place, "Ada");
    ada.send({ channel: "lobby", cmd: "login", param: { token: place.chat.tokens.issue("Bob") } });
    expect(await settled(ada)).toEqual([]);
    expect(place.server.service.connections()[0]?.profile.name).toBe("Ada");
  });

  it("closes with 4101 for an invalid or expired token", async () => {
    const place = await serve();
    const stranger = await Peer.connect(`${place.server.url}/chat/socket`);
    stranger.send({ cmd: "login", param: { token: "made up" } });
    expect(await stranger.closed).toEqual({ code: 4101, reason: "The token is no good: ask for another" });

    const ada = await Peer.connect(`${place.server.url}/chat/socket`);
    const token = place.chat.tokens.issue("Ada");
    ada.send({ cmd: "login", param: { token } });
    ada.send({ cmd: "fault", param: { kind: "expire", duration: 0 } });
    expect((await ada.closed).code).toBe(4101);
    expect(place.chat.tokens.nameOf(token)).toBeUndefined();
  });

  it("has a time limit", async () => {
    const place = await serve();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const slow = await Peer.connect(`${place.server.url}/chat/socket`);
    const ada = await enter(place, "Ada");
    vi.advanceTimersByTime(10_000);
    expect((await slow.closed).code).toBe(1006);
    expect(await settled(ada)).toEqual([]);
  });

  it("logs neither a user nor a token", async () => {
    const place = await serve();
    const ada = await enter(place, "swordfish");
    ada.send({ channel: "swordfish", cmd: "login", param: { token: "swordfish" } });
    ada.send({ channel: "lobby", cmd: "chat", param: { id: "swordfish" } });
    await settled(ada);
    expect(place.lines.length).toBeGreaterThan(2);
    expect(place.lines.join("\n")).not.toContain("swordfish");
    expect(place.lines.join("\n")).not.toMatch(/token=|"token"/);
  });
});

describe("a token", () => {
  const ask = ({ server }: Place, body: string, headers: Record<string, string> = {}, method = "POST") =>
    fetch(server.url + tokenAddress, { method, headers: { "content-type": "application/json", ...headers }, ...(body && { body }) });

  it("is given to anyone who states a name", async () => {
    const place = await serve();
    const response = await ask(place, JSON.stringify({ name: " Ada " }), { origin: place.server.url });
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { token } = (await response.json()) as { token: string };
    expect(place.chat.tokens.nameOf(token)).toBe("Ada");
  });

  it.each([
    ["another method", "", {}, "GET", 405],
    ["a strange origin", "{}", { origin: "http://evil.example" }, "POST", 403],
    ["the origin null", "{}", { origin: "null" }, "POST", 403],
    ["a form of a strange page", "name=Ada", { "content-type": "text/plain" }, "POST", 415],
    ["what is too large", JSON.stringify({ name: "a".repeat(2_000) }), {}, "POST", 413],
    ["no JSON", "{", {}, "POST", 400],
    ["no name", "{}", {}, "POST", 400],
    ["an empty name", `{"name": "  "}`, {}, "POST", 400],
    ["a name that is too long", JSON.stringify({ name: "a".repeat(41) }), {}, "POST", 400],
  ])("is not given for %s", async (_, body, headers, method, status) => {
    const place = await serve();
    expect((await ask(place, body, headers as Record<string, string>, method)).status).toBe(status);
  });

  it("is forgotten when there are too many", async () => {
    const { chat } = await serve();
    const first = chat.tokens.issue("Ada");
    const second = chat.tokens.issue("Ada");
    for (let count = 0; count < 999; count += 1) chat.tokens.issue("x");
    expect([chat.tokens.nameOf(first), chat.tokens.nameOf(second)]).toEqual([undefined, "Ada"]);
  });
});

describe("a chat message", () => {
  it("appears once, however often it is sent, and is echoed each time to its sender", async () => {
    const place = await serve();
    const [ada, bob] = [await enter(place, "Ada"), await enter(place, "Bob")];
    await ada.find("online-update");
    ada.send(chat("1", "hello"));
    const { param } = await ada.next();
    expect(param).toEqual({ id: "1", user: "Ada", text: "hello", time: expect.any(Number) });
    // Her connection is lost with the echo, as far as she knows.
    const again = await enter(place, "Ada");
    again.send(chat("1", "hello"));
    expect((await again.find("chat")).param).toEqual(param);
    bob.send(chat("2", "end"));
    const heard = [];
    for (let count = 0; count < 2; count += 1) heard.push((await bob.find("chat")).param);
    expect(heard).toMatchObject([{ text: "hello" }, { id: "2", text: "end" }]);
  });

  it("belongs to its user: another user's message with the same id does not replace it", async () => {
    const place = await serve();
    const [ada, bob] = [await enter(place, "Ada"), await enter(place, "Bob")];
    ada.send(chat("1", "mine"));
    await ada.find("chat");
    bob.send(chat("1", "no, mine"));
    expect((await ada.find("chat")).param).toMatchObject({ id: "1", user: "Bob", text: "no, mine" });
    expect([...place.chat.history.said("lobby")].map(({ user }) => user)).toEqual(["Ada", "Bob"]);
  });

  it("has a time of its own, and is repeated for whoever joins", async () => {
    const place = await serve();
    const ada = await enter(place, "Ada");
    for (let count = 0; count < 5; count += 1) ada.send(chat(String(count), "quick"));
    await settled(ada);
    const times = [...place.chat.history.said("lobby")].map(({ time }) => time);
    expect(new Set(times).size).toBe(5);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    const bob = await Peer.connect(`${place.server.url}/chat/socket`);
    bob.send({ channel: "lobby", cmd: "login", param: { token: place.chat.tokens.issue("Bob") } });
    bob.send({ channel: "lobby", cmd: "join-room", param: { room: "lobby" } });
    expect((await settled(bob)).filter(({ cmd }) => cmd === "chat").map(({ param }) => (param as { id: string }).id)).toEqual([
      "0",
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  it.each([
    { channel: "", cmd: "chat", param: { id: "1", text: "nowhere" } },
    { channel: " lobby", cmd: "chat", param: { id: "1", text: "beside" } },
    { channel: "x".repeat(41), cmd: "chat", param: { id: "1", text: "long" } },
    { channel: "lobby", cmd: "chat", param: { text: "without an id" } },
    { channel: "lobby", cmd: "chat", param: { id: "1", text: " " } },
    { channel: "lobby", cmd: "chat", param: { id: "1", text: "x".repeat(2_001) } },
    { channel: "lobby", cmd: "seen", param: { time: 1e300 } },
    { channel: "lobby", cmd: "__proto__", param: {} },
    { channel: "__proto__", cmd: "typing", param: { typing: true } },
  ])("is checked: $channel $cmd", async (message) => {
    const place = await serve();
    const ada = await enter(place, "Ada");
    ada.send(message);
    expect(await settled(ada)).toEqual([]);
    expect([...place.chat.history.said(message.channel)]).toEqual([]);
  });
});

describe("signs of life", () => {
  it("answers a ping with its id, and a ping without an id without one", async () => {
    const ada = await enter(await serve(), "Ada");
    ada.send({ channel: "lobby", cmd: "ping", param: { id: "7" } });
    ada.send({ channel: "lobby", cmd: "ping", param: {} });
    expect([(await ada.next()).param, (await ada.next()).param]).toEqual([
      { timestamp: expect.any(Number), id: "7" },
      { timestamp: expect.any(Number) },
    ]);
  });

  it("tells the other members of a room who types, and nobody else", async () => {
    const place = await serve();
    const [ada, bob] = [await enter(place, "Ada"), await enter(place, "Bob")];
    await ada.find("online-update");
    ada.send({ channel: "lobby", cmd: "typing", param: { typing: true } });
    expect(await settled(ada)).toEqual([]);
    expect(await bob.next()).toEqual({ channel: "lobby", cmd: "typing", param: { user: "Ada", typing: true } });
    ada.send({ channel: "lobby", cmd: "leave-room", param: { room: "lobby" } });
    ada.send({ channel: "lobby", cmd: "typing", param: { typing: true } });
    await settled(ada);
    expect((await settled(bob)).map(({ cmd }) => cmd)).toEqual(["online-update"]);
  });

  it("reports how far a room was read: only forwards, and never beyond the newest message", async () => {
    const place = await serve();
    const [ada, bob] = [await enter(place, "Ada"), await enter(place, "Bob")];
    ada.send(chat("1", "one"));
    ada.send(chat("2", "two"));
    await ada.find("chat");
    const { time } = (await ada.find("chat")).param as { time: number };
    const see = (time: number) => bob.send({ channel: "lobby", cmd: "seen", param: { time } });
    see(time - 1);
    see(time + 60_000);
    see(time - 1);
    await settled(bob);
    expect((await settled(ada)).map(({ cmd, param }) => [cmd, param])).toEqual([
      ["seen", { user: "Bob", time: time - 1 }],
      ["seen", { user: "Bob", time }],
    ]);
    const cleo = await Peer.connect(`${place.server.url}/chat/socket`);
    cleo.send({ channel: "lobby", cmd: "login", param: { token: place.chat.tokens.issue("Cleo") } });
    cleo.send({ channel: "lobby", cmd: "join-room", param: { room: "lobby" } });
    expect((await settled(cleo)).filter(({ cmd }) => cmd === "seen").map(({ param }) => param)).toEqual([{ user: "Bob", time }]);
  });
});

describe("a page", () => {
  it("has one connection: the old one ends when it comes back", async () => {
    const place = await serve();
    const before = await enter(place, "Ada", "page");
    const after = await enter(place, "Ada", "page");
    expect((await before.closed).code).toBe(1006);
    await settled(after);
    expect(place.server.service.connections().map(({ channels }) => channels)).toEqual([["lobby"]]);
  });
});
