import { usage } from "./reader";

/** A pattern as Go can check it: expressions that a text must match, and those that it must not match. */
export interface GoPattern {
  readonly must: readonly string[];
  readonly mustNot: readonly string[];
}

// What JavaScript takes for a space, and a dot for a line's end; Go knows fewer.
const space = String.raw`\s\v\x{feff}\p{Z}`;
const anyCharacter = "(?s:.)";
const noLineEnd = String.raw`[^\n\r\x{2028}\x{2029}]`;
/** The categories of characters that Go knows by the same names. */
const categories = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfos]?)$/;
/** The highest count of a repetition in Go. */
const maxRepeat = 1000;

/**
 * Translates a regular expression of JavaScript to Go's, which has no lookahead and no references back. Lookaheads at the start
 * become expressions of their own.
 *
 * @throws SocketError `usage` for what Go cannot express.
 */
export function toGoPattern(pattern: string, where: string): GoPattern {
  const must: string[] = [];
  const mustNot: string[] = [];
  let rest = pattern;
  for (let ahead = lookaheadOf(rest); ahead; ahead = lookaheadOf(rest)) {
    (ahead.isNegative ? mustNot : must).push(`^(?:${translate(ahead.body, where)})`);
    rest = `^${ahead.rest}`;
  }
  if (rest !== "^") must.push(translate(rest, where));
  return { must, mustNot };
}

/** A lookahead at the start of a pattern, and what follows it. */
function lookaheadOf(pattern: string): { isNegative: boolean; body: string; rest: string } | undefined {
  const [start, sign] = /^\^\(\?([=!])/.exec(pattern) ?? [];
  if (start === undefined) return undefined;
  let depth = 1;
  let inClass = false;
  for (let index = start.length; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === "\\") index++;
    else if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) {
      // A choice beside it would be looked at without it.
      const rest = pattern.slice(index + 1);
      return hasChoice(rest) ? undefined : { isNegative: sign === "!", body: pattern.slice(start.length, index), rest };
    }
  }
  return undefined;
}

/** Whether a pattern has a `|` outside of groups. */
function hasChoice(pattern: string): boolean {
  const bare = pattern.replace(/\\./gs, "").replace(/\[[^\]]*\]/g, "");
  let depth = 0;
  for (const character of bare) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "|" && depth === 0) return true;
  }
  return false;
}

function translate(pattern: string, where: string): string {
  const fail = (what: string): never => {
    throw usage(`${where}: the pattern has ${what}, which Go's regexp does not know; write the pattern without it.`);
  };
  let text = "";
  let index = 0;
  /** Takes what an expression matches here. */
  const take = (expression: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(expression.source, "ys");
    sticky.lastIndex = index;
    const match = sticky.exec(pattern) ?? undefined;
    if (match) index += match[0].length;
    return match;
  };
  const escapeAt = (inClass: boolean): string => {
    const pair = take(/\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|\\u(D[89AB][\dA-F]{2})\\u(D[C-F][\dA-F]{2})/);
    if (pair) {
      const [high, low] = pair
        .slice(1)
        .filter(Boolean)
        .map((digits) => Number.parseInt(digits, 16));
      return `\\x{${(0x10000 + ((high! - 0xd800) << 10) + (low! - 0xdc00)).toString(16)}}`;
    }
    const code = take(/\\u\{([\da-fA-F]+)\}|\\u([\da-fA-F]{4})|\\x([\da-fA-F]{2})/);
    if (code) {
      const digits = code.slice(1).find((group) => group !== undefined)!;
      return /^d[89a-f]/i.test(digits) && digits.length === 4 ? fail("half a character") : `\\x{${digits}}`;
    }
    const [, letter] = take(/\\c([a-zA-Z])/) ?? [];
    if (letter) return `\\x{${(letter.charCodeAt(0) % 32).toString(16)}}`;
    if (take(/\\0(?!\d)/)) return "\\x00";
    if (!inClass && take(/\\(\d|k<)/)) return fail("a reference to a group");
    if (take(/\\s/)) return inClass ? space : `[${space}]`;
    if (take(/\\S/)) return inClass ? fail("\\S in brackets") : `[^${space}]`;
    if (inClass && take(/\\b/)) return "\\x08";
    const [, sign, property = ""] = take(/\\([pP])\{([\w=]+)\}/) ?? [];
    if (sign) {
      const [, script] = /^(?:Script|sc)=(\w+)$/.exec(property) ?? [];
      if (!script && !categories.test(property)) fail(`\\${sign}{${property}}`);
      return `\\${sign}{${script ?? property}}`;
    }
    const known = take(/\\[dDwWtnrfv]/) ?? (inClass ? undefined : take(/\\[bB]/));
    if (known) return known[0];
    const [, character] = take(/\\(.)/) ?? [];
    if (character === undefined) return fail("a lone backslash");
    // Go takes a backslash before marks only.
    return /[\w\u0080-\uffff]/.test(character) ? character : `\\${character}`;
  };
  while (index < pattern.length) {
    if (take(/\[(?:\^|\\s\\S|\\S\\s|\\d\\D|\\D\\d|\\w\\W|\\W\\w)\]/)) text += anyCharacter;
    else if (take(/\[\]/)) text += `[^\\x00-\\x{10ffff}]`;
    else if (pattern[index] === "[") {
      text += take(/\[\^?/)![0];
      while (pattern[index] !== "]") {
        if (index >= pattern.length) fail("an open bracket");
        text += pattern[index] === "\\" ? escapeAt(true) : take(/./)![0].replace("[", "\\[");
      }
      index++;
      text += "]";
    } else if (pattern[index] === "\\") text += escapeAt(false);
    else if (take(/\./)) text += noLineEnd;
    else if (take(/\(\?<?[=!]/)) fail("a lookahead or lookbehind");
    else if (take(/\(\?<\w+>/)) text += "(?:";
    else {
      const [repeat, from, to] = take(/\{(\d+),?(\d*)\}/) ?? [];
      if (Number(from) > maxRepeat || Number(to) > maxRepeat) fail(`a repetition of more than ${maxRepeat}`);
      text += repeat ?? take(/./)![0];
    }
  }
  return text;
}
