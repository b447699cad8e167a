import type { Message } from "../index";
import type { Inspected, RecordedEvent } from "./event";

/** A message in an HTTP Archive, as Chrome writes it. */
export interface HarMessage {
  /** Who sent it: the client, or the server. */
  readonly type: "send" | "receive";
  /** In seconds since 1970. */
  readonly time: number;
  /** 1 for text, 2 for binary. */
  readonly opcode: 1 | 2;
  /** The text; binary in Base64. */
  readonly data: string;
}

/** An HTTP Archive (HAR 1.2) with one entry for each connection. */
export interface Har {
  readonly log: {
    readonly version: "1.2";
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: ReadonlyArray<{
      readonly startedDateTime: string;
      readonly time: number;
      readonly request: object;
      readonly response: object;
      readonly cache: object;
      readonly timings: { readonly send: number; readonly wait: number; readonly receive: number };
      readonly _resourceType: "websocket";
      readonly _webSocketMessages: readonly HarMessage[];
    }>;
  };
}

/**
 * Makes an HTTP Archive of the connections of a socket. The messages are those of the default codec: what another codec wrote on
 * the wire is not known.
 */
export function toHar({ events, startedAt }: Pick<Inspected, "events" | "startedAt">): Har {
  const connections = connectionsOf(events);
  const entries = connections.map((events) => {
    const { at: start } = events[0]!;
    const { at: end } = events.at(-1)!;
    const opened = events.find(({ type }) => type === "open");
    const attempt = events.find((event) => event.type === "attempt");
    const wait = (opened?.at ?? end) - start;
    const close = events.find((event) => event.type === "close");
    return {
      startedDateTime: new Date(startedAt + start).toISOString(),
      time: end - start,
      request: { method: "GET", url: attempt?.address ?? "", ...http, queryString: [] },
      response: {
        ...{ status: opened ? 101 : 0, statusText: opened ? "Switching Protocols" : "", ...http, redirectURL: "" },
        content: { size: 0, mimeType: "x-unknown" },
        ...(close ? { comment: `closed: ${close.close.code} ${close.close.reason}`.trimEnd() } : {}),
      },
      cache: {},
      timings: { send: 0, wait, receive: end - start - wait },
      _resourceType: "websocket" as const,
      _webSocketMessages: events.flatMap((event) =>
        event.type === "in" || event.type === "out" ? [toMessage(event.type, event.message, startedAt + event.at)] : [],
      ),
    };
  });
  return { log: { version: "1.2", creator: { name: "wireline", version: "1" }, entries } };
}

const http = { httpVersion: "HTTP/1.1", headers: [], cookies: [], headersSize: -1, bodySize: -1 };

/** The events of each connection: from an attempt to its close, or to the next attempt. */
function connectionsOf(events: readonly RecordedEvent[]): RecordedEvent[][] {
  const connections: RecordedEvent[][] = [];
  let current: RecordedEvent[] | undefined;
  for (const event of events) {
    const isPart = event.type === "in" || event.type === "out" || event.type === "open" || event.type === "close";
    if (event.type === "attempt" || (isPart && !current)) {
      current = [event];
      connections.push(current);
    } else if (isPart) current?.push(event);
    if (event.type === "close") current = undefined;
  }
  return connections;
}

function toMessage(type: "in" | "out", { channel, cmd, param, from }: Message, time: number): HarMessage {
  const base = { type: type === "in" ? ("receive" as const) : ("send" as const), time: time / 1_000 };
  if (param instanceof Uint8Array) {
    const text = Array.from(param, (byte) => String.fromCharCode(byte)).join("");
    return { ...base, opcode: 2, data: btoa(text) };
  }
  return { ...base, opcode: 1, data: JSON.stringify({ channel, cmd, param: param ?? null, from }) };
}
