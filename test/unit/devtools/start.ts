import { setImmediate as turn } from "node:timers/promises";
import { onTestFinished, vi } from "vitest";
import * as z from "zod";
import { defineProtocol, Socket, type SocketOptions } from "../../../src/index";
import { faults, inspect, type InspectOptions } from "../../../src/devtools/index";
import { FakeWebSocket, fake } from "../../harness/fake";

/** What the tests of the inspector speak. */
export const protocol = defineProtocol({
  inbound: { chat: z.object({ user: z.string(), text: z.string() }), saved: z.object({ id: z.number() }) },
  outbound: {
    chat: z.object({ text: z.string().min(1) }),
    note: { param: z.object({ id: z.number() }), reply: "saved", delivery: "confirm", match: (note, saved) => note.id === saved.id },
  },
});

/** A socket that is inspected before anything happens to it, over fakes and faults. */
export async function start({ socket: socketOptions, ...options }: InspectOptions & { socket?: SocketOptions<typeof protocol> } = {}) {
  const link = faults({ WebSocket: fake });
  const made = FakeWebSocket.next();
  const socket = new Socket({
    ...{ url: "wss://server/x?token=secret", channel: "lobby", protocol, autoConnect: false, backoff: () => 1 },
    ...link.options,
    ...socketOptions,
  });
  socket.onError(() => {});
  socket.onDrop(() => {});
  const inspection = inspect(socket, { name: "chat", protocol, faults: link, ...options });
  onTestFinished(() => {
    inspection.stop();
    socket.close();
    FakeWebSocket.reset();
    vi.restoreAllMocks();
  });
  socket.connect();
  return { socket, inspection, link, native: await made };
}

/** Resolves when all microtasks, and tasks that are due, have run. */
export const settled = (): Promise<void> => turn();
