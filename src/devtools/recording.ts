import { plain } from "./capture";
import type { CommandForm, Inspected, RecordedEvent, View } from "./event";
import { registry } from "./registry";

/** Writes events as lines of JSON, in the format that `replay` of `wireline/testing` plays. */
export function formatEvents(events: readonly RecordedEvent[]): string {
  return events.map((event) => `${JSON.stringify({ ...event, at: Math.round(event.at * 1_000) / 1_000 }, plain)}\n`).join("");
}

/** A recording that was read from a file. Made by {@link openRecording}. */
export class Recording implements Inspected {
  readonly name: string;
  readonly startedAt: number;
  readonly commands: readonly CommandForm[] = [];
  readonly view: View | undefined = undefined;
  /** Closes the recording: the panel shows it no more. */
  readonly stop: () => void;
  #events: readonly RecordedEvent[];

  /** @internal */
  constructor(name: string, events: readonly RecordedEvent[]) {
    this.name = name;
    this.#events = events;
    // The first status says when that was.
    const first = events.find(isStatus);
    this.startedAt = first ? first.state.since - first.at : 0;
    this.stop = registry.add(this);
  }

  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  act(): string {
    return "a recording cannot be changed";
  }

  clear(): void {
    this.#events = [];
  }

  onEvent(): () => void {
    return () => {};
  }
}

/**
 * Shows a recording in the panel, beside the sockets.
 *
 * @param text lines of JSON, as {@link Inspection.recording} writes them
 * @param name its name in the list of sockets. @default "recording"
 * @throws SyntaxError for a line that is no event, with its number.
 */
export function openRecording(text: string, name = "recording"): Recording {
  return new Recording(name, readEvents(text));
}

/**
 * Reads lines of JSON, as {@link Inspection.recording} writes them.
 *
 * @throws SyntaxError for a line that is no event, with its number.
 */
function readEvents(text: string): RecordedEvent[] {
  return text.split("\n").flatMap((line, index) => {
    if (!line.trim()) return [];
    const event = readLine(line);
    if (!event) throw new SyntaxError(`Line ${index + 1} of the recording is no event; it needs JSON with \`at\` and \`type\`.`);
    // A recording by hand may have no numbers: each event is then one of its own.
    return isShown(event) ? [{ ...event, id: typeof event.id === "number" ? event.id : -1 - index }] : [];
  });
}

function isStatus(event: RecordedEvent): event is Extract<RecordedEvent, { readonly type: "status" }> {
  return event.type === "status";
}

function readLine(line: string): RecordedEvent | undefined {
  try {
    const event = JSON.parse(line) as Partial<RecordedEvent> | null;
    if (typeof event?.at === "number" && typeof event.type === "string") return event as RecordedEvent;
  } catch {
    // The line is reported with its number.
  }
  return undefined;
}

/** Whether an event from a file has what the panel reads of it. */
function isShown(event: RecordedEvent): boolean {
  switch (event.type) {
    case "in":
    case "out":
    case "unknown":
    case "queued":
    case "drop":
    case "settled":
      return typeof event.message?.cmd === "string";
    case "status":
      return typeof event.state?.status === "string" && typeof event.previous?.status === "string";
    case "error":
      return typeof event.error?.code === "string";
    case "close":
      return typeof event.close?.code === "number";
    case "presence":
      return Array.isArray(event.added) && Array.isArray(event.removed);
    default:
      return ["attempt", "open", "channel", "identity", "environment"].includes((event as RecordedEvent).type);
  }
}
