import { Application, Logger, LogLevel, type TypeDocOptions } from "typedoc";
import { expect, test } from "vitest";

// `npm run docs`, without the writing of files: whatever is exported is documented, and every link leads somewhere.

/** What typedoc finds wrong with the reference. */
async function warnings(more: Partial<TypeDocOptions> = {}): Promise<string[]> {
  const said: string[] = [];
  const app = await Application.bootstrap({ options: "test/tools/typedoc.json", ...more });
  app.logger = new (class extends Logger {
    override log(message: string, level: LogLevel): void {
      if (level >= LogLevel.Warn) said.push(message);
    }
  })();
  const project = await app.convert();
  if (project) app.validate(project);
  else said.push("Nothing was read.");
  return said;
}

test("the reference of every exported symbol builds without a warning", async () => {
  expect(await warnings()).toEqual([]);
});

test("a symbol without documentation is reported", async () => {
  const found = await warnings({ intentionallyNotDocumented: [] });
  expect(found).toContainEqual(expect.stringMatching(/^wireline\.Socket\.send.*does not have any documentation/));
});
