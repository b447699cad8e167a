import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chart } from "./chart";
import { ours } from "./drawing";
import { cell, forMarkdown, forTerminal, fromJson, librariesOf, misses, type Results, toJson } from "./table";
import { type Measure, median, overBare, quantile, turned } from "./work";

const ratio: Measure = { name: "receive", unit: "× bare", digits: 2, values: { mitt: 1.2, bare: 1, wireline: 1.085 }, goal: 1.12 };
const all = { unit: "bytes", digits: 0, note: "of ours | all of it" };
const bytes: Measure = { ...all, name: "size", values: { wireline: 8995.4, phoenix: 12345 }, goal: 8000 };
const over: Measure = {
  name: "in Firefox",
  unit: "ns over bare",
  digits: 0,
  values: { phoenix: 1804, wireline: -3.7 },
  goal: 100,
  goalSays: "100, and not above phoenix",
  note: "bare takes 812 ns.",
};
const alone: Measure = { ...all, name: "size of all", values: { wireline: 10361 } };
const results: Results = {
  date: "2026-11-21",
  versions: { Node: "20.20.2", CPUs: "2", phoenix: "1.8.16" },
  measures: [ratio, bytes, over, alone],
};

describe("the rounds", () => {
  test("start with another library each time, and every second round runs backwards", () => {
    expect([0, 1, 2, 3].map((round) => turned(round, ["a", "b", "c"]).join(""))).toEqual(["abc", "acb", "cab", "cba"]);
  });

  test("are reported as the median of the ratios to the bare way", () => {
    const rounds = [
      { bare: 2, ours: 3 },
      { bare: 10, ours: 10 },
      { bare: 1, ours: 4 },
    ];
    expect(overBare(rounds)).toEqual({ bare: 1, ours: 1.5 });
    expect(median([3, 1, 2])).toBe(2);
    expect(
      quantile(
        Array.from({ length: 100 }, (_, index) => 100 - index),
        0.99,
      ),
    ).toBe(100);
    expect(median([])).toBeNaN();
  });
});

describe("the table", () => {
  test("lists Wireline first, then the bare way, then the others in the order in which they were measured", () => {
    expect(librariesOf(results.measures)).toEqual(["wireline", "bare", "mitt", "phoenix"]);
    expect(librariesOf([over])).toEqual(["wireline", "phoenix"]);
  });

  test("is aligned for a terminal", () => {
    expect(forTerminal(results)).toBe(`Measured on 2026-11-21 by \`npm run bench\`, on 2 CPUs, with Node 20.20.2, phoenix 1.8.16.

                               goal  wireline  bare  mitt  phoenix
receive, × bare              ≤ 1.12      1.08  1.00  1.20        –
size, bytes ¹               ≤ 8,000   8,995 ✗     –     –   12,345
in Firefox, ns over bare ²    ≤ 100        −4     –     –    1,804
size of all, bytes ¹                   10,361     –     –        –

¹ Of ours | all of it.
² The goal is 100, and not above phoenix. Bare takes 812 ns.
✗ The goal is missed; test/bench/NOTES.md says why.`);
  });

  test("is Markdown for the documentation", () => {
    expect(forMarkdown(results)).toBe(`Measured on 2026-11-21 by \`npm run bench\`, on 2 CPUs, with Node 20.20.2, phoenix 1.8.16.

| work | goal | wireline | bare | mitt | phoenix |
|---|--:|--:|--:|--:|--:|
| receive, × bare | ≤ 1.12 | 1.08 | 1.00 | 1.20 | – |
| size, bytes ¹ | ≤ 8,000 | 8,995 ✗ | – | – | 12,345 |
| in Firefox, ns over bare ² | ≤ 100 | −4 | – | – | 1,804 |
| size of all, bytes ¹ |  | 10,361 | – | – | – |

¹ Of ours | all of it.<br>
² The goal is 100, and not above phoenix. Bare takes 812 ns.<br>
✗ The goal is missed; test/bench/NOTES.md says why.`);
    expect(forMarkdown({ ...results, measures: [{ ...ratio, name: "a | b" }] })).toContain("| a \\| b, × bare |");
  });

  test("prints nothing below itself when there is nothing to print", () => {
    expect(forTerminal({ ...results, measures: [ratio] }).split("\n")).toHaveLength(4);
  });

  test('prints and stores "never" where JSON has no number', () => {
    const never = { ...results, measures: [{ ...ratio, values: { mitt: Infinity, wireline: 1 } }] };
    expect(cell(never.measures[0]!, "mitt")).toBe("never");
    expect(fromJson(toJson(never))).toEqual(never);
  });

  test("highlights only Wireline, and only where the printed numbers differ", () => {
    expect(misses(ratio)).toBe(false);
    expect(misses({ ...ratio, goal: 1.07 })).toBe(true);
    expect(misses({ ...ratio, goal: 1.0801 })).toBe(false);
    expect(misses({ ...ratio, goal: undefined })).toBe(false);
    expect(cell({ ...ratio, goal: 1.07 }, "mitt")).toBe("1.20");
    expect(cell({ ...over, values: { wireline: -0.3 } }, "wireline")).toBe("0");
  });
});

describe("the chart", () => {
  const svg = chart(results);
  const bars = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+H([\d.]+)(l8|v)[^"]*" fill="([^"]+)"/g)].map(([, from, to, tip, colour]) => ({
    length: Number(to) - Number(from),
    cut: tip === "l8",
    colour,
  }));

  test("draws a number and a bar for each library, ours in our colour", () => {
    for (const words of ["1.08", "1.00", "1.20", "8,995 ✗", "12,345", "−4", "1,804"]) expect(svg).toContain(`>${words}</text>`);
    expect(bars.filter(({ colour }) => colour === ours)).toHaveLength(2);
    const [wireline, bare, mitt] = bars;
    expect(wireline!.length / bare!.length).toBeCloseTo(1.085, 2);
    expect(mitt!.length / bare!.length).toBeCloseTo(1.2, 2);
    // Less than nothing is no bar, and stands beside the line where bars begin.
    expect(svg).toMatch(/<path d="M652 83v.*\n<text x="657" [^>]*>−4</);
  });

  test("cuts bars longer than three times the goal and Wireline, and marks them with an arrow", () => {
    expect(bars.map(({ cut }) => cut)).toEqual([false, false, false, false, false, true]);
    expect(Math.max(...bars.map(({ length }) => length))).toBeLessThan(200);
  });

  test("shows goals as dotted lines, and leaves out what only Wireline does", () => {
    const dots = (measure: Measure) => chart({ ...results, measures: [measure] }).split("stroke-dasharray").length - 1;
    expect(dots({ ...ratio, goal: 0.5 })).toBe(3);
    expect(dots({ ...ratio, goal: undefined })).toBe(0);
    // Not through the numbers 1.08 and 1.00.
    expect(dots(ratio)).toBe(1);
    expect(svg).not.toContain("size of all");
  });

  test("describes itself to screen readers, and is well-formed for any name", () => {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="Wireline beside other libraries, 2026-11-21[^"]*">/);
    expect(chart({ ...results, measures: [{ ...ratio, name: "a < b & c" }] })).toContain(">a &lt; b &amp; c</text>");
  });
});

describe("the last run of npm run bench", () => {
  const read = (name: string) => readFileSync(name, "utf8");
  const last = () => fromJson(read("test/bench/results.json"));

  test("was judged by the goals in the code", () => {
    const goals = last()
      .measures.filter(({ goal, goalSays }) => goal !== undefined && goalSays === undefined)
      .map(({ name, goal }) => [name, goal]);
    expect(goals).toEqual([
      ["size of the import", 17000],
      ["size of Socket and defineProtocol", 17000],
      ["receive in Node, CPU", 1.12],
      ["receive in Node, checked by zod, CPU", 1.2],
      ["pushed, CPU", 1.05],
      ["sent, CPU", 1.05],
      ["round trip, p50", 1.05],
      ["round trip, p99", 1.05],
      ["heap left by an undo", 1],
      ["heap of an idle client", 3500],
      ["back after an outage, median", 0.8],
      ["back after an outage, worst", 2.5],
      ["herd after a restart", 80],
      ["herd after an outage of 3 s", 80],
    ]);
  });

  test("is the table of the documentation", () => {
    expect(read("playground/docs/parts/bench.md")).toBe(`${forMarkdown(last())}\n`);
  });

  test("is the chart", () => {
    expect(read("test/bench/bench.svg")).toBe(chart(last()));
  });
});
