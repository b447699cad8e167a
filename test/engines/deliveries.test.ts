import { describe, expect, onTestFinished, test } from "vitest";
import type { Message } from "../../src/index";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { engines, type Page } from "../harness/engines";
import { type Peer, startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";

// What the behaviour suite cannot test: a buffer that is full, and a change of the identity while open.

/** A server that accepts a login, except that of mallory, and confirms what it is asked to do. */
async function startService(): Promise<[Peer, FaultProxy]> {
  const peer = await startPeer();
  const proxy = await startProxy({ target: peer.port });
  let ended = false;
  void (async () => {
    while (!ended) {
      const socket = await peer.connection();
      let user = "nobody";
      socket.on("message", (data) => {
        const { cmd, param } = JSON.parse(String(data)) as Message<string, { id: number; user: string }>;
        if (cmd === "login" && param.user === "mallory") return socket.close(4101, "wrong token");
        if (cmd === "login") user = param.user;
        if (cmd === "login" || cmd === "do") socket.send(JSON.stringify({ cmd: "done", param: { id: param.id, user } }));
      });
    }
  })();
  onTestFinished(async () => {
    ended = true;
    await proxy.close();
    await peer.stop();
  });
  return [peer, proxy];
}

/** The commands that a server has got, with the id in each. */
const got = ({ received }: Peer, of: string) =>
  received
    .map((text) => JSON.parse(text) as Message<string, { id: number }>)
    .filter(({ cmd }) => cmd === of)
    .map(({ param }) => param.id);

/** Resolves when a server has got so many of a command. */
async function gets(peer: Peer, of: string, count: number): Promise<number[]> {
  while (got(peer, of).length < count) await peer.receives(peer.received.length + 1);
  return got(peer, of);
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  /** A page with a socket of whose messages `moved` only the newest matters. */
  async function openPage(url: string): Promise<Page> {
    const page = await rig.open();
    await page.evaluate((url) => {
      const param = { "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) } };
      const protocol = { inbound: {}, outbound: { moved: { param, delivery: "latest" as const }, big: param } };
      return connect({ url, protocol: protocol as never } as never).socket.ready();
    }, url);
    return page;
  }

  test('delivery "latest" waits while much is buffered, and the newest message replaces older ones; drained() resolves at the end', async () => {
    const [peer, proxy] = await startService();
    const page = await openPage(proxy.url);
    const [link] = proxy.links;
    link!.stall("up");
    const results = await page.evaluate(() => {
      const { socket } = news;
      socket.send("big", { id: 0, filling: "x".repeat(30_000_000) });
      Object.assign(globalThis, { drained: socket.drained() });
      return [1, 2, 3].map((id) => socket.send("moved", { id }));
    });
    expect(results).toEqual(["queued", "replaced", "replaced"]);
    link!.flow("up");
    await page.evaluate(() => (globalThis as unknown as { drained: Promise<void> }).drained);
    expect(await gets(peer, "moved", 1)).toEqual([3]);
    expect(await page.evaluate(() => news.socket.send("moved", { id: 4 }))).toBe("sent");
    expect(await gets(peer, "moved", 2)).toEqual([3, 4]);
  });

  test("authenticate runs first on every connection; a new identity gets a new connection", async () => {
    const [peer, proxy] = await startService();
    const page = await rig.open();
    const reasons = await page.evaluate((url) => {
      const reasons: number[] = [];
      Object.assign(globalThis, { reasons });
      connect({
        url,
        identity: "ada",
        authenticate: ({ identity, reason, request }) => {
          reasons.push(reason?.code ?? 0);
          // The first token of each is wrong.
          return request("login", { user: reason?.code === 4101 ? identity : "mallory" }, { reply: "done" });
        },
      });
      news.socket.send("do", { id: 1 });
      return news.socket.ready().then(() => reasons);
    }, proxy.url);
    expect(reasons).toEqual([0, 4101]);
    await gets(peer, "do", 1);
    const heard = await page.evaluate(async () => {
      const { socket } = news;
      const done = (id: number) => news.until(({ messages }) => messages.some(({ param }) => (param as { id: number }).id === id));
      await done(1);
      socket.identify("bob");
      const sent = socket.send("do", { id: 2 });
      await socket.ready();
      await done(2);
      return { sent, ...news.heard };
    });
    expect(heard.sent).toBe("queued");
    expect(heard.drops).toEqual([]);
    const done = heard.messages.map(({ param }) => param as { id?: number; user: string }).filter(({ id }) => id !== undefined);
    expect(done).toEqual([
      { id: 1, user: "ada" },
      { id: 2, user: "bob" },
    ]);
    expect(heard.closes.map(({ code }) => code)).toEqual([4101, 1000, 4101]);
    // Waiting messages do not leave under the next identity.
    await page.evaluate(() => {
      const { socket } = news;
      const off = socket.onClose(() => {
        off();
        socket.send("do", { id: 3 });
        socket.identify("cyd");
      });
    });
    proxy.cut();
    const { drops } = await page.evaluate(async () => {
      await news.until(({ drops }) => drops.length);
      await news.socket.ready();
      return news.heard;
    });
    expect(drops).toEqual([["do", "identity"]]);
    expect(got(peer, "do")).toEqual([1, 2]);
  });
});
