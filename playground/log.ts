import { make } from "./dom";
import type { Line } from "./line";

/** How many messages a log shows before the oldest go. */
const shown = 500;
/** What is still on its way. */
const waiting = "[data-fate=queued], [data-fate=sent]";
/** Messages of one user within this time, in milliseconds, stand under one name. */
const breath = 300_000;

/** The messages of a room as they stand on the page, in the server's order. */
export class Log {
  readonly element: HTMLElement;
  readonly #lines = new Map<string, Line>();
  #atEnd = true;

  /** @param scrolled is called when another part of it is in sight */
  constructor(name: string, scrolled: () => void) {
    this.element = make("div", {
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": `Messages in ${name}`,
      class: "log",
      tabindex: "0",
    });
    this.element.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.element;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < 80;
      scrolled();
    });
  }

  /** Its messages, in no order. */
  get lines(): Line[] {
    return [...this.#lines.values()];
  }

  /** Whether the newest message is in sight, and stays so. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** The message that a user knows by an id. */
  find(user: string, id: string): Line | undefined {
    return this.#lines.get(keyOf(user, id));
  }

  /** Shows another message. */
  add(line: Line): void {
    this.#lines.set(keyOf(line.user, line.id), line);
    this.insert(line.element);
    this.#forget();
  }

  /** Something has become of a message: it moves if others have spoken while it waited, or if it waits again. */
  place(line: Line): void {
    const first = this.#firstWaiting(line.element);
    const isLater = first && first.compareDocumentPosition(line.element) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (line.waits || isLater) this.insert(line.element);
  }

  /** Puts what is said before what still waits, so that the order is the server's. */
  insert(element: HTMLElement): void {
    const after = element.nextElementSibling;
    this.element.insertBefore(element, element.matches(waiting) ? null : this.#firstWaiting(element));
    for (const neighbour of [after, element, element.nextElementSibling]) if (neighbour) group(neighbour as HTMLElement);
    this.stayAtEnd();
  }

  /** Shows who has seen how much of what a user said: a mark each, at the last of it. */
  showSeen(seen: ReadonlyMap<string, number>, user: string | undefined): void {
    const own = this.lines.filter((line) => line.said && line.user === user).sort((a, b) => a.time - b.time);
    const marks = new Map<Line, string[]>();
    for (const [other, time] of seen) {
      const last = other === user ? undefined : own.filter((line) => line.time <= time).at(-1);
      if (last) marks.set(last, [...(marks.get(last) ?? []), other]);
    }
    for (const line of this.lines) line.showSeen(marks.get(line) ?? []);
    this.stayAtEnd();
  }

  /** Shows the newest message. */
  toEnd(): void {
    this.#atEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Shows the newest message still, if it was shown before something took its place. */
  stayAtEnd(): void {
    if (this.#atEnd) this.toEnd();
  }

  #firstWaiting(but: HTMLElement): Element | null {
    return [...this.element.querySelectorAll(waiting)].find((element) => element !== but) ?? null;
  }

  #forget(): void {
    for (const [key, line] of this.#lines) {
      if (this.#lines.size <= shown) return;
      if (!line.said) continue;
      line.element.remove();
      this.#lines.delete(key);
    }
  }
}

/** What a line is known by: an id is its user's own. */
function keyOf(user: string, id: string): string {
  return JSON.stringify([user, id]);
}

/** A message under another of the same user needs no name of its own. */
function group(element: HTMLElement): void {
  const previous = element.previousElementSibling as HTMLElement | null;
  const continues =
    !!previous?.dataset["user"] &&
    previous.dataset["user"] === element.dataset["user"] &&
    Number(element.dataset["time"]) - Number(previous.dataset["time"]) < breath;
  element.classList.toggle("continued", continues);
}
