import { expect, test } from "vitest";
import { start } from "./start";

const rejoin = { join: { cmd: "join", reply: "joined", refused: "join-refused" } } as const;

test("joins are answered where the options of the socket expect it", async () => {
  const { server, open } = start({ rejoin });
  const { socket } = await open();
  expect(await socket.channel("room").join()).toEqual({});
  expect([server.members("room"), [...server.client.channels]]).toEqual([[server.client], ["room"]]);
  socket.channel("room").leave();
  await server.settled();
  expect([server.members("room"), server.client.channels.size]).toEqual([[], 0]);
});

test("onJoin() makes the param of the answer, or refuses", async () => {
  const { server, open } = start({ rejoin });
  server.onJoin(({ channel, param, refuse }) => {
    if (channel === "vip") refuse({ why: "no" });
    return { since: param };
  });
  const { socket, log } = await open();
  expect(await socket.channel("room").join(7)).toEqual({ since: 7 });
  await expect(socket.channel("vip").join()).rejects.toMatchObject({ code: "refused", cause: { why: "no" } });
  await server.settled();
  expect([socket.channel("vip").status, server.members("vip"), log.errors.map(({ code }) => code)]).toEqual(["refused", [], ["refused"]]);
});

test("one command may carry both answers", async () => {
  const both = { join: { cmd: "join", reply: "joined", refused: ({ ok }: { ok: boolean }) => !ok } } as const;
  const { server, open } = start({ rejoin: both });
  server.onJoin(({ channel, refuse }) => {
    if (channel === "vip") refuse({ ok: false });
    return { ok: true };
  });
  const { socket } = await open();
  expect(await socket.channel("room").join()).toEqual({ ok: true });
  await expect(socket.channel("vip").join()).rejects.toMatchObject({ cause: { ok: false } });
});

test("a client asks who is there, and gets the list", async () => {
  const { server, open } = start({ presence: { ask: "who", list: "members" } });
  server.onConnect((client) => {
    client.user = client.url.searchParams.get("user")!;
  });
  const { socket: ann } = await open({ url: "ws://wireline.test/?user=ann" });
  ann.channel("room").join();
  await server.settled();
  const { socket: bob } = await open({ url: "ws://wireline.test/?user=bob" });
  bob.channel("room").join();
  await server.settled();
  expect([...bob.channel("room").members.keys()]).toEqual(["ann", "bob"]);
  expect(ann.channel("room").members.get("bob")).toEqual({ userID: "bob", connected: true });
});

test("a client whose address names a channel is in it, as with Project Forge", async () => {
  const { server, open } = start();
  await open({ url: "ws://wireline.test/connect?ch=lobby" });
  expect(server.members("lobby")).toEqual([server.client]);
});

test("where clients join in another way, a handler joins them", async () => {
  const { server, open } = start({ rejoin: { join: (room) => ({ channel: "", cmd: "chat", param: { text: room } }) } });
  server.on("chat", ({ text }, { client }) => client.join(text));
  const { socket } = await open();
  socket.channel("den").join();
  await server.settled();
  expect([server.members("den"), server.members("")]).toEqual([[server.client], []]);
  server.client.leave("den");
  expect(server.members("den")).toEqual([]);
});
