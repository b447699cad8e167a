import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plot, type Row, time } from "./plot";
import { type Course, libraries, play, scenes } from "./scenes";

// `npm run bench:herd`: how a herd of clients comes back when all of them lost the server in the same moment, here and in
// other libraries, all with their defaults. SEED chooses the random numbers. Writes herd.svg beside this file.

const sizes = [1000, 10_000];
const seed = Number(process.env.SEED ?? 1);
const columns = [24, 15, 8, 6, 10, 9, 9, 7];

const line = (cells: readonly (string | number)[]) =>
  cells.map((cell, index) => (index < 2 ? String(cell).padEnd(columns[index]!) : String(cell).padStart(columns[index] ?? 0))).join(" ");

/** The buckets of the first 5 s, each as a block in proportion to the peak. */
function blocks({ buckets, peak }: Course): string {
  return Array.from({ length: 50 }, (_, index) => " ▁▂▃▄▅▆▇█"[Math.ceil((8 * (buckets[index] ?? 0)) / peak)]).join("");
}

async function main(): Promise<void> {
  console.log(`seed ${seed}; buckets of 100 ms, times from the moment when the server accepts again\n`);
  console.log(line(["library", "scene", "clients", "peak", "over mean", "median", "95 %", "never"]), " the first 5 s");
  const rows: Row[] = [];
  for (const size of sizes) {
    for (const library of libraries) {
      const courses: Course[] = [];
      for (const scene of scenes) {
        const course = await play(library, scene, size, seed);
        courses.push(course);
        const { peak, overMean, median, p95, missing } = course;
        console.log(line([library, scene.name, size, peak, overMean.toFixed(1), time(median), time(p95), missing]), ` ${blocks(course)}`);
      }
      if (size === sizes[0]) rows.push({ library, courses });
    }
  }
  const title = `${sizes[0]} clients accepted per 100 ms, in seconds after the server is back; dotted: 80`;
  writeFileSync(
    join(import.meta.dirname, "herd.svg"),
    plot(
      title,
      scenes.map(({ name }) => name),
      rows,
    ),
  );
}

void main();
