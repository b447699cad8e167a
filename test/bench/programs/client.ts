import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { WebSocketClass } from "wireline";
import { WebSocket } from "ws";
import { libraries } from "../libraries";
import type { Chat, Client } from "../libraries/library";

// One client of a library, at an address: `client.mjs LIBRARY URL`. It follows orders, and reports the results.

/** What it is told: to say chats and hear them again, to say so many after each other, to send so many, or to have so many pushed. */
export type ClientOrder =
  | { readonly say: readonly Chat[] }
  | { readonly echo: number }
  | { readonly send: number }
  | { readonly hear: number };

/** What it tells once it is open, and after each order; what was not asked for is empty. */
export interface ClientNews {
  readonly heard: readonly Chat[];
  /** Milliseconds of each round trip. */
  readonly trips: readonly number[];
  /** Microseconds of the processor's. */
  readonly cpu: number;
}

const [name, url] = process.argv.slice(2);
const chat: Chat = { user: "the client", text: "One of the many chats that are measured.", time: 1.7e12 };
/** So many bytes may wait in a WebSocket before no more are given to it. */
const enough = 256 * 1024;

const nothing: ClientNews = { heard: [], trips: [], cpu: 0 };

let last: WebSocket;
let listen: (chat: Chat) => void = () => {};

/** The same class for all, of which it is known how much waits. */
class Watched extends WebSocket {
  constructor(address: string, protocols?: string[]) {
    super(address, protocols);
    last = this;
  }
}

const spent = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

function say(client: Client, chats: readonly Chat[]): Promise<ClientNews> {
  return new Promise((resolve) => {
    const heard: Chat[] = [];
    listen = (one) => {
      heard.push(one);
      if (heard.length === chats.length) resolve({ ...nothing, heard });
    };
    for (const one of chats) client.send(one);
  });
}

function echo(client: Client, count: number): Promise<ClientNews> {
  return new Promise((resolve) => {
    const trips: number[] = [];
    let start = 0;
    const go = () => {
      start = performance.now();
      client.send(chat);
    };
    listen = () => {
      trips.push(performance.now() - start);
      if (trips.length === count) resolve({ ...nothing, trips });
      else go();
    };
    go();
  });
}

async function send(client: Client, count: number): Promise<ClientNews> {
  const counted = new Promise((resolve) => {
    listen = resolve;
  });
  client.send({ ...chat, text: `count ${count}` });
  await turn();
  const start = process.cpuUsage();
  for (let index = 1; index <= count; index += 1) {
    client.send(chat);
    if (index % 500) continue;
    await turn();
    while (last.bufferedAmount > enough) await wait(1);
  }
  await counted;
  return { ...nothing, cpu: spent(start) };
}

function hear(client: Client, count: number): Promise<ClientNews> {
  return new Promise((resolve) => {
    let heard = 0;
    let start: NodeJS.CpuUsage;
    listen = () => {
      heard += 1;
      if (heard === 1) start = process.cpuUsage();
      if (heard === count) resolve({ ...nothing, cpu: spent(start) });
    };
    client.send({ ...chat, text: `push ${count}` });
  });
}

function work(client: Client, order: ClientOrder): Promise<ClientNews> {
  if ("say" in order) return say(client, order.say);
  if ("echo" in order) return echo(client, order.echo);
  return "send" in order ? send(client, order.send) : hear(client, order.hear);
}

async function main(): Promise<void> {
  const library = libraries.find((one) => one.name === name)!;
  const tell = (news: ClientNews) => process.send!(news);
  const client = await library.open({ url: url!, WebSocket: Watched as unknown as WebSocketClass, listen: (chat) => listen(chat) });
  process.on("message", (order: ClientOrder) => void work(client, order).then(tell));
  process.on("disconnect", () => process.exit());
  tell(nothing);
}

void main();
