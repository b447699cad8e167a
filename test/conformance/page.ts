import * as chats from "./chats";
import type { Family } from "./column";
import { type Play, playOf, playStruct } from "./plays";

// Runs in a page: tests reach the plays by the global below.

declare global {
  /** The plays of a page, and the one that is on. */
  var plays: {
    begin(family: Family, url: string): void;
    on: Play;
    struct(url: string): Promise<unknown[]>;
    chats: typeof chats;
  };
}

globalThis.plays = {
  begin(family, url) {
    plays.on = playOf(family, url);
  },
  on: undefined as never,
  struct: (url) => playStruct(url),
  chats,
};
