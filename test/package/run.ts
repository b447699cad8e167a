import { runChecks } from "./check";
import { checkerChecks } from "./checkers";
import { compilerChecks } from "./compilers";
import { hookChecks } from "./hooks";
import { lazyStage, missingChecks } from "./missing";
import { nodeChecks } from "./nodes";
import { pageChecks } from "./pages";
import { resolverChecks } from "./resolvers";
import { runnerChecks } from "./runners";
import { makeScratch } from "./scratch";
import { startVisitor } from "./visitor";

// `npm run test:package`: the package as users install it, from the packed file. The last line is the count.

async function main(): Promise<void> {
  const { folder, tarball, remove } = await makeScratch();
  try {
    const visitor = await startVisitor(folder);
    if (!visitor) {
      const remedy = "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one";
      if (process.env.CI === "true") throw new Error(`No Chromium was found: ${remedy}.`);
      console.log(`No Chromium was found, so pages are only built: ${remedy}.`);
    }
    const { stage, close } = lazyStage();
    try {
      const checks = [
        ...checkerChecks(tarball),
        ...nodeChecks(folder),
        ...resolverChecks(folder),
        ...runnerChecks(folder),
        ...missingChecks(folder, stage),
        ...compilerChecks(folder),
        ...hookChecks(folder, visitor),
        ...pageChecks(folder, visitor),
      ];
      console.log(`Running ${checks.length} checks\n`);
      const failed = await runChecks(checks);
      console.log(`\n${checks.length - failed} passed, ${failed} failed`);
      process.exitCode = failed ? 1 : 0;
    } finally {
      await visitor?.close();
      await close();
    }
  } finally {
    remove();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
