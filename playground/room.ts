import type { Channel, DropReason, InboundParam } from "../src/index";
import { make } from "./dom";
import { Line } from "./line";
import { Log } from "./log";
import { type ChatProtocol, nameIn } from "./protocol";
import { signLasts, Typists } from "./typists";

type Param<C extends keyof ChatProtocol["inbound"]> = InboundParam<ChatProtocol, C>;

/** How long to gather what comes before the others are told that it was seen, in milliseconds. */
const glance = 250;

/** What a room needs of the page. */
export interface RoomHost {
  /** The user's own name; `undefined` while nobody is logged in. */
  readonly user: string | undefined;
  /** Whether somebody looks at this room. */
  isInSight(room: Room): boolean;
  /** Something came that was not here before. */
  arrived(room: Room): void;
  /** The list of those who are here, or who type, has changed. */
  peopleChanged(room: Room): void;
}

/** One room: its channel, its messages and who is in it. */
export class Room {
  readonly name: string;
  readonly log: Log;
  /** How many messages came that were not looked at. */
  unread = 0;
  readonly #channel: Channel<ChatProtocol>;
  readonly #host: RoomHost;
  readonly #typists: Typists;
  readonly #unsubscribes: (() => void)[];
  /** Up to when others have seen it, by user. */
  readonly #seen = new Map<string, number>();
  /** Up to when we have said to have seen it. */
  #looked = 0;
  #looking: ReturnType<typeof setTimeout> | undefined;
  /** When we last said that we are typing, in milliseconds of `Date.now()`; 0 when we are not. */
  #typed = 0;

  constructor(channel: Channel<ChatProtocol>, host: RoomHost) {
    this.name = channel.name;
    this.#channel = channel;
    this.#host = host;
    this.log = new Log(this.name, () => this.look());
    this.#typists = new Typists(() => host.peopleChanged(this));
    this.#unsubscribes = [
      channel.on("chat", (said) => this.#heard(said)),
      channel.on("typing", (sign) => this.#signed(sign)),
      channel.on("seen", (mark) => this.#marked(mark)),
      channel.onPresence(({ members }) => {
        this.#typists.keep([...members.keys()].map(nameIn));
        host.peopleChanged(this);
      }),
    ];
    channel.join();
  }

  /** The names of those who are here, our own first. */
  get members(): string[] {
    const { user } = this.#host;
    const others = new Set([...this.#channel.members.keys()].map(nameIn));
    if (user !== undefined) others.delete(user);
    return [...(user === undefined ? [] : [user]), ...[...others].sort((a, b) => a.localeCompare(b))];
  }

  /** Who is typing, as a sentence. */
  get typing(): string {
    return this.#typists.sentence;
  }

  /** How many messages of ours are still on their way. */
  get waiting(): number {
    return this.log.lines.filter(({ waits }) => waits).length;
  }

  /** Says something here as somebody, and shows at once what has become of it. */
  say(text: string, user: string): void {
    const line = this.#line({ id: crypto.randomUUID(), user, text: text.trim(), time: Date.now() });
    this.#send(line);
    this.#typed = 0;
    this.#add(line);
    this.log.toEnd();
  }

  /** The message box has changed: the others are told that we are typing, now and then, and when it is empty. */
  typed(text: string): void {
    const typing = text.trim() !== "";
    const now = Date.now();
    if (typing ? now - this.#typed < signLasts : !this.#typed) return;
    const result = this.#channel.send("typing", { typing });
    this.#typed = typing && result === "sent" ? now : 0;
  }

  /** Somebody looks at this room, perhaps: the others are told up to when it was seen. */
  look(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      const { user } = this.#host;
      if (!this.log.atEnd || user === undefined || !this.#host.isInSight(this)) return;
      const others = this.log.lines.filter((line) => line.said && line.user !== user);
      const newest = Math.max(0, ...others.map(({ time }) => time));
      if (newest > this.#looked && this.#channel.send("seen", { time: newest }) !== "dropped") this.#looked = newest;
    }, glance);
  }

  /** The connection is open, and what waited has left. */
  opened(): void {
    for (const line of this.log.lines) if (line.waits) line.mark("sent");
  }

  /** The connection is gone: what was sent and not confirmed waits for the next one. */
  lost(): void {
    for (const line of this.log.lines) if (line.waits) line.mark("queued");
    // Nobody would tell us that they have stopped.
    this.#typists.keep([]);
  }

  /** The socket has given up a message. */
  dropped(id: string, reason: DropReason): void {
    const line = this.log.lines.find((line) => line.id === id && line.fate !== undefined);
    if (line && !line.said) line.mark("dropped", reason);
  }

  /** Somebody else is here, or nobody. */
  userChanged(): void {
    this.#looked = this.#typed = 0;
    for (const line of this.log.lines) line.belongTo(this.#host.user);
    this.#showSeen();
    this.look();
  }

  /** Leaves the room and takes it off the page. */
  leave(): void {
    this.#channel.leave();
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#typists.keep([]);
    clearTimeout(this.#looking);
    this.log.element.remove();
  }

  /** Something that is nobody's message. */
  notice(text: string): void {
    this.log.insert(make("p", { class: "notice" }, text));
  }

  #line(said: Param<"chat">): Line {
    return new Line(said, (line) => this.#sayAgain(line));
  }

  #add(line: Line): void {
    line.belongTo(this.#host.user);
    this.log.add(line);
  }

  #send(line: Line): void {
    // What is not confirmed is kept, and sent again after a reconnect, by the socket.
    line.mark(this.#channel.send("chat", { id: line.id, text: line.text }));
  }

  #sayAgain(line: Line): void {
    line.time = Date.now();
    this.#send(line);
    if (!line.waits) return;
    this.log.place(line);
    // The button that was pressed is gone.
    this.log.element.focus();
  }

  #heard(said: Param<"chat">): void {
    this.#typists.stopped(said.user);
    const line = this.log.find(said.user, said.id);
    if (!line) {
      this.#add(this.#line(said));
      if (said.user !== this.#host.user) this.#host.arrived(this);
      this.look();
    } else if (!line.said) {
      line.time = said.time;
      line.mark("delivered");
      this.log.place(line);
    }
    this.#showSeen();
  }

  #signed({ user, typing }: Param<"typing">): void {
    // Another window of ours is no news.
    if (user === this.#host.user) return;
    if (typing) this.#typists.typing(user);
    else this.#typists.stopped(user);
  }

  #marked({ user, time }: Param<"seen">): void {
    this.#seen.set(user, Math.max(time, this.#seen.get(user) ?? 0));
    this.#showSeen();
  }

  #showSeen(): void {
    this.log.showSeen(this.#seen, this.#host.user);
  }
}
