import type { RecordedEvent } from "../index";
import { duration, h, svg } from "./dom";

/** A time in which nothing changed. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
}

/** How the connection stood, and when the page was offline or hidden. */
export interface Spans {
  readonly connection: readonly Span[];
  readonly page: readonly Span[];
}

const names: Readonly<Record<string, string>> = {
  open: "open",
  retrying: "retrying",
  closed: "closed",
  offline: "offline",
  hidden: "hidden",
};

/** Reads the spans of a timeline from events that end at a time. */
export function spansOf(events: readonly RecordedEvent[], end: number): Spans {
  const connection: Span[] = [];
  const page: Span[] = [];
  let kind: string | undefined;
  let since = events[0]?.at ?? 0;
  const began: { offline?: number | undefined; hidden?: number | undefined } = {};
  const finish = (name: "offline" | "hidden", to: number) => {
    const from = began[name];
    if (from !== undefined) page.push({ from, to, kind: name });
    began[name] = undefined;
  };
  for (const event of events) {
    const { at } = event;
    if (event.type === "status") {
      kind ??= kindOf(event.previous.status);
      const next = kindOf(event.state.status);
      if (next === kind) continue;
      connection.push({ from: since, to: at, kind });
      kind = next;
      since = at;
    } else if (event.type === "environment") {
      if (event.event === "offline" || event.event === "hidden") began[event.event] ??= at;
      else if (event.event === "online") finish("offline", at);
      else if (event.event === "visible") finish("hidden", at);
    }
  }
  if (kind !== undefined) connection.push({ from: since, to: end, kind });
  finish("offline", end);
  finish("hidden", end);
  return { connection, page };
}

function kindOf(status: string): string {
  if (status === "open") return "open";
  return status === "connecting" || status === "reconnecting" ? "retrying" : "closed";
}

const width = 1_000;

/** The timeline of a connection, with a mark for each message. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #drawing = svg("svg", { viewBox: `0 0 ${width} 34`, preserveAspectRatio: "none", role: "img" });
  readonly #start = h("span");

  constructor() {
    const legend = Object.values(names).map((name) => h("span", { class: `key ${name}` }, name));
    this.element = h(
      "div",
      { class: "timeline" },
      this.#drawing,
      h("div", { class: "legend" }, this.#start, ...legend, h("span", {}, "now")),
    );
  }

  /** @param end the time until which it goes, in milliseconds since the recording began */
  show(events: readonly RecordedEvent[], end: number): void {
    const start = events[0]?.at ?? end;
    const length = Math.max(1, end - start);
    const x = (at: number) => ((at - start) / length) * width;
    const { connection, page } = spansOf(events, end);
    const rects = [...connection.map((span) => [span, 4, 14] as const), ...page.map((span) => [span, 0, 4] as const)].map(
      ([{ from, to, kind }, y, height]) => svg("rect", { class: kind, x: x(from), y, width: Math.max(1, x(to) - x(from)), height }),
    );
    const marks = (type: string, y: number) =>
      events.map((event) => (event.type === type ? `M${x(event.at).toFixed(1)} ${y}v7` : "")).join("");
    const paths = [svg("path", { class: "in", d: marks("in", 19) }), svg("path", { class: "out", d: marks("out", 27) })];
    this.#drawing.replaceChildren(...rects, ...paths);
    const [received, sent] = ["in", "out"].map((type) => events.filter((event) => event.type === type).length);
    const story = connection.map(({ from, to, kind }) => `${names[kind]} for ${duration(to - from)}`).slice(-6);
    this.#drawing.setAttribute("aria-label", `Timeline: ${story.join(", ")}; ${received} messages received, ${sent} sent`);
    this.#start.textContent = `${duration(length)} ago`;
  }
}
