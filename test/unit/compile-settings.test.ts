import { expect, test } from "vitest";
import { compile } from "../harness/compile";

// Programs that must compile whatever their settings are. `types.test.ts` compiles with those of this project alone.

const forwarding = `
  import { z } from "zod";
  import { type Channel, type ConfirmOptions, defineProtocol, type RequestOptions, type SendOptions, Socket, type SocketOptions } from "../src/index";
  const pong = z.object({ timestamp: z.number() });

  /** Every option of a type, forwarded by somebody who may not have it. */
  type Forwarded<T> = { [K in keyof T]-?: T[K] | undefined };

  declare const rules: { delivery: "drop" | undefined; reply: "pong" | undefined; ttl: number | undefined; key: (() => string) | undefined; match: undefined };
  const protocol = defineProtocol({ inbound: { pong }, outbound: { ping: { param: z.object({}), ...rules, reply: "pong" }, note: { param: z.string(), ...rules } } });
  type P = typeof protocol;

  export const make = (options: Forwarded<SocketOptions<P>>) => new Socket<P>(options);
  export const partly = (min: number | undefined, cmd: string | undefined, ttl: number | undefined) =>
    new Socket({
      backoff: { min, max: min, factor: min },
      queue: { max: ttl, ttl, overflow: undefined },
      heartbeat: { cmd: "ping", param: undefined, reply: cmd, interval: ttl, timeout: ttl },
      rejoin: { join: cmd, leave: cmd },
    });
  export const positional = (url: string | undefined) => new Socket(true, undefined, undefined, undefined, url);
  export const send = (socket: Socket<P>, options: Forwarded<SendOptions<P, "ping">>) => socket.send("ping", {}, options);
  export const request = (socket: Socket<P>, options: Forwarded<RequestOptions<P, "ping", "pong">>) => socket.request("ping", {}, options);
  export const inRoom = (room: Channel<P>, options: Forwarded<Omit<RequestOptions<P, "ping", "pong">, "channel">>) => room.request("ping", {}, options);
  export const confirm = (options: Forwarded<ConfirmOptions<P, "ping", "pong">>): ConfirmOptions<P, "ping", "pong"> => options;
  export const message = (socket: Socket<P>, channel: string | undefined) => socket.send({ channel, cmd: "ping", param: {} });
  export const wait = (socket: Socket<P>, signal: AbortSignal | undefined, buffer: number | undefined) => [
    socket.ready({ signal }),
    socket.drained({ signal }),
    socket.once("pong", { signal }),
    socket.messages("pong", { signal, buffer }),
    socket.channel("room").once("pong", { signal }),
    socket.channel("room").messages("pong", { signal, buffer }),
  ];
`;

const classes = `
  import { WebSocket as MockSocket } from "mock-socket";
  import { WebSocket as Undici } from "undici";
  import { WebSocket as Ws } from "ws";
  import { Socket } from "../src/index";
  export const sockets = [new Socket({ WebSocket: MockSocket }), new Socket({ WebSocket: Undici }), new Socket({ WebSocket: Ws })];
  // @ts-expect-error: an instance is no class
  new Socket({ WebSocket: {} as Ws });
  // @ts-expect-error: a Date is no WebSocket
  new Socket({ WebSocket: Date });
`;

const globalClass = `
  import { Socket } from "../src/index";
  export const socket = new Socket({ WebSocket });
`;

// Each is compiled once, for that takes seconds.
const exact = { exactOptionalPropertyTypes: true, types: ["node"] };
const [forwarded, ...page] = compile([forwarding, classes, globalClass], exact);
const server = compile([classes, globalClass], { ...exact, lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"] });

test("options may be forwarded as undefined under exactOptionalPropertyTypes", () => {
  expect(forwarded).toEqual([]);
});

test.each([
  ["with the DOM's types", page],
  ["with Node's types alone", server],
])("the WebSocket classes of ws, undici, mock-socket and the runtime fit %s", (_, found) => {
  expect(found).toEqual([[], []]);
});
