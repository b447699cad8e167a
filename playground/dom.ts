/** An element of the page, by its id; the page and its script are one piece, so that a missing one is a fault. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${kind.name} with the id ${id}: add it to the HTML.`);
}

/** Makes an element; what it is given to say becomes text and never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Makes a button that does something. */
export function button(attributes: Record<string, string>, label: string, act: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}

/** Sets an element's text if it differs, so that screen readers and selections are left in peace. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** A moment as a `<time>`, by a clock of 24 hours. */
export function moment(time: number, seconds = false): HTMLTimeElement {
  const date = new Date(time);
  return make("time", { datetime: date.toISOString() }, (seconds ? clockWithSeconds : clock).format(date));
}

/** A duration in milliseconds, for people. */
export function duration(time: number): string {
  return time < 1_000 ? `${Math.round(time)}\u00a0ms` : seconds(time);
}

/** A duration in milliseconds, in seconds. */
export function seconds(time: number): string {
  return `${(time / 1_000).toFixed(1)}\u00a0s`;
}
