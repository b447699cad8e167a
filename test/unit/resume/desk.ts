import { vi } from "vitest";
import { z } from "zod";
import { defineProtocol, Socket, type SocketOptions } from "../../../src/index";
import { FakeWebSocket, fake } from "../../harness/fake";

/** What the tests of `wireline/resume` speak: numbered items, and answers to joins. */
export const protocol = defineProtocol({
  inbound: {
    item: z.object({ seq: z.number(), text: z.string() }),
    joined: z.object({ epoch: z.string(), last: z.number(), recovered: z.boolean() }),
    note: z.object({ text: z.string() }),
    list: z.array(z.string()),
  },
  outbound: { list: { param: z.object({}), reply: "list" } },
});

/** The number of an item. */
export const id = ({ cmd, param }: { cmd: string; param: unknown }) => (cmd === "item" ? (param as { seq: number }).seq : undefined);

export type Protocol = typeof protocol;

/** A socket over a fake WebSocket, and what its server says. Times are fake. */
export class Desk {
  readonly socket: Socket<Protocol>;
  native!: FakeWebSocket;

  constructor(options: SocketOptions<Protocol> = {}) {
    FakeWebSocket.reset();
    this.socket = new Socket({
      url: "wss://server",
      protocol,
      WebSocket: fake,
      backoff: () => 1,
      environment: false,
      rejoin: { join: { cmd: "join", reply: "joined" } },
      onError: () => {},
      onDrop: () => {},
      ...options,
    });
  }

  /** The server accepts the next attempt. */
  async open(): Promise<void> {
    while (!FakeWebSocket.made.length || FakeWebSocket.last === this.native) await vi.advanceTimersByTimeAsync(1);
    this.native = FakeWebSocket.last.open();
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The connection is lost, for so many milliseconds. */
  async lose(time = 0): Promise<void> {
    this.native.ends(1006);
    await vi.advanceTimersByTimeAsync(time);
  }

  /** The server says something. */
  says(cmd: string, param: unknown, channel = "news"): void {
    this.native.says({ channel, cmd, param });
  }

  items(...numbers: number[]): void {
    for (const seq of numbers) this.says("item", { seq, text: `${seq}` });
  }

  answers(last: number, { epoch = "a", recovered = true } = {}): void {
    this.says("joined", { epoch, last, recovered });
  }

  /** The params of the joins that the server of this connection got. */
  get joins(): unknown[] {
    return this.native.sent
      .map((text) => JSON.parse(text as string) as { cmd: string; param: unknown })
      .filter(({ cmd }) => cmd === "join")
      .map(({ param }) => param);
  }
}
