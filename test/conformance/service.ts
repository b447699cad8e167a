import assert from "node:assert/strict";
import { follow, idsIn, Member, type Said, type Status, statusOf } from "./member";
import { about, type Statement } from "./statement";

// What Project Forge's service tells of itself and its channels [W4] [W6].

const it = about("projectforge");

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A moment in ISO 8601, as precise as it may be, of any zone. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The statements about what the service says by itself. */
export const serviceStatements: Statement[] = [
  it("a join is told as `online-update`, from the id that joins, in the channel, of that id, and nothing else", async (client) => {
    const first = await Member.of(client, "joined");
    const [before] = await idsIn(client, "joined");
    await Member.of(client, "joined");
    const [id] = (await idsIn(client, "joined")).filter((other) => other !== before);
    const heard = await first.hears("online-update");
    // As text, for the order of its members, too.
    const expected: Said = { from: id!, channel: "joined", cmd: "online-update", param: { userID: id, connected: true } };
    assert.equal(JSON.stringify(heard), JSON.stringify(expected));
  }),
  it("`output` with msg and html, and `complete` with result and html, are said in a channel like any command", async (client) => {
    const member = await Member.of(client, "task");
    const said = { output: { msg: "\u001b[1mdone\u001b[0m", html: "<b>done</b>" }, complete: { result: { ok: true }, html: "<p>" } };
    for (const [cmd, param] of Object.entries(said)) {
      await client.order(`channel?ch=task&cmd=${cmd}`, param);
      assert.deepEqual(await member.hears(cmd), { channel: "task", cmd, param });
    }
  }),
  it("its status tells of a connection the id, profile, service, channels, beginning and counts, ordered by id", async (client) => {
    const member = await Member.of(client, "told");
    // Many, lest they are in order by chance.
    for (let others = 0; others < 5; others += 1) await Member.of(client, "told");
    member.say("join", {}, "told, too");
    await member.heardSoFar(client, "told, too");
    const { connections } = await statusOf(client);
    const ids = connections.map(({ id }) => id);
    assert.deepEqual(ids, [...ids].sort());
    const told = connections.filter(({ channels }) => channels?.includes("told"));
    const memberships = told.map(({ channels = [] }) => channels).sort((one, other) => one.length - other.length);
    assert.deepEqual(memberships, [...Array.from({ length: 5 }, () => ["told"]), ["told", "told, too"]]);
    for (const connection of told) {
      assert.deepEqual(Object.keys(connection), ["id", "profile", "svc", "channels", "started", "stats"]);
      const { id, profile, svc, started, stats } = connection;
      assert.match(id, UUID);
      assert.deepEqual([profile.name, svc], ["ann", "system"]);
      const counts = ["messagesSent", "messagesReceived", "bytesSent", "bytesReceived", "started"];
      assert.deepEqual(Object.keys(stats), counts);
      for (const moment of [started, stats.started]) assert.match(moment, ISO);
    }
    const [id] = await idsIn(client, "told, too");
    for (const channel of ["told", "told, too"]) member.say("leave", {}, channel);
    member.say("ping");
    await member.hears("pong");
    // Of none, no channels are told.
    const alone = (await statusOf(client)).connections.find((connection) => connection.id === id);
    assert.deepEqual(Object.keys(alone ?? {}), ["id", "profile", "svc", "started", "stats"]);
  }),
  it("its status counts what a connection has said and heard, in messages and in bytes of UTF-8", async (client) => {
    const line = await client.open("/connect?ch=counted");
    const said = ['{"cmd":"ping","param":[1,  2]}', '{"cmd":"nonsense"}', '{"cmd":"chat","param":{"text":"é😀"}}'];
    for (const text of said) line.say(text);
    const heard: Buffer[] = [];
    while (heard.length < 3) {
      // The close request follows what has been answered: all but the nonsense.
      if (heard.length === 2) await client.order("close-request?ch=counted");
      const frame = await line.frame();
      assert.ok(frame !== "end");
      heard.push(frame.payload);
    }
    const { stats } = (await statusOf(client)).connections.find(({ channels }) => channels?.includes("counted"))!;
    assert.deepEqual([stats.messagesReceived, stats.bytesReceived], [said.length, Buffer.byteLength(said.join(""))]);
    assert.deepEqual([stats.messagesSent, stats.bytesSent], [heard.length, Buffer.concat(heard).length]);
  }),
  it("its status tells of a channel that has members the key and the connections' ids as they came, ordered by key", async (client) => {
    const first = await Member.of(client, "listed");
    const [one] = await idsIn(client, "listed");
    const [, other] = await follow(client, first, "listed");
    const more = ["e", "b", "d", "a", "c"].map((name) => `listed ${name}`);
    for (const channel of more) first.say("join", {}, channel);
    await first.heardSoFar(client, "listed");
    const { channels } = await statusOf(client);
    const keys = channels.map(({ key }) => key);
    assert.deepEqual(keys, [...keys].sort());
    const listed = channels.filter(({ key }) => key.startsWith("listed")).map(({ key, connIDs }) => [key, connIDs]);
    assert.deepEqual(listed, [["listed", [one, other]], ...more.sort().map((channel) => [channel, [one]])]);
    first.say("leave", {}, "listed a");
    await first.heardSoFar(client, "listed");
    assert.ok(!(await statusOf(client)).channels.some(({ key }) => key === "listed a"));
  }),
  it("its status tells of a channel as `lastUpdate` when it was made, and counts in which nothing is counted", async (client) => {
    const channelIn = async () => (await statusOf(client)).channels.find(({ key }) => key === "dated")!;
    const first = await Member.of(client, "dated");
    const made = await channelIn();
    assert.deepEqual(Object.keys(made), ["key", "connIDs", "lastUpdate", "stats"]);
    const { started, ...counts } = made.stats;
    assert.equal(JSON.stringify(counts), '{"messagesSent":0,"messagesReceived":0,"bytesSent":0,"bytesReceived":0}');
    for (const moment of [made.lastUpdate, started]) assert.match(moment, ISO);
    const [second] = await follow(client, first, "dated");
    // Whoever joins or leaves, and whatever is said.
    second.say("chat", { text: "hi" }, "dated");
    await first.hears("chat");
    assert.equal((await channelIn()).lastUpdate, made.lastUpdate);
    second.line.cut();
    await first.hears("online-update");
    assert.deepEqual(await channelIn(), made);
  }),
  it("a tap is told who comes as JSON of the connection, in no channel yet", async (client) => {
    await Member.of(client, "watched");
    const tap = await Member.tapping(client, "watched");
    await Member.of(client, "coming");
    const [id] = await idsIn(client, "coming");
    const said = await tap.hears("open", ({ param }) => (param as { id: string }).id === id);
    const connection = said.param as Status["connections"][number];
    assert.deepEqual(Object.keys(connection), ["id", "profile", "svc", "started", "stats"]);
    const { profile, svc, started } = connection;
    assert.deepEqual([said.channel, said.from, profile.name, svc], ["connection", undefined, "ann", "system"]);
    assert.match(started, ISO);
  }),
];
