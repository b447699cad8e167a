import { onTestFinished } from "vitest";
import * as z from "zod";
import { defineProtocol, Socket, type SocketOptions } from "../../../src/index";
import { type MockServerOptions, mockServer, watch } from "../../../src/testing/index";

/** What the tests of the mock server speak. */
export const protocol = defineProtocol({
  inbound: {
    chat: z.object({ user: z.string(), text: z.string() }),
    saved: z.object({ id: z.number() }),
    pong: z.object({}),
    joined: z.unknown(),
    "join-refused": z.unknown(),
  },
  outbound: {
    chat: z.object({ text: z.string().min(1) }),
    ping: { param: z.object({}), reply: "pong" },
    note: { param: z.object({ id: z.number() }), reply: "saved", delivery: "confirm", match: (note, saved) => note.id === saved.id },
    seen: z.object({ at: z.coerce.date() }),
  },
});

/** A mock server, and what connects to it; both end with the test. */
export function start(options?: MockServerOptions<typeof protocol>) {
  const server = mockServer(protocol, options);
  onTestFinished(() => server.end());
  const connect = (more: SocketOptions<typeof protocol> = {}) => {
    const socket = new Socket({ ...server.options, onError: () => {}, onDrop: () => {}, ...more });
    onTestFinished(() => socket.close());
    const log = watch(socket);
    return { socket, log };
  };
  const open = async (more?: SocketOptions<typeof protocol>) => {
    const { socket, log } = connect(more);
    await socket.ready();
    return { socket, log };
  };
  return { server, connect, open };
}
