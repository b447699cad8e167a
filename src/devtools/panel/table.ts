import { outcomeOf, type Row } from "../index";
import { bytes, button, h } from "./dom";

/** How many rows are drawn at most; the newest are. */
const maxRows = 300;
const kinds = { all: "Everything", messages: "Messages", in: "Received", out: "Sent", events: "Connection and channels", bad: "Problems" };
const arrows = { in: "← in", out: "→ out", connection: "link", channel: "channel", error: "error" };

/** The table of messages and events, with its filter. */
export class Table {
  readonly element: HTMLElement;
  readonly #body = h("tbody");
  readonly #search = h("input", { type: "search", placeholder: "Filter by command, channel, outcome", "aria-label": "Filter" });
  readonly #kind = h(
    "select",
    { "aria-label": "What is shown" },
    ...Object.entries(kinds).map(([value, text]) => h("option", { value }, text)),
  );
  readonly #scroller: HTMLElement;
  readonly #empty = h("p", { class: "empty" }, "No messages yet");
  readonly #select: (id: number) => void;
  readonly #shown = new Map<number, { readonly key: string; readonly element: HTMLElement }>();

  constructor(select: (id: number) => void, changed: () => void) {
    this.#select = select;
    for (const field of [this.#search, this.#kind]) field.addEventListener("input", changed);
    const head = ["Time", "Kind", "What", "Channel", "Size", "Outcome"].map((text) => h("th", { scope: "col" }, text));
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), this.#body);
    this.#scroller = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Messages and events" }, table, this.#empty);
    this.element = h("div", { class: "list" }, h("div", { class: "filter" }, this.#search, this.#kind), this.#scroller);
  }

  show(rows: readonly Row[], selected: number | undefined): void {
    const filtered = rows.filter((row) => this.#fits(row));
    const visible = filtered.slice(-maxRows);
    const follows = this.#scroller.scrollTop + this.#scroller.clientHeight >= this.#scroller.scrollHeight - 24;
    const elements = visible.map((row) => this.#elementOf(row, row.id === selected));
    const ids = new Set(visible.map(({ id }) => id));
    for (const id of this.#shown.keys()) if (!ids.has(id)) this.#shown.delete(id);
    // Rows that stay are not moved, so that the focus stays in them.
    for (const child of [...this.#body.children]) if (!elements.includes(child as HTMLElement)) child.remove();
    elements.forEach((element, index) => {
      if (this.#body.children[index] !== element) this.#body.insertBefore(element, this.#body.children[index] ?? null);
    });
    this.#empty.textContent = rows.length ? "Nothing fits the filter" : "No messages yet";
    this.#empty.hidden = visible.length > 0;
    if (follows) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #elementOf(row: Row, isSelected: boolean): HTMLElement {
    const { id, kind, text, message, size, isBad } = row;
    const outcome = outcomeOf(row);
    const key = [outcome, isBad, isSelected, size].join();
    const known = this.#shown.get(id);
    if (known?.key === key) return known.element;
    const opener = button(text, () => this.#select(id), { "aria-pressed": String(isSelected) });
    const element = h(
      "tr",
      { class: isBad ? "bad" : undefined, "data-kind": kind, "data-id": String(id), "aria-selected": undefined },
      h("td", {}, `${(row.at / 1_000).toFixed(3)}`),
      h("td", {}, arrows[kind]),
      h("td", {}, opener),
      h("td", {}, message?.channel ?? ""),
      h("td", {}, bytes(size)),
      h("td", {}, outcome),
    );
    const hadFocus = known?.element.contains((known.element.getRootNode() as ShadowRoot).activeElement);
    if (known?.element.isConnected) known.element.replaceWith(element);
    if (hadFocus) opener.focus();
    this.#shown.set(id, { key, element });
    return element;
  }

  #fits(row: Row): boolean {
    const { kind, isBad, text, message } = row;
    const isMessage = kind === "in" || kind === "out";
    const fitsKind: Record<string, boolean> = { all: true, messages: isMessage, events: !isMessage, bad: isBad };
    if (!(fitsKind[this.#kind.value] ?? kind === this.#kind.value)) return false;
    const wanted = this.#search.value.trim().toLowerCase();
    return !wanted || `${text} ${message?.channel ?? ""} ${outcomeOf(row)}`.toLowerCase().includes(wanted);
  }
}
