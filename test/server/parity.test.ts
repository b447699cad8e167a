import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Server, type ServerOptions, startServer } from "./http";
import { Peer } from "./peer";
import type { Handler } from "./service";

const echo: Handler["on"] = (service, { id }, cmd, param, _logger, channel) => service.writeConnection(cmd, param, id, channel);

async function serve(handle: Handler["on"] = echo, options: ServerOptions = {}): Promise<Server> {
  const server = await startServer({
    parity: "projectforge",
    sockets: { "/socket": ({ channel, profile }) => ({ channel, profile, handler: { on: handle } }) },
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

async function join(server: Server, channel = "lobby"): Promise<{ peer: Peer; id: string }> {
  const peer = await Peer.connect(`${server.url}/socket?ch=${channel}&user=ann`);
  return { peer, id: server.service.connections().at(-1)?.id ?? "" };
}

const UUID = "0b4ff8a5-1a5a-4c55-9d3c-cd0f8f9a3b6e";

describe("Project Forge's wire format", () => {
  it("indents with two spaces, in the order from, channel, cmd, param", async () => {
    const server = await serve();
    const { peer, id } = await join(server);
    server.service.writeMessage({ param: { text: "<b>&", list: [] }, cmd: "chat", channel: "lobby", from: UUID }, id);
    server.service.writeCloseRequest(id);
    expect((await peer.frame()).text).toBe(
      `{\n  "from": "${UUID}",\n  "channel": "lobby",\n  "cmd": "chat",\n  "param": {\n    "text": "<b>&",\n    "list": []\n  }\n}`,
    );
    expect((await peer.frame()).text).toBe(`{\n  "cmd": "close-connection",\n  "param": null\n}`);
  });

  it("sends the truncated JSON of the admin form", async () => {
    const server = await serve();
    const { peer, id } = await join(server);
    server.service.writeRaw(id, '{"channel":"q","cmd":"x","param"');
    expect(await peer.frame()).toEqual({ text: '{"channel":"q","cmd":"x","param"', binary: false });
  });

  it.each<[string, string | Buffer]>([
    ["invalid JSON", "{"],
    ["an empty frame", ""],
    ["null", "null"],
    ["a bare number", "1"],
    ["a duplicate member", '{"cmd":"a","cmd":"b","param":{}}'],
    ["a duplicate member spelt otherwise", String.raw`{"cmd":"a","\u0063md":"b"}`],
    ["a duplicate member in the depth", '{"cmd":"a","param":[{"x":{"y":1,"z":{},"y" :2}}]}'],
    ["a channel that is not a string", '{"channel":1,"cmd":"a"}'],
    ["a cmd that is not a string", '{"cmd":{}}'],
    ["a lone surrogate", String.raw`{"cmd":"a","param":"\ud800"}`],
    ["a lone surrogate in a name", String.raw`{"cmd":"a","param":{"\udc00x":1}}`],
    ["bytes that are no UTF-8", Buffer.concat([Buffer.from('{"cmd":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["trailing data", '{"cmd":"a"}{}'],
    ["a from that is not a UUID", '{"from":"me","cmd":"a"}'],
    ["an empty from", '{"from":"","cmd":"a"}'],
    ["a from that is not a string", '{"from":1,"cmd":"a"}'],
  ])("drops TCP on %s, and receives nothing", async (_name, data) => {
    const handle = vi.fn(echo);
    const { peer } = await join(await serve(handle));
    peer.socket.send(data, { binary: false });
    expect(await peer.closed).toEqual({ code: 1006, reason: "" });
    expect(handle).not.toHaveBeenCalled();
  });

  it.each([
    ["a UUID as from", `{"from":"${UUID}","channel":"c","cmd":"a","param":1}`],
    ["a UUID in braces", `{"from":"{${UUID}}","channel":"c","cmd":"a","param":1}`],
    ["null as from", '{"from":null,"channel":"c","cmd":"a","param":1}'],
    ["unknown members", '{"x":{},"channel":"c","cmd":"a","param":1}'],
    ["a value that equals a name", '{"channel":"c","cmd":"a","y":"cmd","z":["cmd","cmd"],"param":1}'],
    ["the same name in two objects", '{"channel":"c","cmd":"a","y":{"cmd":{"cmd":2}},"z":[{"cmd":1},{"cmd":1}],"param":1}'],
    ["quotes and braces in strings", String.raw`{"channel":"c","cmd":"a","y":"\\\"{,\":\\","param":1}`],
    ["a pair of surrogates", String.raw`{"channel":"c","cmd":"a","y":"\ud83d\ude00","param":1}`],
  ])("accepts %s", async (_name, text) => {
    const { peer } = await join(await serve());
    peer.send(text);
    expect(await peer.next()).toEqual({ channel: "c", cmd: "a", param: 1 });
  });

  it.each<[string, Handler["on"]]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("drops TCP when the handler %s", async (_name, handle) => {
    const { peer } = await join(await serve(handle));
    peer.send({ cmd: "a" });
    expect(await peer.closed).toEqual({ code: 1006, reason: "" });
  });

  it("drops TCP when the chat of the example is not an object", async () => {
    const server = await startServer({ parity: "projectforge" });
    onTestFinished(() => server.close());
    const peer = await Peer.connect(`${server.url}/connect`);
    peer.send({ cmd: "chat", param: "text" });
    expect((await peer.closed).code).toBe(1006);
  });

  it("delivers to a channel and to all without an order, and everything once", async () => {
    const server = await serve();
    const [a, b] = [await join(server), await join(server)];
    await a.peer.next();
    const sent = Array.from({ length: 40 }, (_, index) => index);
    for (const index of sent.slice(0, 20)) server.service.writeChannel("n", index, "lobby");
    for (const index of sent.slice(20)) server.service.writeAll("n", index);
    for (const { peer } of [a, b]) {
      const got = [];
      while (got.length < sent.length) got.push((await peer.next()).param as number);
      expect(got).not.toEqual(sent);
      expect(got.sort((x, y) => x - y)).toEqual(sent);
    }
  });

  it("keeps the order of messages to one connection", async () => {
    const server = await serve();
    const { peer, id } = await join(server);
    for (let index = 0; index < 20; index += 1) server.service.writeConnection("n", index, id);
    for (let index = 0; index < 20; index += 1) expect((await peer.next()).param).toBe(index);
  });

  it("has no pings and no limits", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await serve(echo, { heartbeat: { interval: 10 }, maxMessageBytes: 10, rateLimit: { messages: 1, per: 3_600_000 } });
    const { peer } = await join(server);
    const pinged = vi.fn();
    peer.socket.on("ping", pinged);
    vi.advanceTimersByTime(100);
    peer.send({ cmd: "a", param: "x".repeat(2 ** 21) });
    peer.send({ cmd: "b" });
    expect([(await peer.next()).cmd, (await peer.next()).cmd]).toEqual(["a", "b"]);
    expect(pinged).not.toHaveBeenCalled();
  });

  it.each([
    [1000, "bye"],
    [4000, "why"],
  ])("answers close code %i with the same code and no reason", async (code, reason) => {
    const { peer } = await join(await serve());
    peer.socket.close(code, reason);
    expect(await peer.closed).toEqual({ code, reason: "" });
  });

  it("announces connections by their id, and announces a second join again", async () => {
    const server = await serve();
    const a = await join(server);
    const b = await join(server);
    const update = { from: b.id, channel: "lobby", cmd: "online-update", param: { userID: b.id, connected: true } };
    expect(await a.peer.next()).toEqual(update);
    server.service.join(b.id, "lobby");
    expect(await a.peer.next()).toEqual(update);
    b.peer.socket.terminate();
    expect(await a.peer.next()).toEqual({ ...update, param: { userID: b.id, connected: false } });
  });

  it("leaves without a close frame", async () => {
    const server = await serve();
    const { peer } = await join(server);
    await server.close();
    expect((await peer.closed).code).toBe(1006);
  });
});
