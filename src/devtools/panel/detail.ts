import type { Issue } from "../../index";
import { plain } from "../capture";
import type { Row } from "../index";
import { bytes, button, duration, h } from "./dom";

/** One row with all that is known of it. */
export class Detail {
  readonly element = h("div", { class: "detail", role: "region", "aria-label": "Details", hidden: true });
  readonly #select: (id: number | undefined) => void;
  #key = "";

  constructor(select: (id: number | undefined) => void) {
    this.#select = select;
  }

  show(row: Row | undefined): void {
    const key = row ? JSON.stringify([row.id, row.steps, row.pair]) : "";
    if (key === this.#key) return;
    this.#key = key;
    this.element.hidden = !row;
    this.element.replaceChildren(...(row ? this.#contents(row) : []));
  }

  #contents(row: Row): Node[] {
    const { message, size, steps, latency, reply, pair, error, kind } = row;
    const facts: [string, string | undefined][] = [
      ["Time", `${(row.at / 1_000).toFixed(3)} s`],
      ["Channel", message?.channel],
      ["From", message?.from],
      ["Size", size === undefined ? undefined : bytes(size)],
      ["Reply after", latency === undefined ? undefined : duration(latency)],
      ["Error", error && `${error.code}: ${error.message}`],
    ];
    const list = facts.flatMap(([name, value]) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []));
    return [
      h(
        "div",
        { class: "title" },
        h("h3", {}, row.text),
        button("Close details", () => this.#select(undefined)),
      ),
      h("dl", {}, ...list),
      ...(steps.length
        ? [h("h4", {}, "Outcome"), h("ol", {}, ...steps.map(({ at, text }) => h("li", {}, `${(at / 1_000).toFixed(3)} s  ${text}`)))]
        : []),
      ...(error?.issues?.length
        ? [h("h4", {}, "What the schema found"), h("ul", {}, ...error.issues.map((issue) => h("li", {}, sentence(issue))))]
        : []),
      ...(message ? [h("h4", {}, "Param"), code(message.param)] : []),
      ...(reply === undefined ? [] : [h("h4", {}, "Reply"), code(reply)]),
      ...(pair === undefined ? [] : [button(kind === "in" ? "Show the request" : "Show the reply", () => this.#select(pair))]),
    ];
  }
}

function sentence({ message, path }: Issue): string {
  const where = (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".");
  return where ? `${where}: ${message}` : message;
}

function code(value: unknown): HTMLElement {
  return h("pre", { tabindex: "0" }, JSON.stringify(value, plain, 2) ?? "undefined");
}
