import { describe, expect, onTestFinished, test } from "vitest";
import { engines, type Page } from "../harness/engines";
import type { Heard } from "../harness/news";
import { startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";
import { alive, openAfter } from "../harness/waits";

// A link that dies without a word, or seems to, in every engine that is installed. What only
// the DevTools protocol can do, in Chromium alone.

const lost = { code: 1006, reason: "", wasClean: false };

/** A heartbeat that notices soon. */
const heartbeat = { cmd: "ping", reply: "pong", interval: 50, timeout: 300 };

/** A heartbeat that a busy machine cannot make nervous. */
const patient = { ...heartbeat, timeout: 20_000 };

/** Resolves when the server has answered the page's socket so many times more. */
function beats(page: Page, count = 1): Promise<Heard> {
  return page.evaluate((count) => {
    const pongs = ({ messages }: Heard) => messages.filter(({ cmd }) => cmd === "pong").length;
    const before = pongs(news.heard);
    return news.until((heard) => pongs(heard) >= before + count);
  }, count);
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  test.each(["up", "down", "both"] as const)(
    "[E21] [E22] the client detects a silent connection (%s), and reconnects without waiting for its close",
    async (direction) => {
      const page = await rig.open();
      await page.evaluate(
        ({ url, heartbeat }) => {
          const natives: WebSocket[] = [];
          const ends: Promise<Event>[] = [];
          class Watched extends WebSocket {
            constructor(url: string, protocols?: string[]) {
              super(url, protocols);
              natives.push(this);
              ends.push(new Promise((resolve) => this.addEventListener("close", resolve)));
            }
          }
          Object.assign(globalThis, { natives, ends });
          Math.random = () => 0.999;
          return connect({ url, heartbeat, WebSocket: Watched, backoff: {} }).socket.ready();
        },
        { url: rig.url, heartbeat },
      );
      await beats(page);
      rig.proxy.stall(direction, "passes");
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([lost]);
      expect(heard.errors).toEqual(["heartbeat"]);
      expect(heard.states.map(({ status }) => status)).toEqual(["connecting", "open", "reconnecting", "reconnecting", "open"]);
      const [wait] = heard.states.flatMap(({ retryAt, since }) => (retryAt === null ? [] : [retryAt - since]));
      // No other client has lost the server, so it comes back sooner than others do.
      expect(wait).toBeLessThanOrEqual(1_000);
      expect(heard.state).toMatchObject({ lastClose: lost, lastError: null });
      const states = () =>
        page.evaluate(() => (globalThis as unknown as { natives: WebSocket[] }).natives.map(({ readyState }) => readyState));
      expect(await states()).toEqual([2, 1]);
      await alive(page);

      // Late messages of the old connection are ignored.
      rig.proxy.flow();
      await page.evaluate(async () => void (await (globalThis as unknown as { ends: Promise<Event>[] }).ends[0]));
      await beats(page, 2);
      const after = await openAfter(page, 1);
      expect(after.states).toEqual(heard.states);
      expect(after.closes).toEqual([lost]);
      expect(rig.proxy.connections).toBe(2);
    },
  );

  test("[E21] without a heartbeat the client asks nothing, and keeps the connection", async () => {
    const page = await rig.open();
    await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    rig.proxy.stall("both", "passes");
    // Another socket notices that its link is silent, and comes back, while this one hears of nothing.
    const heard = await page.evaluate(
      async ({ url, heartbeat }) => {
        const other = new News(new Wireline.Socket({ ...quick, url, heartbeat }));
        await other.until(({ messages }) => messages.length);
        return [news.heard.state.status, news.socket.send("ping", {}), news.heard.closes.length];
      },
      { url: rig.url, heartbeat },
    );
    expect(heard).toEqual(["open", "sent", 0]);
  });

  test("[E23] the client survives a network that swallows everything, and messages sent meanwhile arrive", async () => {
    const page = await rig.open();
    await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat, connectTimeout: 400 }).socket.ready(), {
      url: rig.url,
      heartbeat,
    });
    await beats(page);
    rig.proxy.stall("both");
    const during = await page.evaluate(() => news.until(({ closes, states }) => closes.length >= 3 && states.at(-1)?.retryAt === null));
    expect(during.errors.slice(0, 3)).toEqual(["heartbeat", "timeout", "timeout"]);
    expect(during.closes.slice(0, 3)).toEqual([lost, lost, lost]);
    expect(during.state.status).toBe("reconnecting");
    expect(await page.evaluate(() => news.socket.send("chat", { text: "are you there?" }))).toBe("queued");
    rig.proxy.flow();
    const heard = await page.evaluate(() =>
      news.until(({ messages, state }) => state.status === "open" && messages.some(({ cmd }) => cmd === "chat")),
    );
    expect(heard.messages.filter(({ cmd }) => cmd === "chat")).toMatchObject([{ param: { text: "are you there?" } }]);
    expect(heard.drops).toEqual([]);
  });

  test("[E25] the client reconnects from the new address of the device", async () => {
    const page = await rig.open();
    await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat }).socket.ready(), { url: rig.url, heartbeat });
    await beats(page);
    const [old] = rig.proxy.links;
    old!.stall();
    const next = rig.proxy.link();
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(heard.errors).toEqual(["heartbeat"]);
    expect(await next).not.toBe(old);
    expect((await beats(page, 3)).closes).toEqual([lost]);
  });

  test("[E28] a proxy that cuts quiet connections ends the connection, and the client reconnects", async () => {
    const page = await rig.open();
    rig.proxy.idle(300);
    await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    await openAfter(page, 1);
    const heard = await openAfter(page, 2);
    expect(heard.closes.slice(0, 2)).toEqual([lost, lost]);
    expect(heard.errors).toEqual([]);
  });

  test("[E28] a heartbeat prevents a proxy from cutting the connection", async () => {
    const page = await rig.open();
    rig.proxy.idle(1_500);
    await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat }).socket.ready(), { url: rig.url, heartbeat: patient });
    const quiet = await rig.open();
    await quiet.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    await openAfter(quiet, 1);
    const heard = await beats(page);
    expect(heard.closes).toEqual([]);
    expect(heard.state.status).toBe("open");
  });

  test("[E29] many clients that lose the server at once come back at different times, even for the first retry", async () => {
    const page = await rig.open();
    await page.evaluate(async (url) => {
      const all = Array.from({ length: 60 }, () => new News(new Wireline.Socket({ url })));
      Object.assign(globalThis, { all });
      await Promise.all(all.map(({ socket }) => socket.ready()));
    }, rig.url);
    // With a word: Firefox holds a page back for a minute that lost so many without one.
    for (const { id } of rig.server.service.connections()) rig.server.service.disconnect(id, 1001, "deploy");
    const waits = await page.evaluate(async () => {
      const { all } = globalThis as unknown as { all: (typeof news)[] };
      const heard = await Promise.all(all.map((one) => one.until(({ closes, state }) => closes.length && state.status === "open")));
      return heard.map(({ states }) => {
        const { retryAt, since } = states.find(({ retryAt }) => retryAt !== null)!;
        return retryAt! - since;
      });
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(2_200);
    const quarters = [0, 1, 2, 3].map((quarter) => waits.filter((wait) => Math.max(0, Math.ceil(wait / 550) - 1) === quarter).length);
    expect(quarters).not.toContain(0);
  });

  test("[E30] the client retries a server that accepts and closes less and less often, until a connection lives", async () => {
    const peer = await startPeer();
    onTestFinished(() => peer.stop());
    const page = await rig.open();
    const next = peer.connection();
    await page.evaluate((url) => {
      Math.random = () => 0.999;
      connect({ url, minUptime: 400, backoff: { min: 20, max: 2_000, factor: 2 } });
    }, peer.url);
    let connection = await next;
    for (const _ of [1, 2, 3, 4]) {
      const next = peer.connection();
      connection.close(1011, "not now");
      connection = await next;
    }
    const heard = await openAfter(page, 4);
    expect(heard.closes).toEqual(Array(4).fill({ code: 1011, reason: "not now", wasClean: true }));
    const pauses = heard.states.filter(({ retryAt }) => retryAt !== null);
    expect(pauses.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(pauses.map(({ retryAt, since }) => Math.round((retryAt! - since) / 20))).toEqual([1, 2, 4, 8]);

    // The server sends until the page counts the connection as lived.
    const lives = page.evaluate(() => {
      const opened = news.heard.states.at(-1)!.at;
      return news.until(() => performance.now() - opened > 400);
    });
    const speak = setInterval(() => connection.send('{"cmd":"still here"}'), 20);
    onTestFinished(() => clearInterval(speak));
    await lives;
    connection.close(1011, "not now");
    const again = await openAfter(page, 5);
    expect(again.states.filter(({ retryAt }) => retryAt !== null).at(-1)).toMatchObject({ status: "reconnecting", attempt: 1 });
  });
});

describe.runIf(engines.includes("chromium"))("chromium, which can emulate network states", () => {
  const rig = useRig("chromium");
  const nothing = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  /** Ways to be offline (test/catalogue/browsers.md), each for the rest of the test. */
  const ways: Record<"cut off" | "false alarm" | "in silence", (page: Page, offline: boolean) => Promise<unknown>> = {
    "cut off": (page, offline) => page.cdp!.send("Network.emulateNetworkConditions", { offline, ...nothing }),
    "false alarm": (page, offline) => page.cdp!.send("Network.overrideNetworkState" as never, { offline, ...nothing } as never),
    "in silence": (page, offline) => {
      const matchedNetworkConditions = offline ? [{ urlPattern: "", offline, ...nothing }] : [];
      return page.cdp!.send("Network.emulateNetworkConditionsByRule" as never, { offline, matchedNetworkConditions } as never);
    },
  };

  /** A page whose socket is open. */
  async function openPage(options: object = {}): Promise<Page> {
    const page = await rig.open();
    await page.cdp!.send("Network.enable");
    await page.evaluate(
      (options) => {
        const happened: string[] = [];
        Object.assign(globalThis, { happened });
        for (const type of ["offline", "online"]) addEventListener(type, () => happened.push(type));
        return connect(options).socket.ready();
      },
      { url: rig.url, ...options },
    );
    return page;
  }

  /** Resolves when the page has been told that it is offline or online. */
  async function told(page: Page, offline: boolean, set: (page: Page, offline: boolean) => Promise<unknown>): Promise<void> {
    const event = page.evaluate(
      (type) => new Promise<void>((resolve) => addEventListener(type, () => resolve(), { once: true })),
      offline ? "offline" : "online",
    );
    await set(page, offline);
    await event;
  }

  /** What the page was told. */
  const happened = (page: Page) =>
    page.evaluate(() => [(globalThis as unknown as { happened: string[] }).happened, navigator.onLine] as const);

  test("[E24] going offline keeps the connection, and messages sent meanwhile arrive", async () => {
    const page = await openPage();
    await told(page, true, ways["cut off"]);
    expect(await page.evaluate(() => [news.socket.send("chat", { text: "from the tunnel" }), news.socket.state.status])).toEqual([
      "sent",
      "open",
    ]);
    await told(page, false, ways["cut off"]);
    const heard = await page.evaluate(() => news.until(({ messages }) => messages.some(({ cmd }) => cmd === "chat")));
    expect(heard.closes).toEqual([]);
    expect(heard.states.map(({ status }) => status)).toEqual(["connecting", "open"]);
    expect(rig.proxy.connections).toBe(1);
  });

  test("[E24] coming online, the client asks at once over an open connection", async () => {
    const page = await openPage({ heartbeat: { ...patient, interval: 600_000 } });
    await page.evaluate(() => news.until(({ messages }) => messages.some(({ cmd }) => cmd === "pong")));
    await told(page, true, ways["cut off"]);
    const asked = beats(page);
    await told(page, false, ways["cut off"]);
    expect((await asked).closes).toEqual([]);
  });

  test("[E24] coming online, the client replaces a dead connection", async () => {
    const page = await openPage({ heartbeat: { ...patient, interval: 600_000 }, probe: 300 });
    await page.evaluate(() => news.until(({ messages }) => messages.some(({ cmd }) => cmd === "pong")));
    await told(page, true, ways["cut off"]);
    rig.proxy.stall("both", "passes");
    await told(page, false, ways["cut off"]);
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(heard.errors).toEqual(["heartbeat"]);
  });

  test("[E24] a connection lost while offline is retried slowly, and at once when online", async () => {
    const page = await openPage();
    await told(page, true, ways["cut off"]);
    rig.proxy.reset();
    const before = await page.evaluate(async () => {
      const heard = await news.until(({ closes, states }) => closes.length === 1 && states.at(-1)?.retryAt);
      return { ...heard, line: news.socket.explain() };
    });
    expect(before.closes).toEqual([lost]);
    expect(before.line).toMatch(/^reconnecting: attempt 1 in \d+\.\d s \(offline\)/);
    expect(before.state.retryAt! - before.state.since).toBeGreaterThan(14_900);
    await ways["cut off"](page, false);
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(rig.proxy.connections).toBe(2);
  });

  test("[E24] going offline prolongs the current wait", async () => {
    const page = await openPage({ backoff: { min: 10_000, max: 10_000, factor: 1 } });
    await page.evaluate(() => {
      Math.random = () => 0.999;
    });
    rig.proxy.reset();
    const before = await page.evaluate(() => news.until(({ states }) => states.at(-1)?.retryAt));
    await ways["cut off"](page, true);
    const after = await page.evaluate((before) => news.until(({ states }) => states.at(-1)!.retryAt! > before), before.state.retryAt!);
    expect(after.state.retryAt! - after.state.since).toBeGreaterThan(14_900);
    await ways["cut off"](page, false);
    await openAfter(page, 1);
  });

  test("[E26] a false offline event changes nothing", async () => {
    const page = await openPage({ heartbeat: patient });
    await told(page, true, ways["false alarm"]);
    expect((await happened(page))[1]).toBe(false);
    const heard = await beats(page, 3);
    expect(heard.states.map(({ status }) => status)).toEqual(["connecting", "open"]);
    expect(heard.closes).toEqual([]);
    await told(page, false, ways["false alarm"]);
    expect((await beats(page, 3)).closes).toEqual([]);
  });

  test("[E26] a connection lost during a false offline event is still retried, slowly", async () => {
    const page = await openPage({ heartbeat: patient });
    await told(page, true, ways["false alarm"]);
    // The lowest that a slow wait can be.
    await page.evaluate(() => {
      Math.random = () => 0;
    });
    rig.proxy.reset();
    const before = await page.evaluate(() => news.until(({ closes, states }) => closes.length === 1 && states.at(-1)?.retryAt));
    expect(before.state.retryAt! - before.state.since).toBeGreaterThan(14_900);
    expect(before.state.retryAt! - before.state.since).toBeLessThanOrEqual(15_000);
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(await happened(page)).toEqual([["offline"], false]);
    await beats(page);
  });

  test("[E27] the heartbeat detects a network that looks fine but carries nothing", async () => {
    const page = await openPage({ heartbeat, connectTimeout: 1_000 });
    await beats(page);
    await ways["in silence"](page, true);
    const before = await page.evaluate(() => news.until(({ closes }) => closes.length));
    expect(before.closes[0]).toEqual(lost);
    expect(before.errors[0]).toBe("heartbeat");
    expect(await happened(page)).toEqual([[], true]);
    await ways["in silence"](page, false);
    await openAfter(page, 1);
    await beats(page);
  });
});
