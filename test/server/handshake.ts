import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { ServiceError, type ServiceErrorCode } from "./errors";
import { findFault } from "./gorilla";
import { isSameOrigin } from "./origin";
import { refuse } from "./refusal";
import type { Wire } from "./wire";

/** What a handshake checks and agrees on. */
export interface HandshakeOptions {
  /** Bytes of one message; a larger one closes the connection with 1009. @default 1_048_576 */
  maxMessageBytes?: number;
  /** Origins that may connect besides those of gorilla's rule, as `http://host:port`. @default none */
  allowedOrigins?: readonly string[];
}

/** Makes WebSockets of upgrade requests; the only file that knows the `ws` server. */
export class Handshake {
  readonly #server: WebSocketServer;
  readonly #allowedOrigins: readonly string[];
  readonly #guarded: boolean;
  #status: "open" | "closed" = "open";

  constructor({ maxMessageBytes = 1_048_576, allowedOrigins = [] }: HandshakeOptions, { guarded, echoesReason }: Wire) {
    this.#allowedOrigins = allowedOrigins;
    this.#guarded = guarded;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: guarded || { serverNoContextTakeover: true, clientNoContextTakeover: true },
      // gorilla picks none for a server that names none; `ws` would take the client's first.
      ...(!guarded && { handleProtocols: () => false as const }),
      maxPayload: guarded ? maxMessageBytes : 0,
      // gorilla leaves UTF-8 to the JSON parser; `ws` would answer 1007 before it.
      skipUTF8Validation: !guarded,
      WebSocket: echoesReason ? WebSocket : ReasonlessWebSocket,
    });
  }

  /** Accepts a request, or answers it with the HTTP status of its fault and throws. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, channel: string): WebSocket {
    if (this.#status === "closed") reject(socket, 503, "service-closed", "The service is closed: start a new one.");
    if (channel === "") reject(socket, 400, "empty-channel", "The channel is empty: name one.");
    if (!this.#allows(request)) {
      reject(socket, 403, "forbidden-origin", "The origin is not the host's: connect from its pages, or allow the origin.");
    }
    // gorilla knows one version only, where `ws` takes an older one, too.
    if (!this.#guarded && findFault(request, { checkOrigin: () => true })) {
      reject(socket, 400, "bad-handshake", "The request is no WebSocket handshake: send one (RFC 6455 §4.1).");
    }
    let accepted: WebSocket | undefined;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      accepted = webSocket;
    });
    // `ws` calls back at once or never, and has then answered by itself.
    if (accepted) return accepted;
    throw new ServiceError("bad-handshake", "The request is no WebSocket handshake: send one (RFC 6455 §4.1).");
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

/** Answers a close frame with its code alone, as gorilla does, and one that gorilla does not know with 1002. */
class ReasonlessWebSocket extends WebSocket {
  override close(code?: number): void {
    super.close(code === 1014 ? 1002 : code);
  }
}

function reject(socket: Duplex, status: number, code: ServiceErrorCode, sentence: string): never {
  // The version that is spoken (RFC 6455 §4.4).
  refuse(socket, status, sentence, "Sec-WebSocket-Version: 13");
  throw new ServiceError(code, sentence);
}
