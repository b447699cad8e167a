import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Socket, type SocketOptions } from "../../../src/index";
import { selectedStore, statusStore } from "../../../src/stores/index";
import { FakeWebSocket, fake } from "../../harness/fake";

let socket: Socket;

function make(options: SocketOptions = {}): Socket {
  socket = new Socket({ url: "wss://server", WebSocket: fake, backoff: () => 2_500, environment: false, autoConnect: false, ...options });
  socket.onError(() => {});
  socket.onDrop(() => {});
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
  FakeWebSocket.reset();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test("counts the seconds to the next attempt, and changes only with them", async () => {
  const store = statusStore(make());
  const seen: (number | null)[] = [];
  const unsubscribe = store.subscribe(() => seen.push(store.read().retryIn));
  socket.connect();
  await settled();
  FakeWebSocket.last.open();
  await settled();
  FakeWebSocket.last.ends();
  await settled();
  expect(store.read()).toMatchObject({ status: "reconnecting", attempt: 1, retryIn: 3 });
  const before = seen.length;
  await vi.advanceTimersByTimeAsync(2_490);
  expect(seen.slice(before)).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(20);
  expect(store.read().retryIn).toBeNull();
  unsubscribe();
});

test("says at once how many messages wait", async () => {
  const store = statusStore(make());
  let changes = 0;
  const unsubscribe = store.subscribe(() => changes++);
  socket.send("chat", 1);
  socket.send("chat", 2);
  await settled();
  expect([store.read().queued, changes]).toEqual([2, 1]);
  socket.connect();
  await settled();
  FakeWebSocket.last.open();
  await settled();
  expect(store.read().queued).toBe(0);
  unsubscribe();
});

test("shows how long the server takes to answer", async () => {
  const store = statusStore(make({ heartbeat: { cmd: "ping", reply: "pong", interval: 1_000 } }));
  const unsubscribe = store.subscribe(() => {});
  socket.connect();
  await settled();
  FakeWebSocket.last.open();
  await vi.advanceTimersByTimeAsync(30);
  FakeWebSocket.last.says({ channel: "", cmd: "pong", param: {} });
  await settled();
  expect(store.read().latency).toBe(30);
  unsubscribe();
});

test("leaves neither a timer nor a listener when nobody follows it", async () => {
  const store = statusStore(make());
  const unsubscribers = [store.subscribe(() => {}), store.subscribe(() => {})];
  socket.connect();
  await settled();
  FakeWebSocket.last.open();
  FakeWebSocket.last.ends();
  await settled();
  const withCountdown = vi.getTimerCount();
  for (const unsubscribe of unsubscribers) unsubscribe();
  expect(vi.getTimerCount()).toBe(withCountdown - 1);
  socket.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("is up to date when it is read before somebody follows it, and when somebody begins to", async () => {
  const store = statusStore(make());
  expect(store.read().queued).toBe(0);
  socket.send("chat", 1);
  expect(store.read().queued).toBe(1);
  socket.send("chat", 2);
  const unsubscribe = store.subscribe(() => {});
  expect(store.read().queued).toBe(2);
  unsubscribe();
});

test("is one for all who follow the same socket", () => {
  expect(statusStore(make())).toBe(statusStore(socket));
});

test("gives a selector the same object while its properties are the same", async () => {
  const store = selectedStore(statusStore(make()), ({ status, attempt }) => ({ status, attempt }));
  const before = store.read();
  const unsubscribe = store.subscribe(() => {});
  socket.send("chat", 1);
  await settled();
  expect(store.read()).toBe(before);
  socket.connect();
  await settled();
  expect(store.read()).toEqual({ status: "connecting", attempt: 1 });
  unsubscribe();
});

test("compares lists and plain objects by their properties, and everything else by identity", () => {
  const of = (values: unknown[]) => {
    const rest = [...values];
    const store = selectedStore({ idle: 0, read: () => 1, subscribe: () => () => {} }, () => rest.shift());
    store.read();
    const before = store.read();
    return store.read() === before;
  };
  const error = new Error("x");
  expect(of([0, [1, 2], [1, 2], [1, 2]])).toBe(true);
  expect(of([0, { a: NaN }, { a: NaN }, { a: NaN }])).toBe(true);
  expect(of([0, [1], [1], [2]])).toBe(false);
  expect(of([0, { a: undefined }, { a: undefined }, { b: undefined }])).toBe(false);
  expect(of([0, new Map(), new Map([[1, 1]]), new Map([[2, 2]])])).toBe(false);
  expect(of([0, error, new Error("y"), new Error("x")])).toBe(false);
});
