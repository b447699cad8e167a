import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Socket } from "../../../src/index";
import { channelStore, latestStore, membersStore, reducedStore, sourceOf } from "../../../src/stores/index";
import { FakeWebSocket, fake } from "../../harness/fake";

let socket: Socket;

beforeEach(async () => {
  vi.useFakeTimers();
  socket = new Socket({ url: "wss://server", WebSocket: fake, environment: false });
  await vi.advanceTimersByTimeAsync(0);
  FakeWebSocket.last.open();
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  FakeWebSocket.reset();
});

const says = (param: unknown, channel = "room") => FakeWebSocket.last.says({ channel, cmd: "chat", param });

test("reduces each message once, and tells of all that come in a frame at once", () => {
  const store = reducedStore<never, never, number[]>(socket as never, "chat" as never, (list, param) => [...list, param as number], []);
  const seen: number[][] = [];
  const unsubscribe = store.subscribe(() => seen.push(store.read()));
  says(1);
  says(2);
  expect(store.read()).toEqual([]);
  vi.advanceTimersByTime(100);
  says(3);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([
    [1, 2],
    [1, 2, 3],
  ]);
  unsubscribe();
});

test("uses the frames of a page, and a timer while it is hidden, never both", () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => {
    frames[id - 1] = () => {};
  });
  const store = latestStore(socket, "chat" as never, 0);
  let changes = 0;
  const unsubscribe = store.subscribe(() => changes++);
  says(1);
  frames[0]!();
  expect([store.read(), changes]).toEqual([1, 1]);
  says(2);
  vi.advanceTimersByTime(100);
  expect([store.read(), changes]).toEqual([2, 2]);
  for (const frame of frames) frame();
  vi.advanceTimersByTime(1_000);
  expect(changes).toBe(2);
  unsubscribe();
});

test("shows what came before the last subscription ended, and nothing after it", () => {
  const store = latestStore(socket, "chat" as never, 0);
  let changes = 0;
  const unsubscribe = store.subscribe(() => changes++);
  says(1);
  unsubscribe();
  says(2);
  vi.advanceTimersByTime(1_000);
  expect([store.read(), changes, vi.getTimerCount()]).toEqual([1, 0, vi.getTimerCount()]);
});

test("listens to one channel, by its name or itself, or to all", () => {
  const room = socket.channel("room");
  const stores = [undefined, "room", room].map((channel) => latestStore(sourceOf(socket, channel), "chat" as never, 0));
  const unsubscribers = stores.map((store) => store.subscribe(() => {}));
  says(1);
  says(2, "other");
  vi.advanceTimersByTime(100);
  expect(stores.map((store) => store.read())).toEqual([2, 1, 1]);
  for (const unsubscribe of unsubscribers) unsubscribe();
});

test("follows the status of a channel, and its members", async () => {
  const room = socket.channel("room");
  const store = channelStore(room);
  const members = membersStore(room);
  expect(members.read()).toBe(members.idle);
  const seen: string[] = [];
  const unsubscribers = [
    store.subscribe(() => seen.push(store.read().status)),
    members.subscribe(() => seen.push(...members.read().keys())),
  ];
  const release = room.hold();
  await vi.advanceTimersByTimeAsync(0);
  FakeWebSocket.last.says({ channel: "room", cmd: "online-update", param: { userID: "ada", connected: true } });
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual(["joined", "ada"]);
  expect(store.read()).toBe(store.read());
  release();
  await vi.advanceTimersByTimeAsync(0);
  expect([store.read().status, members.read()]).toEqual(["left", members.idle]);
  for (const unsubscribe of unsubscribers) unsubscribe();
});
