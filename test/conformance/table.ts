import type { Browser } from "./browser";
import { Client } from "./client";
import { Column, type Family, type Kind, type Name } from "./column";
import type { Statement } from "./statement";
import { statements } from "./statements";

/** What came of a statement on a server: nothing when it holds, else why it does not. */
export type Outcome =
  | { readonly held: true }
  | { readonly held: false; readonly reason: string; readonly late?: boolean }
  | { readonly leftOut: string };

/** A family's statements and what came of each, server by server. */
export interface Table {
  readonly family: Family;
  readonly columns: readonly { readonly name: Name; readonly kind: Kind }[];
  readonly rows: readonly { readonly says: string; readonly outcomes: readonly Outcome[] }[];
}

/** The servers of each family, each of which is a column of its table, or two. */
export const servers: Record<Family, readonly Name[]> = {
  goyave: ["goyave3", "goyave5"],
  "goyave in debug mode": ["goyave3", "goyave5"],
  gofr: ["gofr"],
  "gofr 1.17": ["gofr1.17"],
  "gofr 1.10": ["gofr1.10"],
  projectforge: ["projectforge"],
  "projectforge with user": ["projectforge-user"],
  "projectforge with oauth": ["projectforge-oauth"],
};

/** How long a statement may take until it has failed, in milliseconds. */
const LIMIT = 10_000;

/** How many may take that long until a server is given up. */
const PATIENCE = 3;

/** Why a statement has failed that took too long. */
class Late extends Error {}

/** What the tables are made with. */
export interface TableOptions {
  /** The program of the Go servers. @default none, their columns are left out */
  binary?: string;
  /** A browser; without one what needs it is left out. */
  browser?: Browser;
  /** Which statements. @default all */
  only?: (statement: Statement) => boolean;
  /** What is said of the servers. @default all statements */
  of?: readonly Statement[];
  /** How long a statement may take until it has failed, in milliseconds. @default 10_000 */
  limit?: number;
}

/** Looks at every server, family by family, and its columns at the same time. */
export async function* tables(options: TableOptions): AsyncGenerator<Table> {
  const { binary, browser, only = () => true, of = statements, limit = LIMIT } = options;
  for (const family of Object.keys(servers) as Family[]) {
    const rows = of.filter((statement) => statement.of.includes(family) && only(statement));
    const columns = servers[family].flatMap((name) => [
      ...(binary === undefined ? [] : [new Column(family, name, binary)]),
      new Column(family, name),
    ]);
    if (rows.length === 0) continue;
    const outcomes = await Promise.all(columns.map((column) => lookAt(column, rows, limit, browser)));
    yield {
      family,
      columns,
      rows: rows.map(({ says }, row) => ({ says, outcomes: outcomes.map((column) => column[row]!) })),
    };
  }
}

async function lookAt(column: Column, rows: readonly Statement[], limit: number, browser?: Browser): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let late = 0;
  try {
    await column.start();
    for (const statement of rows) {
      if (late === PATIENCE) throw new Error(`It was not looked at: ${PATIENCE} statements before took too long.`);
      const outcome = await outcomeOf(statement, column, limit, browser);
      if ("late" in outcome && outcome.late) late += 1;
      outcomes.push(outcome);
    }
  } catch (error) {
    while (outcomes.length < rows.length) outcomes.push({ held: false, reason: reasonOf(error) });
  } finally {
    await column.kill();
  }
  return outcomes;
}

async function outcomeOf(statement: Statement, column: Column, limit: number, browser?: Browser): Promise<Outcome> {
  if (statement.needs && !browser) return { leftOut: `no ${statement.needs}` };
  const client = new Client(column, browser);
  let timer: NodeJS.Timeout | undefined;
  try {
    const end = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Late(`It is not so within ${limit / 1000} s.`)), limit);
    });
    await Promise.race([statement.run(client), end]);
    return { held: true };
  } catch (error) {
    return { held: false, reason: reasonOf(error), late: error instanceof Late };
  } finally {
    clearTimeout(timer);
    await client.end().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
