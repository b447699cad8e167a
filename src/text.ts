/** How many bytes a text takes in UTF-8. Not every runtime has a TextEncoder. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index)!;
    // A lone surrogate becomes U+FFFD, which takes three bytes, too.
    if (code > 0xffff) index++;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Text from the network, fit for a line that people read: control characters, line breaks and marks that change the
 * direction of text are escaped.
 *
 * @param max how many characters of it are shown
 */
export function printable(text: string, max = 123): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}
