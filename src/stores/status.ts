import type { Protocol, Socket, SocketError, SocketState, Status } from "../index";
import { type Store, sameOr } from "./store";

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

/** How often it looks at what the socket does not report, in milliseconds: the countdown, `queued` and `latency`. */
const pace = 250;

// One for all components that show the same socket, so that there is one timer.
const stores = /* @__PURE__ */ new WeakMap<Socket<never>, Store<ConnectionStatus>>();

/** The status of a socket, with a countdown in seconds. All who follow it share one timer, which runs while anybody does. */
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
  const listeners = new Set<() => void>();
  let shown = idle;
  let stop: (() => void) | undefined;

  const look = () => {
    const before = shown;
    shown = sameOr(before, statusOf(socket.state));
    if (shown !== before) for (const changed of [...listeners]) changed();
  };
  const start = () => {
    look();
    const unsubscribe = socket.onStatus(look);
    const timer = setInterval(look, pace);
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  };

  return {
    idle,
    read() {
      // While it is followed, all who follow it see the same.
      if (!stop) look();
      return shown;
    },
    subscribe(changed) {
      // One of its own, because the same function may be passed twice.
      const listener = () => changed();
      stop ??= start();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function statusOf({ status, attempt, retryAt, queued, latency, lastError }: SocketState): ConnectionStatus {
  const retryIn = retryAt === null ? null : Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return { status, attempt, retryIn, queued, latency, lastError };
}
