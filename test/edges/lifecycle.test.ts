import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { engines, type Page } from "../harness/engines";
import type { Heard, News } from "../harness/news";
import { type Peer, startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";
import { alive, openAfter } from "../harness/waits";

// A page that is hidden, frozen, put away or asleep, in every engine that knows of it.

const lost = { code: 1006, reason: "", wasClean: false };
/** How a link ends that we give up because the page goes to sleep. */
const left = { code: 1000, reason: "", wasClean: false };

/** A heartbeat that a busy machine cannot make nervous. */
const patient = { cmd: "ping", reply: "pong", interval: 50, timeout: 20_000 };

/** Where a socket stood, one after the other. */
const course = ({ states }: Heard) => states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);

/** The course of a connection that was lost once. */
const cameBack = ["connecting", "open", "reconnecting", "open"];

/** Resolves when the page's socket has heard a command so many times more. */
function hears(page: Page, cmd: string, count = 1): Promise<Heard> {
  return page.evaluate(
    ({ cmd, count }) => {
      const amount = ({ messages }: Heard) => messages.filter((message) => message.cmd === cmd).length;
      const before = amount(news.heard);
      return news.until((heard) => amount(heard) >= before + count);
    },
    { cmd, count },
  );
}

/** A bare server for one test. */
async function usePeer(): Promise<Peer> {
  const peer = await startPeer();
  onTestFinished(() => peer.stop());
  return peer;
}

/** How the server's end of a connection closes. */
async function ending(connection: Peer["last"]): Promise<[code: number, reason: string]> {
  const [code, reason] = await once(connection, "close");
  return [code, String(reason)];
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  // Driven by WebDriver, Firefox puts no page away.
  if (name === "firefox")
    test("[E35] a page that navigates away closes its connection", async () => {
      const peer = await usePeer();
      const page = await rig.open();
      await page.evaluate((url) => connect({ url }).socket.ready(), peer.url);
      const ended = ending(peer.last);
      await page.goto(`${rig.pages.url}/elsewhere`);
      expect((await ended)[0]).toBe(1001);
    });
  else
    test("[E35] a page closes its connection when it enters the back/forward cache, and reconnects when it returns", async () => {
      const peer = await usePeer();
      const page = await rig.open();
      await page.evaluate((url) => {
        addEventListener("pageshow", ({ persisted }) => Object.assign(globalThis, { persisted }));
        addEventListener("pagehide", () => void news.socket.send("hello", { from: "the cache" }));
        return connect({ url }).socket.ready();
      }, peer.url);
      const ended = ending(peer.last);
      await page.goto(`${rig.pages.url}/elsewhere`);
      expect(await ended).toEqual([1000, ""]);
      const next = peer.connection();
      await page.back();
      await next;
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([left]);
      expect(course(heard)).toEqual(cameBack);
      const [persisted, reasons] = await page.evaluate(() => {
        const [navigation] = performance.getEntriesByType("navigation") as (PerformanceEntry & { notRestoredReasons?: unknown })[];
        return [(globalThis as unknown as { persisted: boolean }).persisted, navigation!.notRestoredReasons ?? null] as const;
      });
      expect(persisted).toBe(true);
      expect(reasons).toBeNull();
      expect(JSON.parse((await peer.receives(1))[0]!)).toMatchObject({ cmd: "hello", param: { from: "the cache" } });
      expect(heard.drops).toEqual([]);
    });

  test("[E38] setting the page's clock forward or back ends no connection and delays no retry", async () => {
    const page = await rig.open();
    await page.evaluate(
      ({ url, heartbeat }) => {
        const clock = Date.now;
        const set = (hours: number) => {
          Date.now = () => clock() + hours * 3_600_000;
        };
        Object.assign(globalThis, { set });
        return connect({ url, heartbeat, backoff: () => 100 }).socket.ready();
      },
      { url: rig.url, heartbeat: patient },
    );
    const set = (hours: number) => page.evaluate((hours) => (globalThis as unknown as { set(hours: number): void }).set(hours), hours);
    for (const hours of [1, -1, 0]) {
      await set(hours);
      expect((await hears(page, "pong", 3)).closes).toEqual([]);
    }
    for (const [ends, hours] of [-1, 1].entries()) {
      await page.evaluate((hours) => {
        const { set } = globalThis as unknown as { set(hours: number): void };
        news.socket.onStatus(({ retryAt }) => void (retryAt !== null && set(hours)));
      }, hours);
      rig.proxy.cut();
      expect((await openAfter(page, ends + 1)).closes).toEqual(Array(ends + 1).fill(lost));
    }
    expect((await hears(page, "pong", 3)).errors).not.toContain("heartbeat");
  });

  test("[E40] each tab has its own connection", async () => {
    const pages = [await rig.open(), await rig.open()];
    for (const page of pages) await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    expect(rig.server.service.connections().length).toBe(2);
    // That of the page in front: one that is hidden comes back slowly.
    rig.proxy.links[1]!.reset();
    expect((await openAfter(pages[1]!, 1)).closes).toEqual([lost]);
    await alive(pages[0]!);
    expect((await openAfter(pages[0]!, 0)).closes).toEqual([]);
    expect(rig.server.service.connections().length).toBe(2);
    await pages[1]!.close();
    await alive(pages[0]!);
  });

  /** Makes a worker in the page, which holds what a bare page holds, and a socket; the page hears its news. */
  async function work(page: Page, options: object): Promise<void> {
    await page.evaluate(
      ({ origin, options }) => {
        const tell =
          "const tell = () => postMessage(news.heard); for (const on of ['onStatus', 'onClose', 'onMessage']) news.socket[on](tell);";
        const source = `importScripts("${origin}/wireline.umd.js", "${origin}/news.js"); connect(${JSON.stringify(options)}); ${tell}`;
        const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
        const heard = { state: {}, states: [], closes: [], errors: [], messages: [] } as unknown as Heard;
        const waiting = new Set<() => void>();
        worker.onmessage = ({ data }) => {
          Object.assign(heard, data);
          for (const look of waiting) look();
        };
        const until: News["until"] = (fits) =>
          new Promise((resolve) => {
            const look = () => {
              if (!fits(heard)) return;
              waiting.delete(look);
              resolve(heard);
            };
            waiting.add(look);
            look();
          });
        Object.assign(globalThis, { news: { until } });
        return until(({ state }) => state.status === "open");
      },
      { origin: rig.pages.url, options },
    );
  }

  test("[E41] a socket in a worker reconnects after a loss", async () => {
    const page = await rig.open();
    await work(page, { url: rig.url });
    rig.proxy.reset();
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(rig.proxy.connections).toBe(2);
  });

  test("[E41] a heartbeat in a worker detects a silent connection", async () => {
    const page = await rig.open();
    await work(page, { url: rig.url, heartbeat: { ...patient, timeout: 300 } });
    await page.evaluate(() => news.until(({ state }) => state.latency !== null));
    rig.proxy.stall("both", "passes");
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(heard.errors).toEqual(["heartbeat"]);
  });

  if (name === "chromium")
    test("[E41] a socket in a worker that was frozen with its page reconnects when the page resumes", async () => {
      const page = await rig.open();
      await work(page, { url: rig.url, heartbeat: { ...patient, interval: 500 } });
      await page.cdp!.send("Page.setWebLifecycleState", { state: "frozen" });
      const [old] = rig.proxy.links;
      old!.reset();
      await old!.closed;
      await page.cdp!.send("Page.setWebLifecycleState", { state: "active" });
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual(heard.closes.map(() => lost));
      const { length } = heard.messages;
      await page.evaluate((length) => news.until(({ messages, state }) => messages.length > length + 2 && state.status === "open"), length);
    });

  test("[E42] everything works under a Content-Security-Policy without blob:, without violations", async () => {
    rig.pages.headers.set("/strict", {
      "content-security-policy": `default-src 'none'; script-src 'self'; img-src data:; connect-src ${rig.proxy.url}`,
    });
    const page = await rig.open("/strict");
    await page.evaluate(
      ({ url, heartbeat }) => {
        const violations: string[] = [];
        Object.assign(globalThis, { violations });
        addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
        return connect({ url, heartbeat }).socket.ready();
      },
      { url: rig.url, heartbeat: patient },
    );
    rig.proxy.reset();
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    await hears(page, "pong", 3);
    // A blob worker would be one, as this shows.
    const violations = await page.evaluate(async () => {
      const { violations } = globalThis as unknown as { violations: string[] };
      const before = [...violations];
      const violated = new Promise((resolve) => addEventListener("securitypolicyviolation", resolve, { once: true }));
      try {
        new Worker(URL.createObjectURL(new Blob([""])));
      } catch {
        // Some throw, too.
      }
      await violated;
      return [before, violations];
    });
    expect(violations).toEqual([[], [expect.stringMatching(/worker-src|script-src/)]]);
  });

  // The processes of a browser are found as Linux lists them.
  describe.runIf(process.platform === "linux")("on a machine that sleeps", () => {
    /** How long it sleeps: no event can tell, for its timers have to be late by more than 2 s. */
    const night = 4_500;

    /** Stops all of the browser, as a machine's sleep does, and wakes it when `meanwhile` is over. */
    async function asleep(meanwhile: () => Promise<unknown>): Promise<void> {
      const processes = descendants();
      const tell = (signal: "SIGSTOP" | "SIGCONT") => {
        for (const pid of processes) {
          try {
            process.kill(pid, signal);
          } catch {
            // It has ended meanwhile.
          }
        }
      };
      tell("SIGSTOP");
      try {
        await meanwhile();
      } finally {
        tell("SIGCONT");
      }
    }

    test("[E36] a connection that the server kept survives the sleep, and delivers what arrived meanwhile", async () => {
      const page = await rig.open();
      await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat }).socket.ready(), {
        url: rig.url,
        heartbeat: { ...patient, interval: 600, timeout: 1_000 },
      });
      await hears(page, "pong");
      await asleep(async () => {
        const { service } = rig.server;
        service.writeChannel("news", { from: "the night" }, service.connections()[0]!.channels[0]!);
        await sleep(night);
      });
      const heard = await hears(page, "pong", 2);
      expect(heard.closes).toEqual([]);
      expect(heard.messages.filter(({ cmd }) => cmd === "news")).toMatchObject([{ param: { from: "the night" } }]);
    });

    test("[E37] the client reconnects after a connection that the server dropped, once it has delivered what arrived meanwhile", async () => {
      const peer = await usePeer();
      const page = await rig.open();
      await page.evaluate((url) => connect({ url }).socket.ready(), peer.url);
      await asleep(async () => {
        await Promise.all(
          [1, 2, 3].map((number) => new Promise((sent) => peer.last.send(JSON.stringify({ cmd: "news", param: number }), sent))),
        );
        const ended = ending(peer.last);
        peer.last.close(1001, "night");
        await sleep(night);
        peer.last.terminate();
        await ended;
      });
      const heard = await openAfter(page, 1);
      expect(heard.messages.map(({ param }) => param)).toEqual([1, 2, 3]);
      expect(heard.closes.length).toBe(1);
      expect(course(heard)).toEqual(cameBack);
    });

    test("[E37] the client detects on waking a connection that was lost silently", async () => {
      const page = await rig.open();
      await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat, probe: 500 }).socket.ready(), {
        url: rig.url,
        heartbeat: { ...patient, interval: 600 },
      });
      await hears(page, "pong");
      rig.proxy.stall("both", "passes");
      await asleep(() => sleep(night));
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([lost]);
      expect(heard.errors).toEqual(["heartbeat"]);
    });
  });
});

/** The processes that this one has started, and those that they have; not what compiles for us. */
function descendants(): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }).trim().split("\n");
  const processes = rows
    .map((row) => row.trim().split(/\s+/))
    .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name }));
  const below = (pid: number): number[] =>
    processes
      .filter(({ parent, name }) => parent === pid && name !== "esbuild" && name !== "ps")
      .flatMap(({ pid }) => [pid, ...below(pid)]);
  return below(process.pid);
}

describe.runIf(engines.includes("chromium"))("chromium, which hides, freezes and restores pages", () => {
  const rig = useRig("chromium");

  /** Resolves when the page hears of an event. */
  const happens = (page: Page, type: string) =>
    page.evaluate((type) => new Promise<void>((resolve) => addEventListener(type, () => resolve(), { once: true, capture: true })), type);

  /** Puts another page in front. */
  async function hide(page: Page): Promise<void> {
    const hidden = happens(page, "visibilitychange");
    await rig.open();
    await hidden;
  }

  const show = (page: Page) => page.playwright!.bringToFront();

  test("[E31] a hidden page keeps its connection and receives messages", async () => {
    const page = await rig.open();
    await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    await hide(page);
    for (const _ of [1, 2, 3]) await alive(page);
    const heard = await openAfter(page, 0);
    expect(heard.closes).toEqual([]);
    expect(rig.proxy.connections).toBe(1);
  });

  test("[E31] a hidden page retries slowly after a loss, and at once when it becomes visible", async () => {
    const page = await rig.open();
    await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    await hide(page);
    rig.proxy.reset();
    const before = await page.evaluate(async () => {
      const heard = await news.until(({ closes, states }) => closes.length === 1 && states.at(-1)?.retryAt);
      return { ...heard, line: news.socket.explain() };
    });
    expect(before.line).toMatch(/^reconnecting: attempt 1 in \d+\.\d s \(hidden\)/);
    expect(before.state.retryAt! - before.state.since).toBeGreaterThan(14_900);
    await show(page);
    expect((await openAfter(page, 1)).closes).toEqual([lost]);
  });

  test("[E31] a page that becomes hidden during a wait waits longer", async () => {
    const page = await rig.open();
    await page.evaluate((url) => connect({ url, backoff: () => 10_000 }).socket.ready(), rig.url);
    rig.proxy.reset();
    const { state } = await page.evaluate(() => news.until(({ states }) => states.at(-1)?.retryAt));
    await hide(page);
    const after = await page.evaluate((before) => news.until(({ states }) => states.at(-1)!.retryAt! > before), state.retryAt!);
    expect(after.state.retryAt! - after.state.since).toBeGreaterThan(14_900);
    await show(page);
    await openAfter(page, 1);
  });

  test("[E32] a page that becomes visible asks its server at once", async () => {
    const page = await rig.open();
    await page.evaluate(({ url, heartbeat }) => connect({ url, heartbeat }).socket.ready(), {
      url: rig.url,
      heartbeat: { ...patient, interval: 600_000 },
    });
    await page.evaluate(() => news.until(({ messages }) => messages.some(({ cmd }) => cmd === "pong")));
    await hide(page);
    const asked = hears(page, "pong");
    await show(page);
    expect((await asked).closes).toEqual([]);
  });

  test("[E32] the heartbeat continues in a page hidden for so long that its chained timers stop", async () => {
    const page = await rig.open();
    await page.evaluate(
      ({ url, heartbeat }) => {
        const ticks: number[] = [];
        const tick = () => {
          ticks.push(performance.now());
          setTimeout(tick, 50);
        };
        Object.assign(globalThis, { ticks });
        tick();
        return connect({ url, heartbeat }).socket.ready();
      },
      { url: rig.url, heartbeat: patient },
    );
    await hide(page);
    // Hidden, both run once a second. Then the chain stands still, for a minute each time: five beats without a tick.
    const [heard, beats] = await page.evaluate(async () => {
      const { ticks } = globalThis as unknown as { ticks: number[] };
      let beats = 0;
      let seen = [0, 0];
      const heard = await news.until(({ messages }) => {
        const pongs = messages.filter(({ cmd }) => cmd === "pong").length;
        if (ticks.length !== seen[0]) seen = [ticks.length, pongs];
        beats = pongs - seen[1]!;
        return beats >= 5;
      });
      return [heard, beats] as const;
    });
    expect(beats).toBe(5);
    expect(heard.closes).toEqual([]);
    expect(heard.errors).toEqual([]);
  });

  const freeze = (page: Page) => page.cdp!.send("Page.setWebLifecycleState", { state: "frozen" });
  const resume = (page: Page) => page.cdp!.send("Page.setWebLifecycleState", { state: "active" });

  test("[E33] a page closes its connection when it is frozen, and reconnects when it resumes", async () => {
    const peer = await usePeer();
    const page = await rig.open();
    await page.evaluate((url) => {
      addEventListener("freeze", () => void news.socket.send("hello", { from: "the ice" }), { capture: true });
      return connect({ url }).socket.ready();
    }, peer.url);
    const ended = ending(peer.last);
    await freeze(page);
    expect(await ended).toEqual([1000, ""]);
    const next = peer.connection();
    await resume(page);
    await next;
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([left]);
    expect(heard.errors).toEqual([]);
    expect(course(heard)).toEqual(cameBack);
    expect(JSON.parse((await peer.receives(1))[0]!)).toMatchObject({ cmd: "hello", param: { from: "the ice" } });
  });

  test("[E34] a page frozen during a flood still tells the server to stop, and reconnects into the flood", async () => {
    const peer = await usePeer();
    const page = await rig.open();
    // Without news, which would keep all that comes.
    await page.evaluate((url) => {
      const seen = { messages: 0, closes: [] as unknown[], states: [] as string[], tell: () => {} };
      const told = (write: (seen: unknown) => void) => (what: unknown) => {
        write(what);
        seen.tell();
      };
      const socket = new Wireline.Socket({
        ...quick,
        url,
        onMessage: told(() => seen.messages++),
        onClose: told((close) => seen.closes.push(close)),
        onStatus: told(() => seen.states.push(socket.state.status)),
      });
      Object.assign(globalThis, { seen });
      return socket.ready();
    }, peer.url);
    type Seen = { messages: number; closes: unknown[]; states: string[]; tell: () => void };
    const many = (count: number) =>
      page.evaluate(async (count) => {
        const { seen } = globalThis as unknown as { seen: Seen };
        while (seen.messages < count || seen.states.at(-1) !== "open") await new Promise<void>((resolve) => (seen.tell = resolve));
        const { messages, closes } = seen;
        return { messages, closes };
      }, count);

    const text = JSON.stringify({ cmd: "flood", param: "x".repeat(10_000) });
    /** Sends as much as the page accepts, until it is stopped. */
    const flood = (connection: Peer["last"]) =>
      new Promise<void>((stopped) => {
        const timer = setInterval(() => {
          if (connection.readyState !== connection.OPEN) {
            clearInterval(timer);
            stopped();
          } else if (connection.bufferedAmount < 1_000_000) for (let count = 0; count < 50; count++) connection.send(text);
        }, 1);
        onTestFinished(() => clearInterval(timer));
      });
    const stopped = flood(peer.last);
    await many(500);
    await freeze(page);
    await stopped;
    const next = peer.connection();
    await resume(page);
    void flood(await next);
    const { messages } = await many(0);
    const { closes } = await many(messages + 500);
    expect(closes).toEqual([left]);
  });
});
