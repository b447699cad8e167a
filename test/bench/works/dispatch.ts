import { printed } from "../printed";
import { bundleProgram } from "../program";
import type { Dispatching } from "../programs/dispatch";
import { type Measure, median, turned, type Work } from "../work";

/** Who is compared: nested Maps, mitt, and ours. */
const systems = ["bare", "wireline", "reconnecting-websocket"];

/** How the cost of a message, a call and an unsubscribe grows with the number of listeners. */
export const dispatch: Work = async ({ quick, folder, say }) => {
  const program = await bundleProgram(folder, "dispatch");
  const times = quick ? 1 : 5;
  const found = new Map(systems.map((name) => [name, [] as Dispatching[]]));
  for (let time = 0; time < times; time += 1) {
    for (const name of turned(time, systems)) {
      found.get(name)!.push(JSON.parse(await printed(program, [name], ["--expose-gc"])) as Dispatching);
    }
    say(`dispatch: round ${time + 1} of ${times}`);
  }
  const of = (value: (one: Dispatching) => number) => Object.fromEntries([...found].map(([name, all]) => [name, median(all.map(value))]));
  const grown = (kind: "commands" | "listeners" | "undo", many: number, few: number) => of((one) => one[kind][many]! / one[kind][few]!);
  const note = "bare is a nested Map, reconnecting-websocket is its mitt";
  const flat = { digits: 2, note };
  const [among, called, undone] = [grown("commands", 100_000, 1), grown("listeners", 20_000, 100), grown("undo", 20_000, 100)];
  const each = (kind: "commands" | "listeners" | "undo") =>
    ["bare", "wireline"]
      .map((name) => {
        const costs = Object.keys(found.get(name)![0]![kind]).map((many) => of((one) => one[kind][many]!)[name]!);
        return `${name} ${costs.map((cost) => Number(cost.toPrecision(3)).toLocaleString("en")).join("; ")} ns`;
      })
      .join(", and ");
  return [
    {
      ...flat,
      name: "100,000 commands over one",
      unit: "× for a message",
      values: among,
      goal: among.bare! * 1.1,
      goalSays: "a nested Map's, and a tenth",
      note: `${note}; among 1, 100, 10,000 and 100,000: ${each("commands")}`,
    },
    {
      ...flat,
      name: "20,000 listeners over 100",
      unit: "× for a call",
      values: called,
      goal: called.bare! * 1.1,
      goalSays: "a nested Map's, and a tenth",
      note: `${note}; parsing included, a call of 1, 100 and 20,000: ${each("listeners")}`,
    },
    {
      ...flat,
      name: "20,000 listeners over 100",
      unit: "× to listen and undo",
      values: undone,
      goal: undone.bare! * 1.1,
      goalSays: "a nested Map's, and a tenth",
      note: `${note}; among 100 and 20,000: ${each("undo")}`,
    },
    { ...flat, name: "heap left by an undo", unit: "bytes, of 100,000", digits: 1, values: of(({ left }) => Math.max(0, left)), goal: 1 },
  ] satisfies Measure[];
};
