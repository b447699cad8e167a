import { defineConfig } from "vitest/config";

// What Stryker runs against each mutant: the tests of connection/, and those of the socket that reach it.

// As in test/vitest.config.ts, but from the folder in which Stryker keeps the mutants.
const source = `${process.cwd()}/node_modules/reconnecting-websocket/reconnecting-websocket.ts`;

export default defineConfig({
  resolve: { alias: { "reconnecting-websocket": source } },
  test: {
    server: { deps: { inline: [/reconnecting-websocket/] } },
    include: ["test/unit/connection/*.test.ts", "test/unit/socket.test.ts"],
    // A mutant may keep a test waiting for what never comes; that is a failure, and need not take long.
    testTimeout: 5_000,
    bail: 1,
  },
});
