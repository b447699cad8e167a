/** What one client of a library keeps: returns the wait before a retry (from 1) in milliseconds, or `undefined` once it stops retrying. */
export type Client = (retry: number) => number | undefined;

/** A draw for each page load and none after it: a client keeps its pace for as long as it lives. */
function drawnOnce(): Client {
  const first = 1000 + 4000 * Math.random();
  return (retry) => Math.min(10_000, first * 1.3 ** (retry - 1));
}

/** Makes a client of a library with default options, for a link that has lived long before its end. */
export const peers: Record<string, () => Client> = {
  // reconnecting-websocket 4.4.0, reconnecting-websocket.ts: DEFAULT and _getNextDelay
  "reconnecting-websocket": drawnOnce,
  // partysocket 1.3.0, dist/ws.js: DEFAULT and _getNextDelay; it draws nothing
  partysocket: () => (retry) => Math.min(10_000, 3000 * 1.3 ** (retry - 1)),
  // phoenixframework/phoenix, assets/js/phoenix/socket.ts: reconnectAfterMs; it draws nothing
  phoenix: () => (retry) => [10, 50, 100, 150, 200, 250, 500, 1000, 2000][retry - 1] ?? 5000,
  // socketio/socket.io, packages/socket.io-client/lib/manager.ts: the options; lib/contrib/backo2.ts: duration. One draw
  // decides on the side and on the distance, so that every other stretch of 50 ms stays empty.
  "socket.io-client": () => (retry) => {
    const draw = Math.random();
    const middle = 1000 * 2 ** (retry - 1);
    const side = Math.floor(10 * draw) % 2 ? 1 : -1;
    return Math.min(5000, middle + side * Math.floor(0.5 * draw * middle));
  },
  // centrifugal/centrifuge-js, src/centrifuge.ts: minReconnectDelay, maxReconnectDelay; src/utils.ts: backoff
  "centrifuge-js": () => (retry) => {
    const width = Math.min(20_000, 500 * 2 ** (retry - 1));
    return Math.min(20_000, 500 + Math.floor(Math.random() * (width + 1)));
  },
  // enisdenjo/graphql-ws, src/client.ts: retryAttempts, retryWait. A refused attempt counts as the close event that it
  // retries; after the error event that browsers put before it, it would give up.
  "graphql-ws": () => (retry) => (retry > 5 ? undefined : 1000 * 2 ** (retry - 1) + 300 + Math.floor(2700 * Math.random())),
};
