import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { foreignExamples } from "./blocks";

// The tests that the documentation shows, as `npm run test:docs` has written them to files. Playwright's needs its own runner, and
// that of a component a DOM in Node.
export default defineConfig({
  resolve: {
    // React Native brings an older ws.
    alias: { wireline: resolve("dist/index.mjs"), ws: resolve("node_modules/ws/wrapper.mjs") },
  },
  test: {
    root: `${foreignExamples}/recipes-testing`,
    // MSW takes the place of the global WebSocket, which Node has since version 22.
    include: ["vitest.test.ts", ...("WebSocket" in globalThis ? ["msw.test.ts"] : [])],
  },
});
