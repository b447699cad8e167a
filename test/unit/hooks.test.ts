import { describe, expect, test } from "vitest";
import { compile } from "../harness/compile";

// The types of the hooks, of each framework: what they infer from the protocol, and the compiler's first line about a wrong use.

/** How each framework wraps a value that changes, and how the value is read. */
const frameworks: Record<string, (value: string) => string> = {
  react: (value) => value,
  vue: (value) => `${value}.value`,
  svelte: (value) => `${value}.current`,
  solid: (value) => `${value}()`,
};

const setting = (framework: string) => `
  import { z } from "zod";
  import { defineProtocol, type SocketError, Socket, type Channel, type Status } from "../src/index";
  import { createHooks, useMessage, useRequest, type ConnectionStatus } from "../src/${framework}/index";
  const protocol = defineProtocol({
    inbound: {
      pong: z.object({ timestamp: z.number() }),
      chat: z.object({ user: z.string(), text: z.string() }),
      date: z.string().transform((text) => new Date(text)),
      saved: z.object({ id: z.string() }),
    },
    outbound: {
      ping: { param: z.object({ at: z.number() }), reply: "pong" },
      hello: { param: z.undefined(), reply: "pong" },
      note: { param: z.object({ id: z.string(), size: z.number().default(1) }), reply: "saved", delivery: "confirm" },
      chat: z.object({ text: z.string() }),
    },
  });
  type P = typeof protocol;
  const socket = new Socket({ protocol, autoConnect: false });
  const hooks = createHooks(socket);
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
  const is = <T>() => <V>(_: V, ..._differs: Same<T, V> extends true ? [] : ["the types differ"]): void => {};
`;

describe.each(Object.entries(frameworks))("the hooks of %s", (framework, read) => {
  const of = (code: string) => `${setting(framework)}\n${code}`;

  test("infer everything from the protocol of the socket", () => {
    const code = of(`
      hooks.useMessage("chat", (param, message) => {
        is<{ user: string; text: string }>()(param);
        is<"chat">()(message.cmd);
      });
      hooks.useMessage("date", (date) => is<Date>()(date), { channel: "lobby" });
      useMessage(socket, "date", (date) => is<Date>()(date), { channel: socket.channel("lobby") });
      is<Date | undefined>()(${read(`hooks.useLatest("date")`)});
      is<Date | null>()(${read(`hooks.useLatest("date", null)`)});
      is<string[]>()(${read(`hooks.useReducedMessages("chat", (texts: string[], { text }) => [...texts, text], [])`)});
      is<ConnectionStatus>()(${read(`hooks.useStatus()`)});
      is<Status>()(${read(`hooks.useStatus(({ status }) => status)`)});
      is<ReadonlyMap<string, unknown>>()(${read(`hooks.usePresence("lobby")`)});
      hooks.useReconnected(({ downFor }) => is<number>()(downFor));
      const ping = hooks.useRequest("ping", { timeout: 5_000, channel: "lobby" });
      const answer = ping.run({ at: 1 });
      is<Promise<{ timestamp: number }>>()(answer);
      void hooks.useRequest("hello").run();
      void useRequest(socket, "chat", { reply: "saved" }).run({ text: "x" }).then(({ id }) => is<string>()(id));
      const note = hooks.useConfirmed("note", { ttl: 1_000, match: (sent, saved) => sent.id === saved.id });
      is<Promise<{ id: string }>>()(note.run({ id: "1" }));
    `);
    expect(compile([code])[0]).toEqual([]);
  });

  test("say in the first line what is wrong, and what would be right", () => {
    const commands = `"chat" | "date" | "pong" | "saved"`;
    const cases: [code: string, ...lines: string[]][] = [
      [`hooks.useMessage("chatt", () => {})`, `Argument of type '"chatt"' is not assignable to parameter of type '${commands}'.`],
      [`useMessage(socket, "chatt", () => {})`, `Argument of type '"chatt"' is not assignable to parameter of type '${commands}'.`],
      [`hooks.useLatest("ping")`, `Argument of type '"ping"' is not assignable to parameter of type '${commands}'.`],
      [`hooks.useMessage("chat", ({ txt }) => {})`, `Property 'txt' does not exist on type '{ user: string; text: string; }'.`],
      [
        `hooks.useRequest("pingg")`,
        `Argument of type '"pingg"' is not assignable to parameter of type '"chat" | "hello" | "note" | "ping"'.`,
      ],
      [
        `hooks.useRequest("chat")`,
        `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
      ],
      [
        `hooks.useConfirmed("chat")`,
        `Argument of type '"chat"' is not assignable to parameter of type '"chat has no reply: name one in the protocol or in the options"'.`,
      ],
      [`void hooks.useRequest("ping").run({ at: "1" })`, `Type 'string' is not assignable to type 'number'.`],
      [`void hooks.useRequest("ping").run()`, `Expected 1 arguments, but got 0.`],
      [
        `hooks.useChannel("lobby", { enable: true })`,
        `Object literal may only specify known properties, but 'enable' does not exist in type 'ChannelOptions'. Did you mean to write 'enabled'?`,
      ],
      [`hooks.useStatus(({ state }) => state)`, `Property 'state' does not exist on type 'ConnectionStatus'.`],
    ];
    const messages = compile(cases.map(([code]) => of(code)));
    expect(cases.map(([code], index) => [code, ...messages[index]!])).toEqual(cases);
  });
});
