import type { Protocol } from "../index";
import type { FrameData } from "./link";
import type { MockServer } from "./server";

// The same scripted server behind other connections. The types are no more than what is used of each library, so none is needed.

/** What a connection of MSW's `ws.link` is made of. */
export interface MswConnection {
  /** The client's side. */
  readonly client: {
    /** The address. */
    readonly url: URL;
    /** Sends to the client. */
    send(data: FrameData): void;
    /** Closes the connection. */
    close(code?: number, reason?: string): void;
    /** Listens to messages, or to the close. */
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
    addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  };
  /** What is known of the connection. */
  readonly info: {
    /** The subprotocols that it offers. */
    readonly protocols: string | readonly string[] | undefined;
  };
}

/** What Playwright's `routeWebSocket` gives. */
export interface PlaywrightRoute {
  /** The address. */
  url(): string;
  /** Sends to the page. */
  send(data: string | Uint8Array): void;
  /** Closes the connection. */
  close(options?: { code?: number; reason?: string }): Promise<void>;
  /** Listens to messages of the page. */
  onMessage(listener: (data: string | Uint8Array) => void): void;
  /** Listens to the close. */
  onClose(listener: (code: number | undefined, reason: string | undefined) => void): void;
}

/** A connection of a server of the package `ws`. */
export interface WsConnection {
  /** The subprotocol that was picked. */
  readonly protocol: string;
  /** Sends to the client. */
  send(data: FrameData): void;
  /** Closes the connection. */
  close(code?: number, reason?: string): void;
  /** Ends it without a close frame. */
  terminate(): void;
  /** Listens to messages, or to the close. */
  on(event: "message", listener: (data: never, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: { toString(): string }) => void): unknown;
}

/**
 * Connects a mock server to MSW: `link.addEventListener("connection", toMsw(server))`. MSW has no end without a close frame, so
 * a cut closes with 1011 there.
 */
export function toMsw<P extends Protocol>(server: MockServer<P>): (connection: MswConnection) => void {
  return ({ client, info }) => {
    const link = server.connect(
      {
        opened: () => {},
        received: (data) => client.send(data),
        closed: (code, reason) => client.close(closable(code), reason),
        lost: () => client.close(1011),
      },
      new URL(client.url),
      [info.protocols ?? []].flat(),
    );
    client.addEventListener("message", ({ data }) => link.send(data as FrameData));
    client.addEventListener("close", ({ code, reason }) => link.close(code, reason));
  };
}

/**
 * Connects a mock server to Playwright: `page.routeWebSocket("**\/connect", toPlaywright(server))`. The browser has opened the
 * connection before, so a refusal or a cut closes with 1011 there.
 */
export function toPlaywright<P extends Protocol>(server: MockServer<P>): (route: PlaywrightRoute) => void {
  return (route) => {
    const link = server.connect(
      {
        opened: () => {},
        received: (data) => route.send(typeof data === "string" ? data : toBuffer(data)),
        closed: (code, reason) => void route.close({ code: closable(code), reason }),
        lost: () => void route.close({ code: 1011 }),
      },
      new URL(route.url()),
    );
    route.onMessage((data) => link.send(typeof data === "string" ? data : toBytes(data)));
    route.onClose((code = 1005, reason = "") => link.close(code, reason));
  };
}

/** Connects a mock server to a server of the package `ws`: `wss.on("connection", toWs(server))`. A refusal ends the connection. */
export function toWs<P extends Protocol>(
  server: MockServer<P>,
): (socket: WsConnection, request: { readonly url?: string | undefined }) => void {
  return (socket, { url = "/" }) => {
    const link = server.connect(
      {
        opened: () => {},
        received: (data) => socket.send(data),
        closed: (code, reason) => socket.close(closable(code), reason),
        lost: () => socket.terminate(),
      },
      new URL(url, "ws://localhost"),
      socket.protocol ? [socket.protocol] : [],
    );
    socket.on("message", (data: Uint8Array, isBinary) => link.send(isBinary ? toBytes(data) : String(data)));
    socket.on("close", (code, reason) => (code === 1006 ? link.cut() : link.close(code, String(reason))));
  };
}

/** Playwright takes bytes as a Buffer of Node. */
function toBuffer(data: ArrayBuffer): Uint8Array {
  return (globalThis as unknown as { Buffer: { from(data: ArrayBuffer): Uint8Array } }).Buffer.from(data);
}

/** A close without a code is answered by one without a code. */
function closable(code: number): number {
  return code === 1005 ? 1000 : code;
}

function toBytes(data: Uint8Array): ArrayBuffer {
  return new Uint8Array(data).buffer;
}
