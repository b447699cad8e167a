import { libraries } from "../libraries";
import { bare } from "../libraries/bare";
import { printed } from "../printed";
import { bundleProgram } from "../program";
import { type Measure, median, turned, type Work } from "../work";

/** What a client that waits keeps in the heap, and what is left of one that reconnects over and over. */
export const heap: Work = async ({ quick, folder, say }) => {
  const program = await bundleProgram(folder, "heap");
  const bytes = async (...values: (string | number)[]) => Number(await printed(program, values, ["--expose-gc"]));
  const [times, clients, first, last] = quick ? [1, 200, 200, 1_000] : [3, 1_000, 10_000, 50_000];
  const idle = new Map(libraries.map(({ name }) => [name, [] as number[]]));
  const left: number[] = [];
  for (let time = 0; time < times; time += 1) {
    for (const { name } of turned(time, libraries)) idle.get(name)!.push(await bytes("idle", name, clients));
    left.push(await bytes("reconnects", first, last));
    say(`heap: round ${time + 1} of ${times}`);
  }
  const floor = median(idle.get(bare.name)!);
  const values = Object.fromEntries([...idle].filter(([name]) => name !== bare.name).map(([name, all]) => [name, median(all) - floor]));
  return [
    {
      name: "heap of an idle client",
      unit: "bytes over bare",
      digits: 0,
      values,
      goal: 3_500,
      note: `of ${clients.toLocaleString("en")} that are open`,
    },
    {
      name: "heap left by a reconnect",
      unit: "bytes",
      digits: 1,
      values: { wireline: Math.max(0, median(left)) },
      goal: 1,
      goalSays: "1: no trend",
      note: `between ${first.toLocaleString("en")} and ${last.toLocaleString("en")}`,
    },
  ] satisfies Measure[];
};
