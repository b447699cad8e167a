import { parseArgs } from "node:util";
import { fuzz, mostGrowth, mostStall } from "./fuzz";
import { type Mode, modes } from "./modes";

// `npm run fuzz`: hostile clients against each of the Node servers, for as many minutes as are given. Exits with 1 when one ended, was
// held up for too long, or kept too much.

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, seed: { type: "string", default: "1" }, mode: { type: "string", multiple: true } },
});
const chosen = values.mode ?? modes;
const unknown = chosen.find((mode) => !modes.includes(mode as Mode));
const minutes = Number(values.minutes);
const seed = Number(values.seed);

if (unknown !== undefined) throw new Error(`There is no mode ${unknown}: take ${modes.join(", ")}.`);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("Give --minutes a number above 0, and --seed a whole one.");

async function main(): Promise<void> {
  console.log(`Each server may be held up for ${mostStall} ms and keep ${mostGrowth / 1e6} MB. Seed ${seed}, ${minutes} min in all.`);
  let failed = 0;
  for (const mode of chosen as Mode[]) {
    const end = performance.now() + (minutes * 60_000) / chosen.length;
    const { attacks, stall, growth, faults } = await fuzz({ mode, seed, goesOn: () => performance.now() < end });
    console.log(`${mode.padEnd(13)} ${attacks} attacks, held up ${stall.toFixed(0)} ms, kept ${(growth / 1e6).toFixed(2)} MB`);
    for (const fault of faults) console.log(`  ✗ ${fault} Again: npm run fuzz -- --mode ${mode} --seed ${seed}`);
    if (faults.length > 0) failed += 1;
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  // What a child has started may still hold a pipe open.
  process.stdout.write("", () => process.exit(failed ? 1 : 0));
}

void main();
