import type { Channel, InboundParam, SendResult } from "../src/index";
import { button, make, moment, write } from "./dom";
import { type ChatProtocol, nameIn } from "./protocol";

type Said = InboundParam<ChatProtocol, "chat">;

/** What has become of a message of ours; `delivered` when its echo came. */
type Fate = SendResult | "delivered";

interface Line {
  readonly id: string;
  readonly element: HTMLElement;
  readonly text: string;
  /** `undefined` for what others said. */
  fate?: Fate;
}

const words: Record<Fate, string> = { sent: "sent", queued: "queued", delivered: "delivered", dropped: "not sent" };

/** How many messages a room shows before the oldest go. */
const shown = 500;
/** Messages of one user within this time, in milliseconds, stand under one name. */
const breath = 300_000;

/** What a room needs of the page. */
export interface RoomHost {
  /** The user's own name. */
  readonly user: string;
  /** Something came that was not here before. */
  arrived(room: Room): void;
  /** The list of those who are here has changed. */
  membersChanged(room: Room): void;
}

/** One room: its channel, its messages and who is in it. */
export class Room {
  readonly name: string;
  readonly log: HTMLElement;
  /** How many messages came that were not looked at. */
  unread = 0;
  readonly #channel: Channel<ChatProtocol>;
  readonly #host: RoomHost;
  readonly #lines = new Map<string, Line>();
  readonly #undo: (() => void)[];
  /** Whether the newest message is in sight, and stays so. */
  #atEnd = true;

  constructor(channel: Channel<ChatProtocol>, host: RoomHost) {
    this.name = channel.name;
    this.#channel = channel;
    this.#host = host;
    this.log = make("div", {
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": `Messages in ${this.name}`,
      class: "log",
      tabindex: "0",
    });
    this.log.addEventListener("scroll", () => {
      this.#atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    });
    this.#undo = [
      channel.on("chat", (said) => this.#heard(said)),
      channel.onPresence(() => host.membersChanged(this)),
    ];
    channel.join();
  }

  /** The names of those who are here, our own first. */
  get members(): string[] {
    const others = new Set(this.#channel.members.map(nameIn));
    others.delete(this.#host.user);
    return [this.#host.user, ...[...others].sort((a, b) => a.localeCompare(b))];
  }

  /** Says something here, and shows at once what has become of it. */
  say(text: string): void {
    const id = crypto.randomUUID();
    const fate = this.#channel.send("chat", { id, text });
    this.#show({ id, user: this.#host.user, text: text.trim(), time: Date.now() }, fate);
    this.toEnd();
  }

  /** The connection is open and the queue is empty: what waited has left. */
  queueLeft(): void {
    for (const line of this.#lines.values()) if (line.fate === "queued") this.#mark(line, "sent");
  }

  /** The connection is gone: what was sent and not echoed goes out again, under its old id, so that it is said once. */
  sendAgain(): void {
    for (const line of this.#lines.values()) if (line.fate === "sent") this.#mark(line, this.#resend(line));
  }

  /** The socket has given up a message. */
  dropped(id: string): void {
    const line = this.#lines.get(id);
    if (line) this.#mark(line, "dropped");
  }

  /** Whether something of ours is still on its way. */
  get waits(): boolean {
    return [...this.#lines.values()].some(({ fate }) => fate === "queued" || fate === "sent");
  }

  /** Something that is nobody's message. */
  notice(text: string): void {
    this.#insert(make("p", { class: "notice" }, text));
  }

  /** Shows the newest message. */
  toEnd(): void {
    this.#atEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Shows the newest message still, if it was shown before something took its place. */
  stayAtEnd(): void {
    if (this.#atEnd) this.toEnd();
  }

  /** Leaves the room and takes it off the page. */
  leave(): void {
    this.#channel.leave();
    for (const undo of this.#undo) undo();
    this.log.remove();
  }

  #heard(said: Said): void {
    const line = this.#lines.get(said.id);
    if (!line) {
      this.#show(said);
      if (said.user !== this.#host.user) this.#host.arrived(this);
    } else if (line.fate !== undefined && line.fate !== "delivered") {
      line.element.querySelector("time")?.replaceWith(moment(said.time));
      line.element.dataset["time"] = String(said.time);
      this.#mark(line, "delivered");
      // Others may have spoken while it waited.
      const first = this.#firstWaiting(line.element);
      if (first && first.compareDocumentPosition(line.element) & Node.DOCUMENT_POSITION_FOLLOWING) this.#insert(line.element);
    }
  }

  #show({ id, user, text, time }: Said, fate?: Fate): void {
    const own = user === this.#host.user;
    const element = make(
      "article",
      { class: own ? "line own" : "line", "data-user": user, "data-time": String(time) },
      make("p", { class: "who" }, user),
      make(
        "div",
        { class: "said" },
        make("p", { class: "text" }, text),
        make("p", { class: "when" }, moment(time), make("span", { class: "fate" })),
      ),
    );
    const line: Line = { id, element, text, fate };
    this.#lines.set(id, line);
    if (fate) this.#mark(line, fate);
    this.#insert(element);
    this.#forget();
  }

  /** Puts what is said before what still waits, so that the order is the server's. */
  #insert(element: HTMLElement): void {
    const after = element.nextElementSibling;
    const waiting = element.dataset["fate"] && element.dataset["fate"] !== "delivered";
    this.log.insertBefore(element, waiting ? null : this.#firstWaiting(element));
    for (const neighbour of [after, element, element.nextElementSibling]) if (neighbour) group(neighbour as HTMLElement);
    this.stayAtEnd();
  }

  #firstWaiting(but: HTMLElement): Element | null {
    const waiting = this.log.querySelectorAll("[data-fate]:not([data-fate=delivered])");
    return [...waiting].find((element) => element !== but) ?? null;
  }

  #mark(line: Line, fate: Fate): void {
    line.fate = fate;
    line.element.dataset["fate"] = fate;
    const label = line.element.querySelector(".fate")!;
    write(label, words[fate]);
    line.element.querySelector("button")?.remove();
    if (fate !== "dropped") return;
    label.after(button({ class: "link" }, "Send again", () => this.#mark(line, this.#resend(line))));
  }

  #resend({ id, text }: Line): SendResult {
    return this.#channel.send("chat", { id, text });
  }

  #forget(): void {
    for (const [id, { element, fate }] of this.#lines) {
      if (this.#lines.size <= shown) return;
      if (fate !== undefined && fate !== "delivered") continue;
      element.remove();
      this.#lines.delete(id);
    }
  }
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
