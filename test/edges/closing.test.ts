import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { closing, frame, violations } from "../faults/frames";
import { startProxy } from "../faults/proxy";
import { engines, type Page } from "../harness/engines";
import type { Heard } from "../harness/news";
import { type Peer, startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";
import { alive, openAfter } from "../harness/waits";

// How a connection that was open ends, in every engine that is installed.

const lost = { code: 1006, reason: "", wasClean: false };

/** Resolves when the page's socket waits for the next attempt, after as many ends; the wait it plans comes with it. */
async function waitAfter(page: Page, ends: number): Promise<Heard & { wait: number }> {
  const heard = await page.evaluate(
    (ends) => news.until(({ closes, states, state }) => closes.length >= ends && states.at(-1)?.retryAt && state.retryAt),
    ends,
  );
  return { ...heard, wait: heard.state.retryAt! - heard.state.since };
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  /** A page whose socket is open. */
  async function openPage(): Promise<Page> {
    const page = await rig.open();
    await page.evaluate((url) => connect({ url }).socket.ready(), rig.url);
    return page;
  }

  /** A page whose socket is open and has the back-off that we ship; in its jitter it draws this, between 0 and 1. */
  async function openShipped(luck: number): Promise<Page> {
    const page = await rig.open();
    await page.evaluate(
      ({ url, luck }) => {
        Math.random = () => luck;
        return connect({ url, backoff: undefined }).socket.ready();
      },
      { url: rig.url, luck },
    );
    return page;
  }

  /** The server says good-bye to the only connection it has. */
  function bye(code: number, reason = ""): void {
    const [connection] = rig.server.service.connections();
    rig.server.service.disconnect(connection!.id, code, reason);
  }

  test.each([1000, 1001, 1008, 1009, 1011, 3000, 4500])("[E13] [E14] [E15] the client reconnects after close code %i", async (code) => {
    const page = await openPage();
    bye(code, "so long");
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([{ code, reason: "so long", wasClean: true }]);
    expect(heard.states.map(({ status }) => status)).toEqual(["connecting", "open", "reconnecting", "reconnecting", "open"]);
    expect(heard.errors).toEqual([]);
    expect(rig.server.service.connections().length).toBe(1);
  });

  // libsoup, and WebKitGTK with it, knows no code above 1011 of those below 3000: it is a broken frame there.
  if (name === "webkit")
    test.each([1012, 1013])("[E14] code %i arrives as 1006 in this engine, and the client reconnects", async (code) => {
      const page = await openPage();
      bye(code, "later");
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([lost]);
      expect(heard.errors).toEqual(["transport"]);
    });
  else {
    test("[E14] clients reconnect spread over a wide time after a restart (1012)", async () => {
      const page = await openShipped(0.999);
      bye(1012, "restart");
      const { closes, wait } = await waitAfter(page, 1);
      expect(closes).toEqual([{ code: 1012, reason: "restart", wasClean: true }]);
      expect(wait).toBeGreaterThan(4_900);
      expect(wait).toBeLessThanOrEqual(5_000);
      await page.evaluate(() => news.socket.retryNow());
      await openAfter(page, 1);
    });

    test("[E14] the client reconnects after an overload (1013), but not within 5 s", async () => {
      const page = await openShipped(0);
      bye(1013, "later");
      const { closes, wait } = await waitAfter(page, 1);
      expect(closes).toEqual([{ code: 1013, reason: "later", wasClean: true }]);
      // The two ends of the wait are taken one after the other.
      expect(wait).toBeGreaterThanOrEqual(4_990);
      await page.evaluate(() => news.socket.retryNow());
      await openAfter(page, 1);
    });
  }

  test("[E14] shouldReconnect can take the delay from the close reason", async () => {
    const page = await rig.open();
    await page.evaluate((url) => {
      const shouldReconnect = ({ code, reason }: { code: number; reason: string }) => (code === 4503 ? Number(reason) : undefined);
      return connect({ url, shouldReconnect }).socket.ready();
    }, rig.url);
    bye(4503, "60000");
    expect((await waitAfter(page, 1)).wait).toBeGreaterThan(59_000);
    await page.evaluate(() => news.socket.retryNow());
    await openAfter(page, 1);
    bye(4503, "20");
    const { states } = await openAfter(page, 2);
    const waits = states.flatMap(({ retryAt, since }) => (retryAt === null ? [] : [retryAt - since]));
    expect(waits[1]).toBeLessThanOrEqual(20);
  });

  test.each([4001, 4404, 1002, 1003, 1007, 1010])(
    "[E15] the client stays closed after code %i, which is reported as refused, unless shouldReconnect decides otherwise",
    async (code) => {
      const page = await openPage();
      bye(code, "no");
      const heard = await page.evaluate(() => news.until(({ errors, states }) => errors.length && states.at(-1)?.status === "closed"));
      expect(heard.closes).toEqual([{ code, reason: "no", wasClean: true }]);
      expect(heard.errors).toEqual(["refused"]);
      expect(heard.state).toMatchObject({ status: "closed", attempt: 0, retryAt: null, lastClose: { code, reason: "no" } });
      // Another socket has been all the way when there is still nothing of this one.
      await page.evaluate((url) => new Wireline.Socket({ url }).ready(), rig.url);
      expect(rig.proxy.connections).toBe(2);
      await page.evaluate(() => news.socket.connect());
      await openAfter(page, 1);
    },
  );

  test("[E15] the client asks for new credentials after 4101, and a second 4101 in a row is final", async () => {
    const page = await rig.open();
    const first = rig.proxy.link();
    await page.evaluate((url) => {
      let token = 0;
      return connect({ url: async () => `${url}?token=${++token}` }).socket.ready();
    }, rig.url);
    expect(await (await first).request).toMatch("?token=1 ");
    const second = rig.proxy.link();
    bye(4101, "expired");
    await openAfter(page, 1);
    expect(await (await second).request).toMatch("?token=2 ");
    bye(4101, "expired");
    const heard = await page.evaluate(() => news.until(({ closes, states }) => closes.length === 2 && states.at(-1)?.status === "closed"));
    expect(heard.state).toMatchObject({ status: "closed", retryAt: null, lastClose: { code: 4101 } });
    expect(rig.proxy.connections).toBe(2);
  });

  test("[E15] the first retry after 4201 comes within a second", async () => {
    const page = await openShipped(0.999);
    bye(4201);
    const { wait } = await waitAfter(page, 1);
    expect(wait).toBeGreaterThan(900);
    expect(wait).toBeLessThanOrEqual(1_000);
    await page.evaluate(() => news.socket.retryNow());
    await openAfter(page, 1);
  });

  test("[E16] the client reconnects after its server has dropped the connection, which it sees as 1006", async () => {
    const page = await openPage();
    rig.server.service.disconnect(rig.server.service.connections()[0]!.id);
    const heard = await openAfter(page, 1);
    expect(heard.closes).toEqual([lost]);
    expect(heard.states.map(({ status }) => status)).toEqual(["connecting", "open", "reconnecting", "reconnecting", "open"]);
    expect(heard.state).toMatchObject({ lastClose: lost, lastError: null });
    expect(rig.server.service.connections().length).toBe(1);
    await alive(page);
  });

  /** What Firefox takes for valid. */
  const lenient = name === "firefox" ? ["a masked frame", "a close frame with 1005", "a close frame with half a code"] : [];

  test.each(Object.keys(violations).filter((violation) => !lenient.includes(violation)))(
    "[E17] %s ends the connection, and the client reconnects",
    async (violation) => {
      const page = await openPage();
      rig.proxy.inject("down", violations[violation]!);
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([lost]);
      expect(heard.errors).toEqual(["transport"]);
      await alive(page);
    },
  );

  test.each(lenient)("[E17] the connection survives %s, which this engine tolerates", async (violation) => {
    const page = await openPage();
    rig.proxy.inject("down", violations[violation]!);
    await page.evaluate(() => news.until(({ closes, errors }) => closes.length || errors.length));
    await openAfter(page, 0);
    await alive(page);
  });

  describe("with a bare server", () => {
    async function openPeer(): Promise<[Page, Peer]> {
      const peer = await startPeer();
      onTestFinished(() => peer.stop());
      const page = await rig.open();
      await page.evaluate((url) => connect({ url }).socket.ready(), peer.url);
      return [page, peer];
    }

    test("[E13] a close frame without a code arrives as 1005, and the client reconnects", async () => {
      const [page, peer] = await openPeer();
      peer.last.close();
      const heard = await openAfter(page, 1);
      expect(heard.closes).toEqual([{ code: 1005, reason: "", wasClean: true }]);
      expect(heard.errors).toEqual([]);
    });

    /** How the server's end of the connection closes. */
    async function ending(peer: Peer): Promise<[code: number, reason: string]> {
      const [code, reason] = await once(peer.last, "close");
      return [code, String(reason)];
    }

    test("[E18] close() with an invalid code or reason throws, and the connection stays open", async () => {
      const [page, peer] = await openPeer();
      const codes = await page.evaluate(() =>
        ([[1001], [1006], [1012], [999], [2999], [5000], [NaN], [1000.5], [1000, "é".repeat(62)]] as [number, string?][]).map(
          ([code, reason]) => {
            try {
              news.socket.close(code, reason);
              return "closed";
            } catch (error) {
              return (error as { code: string }).code;
            }
          },
        ),
      );
      expect(codes).toEqual(Array(9).fill("usage"));
      expect(await page.evaluate(() => [news.socket.state.status, news.socket.send("still")])).toEqual(["open", "sent"]);
      expect(await peer.receives(1)).toHaveLength(1);
    });

    test.each([
      [undefined, undefined],
      [1000, "done"],
      [3000, ""],
      [4999, `${"é".repeat(61)}x`],
    ])("[E18] the server receives the code %s", async (code, reason) => {
      const [page, peer] = await openPeer();
      const ended = ending(peer);
      await page.evaluate(({ code, reason }) => news.socket.close(code, reason), { code, reason });
      expect(await ended).toEqual([code ?? 1000, reason ?? ""]);
      const heard = await page.evaluate(() => news.until(({ closes }) => closes.length));
      expect(heard.closes).toEqual([{ code: code ?? 1000, reason: reason ?? "", wasClean: true }]);
      expect(heard.state).toMatchObject({ status: "closed" });
      expect(heard.errors).toEqual([]);
    });

    test("[E19] a message sent before the connection opens waits until it is open", async () => {
      const peer = await startPeer();
      onTestFinished(() => peer.stop());
      const page = await rig.open();
      const sent = await page.evaluate(async (url) => {
        const { socket } = connect({ url, autoConnect: false });
        const idle = socket.send("idle");
        socket.connect();
        return [idle, socket.send("connecting")];
      }, peer.url);
      expect(sent).toEqual(["queued", "queued"]);
      expect((await peer.receives(2)).map((text) => JSON.parse(text).cmd)).toEqual(["idle", "connecting"]);
    });

    test("[E19] a message sent while the WebSocket closes waits for the next connection", async () => {
      const peer = await startPeer();
      const proxy = await startProxy({ target: peer.port });
      onTestFinished(async () => {
        await proxy.close();
        await peer.stop();
      });
      const page = await rig.open();
      await page.evaluate((url) => {
        const natives: WebSocket[] = [];
        Object.assign(globalThis, { natives });
        class Watched extends WebSocket {
          constructor(...args: ConstructorParameters<typeof WebSocket>) {
            super(...args);
            natives.push(this);
          }
        }
        return connect({ url, WebSocket: Watched as never }).socket.ready();
      }, proxy.url);
      // A good-bye whose answer never arrives: the WebSocket waits for TCP to end. WebKit may wait no longer than 5 s, and
      // without a sign of it; there must be no next one by then.
      const [link] = proxy.links;
      await proxy.refuse();
      link!.stall("up");
      link!.inject("down", frame({ opcode: 8, payload: closing(1001) }));
      const [before, sent] = await page.evaluate(async () => {
        const [native] = (globalThis as unknown as { natives: WebSocket[] }).natives;
        // No event tells of it.
        while (native!.readyState === 1) await new Promise((resolve) => setTimeout(resolve));
        return [native!.readyState, news.socket.send("closing")] as const;
      });
      expect(before).toBeGreaterThan(1);
      expect(sent).toBe("queued");
      await proxy.accept();
      link!.cut();
      await openAfter(page, 1);
      expect((await peer.receives(1)).map((text) => JSON.parse(text).cmd)).toEqual(["closing"]);
    });

    test("[E19] a message sent on a closed socket is dropped, and send() says so", async () => {
      const [page, peer] = await openPeer();
      const ended = ending(peer);
      const heard = await page.evaluate(() => {
        news.socket.close();
        const sent = news.socket.send("late");
        return news.until(({ drops }) => drops.length).then(({ drops }) => ({ sent, drops }));
      });
      expect(heard).toEqual({ sent: "dropped", drops: [["late", "closed"]] });
      await ended;
      expect(peer.received).toEqual([]);
    });

    test.each(["goto", "reload", "close"] as const)("[E20] the server sees the close when the page leaves (%s)", async (how) => {
      const [page, peer] = await openPeer();
      const ended = ending(peer);
      await (how === "goto" ? page.goto(`${rig.pages.url}/other`) : page[how]());
      // Ours, by the hand of the library; Firefox may be quicker with its own.
      expect((await ended)[0]).toBeOneOf(name === "firefox" ? [1000, 1001] : [1000]);
    });

    if (name === "chromium")
      test("[E20] the server sees the close when the page crashes, and a new page can connect", async () => {
        const [page, peer] = await openPeer();
        const ended = ending(peer);
        await Promise.allSettled([page.playwright!.waitForEvent("crash"), page.goto("chrome://crash")]);
        expect((await ended)[0]).toBe(1001);
        const again = await rig.open();
        await again.evaluate((url) => connect({ url }).socket.ready(), peer.url);
      });
  });
});
