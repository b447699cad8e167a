import type { TapEvent } from "../index";

/** When something happened. */
interface Moment {
  /** In milliseconds since the recording began. */
  readonly at: number;
}

/** What of an event is replayed. Of the state, only its status counts. */
type Replayed =
  | { readonly type: "open" }
  | Pick<Extract<TapEvent, { readonly type: "in" | "out" }>, "type" | "message">
  | Pick<Extract<TapEvent, { readonly type: "close" }>, "type" | "close">
  | { readonly type: "status"; readonly state: { readonly status: string } };

/**
 * One event of a recording, which is a line of JSON in a file: an event of `Socket.tap`, and when it happened. A recorder
 * writes `{ at, ...event }`. A replay reads the events that are shown here; others may stand between them.
 *
 * ```json
 * {"at":0,"type":"open"}
 * {"at":12,"type":"out","message":{"channel":"lobby","cmd":"ping","param":{}}}
 * {"at":31,"type":"in","message":{"channel":"lobby","cmd":"pong","param":{"timestamp":1}}}
 * {"at":900,"type":"close","close":{"code":1006,"reason":"","wasClean":false}}
 * ```
 *
 * A close that follows the status `closed` was the client's own.
 */
export type RecordedEvent = Moment & Replayed;

/**
 * Reads a recording: lines of JSON, one event a line. Empty lines and events of other types are skipped.
 *
 * @throws SyntaxError for a line that is no event, with its number.
 */
export function parseRecording(text: string): RecordedEvent[] {
  return text.split("\n").flatMap((line, index) => {
    if (!line.trim()) return [];
    const event = readLine(line);
    if (!event) throw new SyntaxError(`Line ${index + 1} of the recording is no event; it needs JSON with \`at\` and \`type\`.`);
    return isKnown(event) ? [event] : [];
  });
}

/** Writes a recording, which {@link parseRecording} reads. */
export function formatRecording(events: Iterable<RecordedEvent>): string {
  return [...events].map((event) => `${JSON.stringify(event)}\n`).join("");
}

function readLine(line: string): { readonly at: number; readonly type: string } | undefined {
  try {
    const event = JSON.parse(line) as { at?: unknown; type?: unknown } | null;
    if (typeof event?.at === "number" && typeof event.type === "string") return event as { at: number; type: string };
  } catch {
    // The line is told with its number.
  }
  return undefined;
}

function isKnown(event: { readonly at: number; readonly type: string }): event is RecordedEvent {
  const { message, close, state } = event as { message?: { cmd?: unknown }; close?: { code?: unknown }; state?: { status?: unknown } };
  if (event.type === "in" || event.type === "out") return typeof message?.cmd === "string";
  if (event.type === "close") return typeof close?.code === "number";
  return event.type === "open" || (event.type === "status" && typeof state?.status === "string");
}
