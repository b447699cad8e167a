// First, so that the libraries meet its class.
import { made } from "./sockets";
import { libraries } from "../libraries";
import type { Chat, Library } from "../libraries/library";

// Runs in a page: what a message costs between a real WebSocket and the listener, of a library and of the bare way, turn by turn.

/** What is to be done in the page. */
export interface Order {
  readonly library: string;
  /** The address of the library's server, and of that of the bare way. */
  readonly urls: readonly [library: string, bare: string];
  /** How many messages make a batch. */
  readonly messages: number;
  readonly rounds: number;
}

/** What a message cost in each round, in nanoseconds. */
export interface Costs {
  readonly library: readonly number[];
  readonly bare: readonly number[];
}

/** A client that is open, and its WebSocket. */
interface Path {
  readonly name: string;
  readonly socket: WebSocket;
  write(chat: Chat): string;
  hear: (chat: Chat) => void;
}

/** The longest time for a client to open, and for a batch to arrive, in milliseconds. */
const patience = 10_000;

declare global {
  var receive: (order: Order) => Promise<Costs>;
}

globalThis.receive = async ({ library, urls, messages, rounds }) => {
  const find = (name: string) => libraries.find((one) => one.name === name)!;
  const [path, floor] = [await open(find(library), urls[0]), await open(find("bare"), urls[1])];
  for (const one of [path, floor]) await prove(one);
  const costs = { library: [] as number[], bare: [] as number[] };
  let told = 0;
  // The first ones warm up.
  for (let round = -4; round < rounds; round += 1) {
    for (const one of round % 2 ? [path, floor] : [floor, path]) {
      const time = await batch(one, chats(told, messages));
      if (round >= 0) costs[one === path ? "library" : "bare"].push((time * 1e6) / messages);
    }
    told += messages;
    await new Promise((resolve) => setTimeout(resolve));
  }
  return costs;
};

async function open(library: Library, url: string): Promise<Path> {
  const path = { name: library.name, hear: (_chat: Chat) => {} };
  await within(library.open({ url, listen: (chat) => path.hear(chat) }), () => `${library.name} does not open; see its dialect.`);
  const socket = made.at(-1)!;
  const dialect = library.dialect();
  // What it writes may hang on what the client has asked for.
  for (const said of socket.said) dialect.answer(said);
  return Object.assign(path, { socket, write: (chat: Chat) => dialect.write(chat) });
}

/** Shows that every message arrives, whole and in order. */
async function prove(path: Path): Promise<void> {
  const said = chats(0, 100);
  const heard: Chat[] = [];
  await batch(path, said, (chat) => heard.push(chat));
  if (JSON.stringify(heard) !== JSON.stringify(said)) throw new Error(`${path.name} does not hear what its server says; see its dialect.`);
}

/** How long some messages take to arrive, in milliseconds. */
async function batch(path: Path, said: readonly Chat[], hear: (chat: Chat) => void = () => {}): Promise<number> {
  // Created before the clock starts: creating an event costs more than delivering it, which would hide the comparison.
  const events = said.map((chat) => new MessageEvent("message", { data: flat(path.write(chat)) }));
  let left = said.length;
  let done: () => void;
  const all = new Promise<void>((resolve) => (done = resolve));
  path.hear = (chat) => {
    hear(chat);
    left -= 1;
    if (left === 0) done();
  };
  const { socket } = path;
  const start = performance.now();
  for (const event of events) socket.dispatchEvent(event);
  // Some libraries listen in a microtask, or later.
  if (left) await within(all, () => `${path.name} missed ${left} of ${said.length} messages; see its adapter.`);
  return performance.now() - start;
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** A text in one piece, as the network gives it: what is joined of pieces would be put together within JSON.parse. */
const flat = (text: string) => decoder.decode(encoder.encode(text));

function chats(first: number, count: number): Chat[] {
  return Array.from({ length: count }, (_, index) => chat(first + index));
}

function chat(index: number): Chat {
  return { user: `user-${index % 1000}`, text: `this is message number ${index * 7919}`, time: 1.7e12 + index };
}

async function within(promise: Promise<unknown>, says: () => string): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(says())), patience)));
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
