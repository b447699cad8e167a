import { describe, expect, test } from "vitest";
import * as z from "zod";
import { toAsyncAPI } from "../../../src/contract/index";
import { defineProtocol } from "../../../src/index";

const protocol = defineProtocol({
  inbound: { pong: z.object({ timestamp: z.number() }), "user left": z.object({ user: z.string() }).meta({ id: "User" }) },
  outbound: { ping: { param: z.object({}).describe("Asks for the time."), reply: "pong", delivery: "drop" } },
});

interface Operation {
  readonly action: string;
  readonly reply?: { readonly messages: readonly { readonly $ref: string }[] };
}

describe("toAsyncAPI", () => {
  const document = toAsyncAPI(protocol, {
    title: "Chat",
    version: "2.1.0",
    servers: { production: { url: "wss://example.com:8443/connect?x=1", description: "The real one." } },
    channels: { room: { address: "room-{id}" }, news: { inbound: ["user left"], outbound: [] } },
  });
  const operations = document["operations"] as Record<string, Operation>;

  test("describes the server: it receives the outbound commands and sends the inbound ones", () => {
    expect(document).toMatchObject({
      asyncapi: "3.0.0",
      info: { title: "Chat", version: "2.1.0" },
      defaultContentType: "application/json",
    });
    expect(Object.entries(operations).map(([key, { action }]) => [key, action])).toEqual([
      ["room.outbound.ping", "receive"],
      ["room.inbound.pong", "send"],
      ["room.inbound.user_20_left", "send"],
      ["news.inbound.user_20_left", "send"],
    ]);
  });

  test("makes the reply of a command the reply of its operation", () => {
    expect(operations["room.outbound.ping"]?.reply).toEqual({
      channel: { $ref: "#/channels/room" },
      messages: [{ $ref: "#/channels/room/messages/inbound.pong" }],
    });
  });

  test("describes a message as it is on the wire", () => {
    const { messages } = document["components"] as { messages: Record<string, object> };
    expect(messages["outbound.ping"]).toEqual({
      name: "ping",
      title: "ping",
      description: "Asks for the time.",
      "x-delivery": "drop",
      payload: {
        type: "object",
        required: ["channel", "cmd", "param"],
        properties: {
          channel: { type: "string" },
          cmd: { type: "string", const: "ping" },
          param: { $ref: "#/components/schemas/outbound.ping" },
        },
      },
    });
  });

  test("has the servers' addresses in parts, and the parameters of channels", () => {
    expect(document["servers"]).toEqual({
      production: { host: "example.com:8443", protocol: "wss", pathname: "/connect", description: "The real one." },
    });
    expect(document["channels"]).toMatchObject({ room: { address: "room-{id}", parameters: { id: {} } }, news: { address: "news" } });
  });

  test("has one channel without an address where none is named", () => {
    expect(toAsyncAPI(protocol, { title: "Chat" })["channels"]).toMatchObject({ default: { address: null } });
  });

  test.each([
    [{ servers: { a: { url: "example.com" } } }, "The url of the server a is no address; write it like wss://example.com/connect."],
    [{ servers: { a: { url: "https://example.com" } } }, /is no ws: or wss: address/],
    [{ servers: { a: { url: "wss://ann:secret@example.com" } } }, /without a user name and password/],
    [{ channels: { a: { outbound: ["pong"] } } }, "The channel a has pong, which is no outbound command; use one of ping."],
  ])("refuses %o", (options, message) => {
    expect(() => toAsyncAPI(protocol, { title: "Chat", ...options })).toThrow(message);
  });
});
