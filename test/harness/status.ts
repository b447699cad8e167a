import { createElement, type ReactElement, useCallback, useEffect, useSyncExternalStore } from "react";
import type { Socket } from "../../src/index";

/** A component that shows a socket's status; it renders on a server, too. */
export function Status({ socket }: { socket: Socket }): ReactElement {
  const subscribe = useCallback((changed: () => void) => socket.onStatus(changed), [socket]);
  const { status } = useSyncExternalStore(
    subscribe,
    () => socket.state,
    () => socket.state,
  );
  return createElement("p", null, status);
}

/** The same, which connects while it is mounted. */
export function Connected({ socket }: { socket: Socket }): ReactElement {
  useEffect(() => {
    socket.connect();
    return () => socket.close();
  }, [socket]);
  return createElement(Status, { socket });
}
