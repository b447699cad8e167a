import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import { withZod } from "../libraries/wireline";
import { printed } from "../printed";
import { bundleProgram } from "../program";
import type { Batch } from "../programs/receive";
import { type Measure, median, turned, type Work } from "../work";

/** What a message costs between a WebSocket that is none and the listener: a process for each library, several times, in turn with the bare way. */
export const receive: Work = async ({ quick, folder, say }) => {
  const program = await bundleProgram(folder, "receive");
  // Enough room for the young that nothing is collected while a batch runs, so that what it leaves can be counted.
  const flags = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];
  const [times, messages, rounds] = quick ? [1, 5_000, 4] : [5, 20_000, 40];
  const all = [...libraries, withZod].filter((library) => library !== bare);
  const batches = new Map(all.map(({ name }) => [name, [] as Batch[]]));
  for (let time = 0; time < times; time += 1) {
    for (const { name } of turned(time, all)) {
      const lines = (await printed(program, [name, messages, rounds], flags))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Batch);
      // The first ones run before all is compiled.
      batches.get(name)!.push(...lines.slice(rounds / 4));
    }
    say(`receive in Node: round ${time + 1} of ${times}`);
  }
  const ratio = (name: string): number => median(batches.get(name)!.map(({ own, bare }) => own.cpu / bare.cpu));
  const bytes = (name: string) => median(batches.get(name)!.map(({ own }) => own.bytes / messages));
  const each = (value: (name: string) => number): Record<string, number> =>
    Object.fromEntries(libraries.filter((one) => one !== bare).map(({ name }) => [name, value(name)]));
  const floor = [...batches.values()].flat().map(({ bare }) => bare);
  const cpu = `bare takes ${Math.round(median(floor.map(({ cpu }) => (cpu * 1000) / messages)))} ns`;
  const measure = { unit: "× bare", digits: 2, note: `no network, messages of 120 bytes; ${cpu}` };
  const measures: Measure[] = [
    { ...measure, name: "receive in Node, CPU", values: { ...each(ratio), bare: 1 }, goal: 1.12 },
    { ...measure, name: "receive in Node, checked by zod, CPU", values: { wireline: ratio(withZod.name) }, goal: 1.2 },
    {
      name: "heap taken by a message",
      unit: "bytes",
      digits: 0,
      values: { ...each(bytes), bare: median(floor.map(({ bytes }) => bytes / messages)) },
      note: `checked by zod ${Math.round(bytes(withZod.name))}`,
    },
  ];
  return measures;
};
