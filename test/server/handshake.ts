import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { ServiceError, type ServiceErrorCode } from "./errors";
import { accept, findFault, type UpgradeRules } from "./gorilla";
import { GorillaLink, type Link, WsLink } from "./link";
import { isSameOrigin } from "./origin";
import { refuse } from "./refusal";
import type { Wire } from "./wire";

/** How long the name of a channel or a user may be, in characters. */
export const LONGEST_NAME = 256;

/** What somebody with a longer one is told. */
export const TOO_LONG = `The name is too long: take at most ${LONGEST_NAME} characters.`;

const NO_HANDSHAKE = "The request is no WebSocket handshake: send one (RFC 6455 §4.1).";

/** What a handshake checks and agrees on. */
export interface HandshakeOptions {
  /** Bytes of one message; a larger one closes the connection with 1009. @default 1_048_576 */
  maxMessageBytes?: number;
  /** Origins that may connect besides those of gorilla's rule, as `http://host:port`. @default none */
  allowedOrigins?: readonly string[];
}

/** Makes WebSockets of upgrade requests, by `ws` or as gorilla does; the only file that knows the `ws` server. */
export class Handshake {
  readonly #server: WebSocketServer;
  readonly #allowedOrigins: readonly string[];
  readonly #guarded: boolean;
  readonly #rules: UpgradeRules = { checkOrigin: (request) => this.#allows(request), compression: true };
  #status: "open" | "closed" = "open";

  constructor({ maxMessageBytes = 1_048_576, allowedOrigins = [] }: HandshakeOptions, { guarded }: Wire) {
    this.#allowedOrigins = allowedOrigins;
    this.#guarded = guarded;
    this.#server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: true, maxPayload: maxMessageBytes });
  }

  /** Looks at a request that asks for a WebSocket; one that must not have it is answered with the HTTP status of its fault, and this throws. */
  vet(request: IncomingMessage, socket: Duplex): void {
    if (this.#status === "closed") reject(socket, 503, "service-closed", "The service is closed: start a new one.");
    // `ws` looks at the rest by itself.
    const fault = this.#guarded ? undefined : findFault(request, this.#rules);
    if (fault?.status === 403 || (this.#guarded && !this.#allows(request))) {
      reject(socket, 403, "forbidden-origin", "The origin is not the host's: connect from its pages, or allow the origin.");
    }
    if (fault) reject(socket, fault.status, "bad-handshake", NO_HANDSHAKE);
  }

  /** Accepts a request, or answers it with the HTTP status of its fault and throws. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, channel: string, onError: (error: unknown) => void = () => {}): Link {
    this.vet(request, socket);
    if (channel === "") reject(socket, 400, "empty-channel", "The channel is empty: name one.");
    if (this.#guarded && channel.length > LONGEST_NAME) reject(socket, 400, "long-name", TOO_LONG);
    return this.#guarded ? this.#acceptOurs(request, socket, head, onError) : this.#acceptAsGorilla(request, socket, head, onError);
  }

  #acceptOurs(request: IncomingMessage, socket: Duplex, head: Buffer, onError: (error: unknown) => void): Link {
    let accepted: WebSocket | undefined;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      accepted = webSocket;
    });
    // `ws` calls back at once or never, and has then answered by itself.
    if (accepted) return new WsLink(accepted, onError);
    throw new ServiceError("bad-handshake", NO_HANDSHAKE);
  }

  #acceptAsGorilla(request: IncomingMessage, socket: Duplex, head: Buffer, onError: (error: unknown) => void): Link {
    // gorilla drops a client that speaks before it is let in.
    if (head.length > 0) {
      socket.destroy();
      throw new ServiceError("bad-handshake", "The client sent data before the handshake was over: wait for the 101.");
    }
    return new GorillaLink(accept(request, socket, this.#rules), socket, onError);
  }

  close(): void {
    this.#status = "closed";
    this.#server.close();
  }

  #allows(request: IncomingMessage): boolean {
    // gorilla looks at the first Origin header; Node would join several into one.
    const origin = request.headersDistinct["origin"]?.[0];
    if (isSameOrigin(origin, request.headers.host)) return true;
    return origin !== undefined && this.#allowedOrigins.includes(origin);
  }
}

function reject(socket: Duplex, status: number, code: ServiceErrorCode, sentence: string): never {
  // The version that is spoken (RFC 6455 §4.4).
  refuse(socket, status, sentence, "Sec-WebSocket-Version: 13");
  throw new ServiceError(code, sentence);
}
