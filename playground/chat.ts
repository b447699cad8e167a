import { faults, inspect, mount } from "../src/devtools/index";
import { type DropReason, type Message, Socket, SocketError } from "../src/index";
import { Account, type AccountHost } from "./account";
import { Composer } from "./composer";
import { find, make, write } from "./dom";
import { Panel } from "./panel";
import { Ping } from "./ping";
import { lobby, protocol, roomName } from "./protocol";
import { Room, type RoomHost } from "./room";
import { RoomList } from "./roomlist";
import { Tasks } from "./tasks";
import { guest, knownUser, remember } from "./user";

/** The chat: rooms over one socket. */
class Chat implements RoomHost, AccountHost {
  readonly socket: Socket<typeof protocol>;
  readonly #account: Account;
  readonly #composer: Composer;
  readonly #rooms = new Map<string, Room>();
  readonly #logs = find("logs", HTMLElement);
  readonly #list = new RoomList({ open: ({ name }) => this.#open(name), leave: (room) => this.#leave(room) });
  readonly #people = find("people", HTMLUListElement);
  readonly #typing = find("typing", HTMLElement);
  #current!: Room;

  constructor(user: string) {
    this.#account = new Account(user, this);
    // The server knows this page by it, and ends its connection before.
    const client = crypto.randomUUID();
    // The inspector's buttons need it; the buttons of the page ask the server.
    const link = faults();
    this.socket = new Socket({
      ...link.options,
      url: `/chat/socket?${new URLSearchParams({ client })}`,
      protocol,
      channel: lobby,
      identity: user,
      authenticate: (authentication) => this.#account.authenticate(authentication),
      rejoin: {
        join: (room) => ({ channel: room, cmd: "join-room", param: { room } }),
        leave: (room) => ({ channel: room, cmd: "leave-room", param: { room } }),
      },
      // Short enough that whoever presses Stall sees what comes of it.
      heartbeat: { cmd: "ping", reply: "pong", interval: 2_000, timeout: 3_000 },
      backoff: { max: 10_000 },
      // Whoever breaks it again and again is not to wait longer and longer.
      minUptime: 1_000,
      // A message of the chat has some 2,000 characters.
      maxMessageBytes: 65_536,
      onDrop: (message, reason) => this.#dropped(message, reason),
    });
    this.socket.on("notice", ({ text }, { channel }) => (this.#rooms.get(channel) ?? this.#current).notice(text));
    this.socket.onOpen(() => this.#each((room) => room.opened()));
    this.socket.onStatus(({ status }, previous) => {
      if (previous.status === status) return;
      if (status === "reconnecting" || status === "connecting") this.#each((room) => room.lost());
      this.#showHint();
    });
    this.#composer = new Composer({ say: (text) => this.#say(text), typed: (text) => this.#current.typed(text) });
    const panel = new Panel(this.socket, () => this.#account.connect());
    new Tasks({ fail: (kind) => panel.fail(kind), focus: () => this.#composer.focus(), socket: this.socket });
    inspect(this.socket, { name: "chat", protocol, faults: link });
    mount(find("inspector", HTMLElement), { open: true, inline: true });
    new Ping(this.socket);
    this.#wire();
    const wanted = roomInAddress();
    this.#open(lobby);
    this.#join(wanted);
    this.#showUser();
  }

  get user(): string | undefined {
    return this.#account.user;
  }

  get waiting(): number {
    return [...this.#rooms.values()].reduce((sum, room) => sum + room.waiting, 0);
  }

  userChanged(): void {
    this.#each((room) => room.userChanged());
    this.#showUser();
  }

  isInSight(room: Room): boolean {
    return room === this.#current && !document.hidden;
  }

  arrived(room: Room): void {
    if (this.isInSight(room)) return;
    room.unread++;
    this.#showRooms();
  }

  peopleChanged(room: Room): void {
    if (room === this.#current) this.#showPeople();
  }

  #wire(): void {
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
    const sections = { toggle: find("toggle", HTMLButtonElement).closest("aside"), inspect: find("inspector", HTMLElement) };
    for (const [id, section] of Object.entries(sections)) {
      const toggle = find(id, HTMLButtonElement);
      toggle.addEventListener("click", () => {
        toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
        section?.scrollIntoView({ block: "nearest" });
      });
    }
    new ResizeObserver(() => this.#current.log.stayAtEnd()).observe(this.#logs);
    find("me", HTMLButtonElement).addEventListener("click", () => void this.#account.change());
  }

  /** Says something in the room that is open; gives what is wrong with it. */
  #say(text: string): string | undefined {
    if (this.user === undefined) {
      void this.#account.change();
      return "Nobody is logged in: log in to send.";
    }
    try {
      this.#current.say(text, this.user);
      this.#showHint();
      return undefined;
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return error.issues?.[0]?.message ?? error.message;
    }
  }

  #dropped({ channel, cmd, param }: Message, reason: DropReason): void {
    if (cmd === "chat") this.#rooms.get(channel)?.dropped((param as { id: string }).id, reason);
  }

  /** Opens a room that someone has typed the name of; false when it cannot be one. */
  #join(name: string): boolean {
    const verdict = roomName.safeParse(name);
    if (!verdict.success) {
      this.#composer.hint("A room's name has 1 to 40 characters.");
      return false;
    }
    this.#open(verdict.data);
    return true;
  }

  /** Shows a room, and joins it if we are not in it. */
  #open(name: string): void {
    let room = this.#rooms.get(name);
    if (!room) {
      room = new Room(this.socket.channel(name), this);
      this.#rooms.set(name, room);
      this.#logs.append(room.log.element);
    }
    const before: Room | undefined = this.#current;
    this.#current = room;
    room.unread = 0;
    this.#each((other) => {
      other.log.element.hidden = other !== room;
    });
    if (before !== room) room.log.toEnd();
    room.look();
    write(find("room-name", HTMLElement), name);
    history.replaceState(null, "", name === lobby ? location.pathname : `#${new URLSearchParams({ room: name })}`);
    this.#showRooms();
    this.#showPeople();
    this.#showHint();
    this.#list.reveal();
  }

  #leave(room: Room): void {
    if (room.waiting && !confirm(`A message to ${room.name} is still on its way. Leave anyway?`)) return;
    room.leave();
    this.#rooms.delete(room.name);
    if (room === this.#current) this.#open(lobby);
    else this.#showRooms();
    // The button that was pressed is gone.
    this.#list.focus();
  }

  #each(act: (room: Room) => void): void {
    for (const room of this.#rooms.values()) act(room);
  }

  #showUser(): void {
    const me = find("me", HTMLButtonElement);
    for (const word of me.querySelectorAll<HTMLElement>(".unseen")) word.hidden = this.user === undefined;
    write(find("my-name", HTMLElement), this.user ?? "Log in");
    if (this.user !== undefined) this.#composer.focus();
    this.#showPeople();
    this.#showHint();
  }

  #showRooms(): void {
    this.#list.show([...this.#rooms.values()], this.#current);
  }

  #showPeople(): void {
    const people = this.#current.members.map((name) =>
      name === this.user ? make("li", {}, name, make("span", { class: "muted" }, " (you)")) : make("li", {}, name),
    );
    this.#people.replaceChildren(...people);
    write(this.#typing, this.#current.typing);
  }

  #showHint(): void {
    const { status } = this.socket.state;
    const hints = {
      idle: "",
      connecting: "Not connected yet: messages wait and go out in order.",
      open: "",
      reconnecting: "Connection lost: messages wait and go out in order.",
      closed: this.user === undefined ? "Logged out: log in to send." : "Closed: connect to send.",
    };
    this.#composer.hint(hints[status]);
  }
}

function roomInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("room") || lobby;
}

const user = knownUser() ?? guest();
remember(user);
new Chat(user);
