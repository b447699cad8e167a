import { describe, expectTypeOf, test } from "vitest";
import { WebSocket as WsWebSocket } from "ws";
import { z } from "zod";
import * as mini from "zod/mini";
import {
  type Attempt,
  type Authentication,
  type Channel,
  type Codec,
  type ConfirmOptions,
  defineProtocol,
  type Delivery,
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
  type OpenEvent,
  type PresenceChange,
  type Protocol,
  rawCodec,
  type ReplyCommand,
  type RequestCommand,
  type RequestOptions,
  type Schema,
  type SendOptions,
  type SendResult,
  Socket,
  type SocketClose,
  SocketError,
  type SocketErrorCode,
  type SocketOptions,
  type SocketState,
  type Status,
  type Unsubscribe,
  type Validate,
} from "../../src/index";

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

const inbound = {
  pong: z.object({ timestamp: z.number() }),
  saved: { param: z.string().transform(Number) },
};

/** Commands with rules. Their params are what they are not before their schemas have transformed them. */
const ruled = defineProtocol({
  inbound,
  outbound: {
    ping: { param: z.object({}), reply: "pong" },
    save: {
      param: z.object({ id: z.string().transform(Number) }),
      delivery: "confirm",
      reply: "saved",
      ttl: 1_000,
      match: (sent, reply) => {
        expectTypeOf(sent).toEqualTypeOf<{ id: number }>();
        expectTypeOf(reply).toEqualTypeOf<number>();
        return sent.id === reply;
      },
    },
    at: {
      param: z.string().transform((text) => new Date(text)),
      delivery: "latest",
      key: (param) => {
        expectTypeOf(param).toEqualTypeOf<Date>();
        return param.getTime();
      },
    },
    nudge: { param: z.boolean().optional(), delivery: "drop", reply: "pong" },
    plain: z.string(),
  },
});
type R = typeof ruled;

const socket = new Socket({ protocol, autoConnect: false });
const asking = new Socket({ protocol: ruled, autoConnect: false });
const loose = new Socket({ autoConnect: false });

describe("a protocol", () => {
  test("names its commands", () => {
    expectTypeOf<InboundCommand<P>>().toEqualTypeOf<"pong" | "chat" | "date" | "bye" | "small">();
    expectTypeOf<OutboundCommand<P>>().toEqualTypeOf<"ping" | "chat" | "count" | "page" | "leave" | "typing" | "anything">();
  });

  test("passes schema outputs to listeners, and accepts schema inputs in send", () => {
    expectTypeOf<InboundParam<P, "chat">>().toEqualTypeOf<{ user: string; text: string }>();
    expectTypeOf<InboundParam<P, "date">>().toEqualTypeOf<Date>();
    expectTypeOf<InboundParam<P, "bye">>().toEqualTypeOf<undefined>();
    expectTypeOf<InboundParam<P, "small">>().toEqualTypeOf<{ x: number }>();
    expectTypeOf<OutboundParam<P, "count">>().toEqualTypeOf<string>();
    expectTypeOf<OutboundParam<P, "page">>().toEqualTypeOf<{ size?: number | undefined }>();
    expectTypeOf<OutboundParam<P, "anything">>().toEqualTypeOf<unknown>();
  });

  test("accepts any Standard Schema, and nothing else", () => {
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

  test("has one message type for each command", () => {
    expectTypeOf<InboundMessage<P, "date">>().toEqualTypeOf<Message<"date", Date>>();
    expectTypeOf<InboundMessage<P, "date" | "bye">>().toEqualTypeOf<Message<"date", Date> | Message<"bye", undefined>>();
    expectTypeOf<OutboundMessage<P, "count">>().toExtend<{ cmd: "count"; param: string; channel?: string }>();
  });
});

describe("the rules of a command", () => {
  test("are kept in the protocol as written", () => {
    expectTypeOf<OutboundCommand<R>>().toEqualTypeOf<"ping" | "save" | "at" | "nudge" | "plain">();
    expectTypeOf<OutboundParam<R, "save">>().toEqualTypeOf<{ id: string }>();
    expectTypeOf(ruled.outbound.save.reply).toEqualTypeOf<"saved">();
    expectTypeOf(ruled.outbound.at.delivery).toEqualTypeOf<"latest">();
    expectTypeOf<RequestCommand<R>>().toEqualTypeOf<"ping" | "save" | "nudge">();
    expectTypeOf<ReplyCommand<R, "save">>().toEqualTypeOf<"saved">();
    expectTypeOf<ReplyCommand<R, "plain">>().toEqualTypeOf<never>();
    expectTypeOf<RequestCommand<P>>().toEqualTypeOf<never>();
  });

  test("may each be missing", () => {
    for (const delivery of ["queue", "drop", "latest"] as const) {
      compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), delivery } } }));
    }
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string() } } }));
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), ttl: Infinity } } }));
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), key: (param) => param } } }));
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), reply: "saved" } } }));
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), reply: "saved", match: () => true } } }));
  });

  test("may be undefined, as if they were missing", () => {
    const nothing = { delivery: undefined, ttl: undefined, key: undefined, reply: undefined };
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), ...nothing } } }));
  });

  test("accept schemas of any library", () => {
    const own = {} as Schema<string, number>;
    compiles(() => {
      defineProtocol({
        inbound: { date: mini.date() },
        outbound: {
          own: {
            param: own,
            delivery: "latest",
            key: (param) => {
              expectTypeOf(param).toEqualTypeOf<number>();
              return param;
            },
          },
          mini: {
            param: mini.object({ id: mini.optional(mini.string()) }),
            reply: "date",
            match: (sent, reply) => {
              expectTypeOf(sent).toEqualTypeOf<{ id?: string | undefined }>();
              expectTypeOf(reply).toEqualTypeOf<Date>();
              return true;
            },
          },
        },
      });
    });
  });

  test("need a schema", () => {
    // @ts-expect-error: there is no param
    compiles(() => defineProtocol({ inbound, outbound: { x: { delivery: "drop" } } }));
    // @ts-expect-error: a class is no schema
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: Number, delivery: "drop" } } }));
  });

  test("are the known ones", () => {
    // @ts-expect-error: misspelt
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), delivry: "drop" } } }));
    // @ts-expect-error: there is no such delivery
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), delivery: "later" } } }));
    // @ts-expect-error: a time is a number
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), ttl: "1s" } } }));
  });

  test("name a reply that the server may send", () => {
    // @ts-expect-error: nobody says nope
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), reply: "nope" } } }));
    // @ts-expect-error: the client says x
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), reply: "x" } } }));
    // @ts-expect-error: what is any command is none in particular
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), reply: "pong" as string } } }));
  });

  test("need a reply for confirm, and for match", () => {
    // @ts-expect-error: nothing confirms it
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), delivery: "confirm" } } }));
    // @ts-expect-error: nothing can match
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), match: () => true } } }));
    // Which delivery it is must be known where it is written.
    // @ts-expect-error: it may be confirm
    compiles(() => defineProtocol({ inbound, outbound: { x: { param: z.string(), delivery: "queue" as Delivery } } }));
  });

  test("have a key of the schema's output, as a string or a number", () => {
    const param = z.string().transform((text) => new Date(text));
    // @ts-expect-error: the schema takes a string, and gives a Date
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, key: (it: string) => it } } }));
    // @ts-expect-error: a Date has no such member
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, key: (it) => it.length } } }));
    // @ts-expect-error: a Date is no key
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, key: (it) => it } } }));
  });

  test("match the outputs of both schemas", () => {
    const param = z.string().transform((text) => new Date(text));
    // @ts-expect-error: the schema takes a string, and gives a Date
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, reply: "saved", match: (sent: string) => !!sent } } }));
    // @ts-expect-error: the reply is a number
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, reply: "saved", match: (_, reply) => reply.timestamp > 0 } } }));
    // @ts-expect-error: that is a string, neither true nor false
    compiles(() => defineProtocol({ inbound, outbound: { x: { param, reply: "saved", match: () => "yes" } } }));
  });
});

describe("send(cmd, param)", () => {
  test("accepts what the schema accepts", () => {
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

  test("may omit the param where undefined is allowed, and only there", () => {
    compiles(() => [
      socket.send("leave"),
      socket.send("leave", undefined),
      socket.send("typing"),
      socket.send("typing", true),
      socket.send("anything"),
    ]);
    // @ts-expect-error: chat needs a param
    compiles(() => socket.send("chat"));
    // @ts-expect-error: so does ping, though {} fits
    compiles(() => socket.send("ping"));
    // @ts-expect-error: leave takes none
    compiles(() => socket.send("leave", 1));
    // @ts-expect-error: a channel is no options
    compiles(() => socket.send("chat", { text: "hi" }, "lobby"));
  });

  test("accepts only outbound commands", () => {
    // @ts-expect-error: the server says pong
    compiles(() => socket.send("pong", { timestamp: 1 }));
    // @ts-expect-error: nobody says nope
    compiles(() => socket.send("nope"));
  });
});

describe("send(cmd, param) with one of several commands", () => {
  test("accepts a param that fits each of them", () => {
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
  test("accepts what the schema accepts, with or without a channel", () => {
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

  test("may omit the param where undefined is allowed, and only there", () => {
    compiles(() => [socket.send({ cmd: "leave" }), socket.send({ cmd: "typing", param: undefined })]);
    // @ts-expect-error: chat needs a param
    compiles(() => socket.send({ cmd: "chat" }));
    // @ts-expect-error: a message holds its param
    compiles(() => socket.send({ cmd: "chat" }, { text: "hi" }));
    // @ts-expect-error: a param is no options
    compiles(() => socket.send({ cmd: "chat", param: { text: "hi" } }, { text: "hi" }));
  });

  test("accepts a message of the union", () => {
    const message = {} as OutboundMessage<P>;
    compiles(() => socket.send(message));
    // @ts-expect-error: a message of the server is none of ours
    compiles(() => socket.send({} as InboundMessage<P, "pong">));
  });
});

describe("the options of one message", () => {
  test("follow its param", () => {
    compiles(() => asking.send("plain", "x", { delivery: "latest", ttl: 5, key: "k" }));
    compiles(() => asking.send("plain", "x", { delivery: "confirm", reply: "saved" }));
    compiles(() => asking.send("nudge", undefined, { delivery: "drop" }));
    compiles(() => asking.channel("room").send("plain", "x", { delivery: "latest", key: 1 }));
    compiles(() => loose.send("any", 1, { delivery: "confirm", reply: "any" }));
    expectTypeOf(asking.send("at", "now")).toEqualTypeOf<"sent" | "queued" | "replaced" | "dropped">();
    // @ts-expect-error: there is no such delivery
    compiles(() => asking.send("plain", "x", { delivery: "later" }));
    // @ts-expect-error: a time is a number
    compiles(() => asking.send("plain", "x", { ttl: "1s" }));
    // @ts-expect-error: a message is sent, and nothing waits for it
    compiles(() => asking.send("plain", "x", { timeout: 1 }));
    // @ts-expect-error: a key is a string or a number; only that of a protocol is a function
    compiles(() => asking.send("plain", "x", { key: () => "k" }));
    // @ts-expect-error: the server does not say ping
    compiles(() => asking.send("plain", "x", { delivery: "confirm", reply: "ping" }));
    // @ts-expect-error: nor does a channel know others
    compiles(() => asking.channel("room").send("plain", "x", { delivery: "later" }));
    // @ts-expect-error: options do not stand for a param
    compiles(() => asking.send("nudge", { delivery: "drop" }));
    // @ts-expect-error: there is no fourth argument
    compiles(() => asking.send("plain", "x", {}, {}));
  });

  test("follow a message", () => {
    compiles(() => asking.send({ cmd: "plain", param: "x" }, { delivery: "latest", ttl: 5, key: 1 }));
    compiles(() => asking.send({ channel: "room", cmd: "nudge" }, { delivery: "drop" }));
    // @ts-expect-error: there is no such delivery
    compiles(() => asking.send({ cmd: "plain", param: "x" }, { delivery: "later" }));
    // @ts-expect-error: how it is sent is no part of a message
    compiles(() => asking.send({ cmd: "plain", param: "x", delivery: "drop" }));
  });

  test("may match by the outputs of the schemas", () => {
    compiles(() =>
      asking.send(
        "save",
        { id: "1" },
        {
          reply: "pong",
          match: (_, reply) => {
            expectTypeOf(reply).toEqualTypeOf<{ timestamp: number }>();
            return true;
          },
        },
      ),
    );
    compiles(() =>
      asking.send(
        "save",
        { id: "1" },
        {
          match: (sent, reply) => {
            expectTypeOf(sent).toEqualTypeOf<{ id: number }>();
            expectTypeOf(reply).toEqualTypeOf<number>();
            return true;
          },
        },
      ),
    );
    // @ts-expect-error: the schema takes a string, and gives a number
    compiles(() => asking.send("save", { id: "1" }, { match: (sent) => sent.id === "1" }));
    expectTypeOf<Parameters<NonNullable<SendOptions["match"]>>>().toEqualTypeOf<[sent: unknown, reply: unknown]>();
  });
});

describe("request", () => {
  test("resolves with the param of the reply that the protocol names", () => {
    compiles(() => {
      expectTypeOf(asking.request("ping", {})).toEqualTypeOf<Promise<{ timestamp: number }>>();
      expectTypeOf(asking.request("save", { id: "1" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(asking.request("nudge")).toEqualTypeOf<Promise<{ timestamp: number }>>();
      expectTypeOf(asking.channel("room").request("save", { id: "1" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(asking.channel("room").request("nudge")).toEqualTypeOf<Promise<{ timestamp: number }>>();
    });
    // @ts-expect-error: the schema takes a string
    compiles(() => asking.request("save", { id: 1 }));
    // @ts-expect-error: ping needs its param
    compiles(() => asking.request("ping"));
    // @ts-expect-error: nobody says nope
    compiles(() => asking.request("nope", 1));
    // @ts-expect-error: the server says pong
    compiles(() => asking.request("pong", { timestamp: 1 }));
    // @ts-expect-error: a message is sent, and not asked
    compiles(() => asking.request({ cmd: "ping", param: {} }));
  });

  test("needs a reply where the protocol names none", () => {
    compiles(() => {
      expectTypeOf(asking.request("plain", "x", { reply: "saved" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(asking.channel("room").request("plain", "x", { reply: "pong" })).toEqualTypeOf<Promise<{ timestamp: number }>>();
    });
    // @ts-expect-error: none is named
    compiles(() => asking.request("plain", "x"));
    // @ts-expect-error: none is named
    compiles(() => asking.request("plain", "x", { timeout: 1 }));
    // @ts-expect-error: none is named
    compiles(() => asking.channel("room").request("plain", "x", {}));
    // @ts-expect-error: nobody says nope
    compiles(() => asking.request("plain", "x", { reply: "nope" }));
    // @ts-expect-error: the param comes first
    compiles(() => asking.request("plain", { reply: "saved" }));
    // @ts-expect-error: the param must fit
    compiles(() => asking.request("plain", 5, { reply: "saved" }));
    // @ts-expect-error: none of this protocol's names one
    compiles(() => socket.request("chat", { text: "hi" }));
    compiles(() => expectTypeOf(socket.request("chat", { text: "hi" }, { reply: "date" })).toEqualTypeOf<Promise<Date>>());
  });

  test("accepts another reply than the protocol's", () => {
    compiles(() => expectTypeOf(asking.request("save", { id: "1" }, { reply: "pong" })).toEqualTypeOf<Promise<{ timestamp: number }>>());
  });

  test("accepts its options, each of its type", () => {
    const { signal } = new AbortController();
    compiles(() => asking.request("ping", {}, { channel: "room", signal, timeout: 1, reply: "pong", match: () => true }));
    compiles(() => asking.request("nudge", undefined, { signal }));
    expectTypeOf<RequestOptions<R, "save", "saved">>().toEqualTypeOf<{
      channel?: string;
      signal?: AbortSignal;
      timeout?: number;
      reply?: "saved";
      match?(sent: { id: number }, reply: number): boolean;
    }>();
    // @ts-expect-error: a time is a number
    compiles(() => asking.request("ping", {}, { timeout: "1s" }));
    // @ts-expect-error: a signal is no controller
    compiles(() => asking.request("ping", {}, { signal: new AbortController() }));
    // @ts-expect-error: a request waits for its timeout, and is not sent again
    compiles(() => asking.request("ping", {}, { ttl: 1 }));
    // @ts-expect-error: nor is it delivered in another way
    compiles(() => asking.request("ping", {}, { delivery: "confirm" }));
    // @ts-expect-error: a channel asks in its own only
    compiles(() => asking.channel("room").request("ping", {}, { channel: "other" }));
    // @ts-expect-error: there, too
    compiles(() => asking.channel("room").request("plain", "x", { reply: "saved", channel: "other" }));
  });

  test("matches the outputs of the schemas: of the request, and of the awaited reply", () => {
    compiles(() =>
      asking.request(
        "save",
        { id: "1" },
        {
          match: (sent, reply) => {
            expectTypeOf(sent).toEqualTypeOf<{ id: number }>();
            expectTypeOf(reply).toEqualTypeOf<number>();
            return true;
          },
        },
      ),
    );
    compiles(() =>
      asking.channel("room").request("at", "now", {
        reply: "pong",
        match: (sent, reply) => {
          expectTypeOf(sent).toEqualTypeOf<Date>();
          expectTypeOf(reply).toEqualTypeOf<{ timestamp: number }>();
          return true;
        },
      }),
    );
    // @ts-expect-error: the reply is a number
    compiles(() => asking.request("save", { id: "1" }, { match: (_, reply) => reply.timestamp === 1 }));
    // @ts-expect-error: that is a number, neither true nor false
    compiles(() => asking.request("save", { id: "1" }, { match: (_, reply) => reply }));
  });
});

describe("confirm", () => {
  test("resolves with the param of the reply that the protocol or the options name", () => {
    compiles(() => {
      expectTypeOf(asking.confirm("save", { id: "1" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(asking.confirm("ping", {})).toEqualTypeOf<Promise<{ timestamp: number }>>();
      expectTypeOf(asking.confirm("nudge")).toEqualTypeOf<Promise<{ timestamp: number }>>();
      expectTypeOf(asking.confirm("plain", "x", { reply: "saved" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(asking.channel("room").confirm("save", { id: "1" })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(loose.confirm("any", 1, { reply: "other" })).toEqualTypeOf<Promise<unknown>>();
    });
    // @ts-expect-error: none is named
    compiles(() => asking.confirm("plain", "x"));
    // @ts-expect-error: nor here
    compiles(() => loose.confirm("any", 1));
    // @ts-expect-error: the schema takes a string
    compiles(() => asking.confirm("save", { id: 1 }));
    // @ts-expect-error: nobody says nope
    compiles(() => asking.confirm("nope", 1));
  });

  test("accepts its options, each of its type", () => {
    const { signal } = new AbortController();
    compiles(() => asking.confirm("ping", {}, { channel: "room", signal, ttl: 1, reply: "pong", match: () => true }));
    expectTypeOf<ConfirmOptions<R, "save", "saved">>().toEqualTypeOf<{
      channel?: string;
      signal?: AbortSignal;
      ttl?: number;
      reply?: "saved";
      match?(sent: { id: number }, reply: number): boolean;
    }>();
    // @ts-expect-error: it is kept for its ttl, and has no timeout
    compiles(() => asking.confirm("ping", {}, { timeout: 1 }));
    // @ts-expect-error: its delivery is confirm
    compiles(() => asking.confirm("ping", {}, { delivery: "latest" }));
    // @ts-expect-error: a channel confirms in its own only
    compiles(() => asking.channel("room").confirm("ping", {}, { channel: "other" }));
  });
});

describe("listeners", () => {
  test("on infers param and message, and returns the unsubscribe function", () => {
    const unsubscribe = socket.on("chat", (param, message) => {
      expectTypeOf(param).toEqualTypeOf<{ user: string; text: string }>();
      expectTypeOf(message).toEqualTypeOf<Message<"chat", { user: string; text: string }>>();
    });
    expectTypeOf(unsubscribe).toEqualTypeOf<Unsubscribe>();
    socket.on("date", (param) => expectTypeOf(param).toEqualTypeOf<Date>());
    compiles(() => socket.on("bye", () => {}));
    // @ts-expect-error: the schema gives a Date
    compiles(() => socket.on("date", (_: string) => {}));
    // @ts-expect-error: the client says ping
    compiles(() => socket.on("ping", () => {}));
    // @ts-expect-error: a listener is missing
    compiles(() => socket.on("chat"));
  });

  test("once and messages deliver messages", () => {
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

  test("onMessage receives a union that cmd narrows", () => {
    socket.onMessage((message) => {
      expectTypeOf(message).toEqualTypeOf<InboundMessage<P>>();
      if (message.cmd === "date") expectTypeOf(message.param).toEqualTypeOf<Date>();
      if (message.cmd === "pong") expectTypeOf(message.param).toEqualTypeOf<{ timestamp: number }>();
      // @ts-expect-error: no message has this command
      if (message.cmd === "nope") return;
    });
  });

  test("of the connection receive their events", () => {
    expectTypeOf(socket.onOpen).parameter(0).toEqualTypeOf<(event: OpenEvent) => void>();
    expectTypeOf<OpenEvent>().toEqualTypeOf<{ readonly reconnected: boolean; readonly downFor: number; readonly attempt: number }>();
    compiles(() => socket.onOpen(() => {}));
    expectTypeOf(socket.onError).parameter(0).toEqualTypeOf<(error: SocketError) => void>();
    expectTypeOf(socket.onClose).parameter(0).toEqualTypeOf<(close: SocketClose) => void>();
    expectTypeOf(socket.onStatus).parameter(0).toEqualTypeOf<(state: SocketState, previous: SocketState) => void>();
    expectTypeOf(socket.onDrop).parameter(0).toEqualTypeOf<(message: Message, reason: DropReason) => void>();
    for (const on of [socket.onOpen, socket.onError, socket.onClose, socket.onStatus, socket.onDrop, socket.onMessage]) {
      expectTypeOf(on).returns.toEqualTypeOf<Unsubscribe>();
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
    compiles(() => [room.send("count", "5"), room.send({ cmd: "count", param: "5" })]);
    // @ts-expect-error: the schema takes a string
    compiles(() => room.send("count", 5));
    // @ts-expect-error: chat needs a param
    compiles(() => room.send("chat"));
    // @ts-expect-error: it sends in its own channel only
    compiles(() => room.send({ channel: "other", cmd: "leave" }));
    // @ts-expect-error: the client says ping
    compiles(() => room.on("ping", () => {}));
  });

  test("joins and leaves with any param, and says who is present", () => {
    compiles(() => [room.join(), room.join({ ticket: 1 }), room.leave(), room.leave("bye")]);
    expectTypeOf(room.name).toEqualTypeOf<string>();
    expectTypeOf(room.members).toEqualTypeOf<ReadonlyMap<string, unknown>>();
    expectTypeOf(room.onPresence).parameter(0).toEqualTypeOf<(change: PresenceChange) => void>();
    expectTypeOf<PresenceChange>().toEqualTypeOf<{
      readonly members: ReadonlyMap<string, unknown>;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }>();
    // @ts-expect-error: nobody outside says who is here
    compiles(() => room.members.set("me", {}));
    // @ts-expect-error: a channel has one name
    compiles(() => (room.name = "other"));
    // @ts-expect-error: a name is a string
    compiles(() => socket.channel(1));
  });
});

describe("a socket without a protocol", () => {
  test("accepts every command, and delivers unknown", () => {
    expectTypeOf(loose).toEqualTypeOf<Socket>();
    expectTypeOf<InboundParam<Protocol, string>>().toEqualTypeOf<unknown>();
    compiles(() => [
      loose.send("any"),
      loose.send("any", { x: 1 }),
      loose.send({ cmd: "any" }),
      loose.send({ channel: "a", cmd: "any", param: 1 }),
    ]);
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

  test("names the reply of each request, and resolves with unknown", () => {
    compiles(() => expectTypeOf(loose.request("any", 1, { reply: "other" })).toEqualTypeOf<Promise<unknown>>());
    compiles(() => expectTypeOf(loose.channel("room").request("any", {}, { reply: "other" })).toEqualTypeOf<Promise<unknown>>());
    compiles(() =>
      loose.request("any", 1, {
        reply: "other",
        match: (sent, reply) => {
          expectTypeOf(sent).toEqualTypeOf<unknown>();
          expectTypeOf(reply).toEqualTypeOf<unknown>();
          return sent === reply;
        },
      }),
    );
    // @ts-expect-error: nothing says what answers
    compiles(() => loose.request("any"));
    // @ts-expect-error: nor here
    compiles(() => loose.request("any", 1, { timeout: 1 }));
    // @ts-expect-error: nor in a channel
    compiles(() => loose.channel("room").request("any", 1));
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

  test("accepts every option in each of its forms", () => {
    const { signal } = new AbortController();
    compiles(() => new Socket({ url: "/x", protocols: "a", debug: true, signal, backoff: { max: 1 }, queue: { overflow: "throw" } }));
    compiles(() => new Socket({ url: new URL("ws://x"), protocols: ["a"], debug: (line) => expectTypeOf(line).toEqualTypeOf<string>() }));
    compiles(() => new Socket({ url: ({ signal, attempt }) => `/x?${attempt}${signal.aborted}`, protocols: () => "a" }));
    compiles(() => new Socket({ url: async () => new URL("ws://x"), protocols: async () => ["a"], backoff: (attempt) => attempt * 10 }));
    compiles(() => [
      new Socket({ shouldReconnect: ({ code }) => code !== 1000 }),
      new Socket({ shouldReconnect: () => 100 }),
      new Socket({ shouldReconnect: () => undefined }),
    ]);
    compiles(() => new Socket({ rejoin: { join: { cmd: "enter", reply: "entered", refused: (reply: { ok: boolean }) => !reply.ok } } }));
    compiles(
      () => new Socket({ presence: { list: "members", readList: (ids: string[]) => ids.map((id) => [id, id] as const), ask: "who" } }),
    );
    compiles(() => new Socket({ protocol, rejoin: { join: { cmd: "enter", reply: "pong" } } }));
    // @ts-expect-error: the protocol has no such inbound command
    compiles(() => new Socket({ protocol, rejoin: { join: { cmd: "enter", reply: "pongg" } } }));
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

  test("needs nothing more for a protocol whose messages are confirmed", () => {
    const confirm = defineProtocol({ inbound, outbound: { x: { param: z.string(), delivery: "confirm", reply: "saved" }, y: z.string() } });
    expectTypeOf(() => new Socket({ protocol: confirm })).returns.toEqualTypeOf<Socket<typeof confirm>>();
    // @ts-expect-error: there is no part to pass
    compiles(() => new Socket({ protocol: confirm, deliveries: class {} }));
  });

  test("can be passed on by a function of any protocol", () => {
    function make<P extends Protocol>(options: SocketOptions<P>): Socket<P> {
      return new Socket(options);
    }
    expectTypeOf(make({ protocol, autoConnect: false })).toEqualTypeOf<Socket<P>>();
    expectTypeOf(make({ protocol: ruled, autoConnect: false })).toEqualTypeOf<Socket<R>>();
    compiles(
      () =>
        <P extends Protocol>(protocol: P) =>
          new Socket({ protocol }),
    );
  });

  test("accepts each setting of validate", () => {
    expectTypeOf<Validate>().toEqualTypeOf<"always" | "inbound" | "outbound" | "never">();
    for (const validate of ["always", "inbound", "outbound", "never"] as const) compiles(() => new Socket({ validate }));
    compiles(() => new Socket({ maxMessageBytes: 1, highWaterMark: 1, queue: { ttl: 1 } }));
    // @ts-expect-error: there is no such setting
    compiles(() => new Socket({ validate: "sometimes" }));
    // @ts-expect-error: it is no boolean
    compiles(() => new Socket({ validate: false }));
    // @ts-expect-error: a size is a number
    compiles(() => new Socket({ maxMessageBytes: "1 MB" }));
    // @ts-expect-error: a time is a number
    compiles(() => new Socket({ queue: { ttl: "1s" } }));
  });

  test("passes functions for an address the attempt: its signal and number, the last end, the identity", () => {
    compiles(
      () =>
        new Socket({
          url: (attempt) => {
            expectTypeOf(attempt).toEqualTypeOf<Attempt>();
            return "/x";
          },
        }),
    );
    compiles(
      () =>
        new Socket({
          protocols: (attempt) => {
            expectTypeOf(attempt).toEqualTypeOf<Attempt>();
            return "a";
          },
        }),
    );
    compiles(
      () =>
        new Socket({
          url({ reason, identity }) {
            expectTypeOf(reason).toEqualTypeOf<SocketClose | null>();
            expectTypeOf(identity).toEqualTypeOf<string | undefined>();
            return `/x?${identity}`;
          },
        }),
    );
    // @ts-expect-error: there may be nothing that ended
    compiles(() => new Socket({ url: ({ reason }) => `/x?${reason.code}` }));
    // @ts-expect-error: they are told nothing else
    compiles(() => new Socket({ url: ({ send }) => `/x?${send}` }));
  });

  test("passes authenticate the attempt, and functions to send and to request", () => {
    compiles(
      () =>
        new Socket({
          protocol: ruled,

          async authenticate({ send, request, signal, attempt, reason, identity }) {
            expectTypeOf({ signal, attempt, reason, identity }).toExtend<Attempt>();
            expectTypeOf(reason).toEqualTypeOf<SocketClose | null>();
            expectTypeOf(identity).toEqualTypeOf<string | undefined>();
            expectTypeOf(send("plain", "x")).toEqualTypeOf<SendResult>();
            expectTypeOf(send("nudge")).toEqualTypeOf<SendResult>();
            expectTypeOf(request("save", { id: "1" })).toEqualTypeOf<Promise<number>>();
            expectTypeOf(request("ping", {}, { timeout: 1, signal })).toEqualTypeOf<Promise<{ timestamp: number }>>();
            expectTypeOf(request("plain", "x", { reply: "pong" })).toEqualTypeOf<Promise<{ timestamp: number }>>();
          },
        }),
    );
    compiles(() => new Socket({ authenticate: (authentication) => expectTypeOf(authentication).toEqualTypeOf<Authentication>() }));
    compiles(
      () =>
        new Socket({
          authenticate: ({ request }) => expectTypeOf(request("login", {}, { reply: "welcome" })).toEqualTypeOf<Promise<unknown>>(),
        }),
    );
    const authenticated = (authenticate: SocketOptions<R>["authenticate"]) => () => new Socket({ protocol: ruled, authenticate });
    compiles(authenticated(() => undefined));
    // @ts-expect-error: the schema takes a string
    compiles(authenticated(({ send }) => send("plain", 5)));
    // @ts-expect-error: it goes at once, or not at all
    compiles(authenticated(({ send }) => send("plain", "x", { delivery: "queue" })));
    // @ts-expect-error: a command and its param, not a message
    compiles(authenticated(({ send }) => send({ cmd: "plain", param: "x" })));
    // @ts-expect-error: nothing says what answers
    compiles(authenticated(({ request }) => request("plain", "x")));
    // @ts-expect-error: nor here
    compiles(authenticated(({ request }) => request("plain", "x", { timeout: 1 })));
    // @ts-expect-error: there may be nothing that ended
    compiles(authenticated(({ reason }) => reason.code));
    // @ts-expect-error: it is a function
    compiles(() => new Socket({ authenticate: "token" }));
    // @ts-expect-error: who speaks is told by a name
    compiles(() => new Socket({ identity: { name: "me" } }));
  });

  test("accepts the five positional arguments of Project Forge's client", () => {
    compiles(() => [new Socket(true), new Socket(false, () => {})]);
    compiles(
      () =>
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

  test("accepts the WebSocket class of ws and of the DOM, and no other", () => {
    compiles(() => [new Socket({ WebSocket: WsWebSocket }), new Socket({ WebSocket: globalThis.WebSocket })]);
    compiles(() => new Socket({ WebSocket: class extends WsWebSocket {} }));
    // @ts-expect-error: a Date is no WebSocket
    compiles(() => new Socket({ WebSocket: Date }));
    // @ts-expect-error: an instance is no class
    compiles(() => new Socket({ WebSocket: {} as WebSocket }));
  });

  test("accepts the listeners that its methods accept", () => {
    type Given<Name extends keyof SocketOptions<P>> = NonNullable<SocketOptions<P>[Name]>;
    expectTypeOf<Given<"onOpen">>().toEqualTypeOf<Parameters<typeof socket.onOpen>[0]>();
    expectTypeOf<Given<"onMessage">>().toEqualTypeOf<Parameters<typeof socket.onMessage>[0]>();
    expectTypeOf<Given<"onError">>().toEqualTypeOf<Parameters<typeof socket.onError>[0]>();
    expectTypeOf<Given<"onClose">>().toEqualTypeOf<Parameters<typeof socket.onClose>[0]>();
    expectTypeOf<Given<"onStatus">>().toEqualTypeOf<Parameters<typeof socket.onStatus>[0]>();
    expectTypeOf<Given<"onDrop">>().toEqualTypeOf<Parameters<typeof socket.onDrop>[0]>();
  });

  test("accepts options that are kept in a variable", () => {
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
    expectTypeOf(socket.drained).toEqualTypeOf<(options?: { signal?: AbortSignal }) => Promise<void>>();
    expectTypeOf(socket.identify).toEqualTypeOf<(identity?: string) => void>();
    expectTypeOf(socket.identity).toEqualTypeOf<string | undefined>();
    expectTypeOf(socket.state.late).toEqualTypeOf<number>();
    expectTypeOf(socket).toExtend<Disposable>();
    // @ts-expect-error: the state is replaced, and never written to
    compiles(() => (socket.state.status = "open"));
    // @ts-expect-error: nor is it set from outside
    compiles(() => (socket.state = socket.state));
    // @ts-expect-error: there is no such status
    compiles(() => socket.state.status === "connected");
    // @ts-expect-error: who speaks is said by identify
    compiles(() => (socket.identity = "me"));
    // @ts-expect-error: nobody is not null
    compiles(() => socket.identify(null));
  });

  test("has words for the outcome of a message", () => {
    expectTypeOf<Delivery>().toEqualTypeOf<"queue" | "drop" | "latest" | "confirm">();
    expectTypeOf<SendResult>().toEqualTypeOf<"sent" | "queued" | "replaced" | "dropped">();
    expectTypeOf<DropReason>().toEqualTypeOf<
      "overflow" | "expired" | "identity" | "disconnected" | "closed" | "refused" | "size" | "buffer" | "channel"
    >();
  });

  test("has events to switch on", () => {
    const socket = {} as Socket;
    compiles(() =>
      socket.tap((event) => {
        if (event.type === "drop") expectTypeOf(event.reason).toEqualTypeOf<DropReason>();
        if (event.type === "out") expectTypeOf(event.size).toEqualTypeOf<number>();
        // @ts-expect-error: not every event has a message
        return event.message;
      }),
    );
  });

  test("has errors to switch on", () => {
    const error = {} as SocketError;
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.code).toEqualTypeOf<SocketErrorCode>();
    expectTypeOf(error.issues).toEqualTypeOf<readonly Issue[] | undefined>();
    expectTypeOf(error.sent).toEqualTypeOf<boolean | undefined>();
    expectTypeOf<"authentication" | "size" | "aborted" | "lost" | "dropped">().toExtend<SocketErrorCode>();
    // @ts-expect-error: there is no such code
    compiles(() => error.code === "oops");
    // @ts-expect-error: nor can one be made
    compiles(() => new SocketError("oops"));
  });

  test("has codecs that anyone can write", () => {
    const codec: Codec = { encode: ({ param }) => String(param), decode: () => undefined };
    expectTypeOf(jsonCodec).toEqualTypeOf<Codec>();
    expectTypeOf(rawCodec).toEqualTypeOf<(cmd?: string) => Codec>();
    compiles(() => new Socket({ codec }));
    // @ts-expect-error: a WebSocket sends no numbers
    compiles(() => ({ encode: () => 1, decode: () => undefined }) satisfies Codec);
  });
});
