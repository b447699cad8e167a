import { describe, expectTypeOf, test } from "vitest";
import { WebSocket as WsWebSocket } from "ws";
import { z } from "zod";
import * as mini from "zod/mini";
import {
  type Channel,
  type Codec,
  defineProtocol,
  type DropReason,
  type InboundCommand,
  type InboundMessage,
  type InboundParam,
  type InputOf,
  type Issue,
  jsonCodec,
  type Message,
  type OutboundCommand,
  type OutboundMessage,
  type OutboundParam,
  type OutputOf,
  type Presence,
  type Protocol,
  rawCodec,
  type Schema,
  type SendResult,
  Socket,
  type SocketClose,
  SocketError,
  type SocketErrorCode,
  type SocketOptions,
  type SocketState,
  type Status,
  type Undo,
} from "../src/index";

// What is tested here is what `tsc --noEmit` says of it: nothing in `compiles` is ever run.
function compiles(_: () => unknown): void {}

const protocol = defineProtocol({
  inbound: {
    pong: z.object({ timestamp: z.number() }),
    chat: { param: z.object({ user: z.string(), text: z.string() }) },
    date: z.string().transform((text) => new Date(text)),
    bye: z.undefined(),
    small: mini.object({ x: mini.number() }),
  },
  outbound: {
    ping: z.object({}),
    chat: { param: z.object({ text: z.string().min(1) }) },
    count: z.string().transform(Number),
    page: z.object({ size: z.number().default(10) }),
    leave: z.undefined(),
    typing: z.boolean().optional(),
    anything: z.unknown(),
  },
});
type P = typeof protocol;

const socket = new Socket({ protocol, autoConnect: false });
const loose = new Socket({ autoConnect: false });

describe("a protocol", () => {
  test("names its commands", () => {
    expectTypeOf<InboundCommand<P>>().toEqualTypeOf<"pong" | "chat" | "date" | "bye" | "small">();
    expectTypeOf<OutboundCommand<P>>().toEqualTypeOf<"ping" | "chat" | "count" | "page" | "leave" | "typing" | "anything">();
  });

  test("gives listeners what schemas give, and send what they take", () => {
    expectTypeOf<InboundParam<P, "chat">>().toEqualTypeOf<{ user: string; text: string }>();
    expectTypeOf<InboundParam<P, "date">>().toEqualTypeOf<Date>();
    expectTypeOf<InboundParam<P, "bye">>().toEqualTypeOf<undefined>();
    expectTypeOf<InboundParam<P, "small">>().toEqualTypeOf<{ x: number }>();
    expectTypeOf<OutboundParam<P, "count">>().toEqualTypeOf<string>();
    expectTypeOf<OutboundParam<P, "page">>().toEqualTypeOf<{ size?: number | undefined }>();
    expectTypeOf<OutboundParam<P, "anything">>().toEqualTypeOf<unknown>();
  });

  test("takes any Standard Schema, and nothing else", () => {
    const own = {} as Schema<"in", "out">;
    expectTypeOf<InputOf<typeof own>>().toEqualTypeOf<"in">();
    expectTypeOf<OutputOf<typeof own>>().toEqualTypeOf<"out">();
    compiles(() => defineProtocol({ inbound: { own, wrapped: { param: own } }, outbound: {} }));
    // @ts-expect-error: a string is no schema
    compiles(() => defineProtocol({ inbound: { chat: "string" }, outbound: {} }));
    // @ts-expect-error: nor is an object without one
    compiles(() => defineProtocol({ inbound: {}, outbound: { chat: {} } }));
    // @ts-expect-error: a param must be a schema
    compiles(() => defineProtocol({ inbound: {}, outbound: { chat: { param: Number } } }));
    // @ts-expect-error: both directions are named
    compiles(() => defineProtocol({ inbound: {} }));
  });

  test("makes one message of each command", () => {
    expectTypeOf<InboundMessage<P, "date">>().toEqualTypeOf<Message<"date", Date>>();
    expectTypeOf<InboundMessage<P, "date" | "bye">>().toEqualTypeOf<Message<"date", Date> | Message<"bye", undefined>>();
    expectTypeOf<OutboundMessage<P, "count">>().toExtend<{ cmd: "count"; param: string; channel?: string }>();
  });
});

describe("send(cmd, param)", () => {
  test("takes what the schema takes", () => {
    compiles(() => socket.send("chat", { text: "hi" }));
    compiles(() => socket.send("count", "5"));
    compiles(() => socket.send("page", {}));
    expectTypeOf(socket.send("chat", { text: "hi" })).toEqualTypeOf<SendResult>();
    // @ts-expect-error: the schema takes a string, and gives a number
    compiles(() => socket.send("count", 5));
    // @ts-expect-error: a text is missing
    compiles(() => socket.send("chat", {}));
    // @ts-expect-error: there is more than the schema names
    compiles(() => socket.send("chat", { text: "hi", user: "me" }));
  });

  test("may be called without the param where undefined is allowed, and only there", () => {
    compiles(() => [socket.send("leave"), socket.send("leave", undefined), socket.send("typing"), socket.send("typing", true), socket.send("anything")]);
    // @ts-expect-error: chat needs a param
    compiles(() => socket.send("chat"));
    // @ts-expect-error: so does ping, though {} fits
    compiles(() => socket.send("ping"));
    // @ts-expect-error: leave takes none
    compiles(() => socket.send("leave", 1));
    // @ts-expect-error: there is no third argument
    compiles(() => socket.send("chat", { text: "hi" }, "lobby"));
  });

  test("takes the client's commands only", () => {
    // @ts-expect-error: the server says pong
    compiles(() => socket.send("pong", { timestamp: 1 }));
    // @ts-expect-error: nobody says nope
    compiles(() => socket.send("nope"));
  });
});

describe("send(cmd, param) with one of several commands", () => {
  test("takes a param that fits each of them", () => {
    const either = "chat" as "chat" | "count";
    // @ts-expect-error: fits one of them only
    compiles(() => socket.send(either, { text: "hi" }));
    // @ts-expect-error: fits the other only
    compiles(() => socket.send(either, "5"));
    const optional = "chat" as "chat" | "leave";
    // @ts-expect-error: one of them needs its param
    compiles(() => socket.send(optional));
  });
});

describe("send(message)", () => {
  test("takes what the schema takes, with or without a channel", () => {
    compiles(() => socket.send({ channel: "lobby", cmd: "chat", param: { text: "hi" } }));
    compiles(() => socket.send({ cmd: "count", param: "5" }));
    // @ts-expect-error: the schema takes a string
    compiles(() => socket.send({ cmd: "count", param: 5 }));
    // @ts-expect-error: the param of another command
    compiles(() => socket.send({ cmd: "chat", param: "5" }));
    // @ts-expect-error: a channel is a string
    compiles(() => socket.send({ channel: 1, cmd: "leave" }));
    // @ts-expect-error: nobody says nope
    compiles(() => socket.send({ cmd: "nope", param: 1 }));
    // @ts-expect-error: a command is missing
    compiles(() => socket.send({ param: 1 }));
    // @ts-expect-error: from is never sent
    compiles(() => socket.send({ cmd: "leave", from: "me" }));
  });

  test("may leave out the param where undefined is allowed, and only there", () => {
    compiles(() => [socket.send({ cmd: "leave" }), socket.send({ cmd: "typing", param: undefined })]);
    // @ts-expect-error: chat needs a param
    compiles(() => socket.send({ cmd: "chat" }));
    // @ts-expect-error: a message holds its param
    compiles(() => socket.send({ cmd: "chat" }, { text: "hi" }));
  });

  test("takes a message of the union", () => {
    const message = {} as OutboundMessage<P>;
    compiles(() => socket.send(message));
    // @ts-expect-error: a message of the server is none of ours
    compiles(() => socket.send({} as InboundMessage<P, "pong">));
  });
});

describe("listeners", () => {
  test("on infers param and message, and gives the undo", () => {
    const undo = socket.on("chat", (param, message) => {
      expectTypeOf(param).toEqualTypeOf<{ user: string; text: string }>();
      expectTypeOf(message).toEqualTypeOf<Message<"chat", { user: string; text: string }>>();
    });
    expectTypeOf(undo).toEqualTypeOf<Undo>();
    socket.on("date", (param) => expectTypeOf(param).toEqualTypeOf<Date>());
    compiles(() => socket.on("bye", () => {}));
    // @ts-expect-error: the schema gives a Date
    compiles(() => socket.on("date", (_: string) => {}));
    // @ts-expect-error: the client says ping
    compiles(() => socket.on("ping", () => {}));
    // @ts-expect-error: a listener is missing
    compiles(() => socket.on("chat"));
  });

  test("once and messages give messages", () => {
    expectTypeOf(socket.once<"date">).returns.resolves.toEqualTypeOf<Message<"date", Date>>();
    expectTypeOf(socket.messages("date")).toEqualTypeOf<AsyncIterableIterator<Message<"date", Date>>>();
    compiles(() => socket.once("date", { signal: new AbortController().signal }));
    compiles(() => socket.messages("date", { signal: new AbortController().signal, buffer: 1 }));
    compiles(async () => {
      for await (const { param } of socket.messages("small")) expectTypeOf(param).toEqualTypeOf<{ x: number }>();
    });
    // @ts-expect-error: nobody says nope
    compiles(() => socket.once("nope"));
    // @ts-expect-error: the client says ping
    compiles(() => socket.messages("ping"));
    // @ts-expect-error: a buffer is a number
    compiles(() => socket.messages("date", { buffer: "1" }));
  });

  test("onMessage gets a union that cmd narrows", () => {
    socket.onMessage((message) => {
      expectTypeOf(message).toEqualTypeOf<InboundMessage<P>>();
      if (message.cmd === "date") expectTypeOf(message.param).toEqualTypeOf<Date>();
      if (message.cmd === "pong") expectTypeOf(message.param).toEqualTypeOf<{ timestamp: number }>();
      // @ts-expect-error: no message has this command
      if (message.cmd === "nope") return;
    });
  });

  test("hear of the connection what they are told", () => {
    expectTypeOf(socket.onOpen).parameter(0).toEqualTypeOf<() => void>();
    expectTypeOf(socket.onError).parameter(0).toEqualTypeOf<(error: SocketError) => void>();
    expectTypeOf(socket.onClose).parameter(0).toEqualTypeOf<(close: SocketClose) => void>();
    expectTypeOf(socket.onStatus).parameter(0).toEqualTypeOf<(state: SocketState, previous: SocketState) => void>();
    expectTypeOf(socket.onDrop).parameter(0).toEqualTypeOf<(message: Message, reason: DropReason) => void>();
    for (const on of [socket.onOpen, socket.onError, socket.onClose, socket.onStatus, socket.onDrop, socket.onMessage]) {
      expectTypeOf(on).returns.toEqualTypeOf<Undo>();
    }
  });
});

describe("a channel", () => {
  const room = socket.channel("room");

  test("knows the protocol of its socket", () => {
    expectTypeOf(room).toEqualTypeOf<Channel<P>>();
    room.on("date", (param, message) => {
      expectTypeOf(param).toEqualTypeOf<Date>();
      expectTypeOf(message).toEqualTypeOf<Message<"date", Date>>();
    });
    expectTypeOf(room.once<"date">).returns.resolves.toEqualTypeOf<Message<"date", Date>>();
    expectTypeOf(room.messages("date")).toEqualTypeOf<AsyncIterableIterator<Message<"date", Date>>>();
    expectTypeOf(room.send("leave")).toEqualTypeOf<SendResult>();
    compiles(() => room.send("count", "5"));
    // @ts-expect-error: the schema takes a string
    compiles(() => room.send("count", 5));
    // @ts-expect-error: chat needs a param
    compiles(() => room.send("chat"));
    // @ts-expect-error: it sends in its own channel only
    compiles(() => room.send({ channel: "other", cmd: "leave" }));
    // @ts-expect-error: the client says ping
    compiles(() => room.on("ping", () => {}));
  });

  test("joins and leaves with any param, and tells who is here", () => {
    compiles(() => [room.join(), room.join({ ticket: 1 }), room.leave(), room.leave("bye")]);
    expectTypeOf(room.name).toEqualTypeOf<string>();
    expectTypeOf(room.members).toEqualTypeOf<readonly string[]>();
    expectTypeOf(room.onPresence).parameter(0).toEqualTypeOf<(members: readonly string[], presence: Presence | null) => void>();
    // @ts-expect-error: nobody outside says who is here
    compiles(() => room.members.push("me"));
    // @ts-expect-error: a channel has one name
    compiles(() => (room.name = "other"));
    // @ts-expect-error: a name is a string
    compiles(() => socket.channel(1));
  });
});

describe("a socket without a protocol", () => {
  test("takes every command, and gives unknown", () => {
    expectTypeOf(loose).toEqualTypeOf<Socket>();
    expectTypeOf<InboundParam<Protocol, string>>().toEqualTypeOf<unknown>();
    compiles(() => [loose.send("any"), loose.send("any", { x: 1 }), loose.send({ cmd: "any" }), loose.send({ channel: "a", cmd: "any", param: 1 })]);
    loose.on("any", (param, message) => {
      expectTypeOf(param).toEqualTypeOf<unknown>();
      expectTypeOf(message).toEqualTypeOf<Message<"any">>();
      // @ts-expect-error: unknown must be looked at first
      compiles(() => param.text);
    });
    loose.onMessage((message) => expectTypeOf(message).toEqualTypeOf<Message>());
    loose.channel("room").on("any", (param) => expectTypeOf(param).toEqualTypeOf<unknown>());
    expectTypeOf(loose.once<string>).returns.resolves.toEqualTypeOf<Message>();
    // @ts-expect-error: a command is a string
    compiles(() => loose.send(1));
    // @ts-expect-error: a command is missing
    compiles(() => loose.send({ param: 1 }));
  });
});

describe("the constructor", () => {
  test("infers the protocol from the options", () => {
    expectTypeOf(socket).toEqualTypeOf<Socket<P>>();
    compiles(() => new Socket({ protocol, onMessage: (message) => expectTypeOf(message).toEqualTypeOf<InboundMessage<P>>() }));
    expectTypeOf(() => new Socket()).returns.toEqualTypeOf<Socket>();
    expectTypeOf(() => new Socket({})).returns.toEqualTypeOf<Socket>();
    // @ts-expect-error: a plain object is no protocol
    compiles(() => new Socket({ protocol: {} }));
  });

  test("takes every option in each of its forms", () => {
    const { signal } = new AbortController();
    compiles(() => new Socket({ url: "/x", protocols: "a", debug: true, signal, backoff: { max: 1 }, queue: { overflow: "throw" } }));
    compiles(() => new Socket({ url: new URL("ws://x"), protocols: ["a"], debug: (line) => expectTypeOf(line).toEqualTypeOf<string>() }));
    compiles(() => new Socket({ url: ({ signal, attempt }) => `/x?${attempt}${signal.aborted}`, protocols: () => "a" }));
    compiles(() => new Socket({ url: async () => new URL("ws://x"), protocols: async () => ["a"], backoff: (attempt) => attempt * 10 }));
    compiles(() => [new Socket({ shouldReconnect: ({ code }) => code !== 1000 }), new Socket({ shouldReconnect: () => 100 }), new Socket({ shouldReconnect: () => undefined })]);
    compiles(() => new Socket({ rejoin: { join: "enter", leave: (channel, param) => ({ channel, cmd: "part", param }) } }));
    compiles(() => [new Socket({ codec: jsonCodec }), new Socket({ codec: rawCodec("line") })]);
    // @ts-expect-error: there is no such option
    compiles(() => new Socket({ uri: "/x" }));
    // @ts-expect-error: an address is a string or a URL
    compiles(() => new Socket({ url: 1 }));
    // @ts-expect-error: so is what the function gives
    compiles(() => new Socket({ url: async () => undefined }));
    // @ts-expect-error: there is no such policy
    compiles(() => new Socket({ queue: { overflow: "drop" } }));
    // @ts-expect-error: a time is a number
    compiles(() => new Socket({ closeTimeout: "3s" }));
    // @ts-expect-error: a message needs its channel
    compiles(() => new Socket({ rejoin: { join: () => ({ cmd: "enter", param: 1 }) } }));
    // @ts-expect-error: a codec goes both ways
    compiles(() => new Socket({ codec: { encode: () => "" } }));
  });

  test("takes the five positional arguments of Project Forge's client", () => {
    compiles(() => [new Socket(true), new Socket(false, () => {})]);
    compiles(() =>
      new Socket(
        true,
        () => {},
        (message) => expectTypeOf(message).toEqualTypeOf<Message>(),
        (...args) => expectTypeOf(args).toEqualTypeOf<[service: string, error: string]>(),
        "/connect",
      ),
    );
    expectTypeOf(() => new Socket(true)).returns.toEqualTypeOf<Socket>();
    // @ts-expect-error: the first argument is a boolean
    compiles(() => new Socket("/connect"));
    // @ts-expect-error: the address comes last
    compiles(() => new Socket(true, "/connect"));
    // @ts-expect-error: options stand alone
    compiles(() => new Socket({}, () => {}));
  });

  test("takes the WebSocket class of ws and of the DOM, and no other", () => {
    compiles(() => [new Socket({ WebSocket: WsWebSocket }), new Socket({ WebSocket: globalThis.WebSocket })]);
    compiles(() => new Socket({ WebSocket: class extends WsWebSocket {} }));
    // @ts-expect-error: a Date is no WebSocket
    compiles(() => new Socket({ WebSocket: Date }));
    // @ts-expect-error: an instance is no class
    compiles(() => new Socket({ WebSocket: {} as WebSocket }));
  });

  test("takes the listeners that its methods take", () => {
    type Given<Name extends keyof SocketOptions<P>> = NonNullable<SocketOptions<P>[Name]>;
    expectTypeOf<Given<"onOpen">>().toEqualTypeOf<Parameters<typeof socket.onOpen>[0]>();
    expectTypeOf<Given<"onMessage">>().toEqualTypeOf<Parameters<typeof socket.onMessage>[0]>();
    expectTypeOf<Given<"onError">>().toEqualTypeOf<Parameters<typeof socket.onError>[0]>();
    expectTypeOf<Given<"onClose">>().toEqualTypeOf<Parameters<typeof socket.onClose>[0]>();
    expectTypeOf<Given<"onStatus">>().toEqualTypeOf<Parameters<typeof socket.onStatus>[0]>();
    expectTypeOf<Given<"onDrop">>().toEqualTypeOf<Parameters<typeof socket.onDrop>[0]>();
  });

  test("takes options that are kept in a variable", () => {
    const options: SocketOptions<P> = { protocol };
    expectTypeOf(() => new Socket(options)).returns.toEqualTypeOf<Socket<P>>();
  });
});

describe("the rest of the surface", () => {
  test("has the types of its documentation", () => {
    expectTypeOf<Status>().toEqualTypeOf<"idle" | "connecting" | "open" | "reconnecting" | "closed">();
    expectTypeOf(socket.state).toEqualTypeOf<SocketState>();
    expectTypeOf(socket.state.status).toEqualTypeOf<Status>();
    expectTypeOf(socket.state.lastClose).toEqualTypeOf<SocketClose | null>();
    expectTypeOf(socket.state.lastError).toEqualTypeOf<SocketError | null>();
    expectTypeOf(socket.explain).toEqualTypeOf<() => string>();
    expectTypeOf(socket.connect).toEqualTypeOf<() => void>();
    expectTypeOf(socket.retryNow).toEqualTypeOf<() => void>();
    expectTypeOf(socket.close).toEqualTypeOf<(code?: number, reason?: string) => void>();
    expectTypeOf(socket.disconnect).toEqualTypeOf(socket.close);
    expectTypeOf(socket.ready).toEqualTypeOf<(options?: { signal?: AbortSignal }) => Promise<void>>();
    expectTypeOf(socket).toExtend<Disposable>();
    // @ts-expect-error: the state is replaced, and never written to
    compiles(() => (socket.state.status = "open"));
    // @ts-expect-error: nor is it set from outside
    compiles(() => (socket.state = socket.state));
    // @ts-expect-error: there is no such status
    compiles(() => socket.state.status === "connected");
  });

  test("has errors to switch on", () => {
    const error = {} as SocketError;
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.code).toEqualTypeOf<SocketErrorCode>();
    expectTypeOf(error.issues).toEqualTypeOf<readonly Issue[] | undefined>();
    // @ts-expect-error: there is no such code
    compiles(() => error.code === "oops");
    // @ts-expect-error: nor can one be made
    compiles(() => new SocketError("oops"));
  });

  test("has codecs that anybody may write", () => {
    const codec: Codec = { encode: ({ param }) => String(param), decode: () => undefined };
    expectTypeOf(jsonCodec).toEqualTypeOf<Codec>();
    expectTypeOf(rawCodec).toEqualTypeOf<(cmd?: string) => Codec>();
    compiles(() => new Socket({ codec }));
    // @ts-expect-error: a WebSocket sends no numbers
    compiles(() => ({ encode: () => 1, decode: () => undefined }) satisfies Codec);
  });
});
