import { startForge } from "./forge";
import { gofr } from "./gofr";
import { goyave, type GoyaveOptions } from "./goyave";
import { startHost } from "./host";
import { startServer } from "./http";

const logger = { ...console, debug() {} };
const sockets = "(sockets: /example/socket, /connect, /admin/websocket/socket)";

type Debugging = Pick<GoyaveOptions, "debug" | "closeTimeout">;

/** The servers to be like, each with what it takes to start it. */
const servers = {
  projectforge: (port: number) => startForge(port),
  "projectforge-user": (port: number) => startForge(port, { module: "user" }),
  "projectforge-oauth": (port: number) => startForge(port, { module: "oauth" }),
  goyave3: (port: number, options: Debugging) => startHost(port, goyave({ version: 3, ...options })),
  goyave5: (port: number, options: Debugging) => startHost(port, goyave({ version: 5, ...options })),
  gofr: (port: number) => startHost(port, gofr()),
  "gofr1.17": (port: number) => startHost(port, gofr({ version: "1.17" })),
  "gofr1.10": (port: number) => startHost(port, gofr({ version: "1.10" })),
};

/**
 * Runs the server from the command line: `PORT` (a free one by default), `PARITY` (the server to be like, one of those
 * above), and for Goyave `DEBUG=true` (its `app.debug`) and `CLOSE_TIMEOUT` (in milliseconds) are read,
 * from the environment and from arguments like `PORT=8080`.
 */
async function main({ PORT = "0", PARITY, DEBUG, CLOSE_TIMEOUT }: NodeJS.ProcessEnv): Promise<void> {
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("PORT is not a port number: give 0 to 65535.");
  if (PARITY !== undefined && !Object.hasOwn(servers, PARITY)) {
    throw new Error(`PARITY is unknown: give one of ${Object.keys(servers).join(", ")}, or leave it out.`);
  }
  const start = PARITY === undefined ? undefined : servers[PARITY as keyof typeof servers];
  const debugging = { debug: DEBUG === "true", ...(CLOSE_TIMEOUT && { closeTimeout: Number(CLOSE_TIMEOUT) }) };
  const server = start ? await start(port, debugging) : await startServer({ port, logger });
  console.log(`http://127.0.0.1:${server.port}${start ? ` as ${PARITY}` : ` ${sockets}`}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());
}

const given = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split("=", 2)));

main({ ...process.env, ...given }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
