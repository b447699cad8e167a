/** The edge cases that no test here can make happen, by their number in the catalogue, and what stands in the way. */
export const unreachable: readonly { readonly number: number; readonly why: string }[] = [
  {
    number: 12,
    why: "A prompt for access to the local network needs a page of a public address, and a person who answers it. While it waits, an attempt is like one that hangs (E4).",
  },
  {
    number: 39,
    why: "A browser discards a page when it likes. chrome://discards, asked to, discards none that is driven by the DevTools protocol, as ours are, though it does freeze them (E33). A page that is loaded anew has no socket to bring back.",
  },
  {
    number: 56,
    why: "What is missed or comes twice over a reconnect only a server can know, by ids of its own; the wire has none, and nothing is resumed. A link that is new says nothing of an old one (E55).",
  },
];
