import type { Client } from "./client";
import type { Family } from "./column";

/** One thing that a client sees of some families of servers. */
export interface Statement {
  readonly of: readonly Family[];
  readonly says: string;
  /** What it cannot be looked at without. */
  readonly needs?: "Chromium";
  /** Rejects where it is not so. */
  run(client: Client): Promise<void>;
}

/** Makes statements about some families. */
export function about(...of: Family[]): (says: string, run: Statement["run"]) => Statement {
  return (says, run) => ({ of, says, run });
}

/** Has a statement looked at where there is a Chromium. */
export const inChromium = (statement: Statement): Statement => ({ ...statement, needs: "Chromium" });
