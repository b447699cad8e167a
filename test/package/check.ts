/** One row of the table: something that users do with the package. */
export interface Check {
  readonly name: string;
  /** Does it; may give a note, such as a size. Throws an Error that says why it does not work. */
  run(): Promise<string | void>;
}

/** Starts all checks at once, and prints each in its turn; gives how many have failed. */
export async function runChecks(checks: readonly Check[]): Promise<number> {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const results = checks.map(async ({ run }) => {
    try {
      return { ok: true, word: `✓ ${(await run()) ?? ""}`.trimEnd() };
    } catch (error) {
      return { ok: false, word: `✗ ${error instanceof Error ? error.message : String(error)}` };
    }
  });
  let failed = 0;
  for (const [index, { name }] of checks.entries()) {
    const { ok, word } = await results[index]!;
    if (!ok) failed++;
    console.log(`${name.padEnd(width)} │ ${word.trimEnd().replaceAll("\n", `\n${" ".repeat(width)} │   `)}`);
  }
  return failed;
}

/** A promise that is created on first use. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
