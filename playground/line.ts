import type { DropReason, InboundParam, SendResult } from "../src/index";
import { button, make, moment, write } from "./dom";
import type { ChatProtocol } from "./protocol";

type Said = InboundParam<ChatProtocol, "chat">;

/** What has become of a message of ours; `delivered` when its echo came. */
export type Fate = SendResult | "delivered";

const words: Record<Fate, string> = {
  sent: "sent, not confirmed yet",
  queued: "waiting",
  replaced: "waiting",
  delivered: "delivered",
  dropped: "not sent",
};

const reasons: Record<DropReason, string> = {
  overflow: "too many were waiting",
  expired: "it waited too long",
  identity: "you changed your name",
  disconnected: "there was no connection",
  closed: "the connection was closed",
  refused: "the browser refused it",
  size: "it was too large for the server",
  buffer: "it was not read in time",
  channel: "the server refused the room",
};

/** One message in a room, by whomever. */
export class Line {
  readonly id: string;
  readonly user: string;
  readonly text: string;
  readonly element: HTMLElement;
  /** `undefined` for what was not said in this window. */
  fate: Fate | undefined;
  #time!: number;
  readonly #again: HTMLButtonElement;
  readonly #seen: HTMLElement;
  /** It is of whoever is here. */
  #own = false;
  /** It was with the WebSocket once: if it is given up, it may have arrived all the same. */
  #left = false;

  /** @param again sends it once more */
  constructor({ id, user, text, time }: Said, again: (line: Line) => void) {
    this.id = id;
    this.user = user;
    this.text = text;
    this.#again = button({ class: "link", hidden: "" }, "Send again", () => again(this));
    // What is said is read out; who has seen it is not.
    this.#seen = make("p", { class: "by", "aria-live": "off" });
    this.element = make(
      "article",
      { class: "line", "data-user": user },
      make("p", { class: "who" }, user),
      make(
        "div",
        { class: "said" },
        make("p", { class: "text" }, text),
        make("p", { class: "when" }, make("time"), make("span", { class: "fate" }), this.#again),
      ),
      this.#seen,
    );
    this.time = time;
  }

  /** When it was said: for what is on its way, by our own clock. */
  get time(): number {
    return this.#time;
  }

  set time(time: number) {
    this.#time = time;
    this.element.dataset["time"] = String(time);
    this.element.querySelector("time")!.replaceWith(moment(time));
  }

  /** Whether the server has said it. */
  get said(): boolean {
    return this.fate === undefined || this.fate === "delivered";
  }

  /** Whether it is still on its way. */
  get waits(): boolean {
    return !this.said && this.fate !== "dropped";
  }

  /** Says what has become of it, and why where it was given up. */
  mark(fate: Fate, reason?: DropReason): void {
    this.fate = fate;
    this.#left ||= fate === "sent";
    const word = fate === "dropped" && this.#left ? "not confirmed" : words[fate];
    // It waits, in whose place whatever: to the eye the same.
    this.element.dataset["fate"] = fate === "replaced" ? "queued" : fate;
    write(this.element.querySelector(".fate")!, reason ? `${word}: ${reasons[reason]}` : word);
    this.#offer();
  }

  /** Shows whether it is of whoever is here. */
  belongTo(user: string | undefined): void {
    this.#own = user === this.user;
    this.element.classList.toggle("own", this.#own);
    this.#offer();
  }

  /** Shows who has read up to here. */
  showSeen(by: readonly string[]): void {
    const some = by.length > 3 ? [...by.slice(0, 2), `${by.length - 2} more`] : by;
    write(this.#seen, by.length ? `Seen by ${and.format(some)}` : "");
  }

  /** Nobody sends again what another has said. */
  #offer(): void {
    this.#again.hidden = !this.#own || this.fate !== "dropped";
  }
}

const and = new Intl.ListFormat("en", { type: "conjunction" });
