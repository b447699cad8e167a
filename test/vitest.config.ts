import { defineConfig } from "vitest/config";
import { findChromium } from "./tools/browsers";

const chromium = findChromium();

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
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
