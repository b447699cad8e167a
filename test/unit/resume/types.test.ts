import { expectTypeOf, test } from "vitest";
import { Socket } from "../../../src/index";
import { type Feed, type LiveQuery, liveQuery, resume } from "../../../src/resume/index";
import { protocol } from "./desk";

// What the compiler knows; `tsc` checks it.

const socket = new Socket({ protocol, autoConnect: false });

test("messages are typed by the protocol, in the options and in the listeners", () => {
  const feed = resume(socket, { id: (message) => (message.cmd === "item" ? message.param.seq : undefined), replay: "joined" });
  expectTypeOf(feed).toEqualTypeOf<Feed<typeof protocol>>();
  feed.on("item", ({ text }) => expectTypeOf(text).toEqualTypeOf<string>());
  // @ts-expect-error: the server has no such command
  feed.on("itme", () => {});
  feed.onMessage((message) => {
    if (message.cmd === "list") expectTypeOf(message.param).toEqualTypeOf<string[]>();
  });
  // @ts-expect-error: not every param has a number
  resume(socket, { id: ({ param }) => param.seq });
  feed.stop();
});

test("only a command whose param is an answer may end a replay; without a protocol, any command may", () => {
  // @ts-expect-error: its param has no epoch
  resume(socket, { replay: "item" }).stop();
  // @ts-expect-error: there is no such command
  resume(socket, { replay: "jiond" }).stop();
  resume(new Socket({ autoConnect: false }), { replay: "whatever" }).stop();
});

test("the value of a live query is that of its snapshot, and `apply` returns it", () => {
  const query = liveQuery(socket, {
    snapshot: async (): Promise<readonly string[]> => [],
    apply: (texts, message) => (message.cmd === "item" ? [...texts, message.param.text] : texts),
    key: ({ cmd }) => cmd,
    version: (texts) => texts.length,
  });
  expectTypeOf(query).toEqualTypeOf<LiveQuery<readonly string[]>>();
  expectTypeOf(query.value).toEqualTypeOf<readonly string[] | undefined>();
  query.close();
  // @ts-expect-error: the value has texts
  liveQuery(socket, { snapshot: () => ["a"], apply: () => [1] }).close();
});
