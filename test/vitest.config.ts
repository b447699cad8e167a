import { defineConfig } from "vitest/config";
import { findChromium, findFirefox, findWebKit } from "./tools/browsers";
import { shaken } from "./tools/shake";

// Whole pages in real browsers, driven from Node: the playground in Chromium, the edge cases in every engine there is.
const pages = [...(findChromium() ? ["test/pages.test.ts"] : []), ...(findChromium() ?? findFirefox() ?? findWebKit() ? ["test/edges.*.test.ts", "test/engines.*.test.ts"] : [])];

// As in the build: the TypeScript source of reconnecting-websocket, so that what is tested is what ships.
// What of it nobody calls is left out there, and so here.
const shaking = {
  name: "shake",
  transform: (code: string, file: string) => (file.endsWith("reconnecting-websocket.ts") ? shaken(code) : undefined),
};
const source = `${import.meta.dirname}/../node_modules/reconnecting-websocket/reconnecting-websocket.ts`;
const resolve = { alias: { "reconnecting-websocket": source } };
const server = { deps: { inline: [/reconnecting-websocket/] } };

export default defineConfig({
  test: {
    // The tests wait more than they work: also where there are two cores, of which one would be left to others.
    maxWorkers: "100%",
    projects: [
      {
        resolve,
        plugins: [shaking],
        test: {
          name: "node",
          server,
          root: `${import.meta.dirname}/..`,
          include: ["test/*.test.ts"],
          exclude: ["test/pages.test.ts", "test/edges.*.test.ts", "test/engines.*.test.ts"],
          testTimeout: 60_000,
        },
      },
      ...(pages.length
        ? [
            {
              test: {
                name: "pages",
                root: `${import.meta.dirname}/..`,
                include: pages,
                testTimeout: 60_000,
                hookTimeout: 120_000,
              },
            },
          ]
        : []),
    ],
  },
});
