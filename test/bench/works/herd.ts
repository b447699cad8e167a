import { libraries, play, scenes } from "../scenes";
import type { Measure, Work } from "../work";

/** What `bench:herd` says in full: how many clients come back at the same moment, when all have lost the server at once. */
export const herd: Work = async ({ quick, say }) => {
  const size = quick ? 100 : 1000;
  const measures: Measure[] = [];
  for (const scene of scenes) {
    const peaks = new Map<string, number>();
    for (const library of libraries) {
      const { peak } = await play(library, scene, size, 1);
      // As its package is called.
      peaks.set(library === "centrifuge-js" ? "centrifuge" : library, peak);
    }
    measures.push({
      name: `herd after ${scene.name === "restart" ? "a restart" : `an ${scene.name}`}`,
      unit: "clients in 100 ms",
      digits: 0,
      values: Object.fromEntries(peaks),
      goal: 80,
      note: `the most of ${size.toLocaleString("en")} that come back at once, played by a clock of our own, see \`npm run bench:herd\``,
    });
    say(`herd: ${scene.name}`);
  }
  return measures;
};
