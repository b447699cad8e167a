import { setTimeout as wait } from "node:timers/promises";
import type { WebSocketClass } from "wireline";
import { Socket } from "../../../dist/index.mjs";
import { FakeSocket } from "../fake";
import { libraries } from "../libraries";
import { plain } from "../libraries/plain";

// What stays in the heap, without a network: `heap.mjs idle LIBRARY CLIENTS` prints bytes a client, `heap.mjs reconnects FIRST LAST` bytes a
// reconnect between these two counts.

const given = FakeSocket as unknown as WebSocketClass;

async function heap(): Promise<number> {
  // What ends in a later turn, and what is freed by a finalizer, is seen by the second.
  for (let turn = 0; turn < 3; turn += 1) {
    await wait(20);
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}

async function idle(name: string, clients: number): Promise<number> {
  const library = libraries.find((one) => one.name === name)!;
  FakeSocket.dialect = () => library.dialect();
  const open = (count: number) =>
    Promise.all(Array.from({ length: count }, () => library.open({ url: "ws://127.0.0.1:9", WebSocket: given, listen() {} })));
  // Code and tables that all share.
  const kept = await open(50);
  const before = await heap();
  kept.push(...(await open(clients)));
  const after = await heap();
  if (kept.length !== clients + 50) throw new Error("A client is missing.");
  return (after - before) / clients;
}

async function reconnects(first: number, last: number): Promise<number> {
  FakeSocket.dialect = plain;
  let opened = 0;
  let reached: () => void;
  const links = new Set<FakeSocket>();
  class Lost extends FakeSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      links.add(this);
    }
  }
  let limit = 0;
  const sockets = Array.from(
    { length: 50 },
    () => new Socket({ url: "ws://127.0.0.1:9", WebSocket: Lost as unknown as WebSocketClass, backoff: () => 0 }),
  );
  const lose = () => {
    for (const link of links) {
      if (link.readyState !== 1) continue;
      links.delete(link);
      link.lose();
    }
  };
  for (const socket of sockets) {
    socket.onOpen(() => {
      opened += 1;
      if (opened === limit) reached();
      if (opened < limit) setImmediate(lose);
    });
  }
  const until = async (count: number) => {
    const done = new Promise<void>((resolve) => (reached = resolve));
    limit = count;
    lose();
    await done;
    return heap();
  };
  const [before, after] = [await until(first), await until(last)];
  return (after - before) / (last - first);
}

async function main([work, ...values]: string[]): Promise<void> {
  const bytes = work === "idle" ? await idle(values[0]!, Number(values[1])) : await reconnects(Number(values[0]), Number(values[1]));
  console.log(bytes);
  process.exit();
}

void main(process.argv.slice(2));
