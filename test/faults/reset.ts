import type { Socket } from "node:net";

/** Ends a TCP socket with RST, at once: one that is still connecting, too. */
export function reset(socket: Socket): void {
  // While a FIN is on its way, no RST may be asked for: Node would neither send one nor close the socket.
  if (!socket.writableEnded) socket.resetAndDestroy();
  socket.destroy();
}
