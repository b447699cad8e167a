/** How many bytes a text takes in UTF-8. Not every runtime has a TextEncoder. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes, a lone surrogate becomes U+FFFD, which has three.
    const paired = unit >= 0xd800 && unit <= 0xdbff && text.charCodeAt(index + 1) >= 0xdc00 && text.charCodeAt(index + 1) <= 0xdfff;
    if (paired) {
      bytes += 2;
      index++;
    } else bytes += unit < 0x800 ? 1 : 2;
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

/** How large data is, in characters or bytes. */
export function sizeOf(data: string | ArrayBuffer | ArrayBufferView | Blob): number {
  if (typeof data === "string") return data.length;
  return "size" in data ? data.size : data.byteLength;
}
