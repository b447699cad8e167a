import { button, find, make } from "./dom";
import { lobby } from "./protocol";
import type { Room } from "./room";

/** What the list of rooms needs of the page. */
export interface RoomListHost {
  open(room: Room): void;
  leave(room: Room): void;
}

/** The rooms we are in, with what was not read in each; the title of the page tells of all. */
export class RoomList {
  readonly #host: RoomListHost;
  readonly #list = find("rooms", HTMLUListElement);

  constructor(host: RoomListHost) {
    this.#host = host;
  }

  /** Shows the rooms; the focus stays where it was. */
  show(rooms: readonly Room[], current: Room): void {
    const focused = this.#list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
    this.#list.replaceChildren(...rooms.map((room) => this.#item(room, room === current)));
    for (const element of this.#list.querySelectorAll("button")) if (element.dataset["key"] === focused) element.focus();
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}${current.name} · Wireline playground`;
  }

  /** Scrolls to the room that is open. */
  reveal(): void {
    this.#open?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Goes to the room that is open. */
  focus(): void {
    this.#open?.focus();
  }

  get #open(): HTMLElement | null {
    return this.#list.querySelector<HTMLElement>("[aria-current]");
  }

  #item(room: Room, current: boolean): HTMLLIElement {
    const { name, unread } = room;
    const open = button({ class: "room", "data-key": `open ${name}` }, "", () => this.#host.open(room));
    open.append(make("span", { class: "name" }, name));
    if (unread) open.append(make("span", { class: "badge" }, String(unread), make("span", { class: "unseen" }, " unread")));
    if (current) open.setAttribute("aria-current", "true");
    const item = make("li", {}, open);
    if (name !== lobby) {
      item.append(
        button({ class: "leave", "aria-label": `Leave ${name}`, "data-key": `leave ${name}` }, "×", () => this.#host.leave(room)),
      );
    }
    return item;
  }
}
