import { prepare } from "./prelude";
import { Socket, sockets, troubles } from "./tracked";

// Runs a block of the documentation within a page of Chromium.

/** Runs the module of an address to its end; gives what went wrong. */
async function run(address: string): Promise<string[]> {
  troubles.length = 0;
  sockets.clear();
  prepare();
  // Not that of the block, which it may close.
  const first = new Socket({ url: "/connect", channel: "lobby" });
  const ask = () => first.request("ping", {}, { reply: "pong" });
  let ended = false;
  const running = import(address).then(
    () => (ended = true),
    (error: unknown) => {
      // What waits for a message ends with its socket, which is closed below.
      if (!(ended && (error as { code?: string }).code === "closed")) troubles.push(String(error));
    },
  );
  // Each socket opens and gets an answer, so that what the block listens for has come.
  await first.ready();
  await ask();
  for (const socket of sockets) if (["connecting", "reconnecting"].includes(socket.state.status)) await socket.ready();
  await ask();
  // A block that awaits something of the server has had it by now; a loop over messages ends with its socket.
  await Promise.race([running, ask().then(() => ask())]);
  ended = true;
  for (const socket of sockets) socket.close();
  await running;
  return [...troubles];
}

Object.assign(globalThis, { run });
