import { setImmediate as turn } from "node:timers/promises";
import type { WebSocketClass } from "wireline";
import { FakeSocket } from "../fake";
import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import type { Chat, Library } from "../libraries/library";
import { withZod } from "../libraries/wireline";

// The path from a WebSocket to a listener, without a network: `receive.mjs LIBRARY MESSAGES ROUNDS` prints what each round cost, of the
// library and of the bare way, turn by turn in this one process.

/** What a batch of messages cost: microseconds of the processor's, and bytes of the heap's. */
export interface Cost {
  readonly cpu: number;
  readonly bytes: number;
}

/** A round, as the program prints it. */
export interface Batch {
  readonly own: Cost;
  readonly bare: Cost;
}

/** A library that waits for messages, and how to give it some. */
interface Path {
  heard: number;
  take(chats: number): void;
}

const chats = Array.from(
  { length: 1000 },
  (_, index): Chat => ({ user: `user-${index}`, text: `this is message number ${index * 7919}`, time: 1.7e12 + index }),
);

/** How many characters are heard of so many messages. */
const length = (count: number) =>
  Array.from({ length: count }, (_, index) => chats[index % chats.length]!.text.length).reduce((sum, one) => sum + one, 0);

async function open(library: Library): Promise<Path> {
  FakeSocket.dialect = () => library.dialect();
  const path: Path = { heard: 0, take: () => {} };
  const listen = (chat: Chat) => {
    path.heard += chat.text.length;
  };
  await library.open({ url: "ws://127.0.0.1:9", WebSocket: FakeSocket as unknown as WebSocketClass, listen });
  const socket = FakeSocket.last;
  const texts = chats.map((chat) => socket.write(chat));
  path.take = (count) => {
    for (let index = 0; index < count; index += 1) socket.deliver(texts[index % texts.length]!);
  };
  return path;
}

async function cost(path: Path, count: number): Promise<Cost> {
  path.heard = 0;
  // What a batch before has left is not to be collected in this one.
  globalThis.gc!();
  const heap = process.memoryUsage().heapUsed;
  const before = process.cpuUsage();
  path.take(count);
  // Some libraries listen in a microtask.
  await turn();
  const { user, system } = process.cpuUsage(before);
  const bytes = process.memoryUsage().heapUsed - heap;
  if (path.heard !== length(count)) throw new Error("Not every message was heard; see the dialect of the library.");
  return { cpu: user + system, bytes };
}

async function main([name, messages, rounds]: string[]): Promise<void> {
  const library = [...libraries, withZod].find((one) => one.name === name)!;
  const [path, floor] = [await open(library), await open(bare)];
  for (let round = 0; round < Number(rounds); round += 1) {
    const costs = new Map<Path, Cost>();
    for (const one of round % 2 ? [path, floor] : [floor, path]) costs.set(one, await cost(one, Number(messages)));
    console.log(JSON.stringify({ own: costs.get(path)!, bare: costs.get(floor)! } satisfies Batch));
  }
  process.exit();
}

void main(process.argv.slice(2));
