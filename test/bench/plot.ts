import { colourOf, ink, round, svg, text } from "./drawing";
import { bucket, type Course } from "./scenes";

/** One library in every scene. */
export interface Row {
  readonly library: string;
  readonly courses: readonly Course[];
}

const seconds = 8;
const highest = 140;
const [left, top, width, height, gap] = [16, 74, 400, 60, 34];

/** Draws how many clients were accepted in each bucket, as SVG: a row for a library, a column for a scene. */
export function plot(title: string, scenes: readonly string[], rows: readonly Row[]): string {
  const step = width / ((seconds * 1000) / bucket);
  const scale = height / highest;

  function panel({ buckets, peak, median, p95, missing }: Course, library: string, x: number, y: number): string {
    const bottom = y + height;
    const bars = buckets.slice(0, (seconds * 1000) / bucket).map((count, index) => {
      const tall = Math.min(count, highest) * scale;
      return count ? `M${round(x + index * step)} ${round(bottom)}v${round(-tall)}h${round(step * 0.85)}V${round(bottom)}z` : "";
    });
    const colour = colourOf(library);
    const lost = missing ? `, ${missing} never` : "";
    const cut = buckets.map((count) => count > highest).lastIndexOf(true);
    return [
      `<path d="M${x} ${bottom}h${width}" stroke="${ink}" stroke-width="1"/>`,
      `<path d="M${x} ${round(bottom - 80 * scale)}h${width}" stroke="${ink}" stroke-width="1" stroke-dasharray="2 4"/>`,
      `<path d="${bars.join("")}" fill="${colour}"/>`,
      cut < 0 ? "" : text(x + (cut + 1) * step + 6, y + 9, `↑ ${peak}`, ` fill="${colour}"`),
      text(x, y - 7, library, ` font-weight="600" fill="${colour}"`),
      text(x + width, y - 7, `peak ${peak}, median ${time(median)}, 95 % ${time(p95)}${lost}`, ` text-anchor="end"`),
    ].join("\n");
  }

  const body = scenes.flatMap((scene, column) => {
    const x = left + column * (width + gap);
    const last = top + rows.length * (height + gap) - gap;
    const ticks = Array.from({ length: seconds + 1 }, (_, second) =>
      text(
        x + (second * width) / seconds,
        last + 15,
        `${second}${second === seconds ? " s" : ""}`,
        ` text-anchor="${second === seconds ? "end" : second ? "middle" : "start"}"`,
      ),
    );
    const panels = rows.map(({ library, courses }, row) => panel(courses[column]!, library, x, top + row * (height + gap)));
    return [text(x, 40, scene, ` font-size="14"`), ...panels, ...ticks];
  });
  return svg(title, left, left * 2 + scenes.length * width + (scenes.length - 1) * gap, top + rows.length * (height + gap) + 8, body);
}

/** A time in milliseconds, for people. */
export const time = (time: number): string => (Number.isFinite(time) ? `${(time / 1000).toFixed(2)} s` : "never");
