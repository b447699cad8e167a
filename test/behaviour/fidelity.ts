import { WebSocket } from "ws";
import * as wireline from "../../src/index";
import { MockedWebSocket, startMock } from "./mock";
import type { Place } from "./scene";
import type { Stage } from "./stage";
import { type Behaviour, type Outcome, perform } from "./suite";

// How true the mock server is: each behaviour of the suite runs on a real server and on the mock server, and both report the same
// events in the same order.

/** Behaviours that the mock server cannot show, with the reason. */
const without: Readonly<Record<string, string>> = {
  "importing it adds no global and starts nothing": "It concerns no server.",
  "a server that violates RFC 6455 loses the connection": "The mock server has no frames.",
  "the environment's own events wake it, where there are any": "It concerns an engine.",
};

/** What a behaviour shows of the mock server. */
export interface Fidelity {
  readonly name: string;
  /** `same`: the same events in the same order. */
  readonly result: "same" | "differs" | "not shown";
  /** Why it is not shown. */
  readonly why: string;
  /** What is wrong, if anything. */
  readonly problem?: string;
}

/** Runs one behaviour on both servers. */
export async function compare(behaviour: Behaviour, stage: Stage): Promise<Fidelity> {
  const { name } = behaviour;
  const why = without[name];
  if (why) return { name, result: "not shown", why };
  const shared: Omit<Place, "maker" | "stage"> = { wireline, effects: { added: [], called: [] }, globals: [], kind: "process" };
  const real = await perform(behaviour, { ...shared, maker: "ws", WebSocket, stage: stage.url });
  const mock = await perform(behaviour, { ...shared, maker: "mock", WebSocket: MockedWebSocket, stage: startMock });
  const problem = real.error ?? mock.error ?? difference(real, mock);
  const result = problem ? "differs" : "same";
  return { name, result, why: "", ...(problem && { problem }) };
}

/** What two outcomes have reported otherwise, if anything. */
function difference(real: Outcome, mock: Outcome): string | undefined {
  const both = [real, mock].map(({ events = [] }) => events.map(withoutRepeats));
  const [expected, found] = both.map((events) => JSON.stringify(events));
  if (expected === found) return undefined;
  const [short, shortFound] = both.map((events) =>
    JSON.stringify(events.map((lines) => withoutTwins(withoutAnswer(withoutFailures(lines))))),
  );
  return short === shortFound ? undefined : `The real server: ${expected}\nThe mock server: ${found}`;
}

/** Whether an attempt falls into the moment in which a server is away depends on how busy a machine is, too. */
function withoutFailures(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .replaceAll(/error transport\nclose 1006 \n(\w+)\n\1\n/g, "")
    .split("\n");
}

/** Whether the answer to a `close()` of ours comes before a test ends depends on it, too. */
function withoutAnswer(lines: readonly string[]): string[] {
  const end = lines.lastIndexOf("connecting") + 1;
  const closed = lines.indexOf("closed", end) + 1 || lines.length;
  return [...lines.slice(0, closed), ...lines.slice(closed).filter((line) => !line.startsWith("close"))];
}

/** And so does whether the last of some equal messages has arrived when a server dies. */
function withoutTwins(lines: readonly string[]): string[] {
  return lines.filter((line, index) => !line.startsWith("message") || line !== lines[index - 1]);
}

/** The table of the reference. */
export function tableOf(rows: readonly Fidelity[]): string {
  const lines = rows.map(({ name, result, why }) => `| ${name.replace(/^\[\w+\] /, "")} | ${result}${why ? `: ${why}` : ""} |`);
  return ["| behaviour | on the mock server |", "|---|---|", ...lines].join("\n");
}

/** How often an attempt fails until a test ends that, depends on how busy a machine is: rows of the same events count once. */
export function withoutRepeats(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    kept.push(line);
    for (let length = 2; length * 2 <= kept.length; length++) {
      const [before, last] = [kept.slice(-2 * length, -length), kept.slice(-length)];
      if (JSON.stringify(before) !== JSON.stringify(last)) continue;
      kept.length -= length;
      break;
    }
  }
  return kept;
}
