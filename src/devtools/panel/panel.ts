import { plain } from "../capture";
import { type Action, formatEvents, type Inspected, openRecording, rowsOf, toHar, type View } from "../index";
import type { Registry } from "../registry";
import { button, h, write } from "./dom";
import { Detail } from "./detail";
import { Sender } from "./sender";
import { style } from "./style";
import { Table } from "./table";
import { Timeline } from "./timeline";

const edges = ["bottom", "top", "left", "right"] as const;
type Edge = (typeof edges)[number];

/** The pause between two drawings, in milliseconds. */
const pause = 100;

const labels: Record<Exclude<Action["type"], "send">, string> = {
  cut: "Cut",
  stall: "Stall",
  flow: "End stall",
  offline: "Go offline",
  online: "Go online",
  refuse: "Refuse next",
  retry: "Retry now",
  connect: "Connect",
  close: "Close",
};
/** The buttons, in order: of those in one place, the one that is possible is shown. */
const places: ReadonlyArray<ReadonlyArray<keyof typeof labels>> = [
  ["cut"],
  ["stall", "flow"],
  ["offline", "online"],
  ["refuse"],
  ["retry"],
  ["close", "connect"],
];

/** What a panel is made with. */
export interface PanelOptions {
  readonly edge: Edge;
  /** Closes the panel; without it, there is no button for that. */
  readonly close: (() => void) | undefined;
}

/** The panel: one socket at a time, as it stands and what happened to it. */
export class Panel {
  /** The style of its shadow root. */
  static readonly style: string = style;
  readonly element = h("div", { class: "panel" });
  readonly #registry: Registry;
  readonly #sockets = h("select", { "aria-label": "Socket" });
  readonly #status = h("strong", { class: "status" });
  readonly #line = h("p", { class: "line" });
  readonly #queue = h("div");
  readonly #queueTitle = h("summary", {}, "Queue");
  readonly #rooms = h("div");
  readonly #roomsTitle = h("summary", {}, "Channels");
  readonly #faultHint = h("p", { class: "hint" }, "To cut, stall or refuse, pass faults() to the socket and to inspect().");
  readonly #buttons = places.map((types) => button(labels[types[0]!], () => this.#press(types)));
  readonly #message = h("output");
  readonly #timeline = new Timeline();
  readonly #table = new Table(
    (id) => this.#choose(id),
    () => this.#draw(),
  );
  readonly #detail = new Detail((id) => this.#choose(id));
  readonly #sender = new Sender();
  readonly #dock: HTMLSelectElement;
  readonly #ends: (() => void)[] = [];
  #socket: Inspected | undefined;
  #selected: number | undefined;
  #unlisten: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(registry: Registry, { edge, close }: PanelOptions) {
    this.#registry = registry;
    this.#dock = h(
      "select",
      { "aria-label": "Edge of the window" },
      ...edges.map((name) => h("option", { value: name }, `at the ${name}`)),
    );
    this.#dock.value = edge;
    this.element.dataset["edge"] = edge;
    this.#dock.addEventListener("input", () => this.#moveTo(this.#dock.value as Edge));
    this.#sockets.addEventListener("input", () => this.#show(this.#registry.all[this.#sockets.selectedIndex]));
    const header = h(
      "header",
      {},
      h("h2", {}, "Wireline"),
      this.#sockets,
      this.#status,
      h("span", { class: "space" }),
      this.#dock,
      close && button("Close panel", close),
    );
    this.#makeDraggable(header);
    this.element.append(header, this.#body());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) close?.();
    });
    this.#ends.push(registry.onChange(() => this.#list()));
    // The countdown and the latency change without an event.
    const clock = setInterval(() => this.#draw(), 1_000);
    this.#ends.push(() => clearInterval(clock));
    this.#list();
  }

  /** Moves the focus into the panel. */
  focus(): void {
    this.#sockets.focus();
  }

  /** Removes it; nothing of it runs any more. */
  remove(): void {
    this.#unlisten?.();
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
    this.element.remove();
  }

  #body(): HTMLElement {
    const file = h("input", { type: "file", accept: ".jsonl,.ndjson,.json,.txt", "aria-label": "Open a recording" });
    file.addEventListener("change", () => void this.#open(file));
    const recording = h(
      "div",
      { class: "recorder" },
      button("Save recording", () => this.#save("jsonl", (socket) => formatEvents(socket.events))),
      button("Save HAR", () => this.#save("har", (socket) => JSON.stringify(toHar(socket), undefined, 2))),
      button("Clear", () => this.#clear()),
      h("label", {}, "Open a recording", file),
    );
    return h(
      "div",
      { class: "body" },
      h(
        "div",
        { class: "main" },
        this.#line,
        h("div", { class: "actions", role: "group", "aria-label": "Actions" }, ...this.#buttons, this.#message),
        this.#faultHint,
        this.#timeline.element,
        this.#table.element,
      ),
      h(
        "div",
        { class: "side" },
        this.#detail.element,
        h("details", { open: true }, this.#queueTitle, this.#queue),
        h("details", {}, this.#roomsTitle, this.#rooms),
        h("details", {}, h("summary", {}, "Send a message"), this.#sender.element),
        h("details", {}, h("summary", {}, "Recording"), recording),
      ),
    );
  }

  /** Offers all sockets, and shows the first if none is shown. */
  #list(): void {
    const { all } = this.#registry;
    this.#sockets.replaceChildren(...all.map(({ name }) => h("option", {}, name)));
    const index = this.#socket ? all.indexOf(this.#socket) : -1;
    if (index < 0) this.#show(all[0]);
    else this.#sockets.selectedIndex = index;
  }

  #show(socket: Inspected | undefined): void {
    this.#unlisten?.();
    this.#socket = socket;
    this.#selected = undefined;
    this.#message.textContent = "";
    this.#unlisten = socket?.onEvent(() => this.#soon());
    if (socket) {
      this.#sockets.selectedIndex = this.#registry.all.indexOf(socket);
      this.#sender.show(socket);
    }
    this.#draw();
  }

  #choose(id: number | undefined): void {
    this.#selected = id;
    this.#draw();
    // On a narrow screen it is below the table.
    if (id !== undefined) this.#detail.element.scrollIntoView({ block: "nearest" });
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, pause);
  }

  #draw(): void {
    const socket = this.#socket;
    if (!socket) {
      write(this.#line, "No socket is inspected yet: call inspect(socket).");
      return;
    }
    const { view, events } = socket;
    const rows = rowsOf({ events, commands: socket.commands, startedAt: socket.startedAt });
    write(this.#status, view?.state.status ?? "recording");
    this.#status.dataset["status"] = view?.state.status ?? "";
    write(this.#line, view?.line ?? "A recording from a file.");
    this.#drawActions(view);
    this.#timeline.show(events, view ? Date.now() - socket.startedAt : (events.at(-1)?.at ?? 0));
    this.#table.show(rows, this.#selected);
    this.#detail.show(rows.find(({ id }) => id === this.#selected));
    const waiting = rows.filter(({ kind, steps }) => kind === "out" && steps.at(-1)?.text === "queued");
    write(this.#queueTitle, `Queue (${view?.state.queued ?? waiting.length})`);
    fill(
      this.#queue,
      waiting.map(({ text, message }) =>
        `${text}${message?.channel ? ` in ${message.channel}` : ""} ${JSON.stringify(message?.param, plain) ?? ""}`.slice(0, 200),
      ),
      "No messages wait",
    );
    const rooms = view?.rooms ?? [];
    write(this.#roomsTitle, `Channels (${rooms.length})`);
    fill(
      this.#rooms,
      rooms.map(({ name, status, members }) => `${name}: ${status}${members.length ? `; ${members.join(", ")}` : ""}`),
      "No channels yet",
    );
  }

  #drawActions(view: View | undefined): void {
    const actions = view?.actions ?? [];
    places.forEach((types, index) => {
      const element = this.#buttons[index]!;
      const possible = types.find((type) => actions.includes(type));
      write(element, labels[possible ?? types[0]!]);
      // Not `disabled`, which would take the focus away.
      element.setAttribute("aria-disabled", String(!possible));
    });
    this.#faultHint.hidden = !view || actions.includes("cut");
  }

  #press(types: ReadonlyArray<keyof typeof labels>): void {
    const type = types.find((type) => this.#socket?.view?.actions.includes(type));
    if (!type) return;
    this.#message.textContent = `${labels[type]}: ${this.#socket?.act({ type }) ?? ""}`;
    this.#draw();
  }

  #clear(): void {
    this.#socket?.clear();
    this.#choose(undefined);
  }

  #save(extension: string, write: (socket: Inspected) => string): void {
    const socket = this.#socket;
    if (!socket) return;
    const url = URL.createObjectURL(new Blob([write(socket)], { type: "application/json" }));
    const link = h("a", { href: url, download: `${socket.name.replace(/[^\w-]+/g, "-")}.${extension}` });
    link.click();
    // The download has begun by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async #open(input: HTMLInputElement): Promise<void> {
    const [file] = input.files ?? [];
    if (!file) return;
    try {
      this.#show(openRecording(await file.text(), file.name));
    } catch (error) {
      this.#message.textContent = (error as Error).message;
    }
    input.value = "";
  }

  #moveTo(edge: Edge): void {
    this.element.dataset["edge"] = edge;
    this.#dock.value = edge;
  }

  /** Lets a pointer drag the header to the nearest edge of the window; the list of edges does the same by keyboard. */
  #makeDraggable(header: HTMLElement): void {
    header.addEventListener("pointerdown", (event) => {
      if ((event.target as HTMLElement).closest("button, select")) return;
      header.setPointerCapture(event.pointerId);
      const start = [event.clientX, event.clientY] as const;
      const drop = ({ clientX, clientY }: PointerEvent) => {
        header.removeEventListener("pointerup", drop);
        if (Math.hypot(clientX - start[0], clientY - start[1]) > 40) this.#moveTo(nearestEdge(clientX, clientY));
      };
      header.addEventListener("pointerup", drop);
      header.addEventListener("pointercancel", () => header.removeEventListener("pointerup", drop), { once: true });
    });
  }
}

function nearestEdge(x: number, y: number): Edge {
  const distances: [Edge, number][] = [
    ["left", x / innerWidth],
    ["right", 1 - x / innerWidth],
    ["top", y / innerHeight],
    ["bottom", 1 - y / innerHeight],
  ];
  return distances.sort((a, b) => a[1] - b[1])[0]![0];
}

function fill(element: HTMLElement, lines: readonly string[], empty: string): void {
  const key = lines.join("\n") || empty;
  if (element.dataset["key"] === key) return;
  element.dataset["key"] = key;
  element.replaceChildren(lines.length ? h("ul", {}, ...lines.map((line) => h("li", {}, line))) : h("p", { class: "empty" }, empty));
}
