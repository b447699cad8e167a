import { findChromium } from "../tools/browsers";
import { buildLibrary } from "../tools/library";
import { buildPeers } from "./peers";
import { legend, linesOf, reasonsOf } from "./report";

// `npm run test:conformance`: what clients see of the servers of the seeds, on the Go servers and on the Node servers that do as
// they do, as tables. The last line is the count.

const ci = process.env.CI === "true";
let passed = 0;
let failed = 0;

async function main(): Promise<void> {
  buildLibrary();
  // What needs the library is not there before that.
  const [{ Browser }, { tables }] = await Promise.all([import("./browser"), import("./table")]);
  const { binary, missing, ...peers } = buildPeers(ci);
  failed += peers.failed;
  const remedy = "run `npx playwright install --with-deps chromium`, or set CHROMIUM to one";
  const chromium = findChromium();
  const noChromium = `No Chromium was found, so what is seen from it is ${ci ? "failed" : "left out"}: ${remedy}.`;
  console.log(`\n${legend}`);
  const browser = chromium ? await Browser.start() : undefined;
  try {
    for await (const table of tables({ ...(binary !== undefined && { binary }), ...(browser && { browser }) })) {
      const outcomes = table.rows.flatMap(({ outcomes }) => outcomes);
      passed += outcomes.filter((outcome) => "held" in outcome && outcome.held).length;
      failed += outcomes.filter((outcome) => ("leftOut" in outcome ? ci : !outcome.held)).length;
      console.log([...linesOf(table), ...reasonsOf(table)].join("\n"));
    }
  } finally {
    await browser?.close();
  }
  console.log("");
  if (missing !== undefined) console.log(missing);
  if (!browser) console.log(noChromium);
}

main()
  .catch((error: unknown) => {
    failed += 1;
    console.error(error instanceof Error ? error.message : error);
  })
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    // What hung may still have a socket open.
    process.stdout.write("", () => process.exit(failed ? 1 : 0));
  });
