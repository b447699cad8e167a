/** The edge cases that no test here can make happen, by their number in the catalogue, and what stands in the way. */
export const unreachable: readonly { readonly number: number; readonly why: string }[] = [
  {
    number: 12,
    why: "A prompt for access to the local network needs a page of a public address, and a person who answers it. While it waits, an attempt is like one that hangs (E4).",
  },
];
