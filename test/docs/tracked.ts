import { Socket as BuiltSocket, type SocketOptions } from "../../dist/index.mjs";

// The built library for the blocks that run: it knows every socket that a block makes, so that examples need no clean-up.

export * from "../../dist/index.mjs";

/** Every socket since the last block. */
export const sockets = new Set<BuiltSocket>();
/** What went wrong on them. */
export const troubles: string[] = [];

/** The class, whose sockets are remembered. */
export class Socket extends BuiltSocket {
  constructor(...args: [SocketOptions?]) {
    super(...args);
    sockets.add(this);
    this.onError(({ code, message }) => troubles.push(`${code}: ${message}`));
  }
}
