import { describe, expect, it, onTestFinished } from "vitest";
import { History } from "./history";
import { type Server, startServer } from "./http";
import { Peer } from "./peer";

describe("a history", () => {
  const fill = (history: History, count: number, channel = "news") => {
    for (let number = 1; number <= count; number++) history.add("item", { text: `${number}` }, channel);
  };
  const numbers = (history: History, since: unknown, epoch: unknown = "a") =>
    history.missed("news", { since, epoch }).messages.map(({ param }) => (param as { seq: number }).seq);

  it("numbers the messages of each channel from 1", () => {
    const history = new History({ epoch: () => "a" });
    fill(history, 2);
    expect(history.add("item", { text: "3" }, "news")).toEqual({ channel: "news", cmd: "item", param: { text: "3", seq: 3 } });
    expect(history.add("item", {}, "sport").param).toEqual({ seq: 1 });
  });

  it("tells a client without a position where the numbers stand", () => {
    const history = new History({ epoch: () => "a" });
    fill(history, 2);
    expect(history.missed("news", {})).toEqual({ epoch: "a", last: 2, recovered: true, messages: [] });
    expect(history.missed("empty", {})).toEqual({ epoch: "a", last: 0, recovered: true, messages: [] });
  });

  it("replays what came after a position, as far as it keeps that", () => {
    const history = new History({ messages: 3, epoch: () => "a" });
    fill(history, 5);
    expect(numbers(history, 5)).toEqual([]);
    expect(numbers(history, 3)).toEqual([4, 5]);
    expect(numbers(history, 2)).toEqual([3, 4, 5]);
    expect(history.missed("news", { since: 1, epoch: "a" })).toEqual({ epoch: "a", last: 5, recovered: false, messages: [] });
  });

  it.each([
    ["another epoch", 3, "b"],
    ["no epoch", 3, undefined],
    ["a number that was not given yet", 6, "a"],
    ["no number", "x", "a"],
    ["an object", {}, "a"],
  ])("does not replay after %s", (_, since, epoch) => {
    const history = new History({ epoch: () => "a" });
    fill(history, 5);
    expect(history.missed("news", { since, epoch })).toMatchObject({ recovered: false, messages: [] });
  });

  it("forgets the channel that was used longest ago, which then has another epoch", () => {
    let epochs = 0;
    const history = new History({ channels: 2, epoch: () => `${++epochs}` });
    for (const channel of ["a", "b", "a", "c"]) history.add("item", {}, channel);
    expect(history.missed("a", { since: 1, epoch: "1" })).toMatchObject({ last: 2, recovered: true });
    expect(history.missed("b", { since: 1, epoch: "2" })).toMatchObject({ epoch: "4", last: 0, recovered: false });
  });
});

describe("the example with a history", () => {
  async function start(): Promise<Server> {
    const server = await startServer({ history: { epoch: () => "a" }, maxChannels: 2 });
    onTestFinished(() => server.close());
    return server;
  }
  const connect = (server: Server, user: string, channel: string) => Peer.connect(`${server.url}/connect?ch=${channel}&user=${user}`);

  it("answers a join after what was missed", async () => {
    const server = await start();
    const ann = await connect(server, "ann", "lobby");
    const bob = await connect(server, "bob", "hall");
    for (const text of ["1", "2", "3"]) ann.send({ channel: "lobby", cmd: "chat", param: { text } });
    for (let count = 0; count < 3; count++) await ann.find("chat");
    bob.send({ channel: "lobby", cmd: "join", param: { since: 1, epoch: "a" } });
    expect(await bob.find("chat")).toMatchObject({ channel: "lobby", param: { user: "ann", text: "2", seq: 2 } });
    expect(await bob.find("chat")).toMatchObject({ param: { seq: 3 } });
    expect(await bob.find("joined")).toEqual({ channel: "lobby", cmd: "joined", param: { epoch: "a", last: 3, recovered: true } });
  });

  it("refuses a join with its reason", async () => {
    const server = await start();
    const ann = await connect(server, "ann", "1");
    for (const channel of ["2", "3"]) ann.send({ channel, cmd: "join", param: {} });
    expect(await ann.find("joined")).toMatchObject({ channel: "2" });
    expect(await ann.find("join-refused")).toEqual({
      channel: "3",
      cmd: "join-refused",
      param: { reason: expect.stringContaining("2 channels") },
    });
  });

  it("lists the members of a channel, each once", async () => {
    const server = await start();
    const [ann] = [await connect(server, "ann", "lobby"), await connect(server, "bob", "lobby"), await connect(server, "bob", "lobby")];
    ann.send({ channel: "lobby", cmd: "who", param: null });
    expect((await ann.find("members")).param).toEqual([
      { userID: "ann", name: "ann" },
      { userID: "bob", name: "bob" },
    ]);
  });
});
