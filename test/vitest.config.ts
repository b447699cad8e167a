import { defineConfig } from "vitest/config";
import { findChromium } from "./tools/browsers";

const chromium = findChromium();

// As in the build: the TypeScript source of reconnecting-websocket, so that what is tested is what ships.
const source = `${import.meta.dirname}/../node_modules/reconnecting-websocket/reconnecting-websocket.ts`;
const resolve = { alias: { "reconnecting-websocket": source } };
const server = { deps: { inline: [/reconnecting-websocket/] } };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: "node",
          server,
          root: `${import.meta.dirname}/..`,
          include: ["test/*.test.ts"],
          exclude: ["test/pages.test.ts"],
          testTimeout: 20_000,
        },
      },
      // Whole pages in a real browser, driven from Node.
      ...(chromium
        ? [
            {
              test: {
                name: "pages",
                root: `${import.meta.dirname}/..`,
                include: ["test/pages.test.ts"],
                testTimeout: 60_000,
                hookTimeout: 60_000,
              },
            },
          ]
        : []),
    ],
  },
});
