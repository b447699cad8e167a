import type { Message } from "../index";

/** When something happened, in milliseconds since the recording began. */
interface Moment {
  /** In milliseconds since the recording began. */
  readonly at: number;
}

/** The connection opened. */
export interface RecordedOpen extends Moment {
  /** What happened. */
  readonly type: "open";
}

/** A message of the server (`in`) or of the client (`out`). */
export interface RecordedMessage extends Moment, Message {
  /** What happened. */
  readonly type: "in" | "out";
}

/** The connection ended. */
export interface RecordedClose extends Moment {
  /** What happened. */
  readonly type: "close";
  /** The close code; 1006 for an end without a closing handshake. */
  readonly code: number;
  /** The reason. */
  readonly reason: string;
  /** Who closed. @default "server" */
  readonly by?: "client" | "server" | undefined;
}

/**
 * One event of a recording: a line of JSON in a file. Lines of other types may stand between them; a replay skips them.
 *
 * ```json
 * {"at":0,"type":"open"}
 * {"at":12,"type":"out","channel":"lobby","cmd":"ping","param":{}}
 * {"at":31,"type":"in","channel":"lobby","cmd":"pong","param":{"timestamp":1}}
 * {"at":900,"type":"close","code":1006,"reason":""}
 * ```
 */
export type RecordedEvent = RecordedOpen | RecordedMessage | RecordedClose;

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

function isKnown(event: { readonly type: string }): event is RecordedEvent {
  if (event.type === "in" || event.type === "out") {
    const { channel, cmd } = event as Partial<RecordedMessage>;
    return typeof channel === "string" && typeof cmd === "string";
  }
  return event.type === "open" || (event.type === "close" && typeof (event as Partial<RecordedClose>).code === "number");
}
