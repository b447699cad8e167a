import type { RecordedEvent } from "./event";
import { textOf } from "./rows";

type Colour = "primary" | "secondary" | "tertiary" | "warning" | "error";

/** As Chrome has it: with a time and a track. Others ignore what they do not know. */
type TimeStamp = (label: string, start?: number, end?: number, track?: string, group?: string, color?: string) => void;

const group = "Wireline";

/** Shows a socket in Chrome's performance panel: its messages and states by `console.timeStamp`, its requests by `performance.measure`. */
export class Tracks {
  readonly #name: string;
  /** When the requests left that are not answered. */
  readonly #left = new Map<number, number>();
  #since = performance.now();
  #status = "";

  constructor(name: string) {
    this.#name = name;
  }

  add(event: RecordedEvent): void {
    const now = performance.now();
    switch (event.type) {
      case "in":
        this.#stamp(`← ${event.message.cmd}`, now, "messages", "primary");
        return;
      case "out":
        if (this.#left.size < 1_000) this.#left.set(event.id, now);
        this.#stamp(`→ ${event.message.cmd}`, now, "messages", "secondary");
        return;
      case "drop":
        this.#left.delete(event.id);
        this.#stamp(`dropped ${event.message.cmd}: ${event.reason}`, now, "messages", "warning");
        return;
      case "settled":
        this.#measure(event, now);
        return;
      case "status":
        if (event.state.status === this.#status) return;
        if (this.#status) this.#span(this.#status, this.#since, now, "connection", this.#status === "open" ? "tertiary" : "warning");
        this.#status = event.state.status;
        this.#since = now;
        return;
      case "error":
        this.#stamp(event.error.code, now, "connection", "error");
        return;
      default: {
        const text = textOf(event, Date.now());
        if (text !== undefined) this.#stamp(text, now, "connection", "secondary");
      }
    }
  }

  #stamp(label: string, at: number, track: string, color: Colour): void {
    this.#span(label, at, at, track, color);
  }

  #span(label: string, start: number, end: number, track: string, color: Colour): void {
    (console.timeStamp as TimeStamp | undefined)?.(label, start, end, `${this.#name}: ${track}`, group, color);
  }

  #measure({ id, message, error }: Extract<RecordedEvent, { readonly type: "settled" }>, end: number): void {
    const start = this.#left.get(id);
    this.#left.delete(id);
    if (start === undefined) return;
    const properties = error ? [["error", error.code]] : [];
    const track = {
      dataType: "track-entry",
      track: `${this.#name}: requests`,
      trackGroup: group,
      color: error ? "error" : "primary",
      properties,
    };
    const name = `wireline ${message.cmd}`;
    performance.measure?.(name, { start, end, detail: { devtools: track } });
    // The panel has it already; without this, pages would collect them for ever.
    performance.clearMeasures?.(name);
  }
}
