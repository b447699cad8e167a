import fc from "fast-check";
import { expect, test } from "vitest";
import { toJSONSchema } from "../../src/contract/index";
import type { Protocol } from "../../src/index";
import { broken, protocols, type SampleProtocol } from "./arbitrary";
import { type Answer, type Order, Workshop } from "./workshop";

// Random protocols: what TypeScript writes, Go reads, checks and writes again, and TypeScript takes it. What the schema refuses, Go
// refuses. `PROTOCOLS=400 SEED=7` tries more, or others.

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const count = Number(process.env["PROTOCOLS"] ?? 40);

interface Trial extends Order {
  /** What the schema makes of it; `undefined` if it refuses it. */
  readonly outcome: { readonly value: unknown } | undefined;
}

function protocolOf({ outbound, inbound }: SampleProtocol): Protocol {
  const definitions = (commands: SampleProtocol["inbound"]) => Object.fromEntries(commands.map(({ cmd, sample }) => [cmd, sample.schema]));
  return { outbound: definitions(outbound), inbound: definitions(inbound) };
}

/** What is on the wire: JSON, without halves of characters. */
const wire = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value) ?? "null", (_, each: unknown) => (typeof each === "string" ? Buffer.from(each).toString() : each));

function validate({ outbound, inbound }: SampleProtocol, { direction, cmd }: Pick<Order, "direction" | "cmd">, param: unknown) {
  const { sample } = (direction === "outbound" ? outbound : inbound).find((command) => command.cmd === cmd)!;
  const { success, data } = sample.schema.safeParse(param);
  return success ? { value: data as unknown } : undefined;
}

function trialsOf(protocol: SampleProtocol, at: number): Trial[] {
  return (["outbound", "inbound"] as const).flatMap((direction) =>
    protocol[direction].flatMap(({ cmd, sample }, index) => {
      const values = fc.sample(sample.values, { numRuns: 12, seed: seed + at * 10 + index }).map(wire);
      const wrong = values.flatMap((value, each) => fc.sample(broken(value), { numRuns: 3, seed: seed + each }).map(wire));
      return [...values, ...wrong].map((param): Trial => {
        const outcome = validate(protocol, { direction, cmd }, param);
        return { at, direction, cmd, param: JSON.stringify(param), outcome };
      });
    }),
  );
}

/** A value in which null and nothing are the same, and so are ways to write a time. */
function plain(value: unknown): unknown {
  if (typeof value === "string")
    return value.replace(
      /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?(Z|[+-]\d\d:\d\d)$/,
      (_, start, fraction = "", zone) => `${start}.${fraction}${zone}`,
    );
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(
    entries.map(([key, each]): [string, unknown] => [key, plain(each)]).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** What is wrong with an answer, if anything is. */
function problem(protocol: SampleProtocol, trial: Trial, { echo, error }: Answer): string | undefined {
  const { outcome, param } = trial;
  if (!outcome) return error === undefined ? "Go takes what the schema refuses" : undefined;
  // What the schema adds is on the wire only if the client has added it.
  const written = wire(outcome.value);
  if (error !== undefined)
    return JSON.stringify(plain(written)) === JSON.stringify(plain(wire(JSON.parse(param))))
      ? `Go refuses what the schema takes: ${error}`
      : undefined;
  if (!validate(protocol, trial, echo)) return `the schema refuses what Go writes: ${JSON.stringify(echo)}`;
  const [before, after] = [plain(written), plain(wire(validate(protocol, trial, echo)!.value))].map((value) => JSON.stringify(value));
  return before === after ? undefined : `Go writes something else: ${after}`;
}

test(`${count} random protocols go round (SEED=${seed})`, () => {
  const samples = fc.sample(protocols, { numRuns: count, seed });
  const workshop = new Workshop(
    "roundtrip",
    samples.map((sample) => toJSONSchema(protocolOf(sample))),
  );
  expect(workshop.unformatted()).toBe("");
  expect(workshop.go(["vet", "./..."])).toEqual({ output: "", ok: true });
  const trials = samples.flatMap(trialsOf);
  const answers = workshop.answers(trials);
  expect(answers).toHaveLength(trials.length);
  const problems = trials.flatMap((trial, index) => {
    const what = problem(samples[trial.at]!, trial, answers[index]!);
    return what === undefined ? [] : [`p${trial.at} ${trial.direction} ${trial.cmd} ${trial.param}: ${what}`];
  });
  expect(problems.slice(0, 10)).toEqual([]);
  // Both happen often, or nothing is shown.
  const refused = trials.filter(({ outcome }) => !outcome).length;
  expect(Math.min(refused, trials.length - refused)).toBeGreaterThan(trials.length / 10);
}, 600_000);
