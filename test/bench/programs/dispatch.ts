import mitt from "mitt";
import type { WebSocketClass } from "wireline";
import { Socket } from "../../../dist/index.mjs";
import { FakeSocket } from "../fake";
import { encode, type Message, plain } from "../libraries/plain";
import { median } from "../work";

// How messages find their listeners among many, and what it costs to listen and to stop: `dispatch.mjs SYSTEM` prints one line.

/** What a system costs, in nanoseconds of the processor's, by how many there are; `left` is bytes of the heap's. */
export interface Dispatching {
  /** A message, among so many commands with a listener each. */
  readonly commands: Readonly<Record<string, number>>;
  /** A call, of so many listeners to one command. */
  readonly listeners: Readonly<Record<string, number>>;
  /** To listen to one command and to stop, among so many who do. */
  readonly undo: Readonly<Record<string, number>>;
  /** By a listener that has unsubscribed. */
  readonly left: number;
}

type Listener = (param: unknown) => void;

interface System {
  on(cmd: string, listener: Listener): () => void;
  take(text: string): void;
}

/** How many messages make a batch, and how many calls; and how many batches there are. */
const [batch, calls, batches] = [20_000, 1_000_000, 15];

const systems: Readonly<Record<string, () => Promise<System> | System>> = {
  bare() {
    const channels = new Map<string, Map<string, Set<Listener>>>([["lobby", new Map()]]);
    return {
      on(cmd, listener) {
        const commands = channels.get("lobby")!;
        const listeners = commands.get(cmd) ?? new Set();
        commands.set(cmd, listeners.add(listener));
        return () => {
          listeners.delete(listener);
          if (!listeners.size) commands.delete(cmd);
        };
      },
      take(text) {
        const { channel, cmd, param } = JSON.parse(text) as Message;
        for (const listener of channels.get(channel!)!.get(cmd)!) listener(param);
      },
    };
  },
  "reconnecting-websocket"() {
    const { on, off, emit } = mitt<Record<string, unknown>>();
    return {
      on(cmd, listener) {
        on(cmd, listener);
        return () => off(cmd, listener);
      },
      take(text) {
        const { cmd, param } = JSON.parse(text) as Message;
        emit(cmd, param);
      },
    };
  },
  async wireline() {
    FakeSocket.dialect = plain;
    const socket = new Socket({ url: "ws://127.0.0.1:9", channel: "lobby", WebSocket: FakeSocket as unknown as WebSocketClass });
    await socket.ready();
    const { last } = FakeSocket;
    return { on: (cmd, listener) => socket.on(cmd, listener), take: (text) => last.deliver(text) };
  },
};

let heard = 0;

/** Nanoseconds that a piece of work takes, of so many that make a batch. */
function cost(count: number, work: () => void): number {
  const times = Array.from({ length: batches }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / count;
  });
  return median(times);
}

/** Has so many listen, to one command or to one each; gives their undos. */
function crowd(system: System, many: number, cmd: (index: number) => string): (() => void)[] {
  return Array.from({ length: many }, (_, index) =>
    system.on(cmd(index), () => {
      heard += 1;
    }),
  );
}

const text = (cmd: string) => encode({ user: "ann", text: "hello", time: 1.7e12 }).replace("chat", cmd);

function amongCommands(system: System, many: number): number {
  const undos = crowd(system, many, (index) => `cmd-${index}`);
  // Strides, so that neighbours in the table are not neighbours in time.
  const texts = Array.from({ length: Math.min(many, batch) }, (_, index) => text(`cmd-${(index * 7919) % many}`));
  heard = 0;
  const time = cost(batch, () => {
    for (let index = 0; index < batch; index += 1) system.take(texts[index % texts.length]!);
  });
  if (heard !== batch * batches) throw new Error("Not every message was heard; see the systems in test/bench/programs/dispatch.ts.");
  for (const undo of undos) undo();
  return time;
}

function ofListeners(system: System, many: number): number {
  const undos = crowd(system, many, () => "crowd");
  const messages = Math.min(batch, calls / many);
  const said = text("crowd");
  heard = 0;
  const time = cost(messages * many, () => {
    for (let index = 0; index < messages; index += 1) system.take(said);
  });
  if (heard !== messages * many * batches) throw new Error("Not everybody heard; see the systems in test/bench/programs/dispatch.ts.");
  for (const undo of undos) undo();
  return time;
}

function undoAmong(system: System, many: number): number {
  const undos = crowd(system, many, () => "crowd");
  // One at a time, so that there are as many all along; and all of them together, for what is seldom done costs the more.
  const pairs = 200_000;
  const before = process.cpuUsage();
  for (let index = 0; index < pairs; index += 1)
    system.on("crowd", () => {
      heard += 1;
    })();
  const { user, system: kernel } = process.cpuUsage(before);
  for (const undo of undos) undo();
  return ((user + kernel) * 1000) / pairs;
}

function left(system: System): number {
  const many = 100_000;
  const heap = () => {
    globalThis.gc!();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  for (const undo of crowd(system, many, (index) => `left-${index}`)) undo();
  return (heap() - before) / many;
}

async function main(name: string): Promise<void> {
  const system = await systems[name]!();
  const each = (numbers: number[], work: (system: System, many: number) => number) =>
    Object.fromEntries(numbers.map((many) => [many, work(system, many)]));
  console.log(
    JSON.stringify({
      commands: each([1, 100, 10_000, 100_000], amongCommands),
      listeners: each([1, 100, 20_000], ofListeners),
      undo: each([100, 20_000], undoAmong),
      left: left(system),
    } satisfies Dispatching),
  );
  process.exit();
}

void main(process.argv[2]!);
