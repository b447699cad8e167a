// Names of Go, made of names of JSON.

/** What Go writes in capitals, after the list of its own linter. */
const initialisms = new Set(
  "ACL API ASCII CPU CSS DB DNS EOF GUID HTML HTTP HTTPS ID IP JSON JWT LHS OS QPS RAM RHS RPC SLA SMTP SQL SSH SSO TCP TLS TTL UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS".split(
    " ",
  ),
);

/** The words of a name: `userID`, `user_id` and `user-id` have the same two. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, (whole, capitals: string, rest: string) =>
      // The plural of an initialism, as in `userIDs`, is one word.
      /^s(?![\p{L}\p{N}])/u.test(rest.slice(1)) ? whole : `${capitals} ${rest}`,
    )
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** The words of a name as Go writes them within another: `online-update` gives `OnlineUpdate`. */
export function joined(name: string): string {
  const words = wordsOf(name).map((word) => {
    const upper = word.toUpperCase();
    if (initialisms.has(upper)) return upper;
    if (/s$/i.test(word) && initialisms.has(upper.slice(0, -1))) return `${upper.slice(0, -1)}s`;
    return word[0]!.toUpperCase() + word.slice(1);
  });
  return words.join("");
}

/** An exported name of Go: `userID` gives `UserID`, and `2fa` gives `X2fa`. */
export function exported(name: string): string {
  const whole = joined(name);
  // Letters without capitals do not export a name.
  return /^\p{Lu}/u.test(whole) ? whole : `X${whole}`;
}

/** A name of Go that is not exported: `UserID` gives `userID`, `HTMLText` gives `htmlText`. */
export function unexported(name: string): string {
  return name.replace(/^(?:\p{Lu}+(?=\p{Lu}\p{Ll}|$|\p{N})|\p{Lu})/u, (start) => start.toLowerCase());
}

/** The receiver of a type's methods: its first letter. */
export function receiverOf(type: string): string {
  const letter = type[0]!.toLowerCase();
  return /[a-z]/.test(letter) ? letter : "x";
}

/** Names that are taken. */
export class Names {
  readonly #taken = new Set<string>();

  /** @param reserved names that are taken from the start */
  constructor(reserved: readonly string[] = []) {
    for (const name of reserved) this.#taken.add(name);
  }

  /** Takes a name, with a number behind it if it is taken already. */
  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }
}
