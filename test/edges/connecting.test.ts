import { describe, expect, onTestFinished, test } from "vitest";
import { engines } from "../harness/engines";
import type { Heard } from "../harness/news";
import { startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";

// What goes wrong before a connection is open, in every engine that is installed.

const failed = { code: 1006, reason: "", wasClean: false };

/**
 * The attempts, in order; each but the first came after a wait.
 *
 * @param pause the least time between two, in milliseconds, so that no attempt follows another at once
 */
function attempts({ states }: Heard, pause = 0): number[] {
  const made = states.filter(({ status, retryAt }) => status !== "open" && retryAt === null);
  const waits = states.filter(({ retryAt }) => retryAt !== null);
  const waited = waits.map(({ attempt }) => attempt);
  const numbers = made.map(({ attempt }) => attempt);
  expect(numbers).toEqual([1, ...waited]);
  // A timer may be a little early by another clock.
  expect(waits.slice(1).filter(({ retryAt }, index) => retryAt! - waits[index]!.retryAt! < pause - 2)).toEqual([]);
  return numbers;
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  test("[E1] an answer other than 101 fails the attempt, and the next attempt can succeed", async () => {
    const { proxy, url } = rig;
    const page = await rig.open();
    await proxy.answer(401);
    await page.evaluate((url) => void connect({ url, backoff: () => 30 }), url);
    await proxy.connected(1);
    for (const [status, headers, body] of [
      [403],
      [503, { "retry-after": "1" }],
      [200, {}, "<h1>Welcome to our wireless network</h1>"],
      [302, { location: rig.pages.url }],
    ] as const) {
      await proxy.answer(status, headers, body);
      await proxy.connected(proxy.connections + 1);
    }
    await proxy.accept();
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    expect(heard.closes.length).toBeGreaterThanOrEqual(5);
    expect(heard.closes).toEqual(heard.closes.map(() => failed));
    expect(heard.errors).toEqual(heard.closes.map(() => "transport"));
    expect(attempts(heard, 30)).toEqual(range(proxy.connections));
    expect(heard.state).toMatchObject({ lastError: null, lastClose: failed });
  });

  test("[E2] a name that does not resolve is retried until the url function returns another", async () => {
    const page = await rig.open();
    await page.evaluate((url) => void connect({ url: ({ attempt }) => (attempt < 4 ? "ws://no-such-host.invalid/" : url) }), rig.url);
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    expect(attempts(heard)).toEqual([1, 2, 3, 4]);
    expect(heard.closes).toEqual([failed, failed, failed]);
    expect(heard.errors).toEqual(["transport", "transport", "transport"]);
    expect(rig.proxy.connections).toBe(1);
  });

  test.each([
    ["a port that browsers block", () => "ws://127.0.0.1:6667/"],
    ["a server without TLS", (url: string) => url.replace("ws:", "wss:")],
  ])("[E3] %s is retried until the url function returns another address", async (_, bad) => {
    const page = await rig.open();
    await page.evaluate(([bad, good]) => void connect({ url: ({ attempt }) => (attempt < 4 ? bad! : good!) }), [bad(rig.url), rig.url]);
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    expect(attempts(heard)).toEqual([1, 2, 3, 4]);
    expect(heard.closes).toEqual([failed, failed, failed]);
    expect(heard.errors).toEqual(["transport", "transport", "transport"]);
  });

  test("[E5] an attempt that timed out does not block the next socket to the same host", async () => {
    const { proxy, url } = rig;
    const page = await rig.open();
    await proxy.hang();
    await page.evaluate((url) => void connect({ url, connectTimeout: 300, maxRetries: 0 }), url);
    await proxy.connected(1);
    await proxy.accept();
    // Chromium connects to one host at a time: it waits for the attempt that hangs, as long as that takes.
    const other = await page.evaluate(
      (url) => new News(new Wireline.Socket({ ...quick, url, connectTimeout: 600_000 })).until(({ state }) => state.status === "open"),
      url,
    );
    expect(attempts(other)).toEqual([1]);
    const heard = await page.evaluate(() => news.until(({ states }) => states.at(-1)?.status === "closed"));
    expect(heard.errors).toEqual(["timeout", "retries"]);
    expect(proxy.connections).toBe(2);
  });

  test("[E6] sockets above the browser's limit fail like others, and open as soon as there is room", async () => {
    const page = await rig.open();
    // 255 in Chromium, 200 in Firefox and WebKit.
    const [open, before] = await page.evaluate(async (url) => {
      const options = { ...quick, url, backoff: { min: 100, max: 1000, factor: 2 } };
      const all = Array.from({ length: 300 }, () => new News(new Wireline.Socket(options)));
      await Promise.all(all.map((one) => one.until(({ state, closes }) => state.status === "open" || closes.length)));
      const [open, waiting] = [true, false].map((wanted) => all.filter(({ socket }) => (socket.state.status === "open") === wanted));
      Object.assign(globalThis, { open, waiting });
      return [open!.length, waiting!.map(({ heard }) => heard)] as const;
    }, rig.url);
    expect(open).toBeGreaterThan(150);
    expect(before.length).toBe(300 - open);
    expect(before.length).toBeGreaterThan(0);
    for (const { closes, errors, state } of before) {
      expect(new Set(errors)).toEqual(new Set(["transport"]));
      expect(closes).toEqual(closes.map(() => failed));
      expect(state.status).toBe("connecting");
    }
    const after = await page.evaluate(async () => {
      const { open, waiting } = globalThis as unknown as Record<"open" | "waiting", (typeof news)[]>;
      for (const { socket } of open.slice(0, 160)) socket.close();
      return Promise.all(waiting.map((one) => one.until(({ state }) => state.status === "open")));
    });
    for (const heard of after) expect(attempts(heard)).toEqual(range(heard.closes.length + 1));
  });

  test("[E7] an address that the Content-Security-Policy forbids is retried until the url function returns another", async () => {
    rig.pages.headers.set("/policy", { "content-security-policy": `connect-src ${rig.proxy.url}` });
    const page = await rig.open("/policy");
    const violated = await page.evaluate(
      async ([forbidden, allowed]) => {
        const violation = new Promise<string>((resolve) =>
          addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective)),
        );
        connect({ url: ({ attempt }) => (attempt < 4 ? forbidden! : allowed!), backoff: () => 30 });
        return violation;
      },
      [`ws://127.0.0.1:${rig.server.port}/connect`, rig.url],
    );
    expect(violated).toBe("connect-src");
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    expect(attempts(heard, 30)).toEqual([1, 2, 3, 4]);
    expect(heard.closes).toEqual([failed, failed, failed]);
    expect(heard.errors).toEqual(["transport", "transport", "transport"]);
    expect(rig.server.service.connections().length).toBe(1);
  });

  test("[E8] an invalid fixed address throws at once, and nothing starts", async () => {
    const page = await rig.open();
    const codes = await page.evaluate(() =>
      ["ftp://127.0.0.1/", "ws://", "ws://127.0.0.1:99999/", "ws://[::1", ""].map((url) => {
        try {
          return connect({ url }).socket.state.status;
        } catch (error) {
          return (error as { code: string }).code;
        }
      }),
    );
    expect(codes).toEqual(["address", "address", "address", "address", "address"]);
  });

  test("[E8] the fragment is removed from the address", async () => {
    const page = await rig.open();
    const link = rig.proxy.link();
    await page.evaluate((url) => void connect({ url: `${url}?ch=a#top` }), rig.url);
    expect(await (await link).request).toMatch(/^GET \/connect\?ch=a HTTP/);
    await page.evaluate(() => news.until(({ state }) => state.status === "open"));
  });

  test("[E8] an address that cannot be, returned by a function, fails the attempt, and the next attempt can succeed", async () => {
    const page = await rig.open();
    await page.evaluate((url) => void connect({ backoff: () => 30, url: ({ attempt }) => (attempt < 4 ? "ws://" : url) }), rig.url);
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    expect(attempts(heard, 30)).toEqual([1, 2, 3, 4]);
    expect(heard.closes).toEqual([failed, failed, failed]);
    expect(heard.errors).toEqual(["address", "address", "address"]);
    expect(rig.proxy.connections).toBe(1);
  });

  test.each([
    ["a subprotocol that cannot be", ["a b"]],
    ["a subprotocol twice", ["a", "a"]],
  ])("[E8] %s, returned by a function, is a wrong use: it is reported, and not retried", async (_, protocols) => {
    const page = await rig.open();
    await page.evaluate(({ url, protocols }) => void connect({ url, backoff: () => 1, protocols: () => protocols }), {
      url: rig.url,
      protocols,
    });
    const heard = await page.evaluate(() => news.until(({ closes, state }) => closes.length && state.status === "closed"));
    expect(heard.errors).toEqual(["usage"]);
    expect(heard.closes).toEqual([failed]);
    expect(heard.state).toMatchObject({ status: "closed", retryAt: null, lastError: "usage" });
    expect(rig.proxy.connections).toBe(0);
  });

  // WebKit's driver cannot answer for a host, and a certificate of our own it would refuse.
  if (name !== "webkit")
    test("[E8] an address that a secure page must not use is a wrong use: it is reported, and not retried", async () => {
      const page = await rig.open();
      await page.playwright!.route("https://app.test/**", async (route) => {
        const response = await fetch(rig.pages.url + new URL(route.request().url()).pathname);
        await route.fulfill({ contentType: response.headers.get("content-type")!, body: await response.text() });
      });
      await page.goto("https://app.test/");
      const heard = await page.evaluate(() =>
        connect({ url: "ws://app.test/", backoff: () => 1 }).until(({ closes, state }) => closes.length && state.status === "closed"),
      );
      expect(heard.errors).toEqual(["usage"]);
      expect(heard.closes).toEqual([failed]);
      expect(heard.state).toMatchObject({ status: "closed", retryAt: null, lastClose: failed, lastError: "usage" });
    });

  test("[E9] the client opens once the server no longer refuses its subprotocols", async () => {
    const peer = await startPeer({ handleProtocols: () => false });
    onTestFinished(() => peer.stop());
    const page = await rig.open();
    await page.evaluate((url) => void connect({ url, protocols: ({ attempt }) => (attempt < 4 ? ["graphql"] : []) }), peer.url);
    const heard = await page.evaluate(() => news.until(({ state }) => state.status === "open"));
    // The standard says to fail; Firefox and WebKit do not mind.
    const made = name === "chromium" ? 4 : 1;
    expect(attempts(heard)).toEqual(range(made));
    expect(heard.closes).toEqual(Array(made - 1).fill(failed));
    expect(heard.errors).toEqual(Array(made - 1).fill("transport"));
  });

  test("[E10] events of a socket closed while connecting are ignored, and the next socket opens", async () => {
    const page = await rig.open();
    // Mount, unmount, mount: once before there is a WebSocket, once while it is CONNECTING.
    await rig.proxy.hang();
    await page.evaluate((url) => {
      connect({ url }).socket.close();
      Object.assign(globalThis, { first: news, second: connect({ url }) });
    }, rig.url);
    await rig.proxy.connected(1);
    await rig.proxy.accept();
    const [first, second, third] = await page.evaluate(async (url) => {
      const { first, second } = globalThis as unknown as Record<string, typeof news>;
      second!.socket.close();
      const third = await connect({ url }).until(({ state }) => state.status === "open");
      return [first!.heard, second!.heard, third];
    }, rig.url);
    for (const heard of [first!, second!]) {
      expect(heard.states.at(-1)).toMatchObject({ status: "closed" });
      expect(heard.closes).toEqual([{ code: 1000, reason: "", wasClean: false }]);
      expect(heard.errors).toEqual([]);
    }
    expect(attempts(third!)).toEqual([1]);
    expect(rig.proxy.connections).toBe(2);
    expect(rig.server.service.connections().length).toBe(1);
  });

  test("[E11] an address that arrives after close(), or after its attempt, is ignored", async () => {
    const page = await rig.open();
    const heard = await page.evaluate(async (url) => {
      const late: (() => void)[] = [];
      const slow = (path: string) => new Promise<string>((resolve) => late.push(() => resolve(url + path)));
      const closed = connect({ url: () => slow("?closed") });
      closed.socket.close();
      const retried = connect({ connectTimeout: 100, url: ({ attempt }) => (attempt === 1 ? slow("?late") : url) });
      await retried.until(({ states }) => states.some(({ attempt, retryAt }) => attempt === 2 && retryAt === null));
      for (const resolve of late) resolve();
      return [await retried.until(({ state }) => state.status === "open"), closed.heard];
    }, rig.url);
    expect(heard.map(({ state }) => state.status)).toEqual(["open", "closed"]);
    expect(rig.proxy.connections).toBe(1);
    expect(await rig.proxy.links[0]!.request).toMatch(/^GET \/connect HTTP/);
  });
});
