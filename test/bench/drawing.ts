// Colours that can be read on white and on black, for the page's own is not known here.

/** The colour of what is no library's own, and of the others. */
export const ink = "#7a7a7a";
/** The colour of what is Wireline's. */
export const ours = "#2f7fd6";

/** The colour of a library. */
export const colourOf = (library: string): string => (library === "wireline" ? ours : ink);

/** A number as a drawing writes it: a tenth of a pixel is invisible. */
export const round = (number: number): number => Math.round(number * 10) / 10;

/** Words at a place; more attributes begin with a space. */
export function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(words)}</text>`;
}

/** A drawing with a title above it, as SVG. */
export function svg(title: string, left: number, width: number, height: number, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${ink}" role="img" aria-label="${escaped(title)}">
${text(left, 16, title, ` font-size="14" font-weight="600"`)}
${body.join("\n")}
</svg>
`;
}

const escaped = (words: string) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
