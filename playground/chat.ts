import { Socket, SocketError } from "../src/index";
import { button, find, make, write } from "./dom";
import { Panel } from "./panel";
import { lobby, protocol } from "./protocol";
import { Room, type RoomHost } from "./room";
import { rename, userName } from "./user";

/** The chat: rooms over one socket. */
class Chat implements RoomHost {
  readonly user: string;
  readonly #socket: Socket<typeof protocol>;
  readonly #rooms = new Map<string, Room>();
  readonly #logs = find("logs", HTMLElement);
  readonly #list = find("rooms", HTMLUListElement);
  readonly #people = find("people", HTMLUListElement);
  readonly #text = find("text", HTMLTextAreaElement);
  readonly #hint = find("hint", HTMLElement);
  #current!: Room;

  constructor(user: string) {
    this.user = user;
    // The server knows this page by it: a fault that the page asks for hits no other.
    const client = crypto.randomUUID();
    this.#socket = new Socket({
      url: () => `/chat/socket?${new URLSearchParams({ ch: lobby, user, client })}`,
      protocol,
      channel: lobby,
      rejoin: {
        join: (room) => ({ channel: room, cmd: "join-room", param: { room } }),
        leave: (room) => ({ channel: room, cmd: "leave-room", param: { room } }),
      },
      // Short enough that whoever presses Stall sees what comes of it.
      heartbeat: { cmd: "ping", reply: "pong", interval: 2_000, timeout: 3_000 },
      backoff: { max: 10_000 },
      // Whoever breaks it again and again is not to wait longer and longer.
      minUptime: 1_000,
      onDrop: ({ channel, cmd, param }) => {
        if (cmd === "chat") this.#rooms.get(channel)?.dropped((param as { id: string }).id);
      },
    });
    this.#socket.on("notice", ({ text }, { channel }) => (this.#rooms.get(channel) ?? this.#current).notice(text));
    this.#socket.onOpen(() => this.#each((room) => room.queueLeft()));
    this.#socket.onStatus(({ status }, previous) => {
      if (previous.status === status) return;
      // What was sent and not answered may be lost with the connection.
      if (status === "reconnecting" || status === "connecting") this.#each((room) => room.sendAgain());
      this.#showHint();
    });
    new Panel(this.#socket);
    this.#wire();
    const wanted = roomInAddress();
    this.#open(lobby);
    this.#join(wanted);
    this.#text.focus();
  }

  arrived(room: Room): void {
    if (room === this.#current && !document.hidden) return;
    room.unread++;
    this.#showRooms();
  }

  membersChanged(room: Room): void {
    if (room === this.#current) this.#showPeople();
  }

  #wire(): void {
    const composer = find("composer", HTMLFormElement);
    composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#text.addEventListener("keydown", (event) => {
      // Enter also ends the choice of a character in some ways of writing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#say();
    });
    const join = find("join", HTMLFormElement);
    const name = find("room", HTMLInputElement);
    join.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#join(name.value)) name.value = "";
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#open(this.#current.name);
    });
    window.addEventListener("hashchange", () => this.#join(roomInAddress()));
    const toggle = find("toggle", HTMLButtonElement);
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
      toggle.closest("aside")?.scrollIntoView({ block: "nearest" });
    });
    new ResizeObserver(() => this.#current.stayAtEnd()).observe(this.#logs);
    const me = find("me", HTMLButtonElement);
    write(find("my-name", HTMLElement), this.user);
    me.addEventListener("click", () => void rename(() => this.#mayBeginAnew()));
  }

  #say(): void {
    const text = this.#text.value;
    if (!text.trim()) return;
    try {
      this.#current.say(text);
      this.#text.value = "";
      this.#showHint();
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      write(this.#hint, error.issues?.[0]?.message ?? error.message);
    }
  }

  /** Opens a room that someone has typed the name of; false when it cannot be one. */
  #join(name: string): boolean {
    const verdict = protocol.outbound["join-room"].safeParse({ room: name });
    if (!verdict.success) {
      write(this.#hint, "A room's name has 1 to 40 characters.");
      return false;
    }
    this.#open(verdict.data.room);
    return true;
  }

  /** Shows a room, and joins it if we are not in it. */
  #open(name: string): void {
    let room = this.#rooms.get(name);
    if (!room) {
      room = new Room(this.#socket.channel(name), this);
      this.#rooms.set(name, room);
      this.#logs.append(room.log);
    }
    const before: Room | undefined = this.#current;
    this.#current = room;
    room.unread = 0;
    this.#each((other) => {
      other.log.hidden = other !== room;
    });
    if (before !== room) room.toEnd();
    write(find("room-name", HTMLElement), name);
    history.replaceState(null, "", name === lobby ? location.pathname : `#${new URLSearchParams({ room: name })}`);
    this.#showRooms();
    this.#showPeople();
    this.#showHint();
    this.#list.querySelector("[aria-current]")?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Another name takes another connection: what has not reached the server would be lost with this one. */
  #mayBeginAnew(): boolean {
    const waiting = [...this.#rooms.values()].filter((room) => room.waits).map((room) => room.name);
    if (waiting.length) return confirm(`A message to ${waiting.join(", ")} is still on its way, and is lost with your old name. Change it anyway?`);
    return this.#socket.state.status === "open" || confirm("The chat is not connected: with another name it begins empty. Change it anyway?");
  }

  #leave(room: Room): void {
    if (room.waits && !confirm(`A message to ${room.name} is still on its way. Leave anyway?`)) return;
    room.leave();
    this.#rooms.delete(room.name);
    if (room === this.#current) this.#open(lobby);
    else this.#showRooms();
    // The button that was pressed is gone.
    this.#list.querySelector<HTMLElement>("[aria-current]")?.focus();
  }

  #each(act: (room: Room) => void): void {
    for (const room of this.#rooms.values()) act(room);
  }

  #showRooms(): void {
    const focused = this.#list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
    const items = [...this.#rooms.values()].map((room) => this.#item(room));
    this.#list.replaceChildren(...items);
    for (const element of this.#list.querySelectorAll("button")) if (element.dataset["key"] === focused) element.focus();
    const unread = [...this.#rooms.values()].reduce((sum, room) => sum + room.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ""}${this.#current.name} · Wireline playground`;
  }

  #item(room: Room): HTMLLIElement {
    const { name, unread } = room;
    const open = button({ class: "room", "data-key": `open ${name}` }, "", () => this.#open(name));
    open.append(make("span", { class: "name" }, name));
    if (unread) open.append(make("span", { class: "badge" }, String(unread), make("span", { class: "unseen" }, " unread")));
    if (room === this.#current) open.setAttribute("aria-current", "true");
    const item = make("li", {}, open);
    if (name !== lobby) {
      item.append(button({ class: "leave", "aria-label": `Leave ${name}`, "data-key": `leave ${name}` }, "×", () => this.#leave(room)));
    }
    return item;
  }

  #showPeople(): void {
    const people = this.#current.members.map((name) =>
      name === this.user ? make("li", {}, name, make("span", { class: "muted" }, " (you)")) : make("li", {}, name),
    );
    this.#people.replaceChildren(...people);
  }

  #showHint(): void {
    const { status } = this.#socket.state;
    const hints = { closed: "Closed: connect to send.", open: "", idle: "", connecting: "Not connected yet: messages wait and go out in order." };
    const lost = "Connection lost: messages wait and go out in order.";
    write(this.#hint, status === "reconnecting" ? lost : hints[status]);
  }
}

function roomInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("room") || lobby;
}

void userName().then((user) => new Chat(user));
