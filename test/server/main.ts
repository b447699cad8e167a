import { startServer } from "./http";

/** Runs the server from the command line: `PORT` (a free one by default) and `PARITY=projectforge` are read. */
async function main({ PORT = "0", PARITY }: NodeJS.ProcessEnv): Promise<void> {
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("PORT is not a port number: give 0 to 65535.");
  if (PARITY !== undefined && PARITY !== "projectforge") throw new Error("PARITY is unknown: give projectforge, or leave it out.");
  const server = await startServer({ port, parity: PARITY, logger: { ...console, debug() {} } });
  console.log(`${server.url} (sockets: /example/socket, /connect, /admin/websocket/socket)`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());
}

main(process.env).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
