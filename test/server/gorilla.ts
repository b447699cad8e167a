import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { isSameOrigin } from "./origin";
import { type GorillaVersion, GorillaSocket } from "./socket";

// The handshake of gorilla/websocket, which the servers in Go are made of: what it refuses, in which order, and what it answers.

/** Why a request does not become a WebSocket: the status, and the sentence that only a server in debug mode tells. */
export interface Refusal {
  status: 400 | 403 | 405;
  reason: string;
}

/** What a server may decide about its handshakes. */
export interface UpgradeRules {
  /** Which gorilla it is. @default "1.5.3" */
  version?: GorillaVersion;
  /** Whether a page of this origin may connect. @default gorilla's rule, the same host and port */
  checkOrigin?: (request: IncomingMessage) => boolean;
  /** What it speaks; the first that the client knows, too, is taken. @default none */
  subprotocols?: readonly string[];
  /** What goes with the 101. @default none */
  headers?: Readonly<Record<string, string>>;
  /** Bytes of one message; 0 is no limit. @default 0 */
  readLimit?: number;
  /** Whether permessage-deflate is agreed on with a client that offers it. @default false */
  compression?: boolean;
}

const NO_WEBSOCKET = "websocket: the client is not using the websocket protocol: ";

/** Looks at a request in the order that gorilla does, and gives the first fault. */
export function findFault(request: IncomingMessage, { checkOrigin = isOfSameHost, version = "1.5.3" }: UpgradeRules): Refusal | undefined {
  const { method, headers } = request;
  if (!tokens(headers.connection).includes("upgrade")) return fault(400, `${NO_WEBSOCKET}'upgrade' token not found in 'Connection' header`);
  if (!tokens(headers.upgrade).includes("websocket")) return fault(400, `${NO_WEBSOCKET}'websocket' token not found in 'Upgrade' header`);
  if (method !== "GET") return fault(405, `${NO_WEBSOCKET}request method is not GET`);
  if (!tokens(headers["sec-websocket-version"]).includes("13")) {
    return fault(400, "websocket: unsupported version: 13 not found in 'Sec-Websocket-Version' header");
  }
  if (!checkOrigin(request)) return fault(403, "websocket: request origin not allowed by Upgrader.CheckOrigin");
  const key = headers["sec-websocket-key"] ?? "";
  if (version === "1.4.2") {
    return key === "" ? fault(400, "websocket: not a websocket handshake: 'Sec-WebSocket-Key' header is missing or blank") : undefined;
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    return fault(400, "websocket: not a websocket handshake: 'Sec-WebSocket-Key' header must be Base64 encoded value of 16-byte in length");
  }
  return undefined;
}

/** Whether a request asks for a WebSocket at all. */
export function isUpgrade({ headers }: IncomingMessage): boolean {
  return tokens(headers.connection).includes("upgrade") && tokens(headers.upgrade).includes("websocket");
}

/** Answers a faultless request with 101. */
export function accept(request: IncomingMessage, socket: Duplex, rules: UpgradeRules): GorillaSocket {
  const { subprotocols = [], headers = {}, readLimit = 0, compression = false, version } = rules;
  const offers = tokens(request.headers["sec-websocket-extensions"]);
  const compressed = compression && offers.some((offer) => /^permessage-deflate\b/.test(offer));
  const key = request.headers["sec-websocket-key"];
  const wanted = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const chosen = subprotocols.find((name) => wanted.includes(name));
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")}`,
    ...(chosen === undefined ? [] : [`Sec-WebSocket-Protocol: ${chosen}`]),
    ...(compressed ? ["Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return new GorillaSocket(socket, readLimit, compressed, version);
}

function isOfSameHost(request: IncomingMessage): boolean {
  return isSameOrigin(request.headersDistinct["origin"]?.[0], request.headers.host);
}

function tokens(header: string | undefined): string[] {
  return (header ?? "").split(",").map((token) => token.trim().toLowerCase());
}

function fault(status: Refusal["status"], reason: string): Refusal {
  return { status, reason };
}
