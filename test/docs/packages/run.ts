import { problemsOf, writeExamples } from "../blocks";
import { buildLibrary } from "../../tools/library";
import { installPackages } from "../../tools/npm";

// `npm run test:docs`: the examples of the documentation that import packages of other platforms and of other libraries compile.
// The last line is the count.

function main(): void {
  buildLibrary();
  if (!installPackages(import.meta.dirname, "the packages that examples of the documentation import")) {
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
    return;
  }
  const examples = writeExamples("foreign", import.meta.dirname).filter(({ foreign }) => foreign);
  const problems = problemsOf(examples);
  for (const problem of problems) console.log(`✗ ${problem}`);
  for (const { where } of examples) console.log(`  ${where}`);
  const failed = new Set(problems.map((problem) => problem.replace(/:.*/s, ""))).size;
  console.log(`${examples.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main();
