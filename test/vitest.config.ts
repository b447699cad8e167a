import { defineConfig } from "vitest/config";
import { findChromium, findFirefox, findWebKit } from "./tools/browsers";

// As in the build: the TypeScript source of reconnecting-websocket, so that what is tested is what ships.
const root = `${import.meta.dirname}/..`;
const fromSource = {
  resolve: { alias: { "reconnecting-websocket": `${root}/node_modules/reconnecting-websocket/reconnecting-websocket.ts` } },
};
const server = { deps: { inline: [/reconnecting-websocket/] } };

/** The tests that drive real browsers, as far as browsers are installed. */
const browsers = [
  ...(findChromium() ? ["test/playground/pages.test.ts", "test/docs/*.browser.test.ts"] : []),
  ...((findChromium() ?? findFirefox() ?? findWebKit()) ? ["test/edges/*.test.ts", "test/engines/*.test.ts"] : []),
];

export default defineConfig({
  test: {
    watch: false,
    // The tests mostly wait, so a machine with two cores uses both of them.
    maxWorkers: "100%",
    projects: [
      {
        // From source: needs no build and no browser. `npm run test:unit` runs only these.
        ...fromSource,
        test: {
          name: "unit",
          // Files that share their modules take a third of the time. The long random tests count timers, to which a socket that another
          // file left open would add.
          isolate: process.env.RUNS !== undefined,
          server,
          root,
          include: ["test/unit/**/*.test.ts", "test/catalogue/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Needs what `npm run build` makes, or other programs.
        ...fromSource,
        test: {
          name: "integration",
          server,
          root,
          include: ["test/docs/*.test.ts", "test/gateways/*.test.ts", "test/package/*.test.ts"],
          exclude: ["test/docs/*.browser.test.ts", "test/docs/site.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // What tests the tools of the project. `npm run test:tools` runs only these.
        ...fromSource,
        test: {
          name: "tools",
          server,
          root,
          include: ["test/{bench,conformance,faults,fuzz,server,soak,tools}/*.test.ts", "test/playground/chat.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Generated Go code, by a Go compiler. `npm run test:conformance` runs these.
        ...fromSource,
        test: { name: "go", server, root, include: ["test/contract/*.test.ts"], testTimeout: 60_000 },
      },
      // Builds the documentation, which takes a while. `npm run test:docs` runs these.
      ...(findChromium() ? [{ test: { name: "docs", root, include: ["test/docs/site.test.ts"], testTimeout: 60_000 } }] : []),
      // An empty list of files would be the default list.
      ...(browsers.length ? [{ test: { name: "browsers", root, include: browsers, testTimeout: 60_000, hookTimeout: 120_000 } }] : []),
    ],
  },
});
