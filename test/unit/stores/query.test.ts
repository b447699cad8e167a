import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Socket } from "../../../src/index";
import { queryStore } from "../../../src/stores/index";
import { FakeWebSocket, fake } from "../../harness/fake";

let socket: Socket;
afterEach(() => {
  socket.close();
  FakeWebSocket.reset();
});

async function make() {
  const made = FakeWebSocket.next();
  socket = new Socket({ url: "wss://server", WebSocket: fake, environment: false });
  (await made).open();
  await turn();
  let fetched = 0;
  const store = queryStore<never, unknown[]>(socket as never, undefined, {
    snapshot: async () => [`snapshot ${++fetched}`],
    apply: (list, message) => [...list, (message as { param: unknown }).param],
  });
  return { store, fetched: () => fetched };
}

test("fetches and follows while it is followed, and is idle before", async () => {
  const { store, fetched } = await make();
  expect([store.read(), fetched()]).toEqual([store.idle, 0]);
  const seen: unknown[] = [];
  const unsubscribers = [1, 2].map(() => store.subscribe(() => seen.push(store.read().value)));
  await turn();
  FakeWebSocket.last.says({ channel: "", cmd: "chat", param: 1 });
  await turn();
  expect(store.read()).toMatchObject({ value: ["snapshot 1", 1], status: "live", error: undefined });
  expect([fetched(), seen.length]).toEqual([1, 4]);
  store.read().refetch();
  await turn();
  expect(store.read().value).toEqual(["snapshot 2"]);
  for (const unsubscribe of unsubscribers) unsubscribe();
  FakeWebSocket.last.says({ channel: "", cmd: "chat", param: 2 });
  await turn();
  expect([store.read().value, fetched()]).toEqual([["snapshot 2"], 2]);
});

test("gives the same object while nothing has changed", async () => {
  const { store } = await make();
  const unsubscribe = store.subscribe(() => {});
  await turn();
  const before = store.read();
  expect(store.read()).toBe(before);
  unsubscribe();
});
