import { libraries } from "./libraries";
import { bare } from "./libraries/bare";
import type { Library } from "./libraries/library";
import { median } from "./work";

/** A number for each library, by its name. */
export type Round = Readonly<Record<string, number>>;

/** The libraries in an order that is another one in each round, so that nobody always follows the same neighbour. */
export function turned(round: number, all = libraries): readonly Library[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 ? order.reverse() : order;
}

/** Every library's number over that of the bare way in the same round: the median over the rounds. */
export function overBare(rounds: readonly Round[]): Record<string, number> {
  const ratio = (name: string) => median(rounds.map((round) => round[name]! / round[bare.name]!));
  return Object.fromEntries(libraries.map(({ name }) => [name, ratio(name)]));
}
