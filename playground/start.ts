import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { frameworks } from "./frameworks/page";
import { startPlayground, umd } from "./server";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Runs the playground from the command line: `PORT` (a free one by default) is read. */
async function main({ PORT = "0" }: NodeJS.ProcessEnv): Promise<void> {
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("PORT is not a port number: set it to 0 to 65535, or leave it out.");
  if (isStale()) buildLibrary();
  const playground = await startPlayground({ port });
  console.log(`
The Wireline playground: a chat over the test server, whose connection you can cut, stall and restart.
Open it in two windows. /umd.html is the library as a script tag, /admin/websocket shows who is connected.
The same in a framework, from its page of the documentation: ${frameworks.map((name) => `/${name}/`).join(" ")}
The documentation is at ${playground.url}/docs/
Ctrl+C ends it; \`PORT=${playground.server.port} npm start\` starts it again where these windows will find it.

${playground.url}/
`);
  // A page that does not build says so when it is opened.
  void playground.prepareDocs().catch(() => {});
  let closing: Promise<void> | undefined;
  // Not once: a terminal and tsx both send the signal, and the second would cut the farewell short.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (closing ??= playground.close()));
}

/** Whether the built library is missing, or older than what it is built from. */
function isStale(): boolean {
  const built = statSync(join(root, umd), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return sources.some((path) => statSync(join(root, "src", path)).mtimeMs > built);
}

function buildLibrary(): void {
  console.log("Building the library …");
  // Within `npm start` the same npm is used; a path may hold spaces, so no shell reads it.
  const npm = process.env["npm_execpath"];
  const { status } = npm
    ? spawnSync(process.execPath, [npm, "run", "build"], { cwd: root })
    : spawnSync("npm run build", { cwd: root, shell: true });
  if (status !== 0) throw new Error("The library could not be built: run npm run build to see why.");
}

main(process.env).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
