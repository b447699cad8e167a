import type { Given } from "./plays";
import { openRoom } from "./recipes/projectforge-live";

// What the recipe that replays what was missed is put to, in Node and in a page alike.

/** Somebody in a room, and what it was told. */
export class Follower {
  readonly #room: ReturnType<typeof openRoom>;
  readonly #looks = new Set<() => void>();
  /** The texts of all chats, in the order in which they came. */
  readonly texts: string[] = [];
  /** How it went on after each join, and the reason of each gap. */
  readonly told: string[] = [];

  constructor(url: string, name: string, given: Given = {}) {
    this.#room = openRoom(`${url}/live/socket`, name, { backoff: () => 20, ...given });
    const { socket, feed, hold, room } = this.#room;
    const look = () => {
      for (const look of this.#looks) look();
    };
    feed.on("chat", ({ text }) => void this.texts.push(text));
    feed.onGap(({ reason }) => void this.told.push(reason));
    feed.onResume(({ outcome, replayed }) => void this.told.push(replayed ? `${outcome} ${replayed}` : outcome));
    feed.onMessage(look);
    feed.onResume(look);
    socket.onStatus(look);
    room.onPresence(look);
    // The attempts that find no server.
    socket.onError(() => {});
    hold();
  }

  /** Sends chats, which resolve when the last of them has come back: the history has them by then. */
  async say(...texts: string[]): Promise<void> {
    // Not all at once, because more than the queue holds may have to wait.
    for (const text of texts) {
      this.#room.room.send("chat", { text });
      await this.#happens(() => this.texts.includes(text));
    }
  }

  /** Resolves when a chat has come. */
  async hears(text: string): Promise<void> {
    await this.#happens(() => this.texts.includes(text));
  }

  /** Resolves when nothing is missing or waited for. */
  async isLive(): Promise<void> {
    await this.#happens(() => this.#room.feed.live);
  }

  /** Resolves when the connection is lost. */
  async isLost(): Promise<void> {
    await this.#happens(() => this.#room.socket.state.status !== "open");
  }

  /** Resolves with the names of the members when there are so many. */
  async members(count: number): Promise<string[]> {
    const { room } = this.#room;
    await this.#happens(() => room.members.size === count);
    return [...room.members.values()].map((member) => (member as { name?: string }).name ?? "").sort();
  }

  close(): void {
    this.#room.feed.stop();
    this.#room.socket.close();
  }

  #happens(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }
}
