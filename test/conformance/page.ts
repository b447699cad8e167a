import * as chats from "./chats";
import type { Family } from "./column";
import { Follower } from "./missed";
import { type Play, playOf, playStruct } from "./plays";

// Runs in a page: tests reach the plays by the global below.

declare global {
  /** The plays of a page, and the one that is on. */
  var plays: {
    begin(family: Family, url: string): void;
    on: Play;
    struct(url: string): Promise<unknown[]>;
    chats: typeof chats;
    /** Enters a room, and resolves when it is live there. */
    follow(url: string, name: string): Promise<void>;
    /** Who entered last. */
    follower: Follower;
  };
}

globalThis.plays = {
  begin(family, url) {
    plays.on = playOf(family, url);
  },
  on: undefined as never,
  struct: (url) => playStruct(url),
  chats,
  async follow(url, name) {
    plays.follower = new Follower(url, name);
    await plays.follower.isLive();
  },
  follower: undefined as never,
};
