import type { Socket, SocketOptions } from "wireline";
import type { Family } from "./column";
import { openChat as openRoom } from "./recipes/chat";
import { openStruct as openGofr } from "./recipes/gofr";
import { openEcho } from "./recipes/goyave";
import { openChat as openForge } from "./recipes/projectforge";

// What the recipes are put to, in Node and in a page alike: each family's socket, and one exchange over it.

/** A socket of a recipe's, and what is said over it. */
export interface Play {
  /** How often its connection was lost. */
  readonly losses: number;
  /** What its listeners were told as errors, as codes. */
  readonly errors: string[];
  /** Resolves when it is open, after so many losses, with what was answered to what it said. */
  talk(losses: number): Promise<unknown>;
  /** Resolves when an attempt has ended in vain, with its close code. */
  refused(): Promise<number>;
  close(): void;
  /** Closes, and resolves with the end as the two sides have agreed on it. */
  leave(): Promise<readonly [code: number, wasClean: boolean]>;
}

/** What a play may be given beside its server. */
export type Given = Pick<SocketOptions, "WebSocket" | "backoff">;

/** Makes the play of a family: `url` is the server's, without a path. */
export function playOf(family: Family, url: string, given: Given = {}): Play {
  const options = { backoff: () => 20, ...given };
  if (family.startsWith("projectforge")) {
    const socket = openForge(`${url}/example/socket`, "lobby", options);
    return play(socket, async () => {
      const heard = socket.once("chat");
      socket.send("chat", { text: "hello" });
      const { param, channel } = await heard;
      return [channel, param.text, typeof param.time];
    });
  }
  if (family.startsWith("gofr")) {
    const socket = openGofr(`${url}/chat`, options);
    return play(socket, () => socket.request("chat", { content: "hello", user: "ann" }));
  }
  const socket = openEcho(`${url}/websocket`, options);
  return play(socket, async () => {
    const heard: (string | number[])[] = [];
    for (const said of ["hello", new Uint8Array([0, 255]).buffer]) {
      const answer = socket.once("message");
      socket.send("message", said);
      const { param } = await answer;
      heard.push(typeof param === "string" ? param : [...new Uint8Array(param)]);
    }
    return heard;
  });
}

/** Two requests to GoFr at once, and one to a handler that always fails: the answers. */
export async function playStruct(url: string, given: Given = {}): Promise<unknown[]> {
  using socket = openGofr(`${url}/chat`, given);
  using failing = openGofr(`${url}/error`, given);
  const said = [
    [socket, "héllo"],
    [socket, "again"],
    [failing, "lost"],
  ] as const;
  return await Promise.all(said.map(([to, content]) => to.request("chat", { content, user: "ann" })));
}

/** A request and a text to a handler of generated code: the reply, what was heard, and the errors. */
export async function playRoom(url: string, given: Given = {}): Promise<unknown[]> {
  using socket = openRoom(url, { backoff: () => 20, ...given });
  const errors: string[] = [];
  socket.onError(({ code }) => void errors.push(code));
  const { timestamp } = await socket.request("ping", undefined);
  const heard = socket.once("chat");
  socket.send("chat", { text: "héllo <b> 😀" });
  const { param, channel } = await heard;
  return [typeof timestamp, channel, param.user, param.text, typeof param.time, errors];
}

/** Two requests as soon as the heartbeat has been answered, and one that the handler refuses: the answers, each of its own. */
export async function playAfterHeartbeat(url: string, given: Given = {}): Promise<unknown[]> {
  using socket = openGofr(`${url}/chat`, given);
  await socket.ready();
  const ask = (content: string) => socket.request("chat", { content, user: content });
  return [...(await Promise.all([ask("ann"), ask("bob")])), socket.state.latency !== null];
}

/** Who is in a room of Project Forge's, to the one that came first: when the others have come, and when one of them has gone. */
export async function playMembers(url: string, given: Given = {}): Promise<number[]> {
  const open = () => openForge(`${url}/example/socket`, "members", given);
  using first = open();
  await first.once("pong");
  const room = first.channel("members");
  const count = (wanted: number) =>
    new Promise<number>((resolve) => {
      const look = () => room.members.size === wanted && resolve(wanted);
      room.onPresence(look);
      look();
    });
  using second = open();
  const third = open();
  await Promise.all([second.ready(), third.ready()]);
  const both = await count(2);
  third.close();
  return [both, await count(1)];
}

/** What the first thing is that GoFr reads, by its echo: a heartbeat, that is, as the recipe's codec takes it for an answer. */
export async function playHeartbeat(url: string, given: Given = {}): Promise<unknown[]> {
  using socket = openGofr(`${url}/echo`, given);
  return await new Promise((resolve) => {
    socket.onMessage(({ cmd, param }) => resolve([cmd, param]));
    socket.onError(({ code }) => resolve([code]));
  });
}

/** What becomes of a heartbeat: whether it was answered as such, and which messages were heard until an exchange was over. */
export async function playSilence(family: "goyave" | "gofr", url: string, given: Given = {}): Promise<unknown[]> {
  const heard: string[] = [];
  if (family === "gofr") {
    using socket = openGofr(`${url}/chat`, given);
    socket.on("answer", (answer) => void heard.push(answer?.content ?? "null"));
    // It asks when it is open; what is said then is answered after that.
    await socket.ready();
    await socket.request("chat", { content: "hello", user: "ann" });
    return [socket.state.latency !== null, heard];
  }
  using socket = openEcho(`${url}/websocket`, given);
  socket.on("message", (said) => void heard.push(String(said)));
  await socket.ready();
  const answered = socket.once("message");
  socket.send("message", "hello");
  await answered;
  return [socket.state.latency !== null, heard];
}

/** What becomes of two answers of GoFr's that are no JSON: the errors that are told, and where the socket stands then. */
export async function playEmpty(url: string, given: Given = {}): Promise<unknown[]> {
  using socket = openGofr(`${url}/unmarshalable`, given);
  const errors: string[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const told = new Promise<void>((resolve) => {
      const off = socket.onError(({ code }) => {
        off();
        errors.push(code);
        resolve();
      });
    });
    socket.send("chat", { content: "hello", user: "ann" });
    await told;
  }
  return [...errors, socket.state.status];
}

/** What is told of a path of GoFr's that is not there, where the socket asks whether anybody is: the first error. */
export async function playZombie(url: string, given: Given = {}): Promise<[opened: boolean, error: string]> {
  let opened = false;
  const heartbeat = { cmd: "ping", param: null, reply: "alive", interval: 20, timeout: 100 };
  using socket = openGofr(`${url}/nowhere`, { ...given, heartbeat });
  socket.onOpen(() => {
    opened = true;
  });
  const error = await new Promise<string>((resolve) => void socket.onError(({ code }) => resolve(code)));
  return [opened, error];
}

type Listening = Pick<Socket, "close" | "onClose" | "onError" | "onStatus" | "ready">;

function play(socket: Listening, exchange: () => Promise<unknown>): Play {
  let losses = 0;
  const errors: string[] = [];
  const news = new Set<() => void>();
  const refusal = new Promise<number>((resolve) =>
    socket.onClose(({ code }) => {
      losses += 1;
      resolve(code);
      for (const look of news) look();
    }),
  );
  socket.onError(({ code }) => void errors.push(code));
  return {
    get losses() {
      return losses;
    },
    errors,
    talk: async (wanted) => {
      await new Promise<void>((resolve) => {
        const look = () => losses >= wanted && resolve();
        news.add(look);
        look();
      });
      await socket.ready();
      return exchange();
    },
    refused: () => refusal,
    close: () => socket.close(),
    leave: () =>
      new Promise((resolve) => {
        socket.onClose(({ code, wasClean }) => resolve([code, wasClean]));
        socket.close();
      }),
  };
}
