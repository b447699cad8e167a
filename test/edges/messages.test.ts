import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SocketOptions } from "../../src/index";
import { type FaultProxy, startProxy } from "../faults/proxy";
import { engines, type Page } from "../harness/engines";
import type { Heard } from "../harness/news";
import { type Peer, startPeer } from "../harness/peer";
import { useRig } from "../harness/rig";

// What passes over a connection, or should not, in every engine that is installed.

const lost = { code: 1006, reason: "", wasClean: false };

/** Names of an object's built-in properties, and mitt's name for all events. */
const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "*"];

/** What the code of these tests leaves in the page's global object. */
interface Globals {
  readonly heard: readonly unknown[];
  readonly params: readonly unknown[];
  readonly unhandled: readonly unknown[];
  look(): unknown;
}

/** For servers whose messages may be huge. */
const roomy = { maxMessageBytes: 100_000_000 };

/** Resolves when the page has heard the command `last`. */
function heardLast(page: Page): Promise<Heard> {
  return page.evaluate(() => news.until(({ messages }) => messages.some(({ cmd }) => cmd === "last")));
}

/** Resolves when what the page was told to do before, it has begun, and the server knows. */
async function begun(page: Page, peer: Peer): Promise<void> {
  const heard = peer.received.length;
  await page.evaluate(() => void news.socket.send("begun"));
  await peer.receives(heard + 1);
}

const commands = (texts: string[]) => texts.map((text) => JSON.parse(text).cmd as string);

/** A server of the test's own. */
async function ownPeer(options?: Parameters<typeof startPeer>[0]): Promise<Peer> {
  const peer = await startPeer(options);
  onTestFinished(() => peer.stop());
  return peer;
}

/** A server of the test's own, behind a proxy. */
async function farPeer(): Promise<[Peer, FaultProxy]> {
  const peer = await startPeer();
  const proxy = await startProxy({ target: peer.port });
  onTestFinished(async () => {
    await proxy.close();
    await peer.stop();
  });
  return [peer, proxy];
}

describe.each(engines)("%s", (name) => {
  const rig = useRig(name);

  /** A page whose socket is open. */
  async function openPage(url: string, options: SocketOptions = {}): Promise<Page> {
    const page = await rig.open();
    await page.evaluate(([url, options]) => connect({ url, ...options }).socket.ready(), [url, options] as const);
    return page;
  }

  async function openPeer(options?: Parameters<typeof startPeer>[0], socketOptions?: SocketOptions): Promise<[Page, Peer]> {
    const peer = await ownPeer(options);
    return [await openPage(peer.url, socketOptions), peer];
  }

  /** Resolves when the page's socket waits for `retryNow`. */
  function waits(page: Page): Promise<Heard> {
    return page.evaluate(() => news.until(({ states, state }) => states.at(-1)?.retryAt && state.retryAt));
  }

  test("[E43] invalid messages are reported and dropped, and the connection stays open", async () => {
    const page = await openPage(rig.url);
    const garbage = [
      `{"cmd":"chat",`,
      "",
      "\ufeff",
      "null",
      "7",
      `"chat"`,
      "[]",
      "{}",
      `{"cmd":7}`,
      `{"cmd":null}`,
      `{"cmd":["chat"]}`,
      `{"channel":7,"cmd":"chat"}`,
      `{"channel":null,"cmd":"chat"}`,
      "<h1>504 Gateway Time-out</h1>",
    ];
    const { id } = rig.server.service.connections()[0]!;
    for (const text of [...garbage, `{"cmd":"last"}`]) rig.server.service.writeRaw(id, text);
    const heard = await heardLast(page);
    expect(heard.messages.map(({ cmd }) => cmd)).toEqual(["last"]);
    expect(heard.errors).toEqual(garbage.map(() => "codec"));
    expect(new Set(heard.causes)).toEqual(new Set(["SyntaxError", "TypeError"]));
    expect(heard.closes).toEqual([]);
    await page.evaluate(() => {
      news.socket.send("ping");
      return news.until(({ messages }) => messages.some(({ cmd }) => cmd === "pong"));
    });
  });

  test("[E43] unknown channels, unknown commands and invalid params do no harm", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    await page.evaluate((url) => {
      const number: import("../../src/index").Schema<number> = {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value) => (typeof value === "number" ? { value } : { issues: [{ message: "no number" }] }),
        },
      };
      return connect({ url, protocol: Wireline.defineProtocol({ inbound: { count: number, last: number }, outbound: {} }) }).socket.ready();
    }, peer.url);
    for (const message of [
      { cmd: "count", param: "seven" },
      { cmd: "grown" },
      { channel: "nowhere", cmd: "count", param: 7 },
      { cmd: "last", param: 8 },
    ]) {
      peer.last.send(JSON.stringify(message));
    }
    const heard = await heardLast(page);
    expect(heard.messages.map(({ channel, cmd, param }) => [channel, cmd, param])).toEqual([
      ["nowhere", "count", 7],
      ["", "last", 8],
    ]);
    expect(heard.errors).toEqual(["validation"]);
    expect(heard.state).toMatchObject({ status: "open", unknown: 1 });
  });

  test("[E43] a listener that throws is reported, and neither other listeners nor later messages are affected", async () => {
    const [page, peer] = await openPeer();
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(globalThis, { heard });
      news.socket.on("chat", () => {
        throw new RangeError("mine");
      });
      news.socket.on("chat", (param) => heard.push((param as { text: string }).text));
    });
    for (const text of ["one", "two"]) peer.last.send(JSON.stringify({ cmd: "chat", param: { text } }));
    peer.last.send(`{"cmd":"last"}`);
    const { errors, causes, messages } = await heardLast(page);
    expect(await page.evaluate(() => (globalThis as unknown as Globals).heard)).toEqual(["one", "two"]);
    expect(messages.map(({ cmd }) => cmd)).toEqual(["chat", "chat", "last"]);
    expect([errors, causes]).toEqual([
      ["listener", "listener"],
      ["RangeError", "RangeError"],
    ]);
  });

  test("[E44] a channel or command named like an object's built-in property is an ordinary name", async () => {
    const [page, peer] = await openPeer();
    const before = await page.evaluate((names) => {
      const heard: string[] = [];
      const look = () =>
        Object.entries(Object.getOwnPropertyDescriptors(Object.prototype)).map(
          ([name, { value }]) => `${name} ${value === Object || String(value)}`,
        );
      const { socket } = news;
      for (const name of names) {
        socket.on(name, (_, { channel }) => heard.push(`${name} of ${channel}`));
        for (const cmd of [name, "chat"]) socket.channel(name).on(cmd, () => heard.push(`${cmd} in ${name}`));
      }
      socket.on("chat", (_, { channel }) => heard.push(`chat of ${channel}`));
      socket.channel("room").on("chat", () => heard.push("chat in room"));
      Object.assign(globalThis, { heard, look });
      return look();
    }, names);
    for (const name of names) {
      for (const message of [{ cmd: name }, { channel: name, cmd: name }, { channel: name, cmd: "chat" }])
        peer.last.send(JSON.stringify(message));
    }
    peer.last.send(`{"cmd":"valueOf"}`);
    peer.last.send(`{"channel":"isPrototypeOf","cmd":"valueOf"}`);
    peer.last.send(`{"cmd":"last"}`);
    const { errors, messages } = await heardLast(page);
    expect(await page.evaluate(() => (globalThis as unknown as Globals).heard)).toEqual(
      names.flatMap((name) => [`${name} of `, `${name} of ${name}`, `${name} in ${name}`, `chat of ${name}`, `chat in ${name}`]),
    );
    expect(messages.length).toBe(3 * names.length + 3);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => (globalThis as unknown as Globals).look())).toEqual(before);
  });

  test("[E44] no key of a message changes a prototype", async () => {
    const [page, peer] = await openPeer();
    const param = `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"*":2}`;
    await page.evaluate(() => {
      const params: unknown[] = [];
      Object.assign(globalThis, { params });
      news.socket.on("chat", (param) => params.push(param));
    });
    peer.last.send(`{"cmd":"chat","param":${param},"__proto__":{"cmd":"evil","channel":"evil","from":"evil"}}`);
    peer.last.send(`{"param":1,"__proto__":{"cmd":"evil"}}`);
    peer.last.send(`{"cmd":"online-update","param":{"__proto__":{"userID":"evil","connected":true}}}`);
    peer.last.send(`{"cmd":"last"}`);
    const heard = await page.evaluate(async () => {
      const { errors, messages } = await news.until(({ messages }) => messages.some(({ cmd }) => cmd === "last"));
      const [param] = (globalThis as unknown as Globals).params;
      return {
        errors,
        commands: messages.map(({ channel, cmd, from }) => [channel, cmd, from ?? null]),
        text: JSON.stringify(param),
        plain: Object.getPrototypeOf(param) === Object.prototype,
        polluted: "polluted" in {},
      };
    });
    expect(heard).toEqual({
      errors: ["codec"],
      commands: [
        ["", "chat", null],
        ["", "online-update", null],
        ["", "last", null],
      ],
      text: param,
      plain: true,
      polluted: false,
    });
  });

  test("[E44] messages with such names and keys are sent unchanged", async () => {
    const [page, peer] = await openPeer();
    const param = `{"__proto__":{"polluted":true},"constructor":1,"toString":null,"*":[]}`;
    const polluted = await page.evaluate(
      ([names, param]) => {
        for (const name of names) {
          news.socket.send({ channel: name, cmd: name, param: JSON.parse(param) });
          news.socket.channel(name).send(name);
        }
        return "polluted" in {};
      },
      [names, param] as const,
    );
    expect(await peer.receives(2 * names.length)).toEqual(
      names.flatMap((name) => [param, "null"].map((param) => `{"channel":"${name}","cmd":"${name}","param":${param}}`)),
    );
    expect(polluted).toBe(false);
  });

  test("[E44] a protocol contains such a name only if it was defined", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    const codes = await page.evaluate(
      async ([names, url]) => {
        const any: import("../../src/index").Schema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
        const protocol = Wireline.defineProtocol({ inbound: { last: any }, outbound: { chat: any } });
        const { socket } = connect({ url, protocol });
        await socket.ready();
        return names.map((name) => {
          try {
            return socket.send(name);
          } catch (error) {
            return (error as { code: string }).code;
          }
        });
      },
      [names, peer.url] as const,
    );
    expect(codes).toEqual(names.map(() => "validation"));
    for (const cmd of [...names, "last"]) peer.last.send(JSON.stringify({ cmd }));
    const heard = await heardLast(page);
    expect(heard.messages.map(({ cmd }) => cmd)).toEqual(["last"]);
    expect(heard).toMatchObject({ errors: [], state: { unknown: names.length } });
  });

  test("[E45] a text of several MiB passes whole in both directions", async () => {
    const [page, peer] = await openPeer({}, roomy);
    const echo = page.evaluate(async () => {
      const { param } = await news.socket.once("huge");
      news.socket.send("huge", param);
    });
    await begun(page, peer);
    const text = JSON.stringify({ channel: "", cmd: "huge", param: "añ💡".repeat(1_048_576) });
    peer.last.send(text);
    await echo;
    const [, back] = await peer.receives(2);
    expect(back!.length).toBe(text.length);
    // Not by `expect`, which would print it.
    expect(back === text).toBe(true);
  });

  test("[E45] an empty text is an invalid message", async () => {
    const [page, peer] = await openPeer();
    peer.last.send("");
    peer.last.send(`{"cmd":"last"}`);
    expect(await heardLast(page)).toMatchObject({ errors: ["codec"], closes: [], messages: [{ cmd: "last" }] });
  });

  test("[E46] a small frame that decompresses above maxMessageBytes is an error, and the connection stays open; below the limit it is delivered", async () => {
    const size = 20 * 1_048_576;
    for (const options of [{}, roomy]) {
      const [page, peer] = await openPeer({ perMessageDeflate: true }, options);
      expect(peer.last.extensions).toMatch("permessage-deflate");
      const length = page.evaluate(() =>
        Promise.race([
          news.socket.once("bomb").then(({ param }) => (param as string).length),
          news.until(({ errors }) => errors.length).then(({ errors }) => errors),
        ]),
      );
      await begun(page, peer);
      peer.last.send(`{"cmd":"bomb","param":"${"0".repeat(size)}"}`);
      expect(await length).toEqual(options === roomy ? size : ["size"]);
      expect(peer.requests[0]!.socket.bytesWritten).toBeLessThan(size / 100);
      expect(await page.evaluate(() => news.heard.closes)).toEqual([]);
    }
  });

  test("[E47] a flood is delivered whole and in order, and proves the connection alive", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    const count = 20_000;
    await page.evaluate((url) => connect({ url, heartbeat: { cmd: "ping", interval: 20, timeout: 1_500 } }).socket.ready(), peer.url);
    const flood = page.evaluate(
      (count) =>
        new Promise((resolve) => {
          const { socket } = news;
          let [next, misplaced] = [0, 0];
          socket.on("tick", (number) => {
            if (number !== next++) misplaced++;
            // Slow enough for the whole to take longer than the server may be silent; a clock may be no finer than a millisecond.
            if ((number as number) % 100 === 0) for (const end = performance.now() + 10; performance.now() < end; );
            if (next === count) resolve({ misplaced, ...news.heard, messages: [] });
          });
          socket.send("begun");
        }),
      count,
    );
    // No question is answered but by the flood.
    while (!commands(peer.received).includes("begun")) await peer.receives(peer.received.length + 1);
    for (let number = 0; number < count; number++) peer.last.send(JSON.stringify({ cmd: "tick", param: number }));
    expect(await flood).toMatchObject({ misplaced: 0, errors: [], closes: [], drops: [], state: { status: "open" } });
    expect(peer.requests.length).toBe(1);
  });

  test("[E47] an answer that waits while the page is busy proves the connection alive", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    const first = peer.connection();
    const opened = page.evaluate(
      (url) => connect({ url, heartbeat: { cmd: "ping", interval: 50, timeout: 500 } }).until(({ messages }) => messages.length),
      peer.url,
    );
    const native = await first;
    native.on("message", () => native.send(`{"cmd":"pong"}`));
    await opened;
    const heard = await page.evaluate(() => {
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        WebSocket.prototype.send = send;
        this.send(data);
        // Firefox and WebKit then run the overdue timer ahead of the answer, which has long come.
        queueMicrotask(() => {
          for (const end = performance.now() + 900; performance.now() < end; );
        });
      };
      const { length } = news.heard.messages;
      return news.until(({ closes, messages }) => closes.length || messages.length > length + 1);
    });
    expect(heard).toMatchObject({ errors: [], closes: [] });
  });

  test("[E48] messages to a server that does not read are buffered in the browser, and arrive in order later", async () => {
    const [peer, proxy] = await farPeer();
    const page = await openPage(proxy.url);
    const count = 4_000;
    proxy.stall("up");
    const results = await page.evaluate(
      (count) => [...new Set(Array.from({ length: count }, (_, number) => news.socket.send("tick", [number, "x".repeat(4_096)])))],
      count,
    );
    expect(results).toEqual(["sent"]);
    expect(peer.received).toEqual([]);
    proxy.flow("up");
    const received = await peer.receives(count);
    expect(received.map((text) => JSON.parse(text).param[0])).toEqual(Array.from({ length: count }, (_, number) => number));
    expect(await page.evaluate(() => news.heard)).toMatchObject({
      errors: [],
      closes: [],
      drops: [],
      state: { status: "open", queued: 0 },
    });
  });

  test.each([
    { overflow: "drop-oldest", said: ["queued", "queued", "queued", "queued"], kept: ["three", "four"], drops: ["one", "two"] },
    { overflow: "drop-newest", said: ["queued", "queued", "dropped", "dropped"], kept: ["one", "two"], drops: ["three", "four"] },
    { overflow: "throw", said: ["queued", "queued", "overflow", "overflow"], kept: ["one", "two"], drops: [] },
  ] as const)(
    "[E49] messages sent while disconnected wait up to a limit ($overflow), and leave in order",
    async ({ overflow, said, kept, drops }) => {
      const [peer, proxy] = await farPeer();
      const page = await rig.open();
      await page.evaluate(([url, overflow]) => connect({ url, backoff: () => 600_000, queue: { max: 2, overflow } }).socket.ready(), [
        proxy.url,
        overflow,
      ] as const);
      await proxy.refuse();
      proxy.reset();
      await waits(page);
      const answers = await page.evaluate(() =>
        ["one", "two", "three", "four"].map((cmd) => {
          try {
            return news.socket.send(cmd);
          } catch (error) {
            return (error as { code: string }).code;
          }
        }),
      );
      expect(answers).toEqual(said);
      await proxy.accept();
      const heard = await page.evaluate(() => {
        const { queued } = news.socket.state;
        news.socket.retryNow();
        news.socket.onOpen(() => news.socket.send("last"));
        return news.until(({ state }) => state.status === "open").then((heard) => ({ ...heard, queued }));
      });
      expect(heard).toMatchObject({ queued: 2, closes: [lost], drops: drops.map((cmd) => [cmd, "overflow"]) });
      expect(commands(await peer.receives(3))).toEqual([...kept, "last"]);
    },
  );

  test("[E50] a promise for a message survives a reconnect", async () => {
    const [peer, proxy] = await farPeer();
    const page = await openPage(proxy.url);
    const answer = page.evaluate(() => {
      const answer = news.socket.once("answer");
      news.socket.send("question");
      return answer;
    });
    await peer.receives(1);
    const next = peer.connection();
    proxy.reset();
    (await next).send(`{"cmd":"answer","param":42}`);
    expect(await answer).toMatchObject({ cmd: "answer", param: 42 });
    expect(await page.evaluate(() => news.heard.closes)).toEqual([lost]);
  });

  test("[E50] a promise for a message rejects when the socket is closed", async () => {
    const [page] = await openPeer();
    const told = await page.evaluate(async () => {
      const code = ({ code }: { code: string }) => code;
      const { socket } = news;
      const waiting = [socket.once("answer"), socket.channel("room").once("answer")];
      socket.close();
      return Promise.all([...waiting, socket.once("late"), socket.ready()].map((promise) => promise.then(() => "heard", code)));
    });
    expect(told).toEqual(["closed", "closed", "closed", "closed"]);
  });

  test("[E50] a promise for a message rejects when the server refuses the client finally", async () => {
    const [page, peer] = await openPeer();
    const told = page.evaluate(() => news.socket.once("answer").catch(({ code }) => code));
    await begun(page, peer);
    peer.last.close(4001);
    expect(await told).toBe("closed");
  });

  test("[E51] a value that JSON cannot hold or would change in silence throws in send(), and others are sent as JSON.stringify writes them", async () => {
    const [page, peer] = await openPeer();
    const said = await page.evaluate(() => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      const bad = [1n, { deep: [1n] }, () => {}, Symbol(), cycle];
      const changed = [NaN, [Infinity, -Infinity], new Map([[1, 2]]), { deep: new Set([1]) }, new Uint8Array(2)];
      const good = [undefined, [undefined, () => {}], { gone: undefined }, -0, new Date(0), 2 ** 53 + 2];
      return [...bad, ...changed, ...good].map((param) => {
        try {
          return news.socket.send("trap", param);
        } catch (error) {
          return (error as { code: string }).code;
        }
      });
    });
    expect(said).toEqual([...Array(10).fill("codec"), ...Array(6).fill("sent")]);
    expect((await peer.receives(6)).map((text) => text.slice(`{"channel":"","cmd":"trap","param":`.length, -1))).toEqual([
      "null",
      "[null,null]",
      "{}",
      "0",
      `"1970-01-01T00:00:00.000Z"`,
      "9007199254740994",
    ]);
  });

  test("[E51] the last of two equal keys counts, and numbers are rounded to double precision", async () => {
    const [page, peer] = await openPeer();
    peer.last.send(`{"cmd":"evil","cmd":"first","param":1,"param":{"a":1,"a":2}}`);
    peer.last.send(`{"cmd":"second","param":[9007199254740993,1e400,-0]}`);
    const heard = await page.evaluate(async () => {
      const { messages } = await news.until(({ messages }) => messages.length === 2);
      return messages.map(({ cmd, param }) => [
        cmd,
        Array.isArray(param) ? param.map((it) => (Object.is(it, -0) ? "-0" : String(it))) : param,
      ]);
    });
    expect(heard).toEqual([
      ["first", { a: 2 }],
      ["second", ["9007199254740992", "Infinity", "-0"]],
    ]);
  });

  test("[E51] a param nested a million levels deep is delivered, and is sent or throws", async () => {
    const [page, peer] = await openPeer({}, roomy);
    const levels = 1_000_000;
    const said = page.evaluate(
      (levels) =>
        new Promise<string>((resolve, reject) => {
          // Not by the news, which cannot be copied then.
          news.socket.on("deep", (param) => {
            let depth = 0;
            for (let it = param; Array.isArray(it); it = it[0]) depth++;
            if (depth !== levels) return reject(new Error(`${depth} levels`));
            try {
              resolve(news.socket.send("deep", param));
            } catch (error) {
              resolve((error as { code: string }).code);
            }
          });
          news.socket.send("listening");
        }),
      levels,
    );
    await peer.receives(1);
    peer.last.send(`{"cmd":"deep","param":${"[".repeat(levels)}${"]".repeat(levels)}}`);
    // The engine's own JSON.stringify may have a limit.
    expect(await said).toBeOneOf(["sent", "codec"]);
    expect(await page.evaluate(() => news.socket.send("still"))).toBe("sent");
    const received = await peer.receives((await said) === "sent" ? 3 : 2);
    expect(received.at(-1)).toMatch('"still"');
    expect(received.slice(1, -1).map(({ length }) => length > 2 * levels)).toEqual((await said) === "sent" ? [true] : []);
  });

  test("[E52] a lone surrogate is sent as U+FFFD, and a pair is sent unchanged", async () => {
    const [page, peer] = await openPeer();
    const said = await page.evaluate(() => {
      const params = ["\ud800x", "x\udfff", ["\udc00\ud800"], { "k\ud800": 1 }, "💡", "\\ud800", "\\\ud800", { "\ud800": 1, "\ud801": 2 }];
      return params.map((param) => {
        try {
          return news.socket.send("half\udbff", param);
        } catch (error) {
          return (error as { code: string }).code;
        }
      });
    });
    // Two keys that would become one are more than a wrong sign: something would be lost.
    expect(said).toEqual([...Array(7).fill("sent"), "codec"]);
    const received = (await peer.receives(7)).map((text) => JSON.parse(text));
    expect(new Set(received.map(({ cmd }) => cmd))).toEqual(new Set(["half\ufffd"]));
    expect(received.map(({ param }) => param)).toEqual([
      "\ufffdx",
      "x\ufffd",
      ["\ufffd\ufffd"],
      { "k\ufffd": 1 },
      "💡",
      "\\ud800",
      "\\\ufffd",
    ]);
  });

  test("[E52] a lone surrogate from the server is delivered unchanged", async () => {
    const [page, peer] = await openPeer();
    const units = page.evaluate(async () => {
      const { param } = await news.socket.once("half");
      return [...(param as string)].map((sign) => sign.codePointAt(0));
    });
    await begun(page, peer);
    peer.last.send(String.raw`{"cmd":"half","param":"\ud800x\ud83d\udca1"}`);
    expect(await units).toEqual([0xd800, 0x78, 0x1f4a1]);
  });

  test("[E53] binary frames are read as text, in order with text frames", async () => {
    const [page, peer] = await openPeer({}, roomy);
    const message = (param: string) => JSON.stringify({ cmd: "chat", param });
    // As a Blob, a huge one would come after the small ones.
    const params = ["é".repeat(1_048_576), "one", "two", "é".repeat(65_536), "three"];
    for (const [index, param] of params.entries()) peer.last.send(index % 2 ? message(param) : Buffer.from(message(param)));
    peer.last.send(Buffer.from(`{"cmd":"last"}`));
    const { messages, errors } = await heardLast(page);
    const heard = messages.slice(0, -1).map(({ param }) => param as string);
    expect(heard.map(({ length }) => length)).toEqual(params.map(({ length }) => length));
    // Not by `expect`, which would print them.
    expect(heard.every((param, index) => param === params[index])).toBe(true);
    expect(errors).toEqual([]);
  });

  test("[E53] binary frames that are not UTF-8 are reported, and the connection stays open", async () => {
    const [page, peer] = await openPeer();
    for (const bytes of [[0xc3, 0x28], [0xff, 0xfe], [], [0]]) peer.last.send(Buffer.from(bytes));
    peer.last.send(`{"cmd":"last"}`);
    expect(await heardLast(page)).toMatchObject({ errors: Array(4).fill("codec"), closes: [], messages: [{ cmd: "last" }] });
  });

  test("[E53] rawCodec delivers binary frames as ArrayBuffer, in order with texts", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    await page.evaluate((url) => connect({ url, codec: Wireline.rawCodec() }).socket.ready(), peer.url);
    for (const data of [Buffer.alloc(1_048_576), "one", Buffer.from([7]), "two"]) peer.last.send(data);
    const heard = await page.evaluate(async () => {
      const { messages } = await news.until(({ messages }) => messages.length === 4);
      return messages.map(({ param }) => (param instanceof ArrayBuffer ? param.byteLength : param));
    });
    expect(heard).toEqual([1_048_576, "one", 1, "two"]);
  });

  test.each(["resolves", "rejects"])(
    "[E54] a schema whose promise %s is refused in both directions, and no message overtakes another",
    async (how) => {
      const peer = await ownPeer();
      const page = await rig.open();
      const said = await page.evaluate(
        async ([url, how]) => {
          const schema = (validate: import("../../src/index").Schema["~standard"]["validate"]): import("../../src/index").Schema => ({
            "~standard": { version: 1, vendor: "test", validate },
          });
          const late = schema((value) => (how === "resolves" ? Promise.resolve({ value }) : Promise.reject(new Error("late"))));
          const any = schema((value) => ({ value }));
          const unhandled: string[] = [];
          Object.assign(globalThis, { unhandled });
          addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));
          const sides = { late, chat: any, last: any };
          const { socket } = connect({ url, protocol: Wireline.defineProtocol({ inbound: sides, outbound: sides }) });
          await socket.ready();
          return ["chat", "late", "last"].map((cmd) => {
            try {
              return socket.send(cmd);
            } catch (error) {
              return (error as { code: string }).code;
            }
          });
        },
        [peer.url, how] as const,
      );
      expect(said).toEqual(["sent", "usage", "sent"]);
      expect(commands(await peer.receives(2))).toEqual(["chat", "last"]);
      for (const cmd of ["chat", "late", "last"]) peer.last.send(JSON.stringify({ cmd }));
      const heard = await heardLast(page);
      expect(heard.messages.map(({ cmd }) => cmd)).toEqual(["chat", "last"]);
      expect(heard).toMatchObject({ errors: ["usage"], closes: [], state: { status: "open" } });
      expect(await page.evaluate(() => (globalThis as unknown as Globals).unhandled)).toEqual([]);
    },
  );

  describe.each(["closes", "clings"] as const)("with an old WebSocket that %s", (how) => {
    test("[E55] late messages of an old connection are ignored once there is a new one", async () => {
      const [peer, proxy] = await farPeer();
      const page = await rig.open();
      const first = peer.connection();
      await page.evaluate(
        ([url, how]) => {
          const natives: WebSocket[] = [];
          Object.assign(globalThis, { natives });
          class Watched extends WebSocket {
            constructor(...args: ConstructorParameters<typeof WebSocket>) {
              super(...args);
              natives.push(this);
            }
            // One that closes hears no message any more; one that does not, all of them.
            override close(code?: number) {
              if (how === "closes" || this !== natives[0]) super.close(code);
            }
          }
          const heartbeat = { cmd: "ping", interval: 600_000, timeout: 600_000 };
          return connect({ url, WebSocket: Watched as never, heartbeat, probe: 300 }).socket.ready();
        },
        [proxy.url, how] as const,
      );
      await peer.receives(1);
      const second = peer.connection();
      proxy.stall("both", "passes");
      const [old] = proxy.links;
      const ended = page.evaluate(() => {
        const [native] = (globalThis as unknown as { natives: WebSocket[] }).natives;
        const said: string[] = [];
        native!.addEventListener("message", ({ data }) => said.push(data));
        const close = new Promise((resolve) => native!.addEventListener("close", resolve));
        dispatchEvent(new Event("online"));
        return close.then(() => said);
      });
      (await second).send(`{"cmd":"new"}`);
      const before = await page.evaluate(() => news.until(({ state, messages }) => state.status === "open" && messages.length));
      expect(before).toMatchObject({ errors: ["heartbeat"], closes: [lost], messages: [{ cmd: "new" }] });
      const native = await first;
      for (const text of [`{"cmd":"old"}`, "garbage", `{"cmd":"close-connection"}`]) native.send(text);
      native.close(4001, "late");
      old!.flow();
      expect(await ended).toHaveLength(how === "clings" ? 3 : 0);
      (await second).send(`{"cmd":"last"}`);
      const heard = await heardLast(page);
      expect(heard.messages.map(({ cmd }) => cmd)).toEqual(["new", "last"]);
      expect(heard).toMatchObject({ errors: ["heartbeat"], closes: [lost], state: { status: "open", lastClose: lost } });
      expect(heard.states).toEqual(before.states);
      expect(proxy.connections).toBe(2);
    });
  });

  /** The rooms that the server has the page's connection in, but for that which each connection is in. */
  function rooms(): string[] {
    return rig.server.service.connections()[0]!.channels.slice(1);
  }

  /** Resolves when the server has heard all that the page has said, and the page the answer. */
  async function settled(page: Page): Promise<void> {
    await page.evaluate(async () => {
      const pong = news.socket.once("pong");
      news.socket.send("ping");
      await pong;
    });
  }

  test.each([
    { steps: ["join", "leave", "join"], joined: true },
    { steps: ["join", "leave"], joined: false },
    { steps: ["join", "join", "leave", "join", "leave"], joined: false },
    { steps: ["leave", "join"], joined: true },
  ] as const)("[E57] $steps in one tick ends in the last state, on this connection and the next", async ({ steps, joined }) => {
    const page = await openPage(rig.url);
    const expected = joined ? ["room"] : [];
    await page.evaluate((steps) => {
      const room = news.socket.channel("room");
      for (const step of steps) room[step]();
    }, steps);
    await settled(page);
    expect(rooms()).toEqual(expected);
    rig.proxy.reset();
    await page.evaluate(() => news.until(({ closes, state }) => closes.length && state.status === "open"));
    await settled(page);
    expect(rooms()).toEqual(expected);
  });

  test("[E57] of several joins and leaves before the connection opens, the server receives only the last state", async () => {
    const peer = await ownPeer();
    const page = await rig.open();
    await page.evaluate((url) => {
      const { socket } = connect({ url });
      for (const [name, steps] of Object.entries({ in: ["join", "leave", "join"], out: ["join", "leave"] } as const)) {
        for (const step of steps) socket.channel(name)[step]();
      }
      socket.send("last");
      return socket.ready();
    }, peer.url);
    expect((await peer.receives(2)).map((text) => JSON.parse(text))).toEqual([
      { channel: "in", cmd: "join", param: {} },
      { channel: "", cmd: "last", param: null },
    ]);
  });

  test("[E57] a listener that is added, removed and added in one tick receives each message once", async () => {
    const [page, peer] = await openPeer();
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(globalThis, { heard });
      const listener = () => heard.push("chat");
      const unsubscribe = news.socket.on("chat", listener);
      unsubscribe();
      news.socket.on("chat", listener);
      // The unsubscribe function of the first is not that of the second.
      unsubscribe();
    });
    for (const cmd of ["chat", "last"]) peer.last.send(JSON.stringify({ cmd }));
    await heardLast(page);
    expect(await page.evaluate(() => (globalThis as unknown as Globals).heard)).toEqual(["chat"]);
  });

  /** A page whose url function asks for a new token each time. */
  async function openWithToken(url: string, minUptime: number): Promise<Page> {
    const page = await rig.open();
    await page.evaluate(
      ([url, minUptime]) => {
        let token = 0;
        return connect({ url: async () => `${url}/?token=${++token}`, minUptime }).socket.ready();
      },
      [url, minUptime] as const,
    );
    return page;
  }

  test("[E58] an expired token is replaced, and messages sent meanwhile leave with the new one", async () => {
    const peer = await ownPeer();
    const page = await openWithToken(peer.url, 0);
    // A connection that has lived is no proof against its token: each expiry is the first.
    for (const [index, code] of [4100, 4101, 4199].entries()) {
      const next = peer.connection();
      const lost = page.evaluate((code) => news.until(({ closes }) => closes.at(-1)?.code === code), code);
      peer.last.close(code, "expired");
      await lost;
      await next;
      await page.evaluate((code) => {
        news.socket.send(`after ${code}`);
        return news.socket.ready();
      }, code);
      // What is on its way when the server closes may be lost.
      await peer.receives(index + 1);
    }
    expect(commands(await peer.receives(3))).toEqual(["after 4100", "after 4101", "after 4199"]);
    expect(peer.requests.map(({ url }) => url)).toEqual([1, 2, 3, 4].map((token) => `/?token=${token}`));
    const heard = await page.evaluate(() => news.heard);
    expect(heard).toMatchObject({ errors: [], drops: [], state: { status: "open" } });
  });

  test("[E58] a fresh token that is refused is final, and waiting messages are dropped", async () => {
    const peer = await ownPeer();
    const page = await openWithToken(peer.url, 600_000);
    const next = peer.connection();
    peer.last.close(4101, "expired");
    const native = await next;
    await page.evaluate(() => news.until(({ closes, state }) => closes.length && state.status === "open"));
    const gone = once(native, "close");
    native.close(4101, "expired");
    await gone;
    const heard = await page.evaluate(() =>
      news
        .until(({ closes, errors, states }) => closes.length === 2 && errors.length && states.at(-1)?.status === "closed")
        .then((heard) => ({ ...heard, late: news.socket.send("late") })),
    );
    expect(heard).toMatchObject({
      late: "dropped",
      errors: ["refused"],
      state: { status: "closed", retryAt: null, lastClose: { code: 4101, reason: "expired" } },
    });
    expect(peer.requests.map(({ url }) => url)).toEqual(["/?token=1", "/?token=2"]);
  });
});
