// `npm run mutate`: breaks src/connection in every small way that Stryker knows, to see whether a test fails.

// The model is one test among many here: a few sequences show quickly whether it sees a mutant.
process.env.RUNS ??= "300";

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["src/connection/*.ts"],
  testRunner: "vitest",
  vitest: { configFile: "test/tools/mutants.config.ts", related: false },
  coverageAnalysis: "perTest",
  concurrency: 2,
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: false },
  // mutants.ts reads it.
  jsonReporter: { fileName: "node_modules/.cache/mutants/report.json" },
  tempDirName: "node_modules/.cache/mutants/sandbox",
};
