import type { Said } from "../libraries/library";

/** The WebSockets of this page, in order. */
export const made: Captured[] = [];

/** A real WebSocket that the page can find, and that remembers what its client has said. */
export class Captured extends WebSocket {
  readonly said: Said[] = [];

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    made.push(this);
  }

  override send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): void {
    if (typeof data === "string") this.said.push(data);
    super.send(data);
  }
}

// Before any library is loaded: some take the class away with them then.
globalThis.WebSocket = Captured;
