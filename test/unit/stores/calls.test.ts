import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { SocketError } from "../../../src/index";
import { callStore } from "../../../src/stores/index";

interface Sent {
  readonly param: number;
  resolve(reply: string): void;
  reject(error: Error): void;
}

function make(counts: "last" | "each") {
  const sent: Sent[] = [];
  const store = callStore<number, string>((param) => new Promise((resolve, reject) => sent.push({ param, resolve, reject })), counts);
  return { store, sent };
}

const failure = new Error("lost") as SocketError;

test("says what is unsaved until it is answered, in the order of the calls", async () => {
  const { store, sent } = make("each");
  const states: unknown[] = [];
  store.subscribe(() => states.push([store.read().pending, store.read().unsaved]));
  void store.run(1);
  void store.run(2);
  sent[0]!.resolve("one");
  await turn();
  expect(store.read()).toEqual({ data: "one", error: undefined, pending: true, unsaved: [2] });
  sent[1]!.resolve("two");
  await turn();
  expect(store.read()).toEqual({ data: "two", error: undefined, pending: false, unsaved: [] });
  expect(states).toEqual([
    [true, [1]],
    [true, [1, 2]],
    [true, [2]],
    [false, []],
  ]);
});

test("keeps the reply of the newest request, whichever is answered last", async () => {
  const { store, sent } = make("last");
  void store.run(1);
  void store.run(2);
  sent[1]!.resolve("two");
  await turn();
  sent[0]!.resolve("one");
  await turn();
  expect(store.read()).toMatchObject({ data: "two", pending: false });
});

test("takes no notice of an older request that fails, but of each message that is not confirmed", async () => {
  for (const counts of ["last", "each"] as const) {
    const { store, sent } = make(counts);
    void store.run(1);
    void store.run(2);
    sent[0]!.reject(failure);
    await turn();
    expect(store.read().error).toBe(counts === "last" ? undefined : failure);
  }
});

test("forgets the error with the next call, and keeps the reply until there is another one", async () => {
  const { store, sent } = make("last");
  void store.run(1);
  sent[0]!.resolve("one");
  await turn();
  void store.run(2);
  sent[1]!.reject(failure);
  await turn();
  expect(store.read()).toMatchObject({ data: "one", error: failure, pending: false });
  void store.run(3);
  expect(store.read()).toMatchObject({ data: "one", error: undefined, pending: true });
});

test("rejects for whoever waits, and is no unhandled rejection where nobody does", async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", listener);
  const { store, sent } = make("last");
  void store.run(1);
  const awaited = store.run(2);
  for (const { reject } of sent) reject(failure);
  await expect(awaited).rejects.toBe(failure);
  await turn();
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
});
