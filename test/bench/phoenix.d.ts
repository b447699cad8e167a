declare module "phoenix" {
  import type { WebSocketClass } from "wireline";

  /** What was pushed, and what is to happen with its reply. */
  interface Push {
    receive(status: "ok" | "error" | "timeout", listener: (response: unknown) => void): this;
  }

  interface Channel {
    join(): Push;
    on(event: string, listener: (payload: unknown) => void): number;
    push(event: string, payload: object): Push;
  }

  /** The package has no types; these are the ones used here. */
  export class Socket {
    constructor(endPoint: string, options?: { transport?: WebSocketClass });
    connect(): void;
    disconnect(): void;
    channel(topic: string): Channel;
  }
}
