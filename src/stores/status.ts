import type { Protocol, Socket, SocketError, SocketState, Status } from "../index";
import { followers, type Store, sameOr } from "./store";

/** What a page shows of a connection. */
export interface ConnectionStatus {
  /** Where the connection stands. */
  readonly status: Status;
  /** Which attempt in a row this is or will be, from 1; 0 while `idle` or `closed`. */
  readonly attempt: number;
  /** In how many seconds the next attempt is due, rounded up; `null` unless one is waited for. */
  readonly retryIn: number | null;
  /** How many messages wait for the connection, or are kept until they are confirmed. */
  readonly queued: number;
  /** How long the server took to answer the last heartbeat, in milliseconds; `null` before the first answer. */
  readonly latency: number | null;
  /** What the last connection or attempt failed with; `null` once it is open. */
  readonly lastError: SocketError | null;
}

const idle: ConnectionStatus = { status: "idle", attempt: 0, retryIn: null, queued: 0, latency: null, lastError: null };

// One for all components that show the same socket.
const stores = /* @__PURE__ */ new WeakMap<Socket<never>, Store<ConnectionStatus>>();

/** The status of a socket, with a countdown in seconds. A timer runs only while an attempt is waited for, and somebody follows it. */
export function statusStore<P extends Protocol>(socket: Socket<P>): Store<ConnectionStatus> {
  const key = socket as unknown as Socket<never>;
  let store = stores.get(key);
  if (!store) {
    store = makeStatusStore(socket);
    stores.set(key, store);
  }
  return store;
}

function makeStatusStore<P extends Protocol>(socket: Socket<P>): Store<ConnectionStatus> {
  let shown = idle;
  /** Calls those who follow it; there is none while nobody does. */
  let changed: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looksSoon = false;

  const look = () => {
    looksSoon = false;
    const before = shown;
    shown = sameOr(before, statusOf(socket.state));
    if (!changed) return;
    clearTimeout(timer);
    const left = (socket.state.retryAt ?? 0) - Date.now();
    // A little later than the full second, because timers may be early.
    if (left > 0) timer = setTimeout(look, (left % 1000) + 1);
    if (shown !== before) changed();
  };
  // Once for all that happens in a tick: a burst of messages is many events.
  const lookSoon = () => {
    if (!looksSoon) queueMicrotask(look);
    looksSoon = true;
  };

  return {
    idle,
    read() {
      // While it is followed, all who follow it see the same.
      if (!changed) look();
      return shown;
    },
    subscribe: followers((call) => {
      look();
      changed = call;
      // `onStatus` does not report `queued` and `latency`.
      const unsubscribe = socket.tap(lookSoon);
      lookSoon();
      return () => {
        unsubscribe();
        clearTimeout(timer);
        changed = undefined;
      };
    }),
  };
}

function statusOf({ status, attempt, retryAt, queued, latency, lastError }: SocketState): ConnectionStatus {
  const retryIn = retryAt === null ? null : Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return { status, attempt, retryIn, queued, latency, lastError };
}
