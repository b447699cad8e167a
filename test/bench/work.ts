/** What came of one work: a number for each library that does it. */
export interface Measure {
  /** What was done, in a few words: `receive, zod`. */
  readonly name: string;
  /** Of the numbers: `× bare` and the like. */
  readonly unit: string;
  /** How many digits stand behind the point. */
  readonly digits: number;
  /** By the library's name, best told first to last round by the median. */
  readonly values: Readonly<Record<string, number>>;
  /** What Wireline's number may be at most. */
  readonly goal?: number;
  /** The same, where it hangs on another library's number: `reconnecting-websocket + 1 ms`. */
  readonly goalSays?: string;
  /** What is to be known beside it, in a sentence. */
  readonly note?: string;
}

/** How thorough a run is. */
export interface Run {
  /** Whether it only shows that everything still works: small numbers, and no goal is judged but sizes. */
  readonly quick: boolean;
  /** The folder of bundled programs, see `program`. */
  readonly folder: string;
  /** Tells of progress. */
  say(line: string): void;
}

/** One row or more of the table. */
export type Work = (run: Run) => Promise<Measure[]>;

/** A number for each library, by its name. */
export type Round = Readonly<Record<string, number>>;

/** Takes turns in an order that changes in each round, so that no library always follows the same one. */
export function turned<One>(round: number, all: readonly One[]): readonly One[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 ? order.reverse() : order;
}

/** Has everyone do a work, so many times, in turns; tells of each round. */
export async function inTurns<One extends { readonly name: string }>(
  title: string,
  times: number,
  all: readonly One[],
  say: Run["say"],
  cost: (one: One) => Promise<number>,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < times; round += 1) {
    const costs: Record<string, number> = {};
    for (const one of turned(round, all)) costs[one.name] = await cost(one);
    rounds.push(costs);
    say(`${title}: round ${round + 1} of ${times}`);
  }
  return rounds;
}

/** Every library's number over that of the bare way in the same round: the median over the rounds. */
export function overBare(rounds: readonly Round[]): Record<string, number> {
  const ratio = (name: string) => median(rounds.map((round) => round[name]! / round.bare!));
  return Object.fromEntries(Object.keys(rounds[0] ?? {}).map((name) => [name, ratio(name)]));
}

/** The middle of numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number below which a share of them lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
