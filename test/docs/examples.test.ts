import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import * as z from "zod";
import { findHaproxy, findRedis } from "../gateways/programs";
import { freePort } from "../harness/peer";
import { Program } from "../harness/program";
import { bundleExample, copyExample, startExample } from "./examples";

// The programs that the README and the documentation show are these files, and they do what the text says.

const { defineProtocol, Socket } = require(resolve("dist/index.js")) as typeof import("../../dist/index.js");
const { resume } = require(resolve("dist/resume.js")) as typeof import("../../dist/resume.js");
const ci = process.env.CI === "true";

/** Whether a test of something that may be missing is left out; on CI it fails instead. */
const isMissing = (found: unknown) => !found && !ci;

const protocol = defineProtocol({
  inbound: {
    chat: z.object({ user: z.string(), text: z.string(), seq: z.number().optional() }),
    pong: z.object({ timestamp: z.number() }),
    joined: z.object({ epoch: z.string(), last: z.number(), recovered: z.boolean() }),
    members: z.array(z.string()),
  },
  outbound: {
    chat: z.object({ text: z.string() }),
    ping: { param: z.object({}), reply: "pong" },
  },
});

/** A client of an example's server, which ends with the test. */
function connect(url: string, channel = "lobby") {
  const socket = new Socket({ url, channel, protocol, WebSocket, backoff: () => 1 });
  onTestFinished(() => socket.close());
  return socket;
}

describe("the server and the client of the README", () => {
  test("are shown as they are", () => {
    const readme = readFileSync("README.md", "utf8");
    for (const [language, file] of [
      ["js", "first/server.mjs"],
      ["ts", "first/client.ts"],
    ] as const) {
      expect(readme).toContain(`\`\`\`${language}\n${readFileSync(`playground/docs/examples/${file}`, "utf8")}\`\`\``);
    }
  });

  test("talk to each other", async () => {
    const { port } = await startExample("first/server.mjs");
    const client = new Program(process.execPath, [await bundleExample("first/client.ts", { 8080: port }, "node")]);
    onTestFinished(() => client.end());
    await client.says(/^Ann: hi$/m);
    await client.says(/^The server's clock says \d+$/m);
  });

  test("the server ignores what is not JSON", async () => {
    const { port, program } = await startExample("first/server.mjs");
    const socket = connect(`ws://127.0.0.1:${port}/?user=Bob`);
    await socket.ready();
    const raw = new WebSocket(`ws://127.0.0.1:${port}`);
    raw.on("open", () => raw.send("{"));
    await program.says(/Ignored a message/);
    raw.terminate();
    const heard = socket.once("chat");
    socket.send("chat", { text: "still here" });
    expect((await heard).param).toEqual({ user: "Bob", text: "still here" });
  });
});

describe("the Node server", () => {
  const start = async () => {
    const { port, program } = await startExample("node/server.mjs");
    return { program, url: (user: string) => `ws://127.0.0.1:${port}/connect?token=token-of-${user}`, port };
  };

  test("passes a chat on to the members of its room, and only to them", async () => {
    const { url } = await start();
    const [ann, bob, eve] = [connect(url("ann"), "den"), connect(url("bob"), "den"), connect(url("eve"), "attic")];
    for (const socket of [ann, bob]) socket.channel("den").join();
    eve.channel("attic").join();
    const other: string[] = [];
    eve.on("chat", ({ text }) => other.push(text));
    await Promise.all([ann.request("ping", {}), bob.request("ping", {}), eve.request("ping", {})]);
    const heard = bob.once("chat");
    ann.send("chat", { text: "hi" });
    expect((await heard).param).toMatchObject({ user: "ann", text: "hi" });
    await eve.request("ping", {});
    expect(other).toEqual([]);
  });

  test("tells the members of a room who comes and goes", async () => {
    const { url } = await start();
    const ann = connect(url("ann"));
    const den = ann.channel("den");
    den.join();
    await ann.request("ping", {});
    const comes = new Promise((done) => den.onPresence(({ added }) => added.includes("bob") && done(added)));
    const bob = connect(url("bob"));
    bob.channel("den").join();
    expect(await comes).toEqual(["bob"]);
    const goes = new Promise((done) => den.onPresence(({ removed }) => done(removed)));
    bob.close();
    expect(await goes).toEqual(["bob"]);
  });

  test("replays what a client has missed, and lists the members of a room", async () => {
    const { url } = await start();
    const open = (user: string) => {
      const options = { rejoin: { join: { cmd: "join", reply: "joined" } }, presence: { ask: "who", list: "members" } } as const;
      const socket = new Socket({ url: url(user), channel: "den", protocol, WebSocket, backoff: () => 1, ...options });
      onTestFinished(() => socket.close());
      const feed = resume(socket, { channel: "den", id: ({ cmd, param }) => (cmd === "chat" ? param.seq : undefined), replay: "joined" });
      onTestFinished(() => feed.stop());
      const told: string[] = [];
      const until = (line: string) =>
        new Promise<void>((done) => {
          const look = () => told.includes(line) && done();
          feed.onMessage(look);
          feed.onResume(look);
          look();
        });
      feed.on("chat", ({ text }) => told.push(text));
      feed.onResume(({ outcome, replayed }) => told.push(`${outcome} ${replayed}`));
      socket.channel("den").hold(feed.position);
      return { socket, told, until };
    };
    const [ann, bob] = [open("ann"), open("bob")];
    await Promise.all([ann.until("new 0"), bob.until("new 0")]);
    ann.socket.send("chat", { text: "one" });
    await bob.until("one");
    bob.socket.close();
    for (const text of ["two", "three"]) ann.socket.send("chat", { text });
    await ann.until("three");
    bob.socket.connect();
    await bob.until("replayed 2");
    expect(bob.told).toEqual(["new 0", "one", "two", "three", "replayed 2"]);
    const den = bob.socket.channel("den");
    await new Promise<void>((done) => {
      const look = () => den.members.size === 2 && done();
      den.onPresence(look);
      look();
    });
    expect([...den.members.keys()].sort()).toEqual(["ann", "bob"]);
  });

  test("refuses a wrong token with 4101, and a foreign origin with 4403", async () => {
    const { port } = await start();
    const closes = (options: object) =>
      new Promise((done) => new WebSocket(`ws://127.0.0.1:${port}/connect?token=wrong`, options).on("close", (code) => done(code)));
    expect(await closes({})).toBe(4101);
    expect(await closes({ origin: "https://evil.example" })).toBe(4403);
  });

  test("closes its clients with 1012 when it is to end", async () => {
    const { url, program } = await start();
    const ann = connect(url("ann"));
    await ann.ready();
    const closed = new Promise((done) => ann.onClose(done));
    process.kill(program.pid, "SIGTERM");
    expect(await closed).toMatchObject({ code: 1012, reason: "restart" });
  });
});

describe("the Python server", () => {
  const python = findPython();

  test.skipIf(isMissing(python))("answers a ping, passes a chat on, and ignores what is not JSON", async () => {
    expect(python, "Python 3 with venv is missing: install it (Debian: python3-venv).").toBeDefined();
    const { port } = await startExample("python/server.py", python);
    const raw = new WebSocket(`ws://127.0.0.1:${port}`);
    await new Promise((done) => raw.on("open", done));
    for (const text of ["{", "null", "[]", '{"cmd":"chat"}']) raw.send(text);
    const [ann, bob] = [connect(`ws://127.0.0.1:${port}`), connect(`ws://127.0.0.1:${port}`)];
    await bob.request("ping", {});
    const heard = bob.once("chat");
    ann.send("chat", { text: "hi" });
    expect((await heard).param).toEqual({ user: "guest", text: "hi" });
    expect(raw.readyState).toBe(WebSocket.OPEN);
    raw.terminate();
  });
});

describe("two instances behind HAProxy, with Redis between them,", () => {
  const [redis, haproxy] = [findRedis(), findHaproxy()];

  test.skipIf(isMissing(redis && haproxy))("pass a chat on to the clients of both", async () => {
    expect(redis && haproxy, "Redis or HAProxy is missing: install them (Debian: redis-server, haproxy).").toBeDefined();
    const [store, one, two, gateway] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const programs: Program[] = [];
    const run = async (says: RegExp, command: string, ...args: string[]) => {
      const program = new Program(command, args);
      programs.push(program);
      await program.says(says);
    };
    onTestFinished(async () => {
      for (const program of programs.reverse()) await program.end();
    });
    await run(/Ready to accept connections/, redis!, "--port", `${store}`, "--save", "", "--appendonly", "no", "--bind", "127.0.0.1");
    for (const port of [one, two])
      await run(/Listening on/, process.execPath, copyExample("scaling/server.mjs", { 8081: port, 6379: store }));
    await run(/Loading success/, haproxy!, "-W", "-db", "-f", copyExample("scaling/haproxy.cfg", { 8080: gateway, 8081: one, 8082: two }));

    const ann = connect(`ws://127.0.0.1:${gateway}`);
    await ann.request("ping", {});
    for (const port of [one, two]) {
      const bob = connect(`ws://127.0.0.1:${port}`);
      await bob.request("ping", {});
      const heard = ann.once("chat");
      bob.send("chat", { text: "hi" });
      expect((await heard).param).toEqual({ user: `instance ${port}`, text: "hi" });
    }
  });
});

/** A Python that has the library of the example: one of its own, in a folder that later runs use again. */
function findPython(): string | undefined {
  const folder = resolve("node_modules/.cache/python");
  const python = `${folder}/bin/python`;
  const has = () => existsSync(python) && spawnSync(python, ["-c", "import websockets.asyncio.server"]).status === 0;
  if (has()) return python;
  spawnSync("python3", ["-m", "venv", folder]);
  spawnSync(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "websockets"], { stdio: "ignore" });
  return has() ? python : undefined;
}
