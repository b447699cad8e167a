import { Browser } from "./browser";
import { Client } from "./client";
import { Column, type Family, type Name } from "./column";
import type { Statement } from "./statement";
import { statements } from "./statements";

/** What came of a statement on a server: nothing when it holds, else why it does not. */
export type Outcome = { readonly held: true } | { readonly held: false; readonly reason: string } | { readonly leftOut: string };

/** A family's statements and what came of each, server by server. */
export interface Table {
  readonly family: Family;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly says: string; readonly outcomes: readonly Outcome[] }[];
}

/** The servers of each family, each of which is a column of its table, or two. */
export const servers: Record<Family, readonly Name[]> = {
  goyave: ["goyave3", "goyave5"],
  "goyave in debug mode": ["goyave3", "goyave5"],
  gofr: ["gofr"],
  projectforge: ["projectforge"],
};

/** How long a statement may take until it has failed, in milliseconds. */
const LIMIT = 30_000;

/** What the tables are made with. */
export interface TableOptions {
  /** The program of the Go servers. @default none, their columns are left out */
  binary?: string;
  /** A browser; without one what needs it is left out. */
  browser?: Browser;
  /** Which statements. @default all */
  only?: (statement: Statement) => boolean;
}

/** Looks at every server, family by family, and its columns at the same time. */
export async function* tables({ binary, browser, only = () => true }: TableOptions): AsyncGenerator<Table> {
  for (const family of Object.keys(servers) as Family[]) {
    const rows = statements.filter((statement) => statement.of.includes(family) && only(statement));
    const columns = servers[family].flatMap((name) => [
      ...(binary === undefined ? [] : [new Column(family, name, binary)]),
      new Column(family, name),
    ]);
    const outcomes = await Promise.all(columns.map((column) => lookAt(column, rows, browser)));
    yield {
      family,
      columns: columns.map(({ name, kind }) => `${name} (${kind === "Go" ? "rebuilt in Go" : kind})`),
      rows: rows.map(({ says }, row) => ({ says, outcomes: outcomes.map((column) => column[row]!) })),
    };
  }
}

async function lookAt(column: Column, rows: readonly Statement[], browser: Browser | undefined): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  try {
    await column.start();
    for (const statement of rows) outcomes.push(await outcomeOf(statement, column, browser));
  } catch (error) {
    while (outcomes.length < rows.length) outcomes.push({ held: false, reason: reasonOf(error) });
  } finally {
    await column.kill();
  }
  return outcomes;
}

async function outcomeOf(statement: Statement, column: Column, browser: Browser | undefined): Promise<Outcome> {
  if (statement.needs && !browser) return { leftOut: `no ${statement.needs}` };
  const client = new Client(column, browser);
  let late: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`It is not so within ${LIMIT / 1000} s.`)), LIMIT);
    });
    await Promise.race([statement.run(client), limit]);
    return { held: true };
  } catch (error) {
    return { held: false, reason: reasonOf(error) };
  } finally {
    clearTimeout(late);
    await client.end().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
