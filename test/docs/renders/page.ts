import { useWebSocket as usePartySocket } from "partysocket/react";
import { createElement, type ReactElement, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import useWebSocket from "react-use-websocket";
import { Socket } from "wireline";
import { createHooks } from "wireline/react";

// Runs in a page: the same component by each library, over a WebSocket that the page itself moves. It shows the newest message and the
// status, and should see every message.

/** What is counted of one component. */
interface Counts {
  renders: number;
  seen: number;
}

const url = "wss://server.example/connect";

const native = new Set<FakeWebSocket>();

/** A WebSocket that opens, receives and closes on demand. */
class FakeWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly url = url;
  readonly protocol = "";
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType = "blob";
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: Event) => void) | null = null;
  onclose: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  constructor() {
    super();
    native.add(this);
  }
  override dispatchEvent(event: Event): boolean {
    this[`on${event.type}` as "onopen"]?.(event);
    return super.dispatchEvent(event);
  }
  send(): void {}
  close(): void {
    this.end();
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    native.delete(this);
    this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }
}
globalThis.WebSocket = FakeWebSocket as never;

const text = (data: unknown) => (JSON.parse(String(data)) as { param: { text: string } }).param.text;

/** Those of the component that is measured. */
let counts: Counts = { renders: 0, seen: 0 };

const socket = new Socket({ url, autoConnect: false, backoff: () => 1, onError: () => {} });
const { useConnection, useLatest, useMessage, useStatus } = createHooks(socket);

function Wireline(): ReactElement {
  counts.renders++;
  useConnection();
  const status = useStatus(({ status }) => status);
  useMessage("chat", () => void counts.seen++);
  const latest = useLatest("chat") as { text: string } | undefined;
  return createElement("p", null, status, latest?.text);
}

function ReactUseWebSocket(): ReactElement {
  counts.renders++;
  const { lastMessage, readyState } = useWebSocket(url, { shouldReconnect: () => true, reconnectInterval: 1, reconnectAttempts: 1_000 });
  useEffect(() => {
    if (lastMessage) counts.seen++;
  }, [lastMessage]);
  return createElement("p", null, readyState, lastMessage && text(lastMessage.data));
}

function PartySocket(): ReactElement {
  counts.renders++;
  const [status, setStatus] = useState("connecting");
  const [latest, setLatest] = useState("");
  usePartySocket(url, [], {
    minReconnectionDelay: 1,
    maxReconnectionDelay: 1,
    minUptime: 0,
    onOpen: () => setStatus("open"),
    onClose: () => setStatus("closed"),
    onMessage({ data }) {
      counts.seen++;
      setLatest(text(data));
    },
  });
  return createElement("p", null, status, latest);
}

const components: Record<string, () => ReactElement> = {
  Wireline,
  "react-use-websocket": ReactUseWebSocket,
  "partysocket/react": PartySocket,
};

const task = () => new Promise((resolve) => setTimeout(resolve));
const quiet = () => new Promise((resolve) => setTimeout(resolve, 500));

/** The newest WebSocket that waits to be opened. */
async function next(): Promise<FakeWebSocket> {
  for (;;) {
    const waiting = [...native].reverse().find(({ readyState }) => readyState === 0);
    if (waiting) return waiting;
    await task();
  }
}

function receive(socket: FakeWebSocket, number: number): void {
  const data = JSON.stringify({ channel: "", cmd: "chat", param: { text: String(number) } });
  socket.dispatchEvent(new MessageEvent("message", { data }));
}

/** What happens to the component, once its connection is open. */
const scenes: Record<string, (socket: FakeWebSocket) => Promise<void>> = {
  async "1,000 messages in one tick"(socket) {
    for (let number = 1; number <= 1000; number++) receive(socket, number);
  },
  async "1,000 messages, each in a task of its own"(socket) {
    for (let number = 1; number <= 1000; number++) {
      // Not a timer, which a page may have only every 4 ms.
      await new Promise<void>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          receive(socket, number);
          resolve();
        };
        port2.postMessage(undefined);
      });
    }
  },
  async "100 changes of the status"(socket) {
    let current = socket;
    for (let turn = 0; turn < 50; turn++) {
      current.end();
      await task();
      current = await next();
      current.open();
      await task();
    }
  },
};

/** Measures every library in every scene. */
async function measure(): Promise<{ scene: string; library: string; renders: number; seen: number }[]> {
  const results = [];
  for (const [scene, play] of Object.entries(scenes)) {
    for (const [library, component] of Object.entries(components)) {
      counts = { renders: 0, seen: 0 };
      const root = createRoot(document.body.appendChild(document.createElement("div")));
      root.render(createElement(component));
      const socket = await next();
      socket.open();
      await quiet();
      counts.renders = 0;
      await play(socket);
      await quiet();
      results.push({ scene, library, ...counts });
      root.unmount();
      await quiet();
      native.clear();
    }
  }
  return results;
}

Object.assign(globalThis, { measure });
