import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { entries, fileOf } from "../tools/entries";
import { foreignExamples } from "./blocks";

// The tests that the documentation shows, as `npm run test:docs` has written them to files. Playwright's needs its own runner.
const own = entries.map(({ name }) => [`wireline/${name}`, resolve(`dist/${fileOf(name)}.mjs`)] as const);

export default defineConfig({
  resolve: {
    alias: [
      ...[...own, ["wireline", resolve("dist/index.mjs")] as const].map(([name, file]) => ({
        find: new RegExp(`^${name}$`),
        replacement: file,
      })),
      // React Native brings an older ws.
      { find: /^ws$/, replacement: resolve("node_modules/ws/wrapper.mjs") },
      // One React, for the components and for what renders them.
      ...["react", "react-dom"].map((name) => ({ find: name, replacement: resolve("node_modules", name) })),
    ],
  },
  test: {
    root: foreignExamples,
    // MSW takes the place of the global WebSocket, which Node has since version 22.
    include: ["guides-testing/*.test.{ts,tsx}", "recipes-testing/*.test.{ts,tsx}"],
    exclude: ["recipes-testing/playwright.test.ts", ...("WebSocket" in globalThis ? [] : ["recipes-testing/msw.test.ts"])],
  },
});
